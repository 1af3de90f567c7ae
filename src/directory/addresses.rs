//! The e-mail addresses of an account: several, one of them primary, each verified or not.

use serde_json::json;

use super::accounts::refresh_search;
use super::power::{self, Power};
use super::{Actor, ChangeError, names, schemes};
use crate::clock::Time;
use crate::model::AccountId;
use crate::model::email::Email;
use crate::model::permission::Permission;
use crate::store::emails;
use crate::store::{Db, Tx, accounts};

/// The most addresses that an account can have.
const MOST: usize = 10;

/// What happens to an address of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// It is added, not verified.
    Add(String),
    /// It is removed; where it was the primary one, the oldest of the others takes its place.
    Remove(String),
    /// It becomes the one that apps receive.
    MakePrimary(String),
    /// Somebody who may vouch for it says that it is the person's.
    Verify(String),
}

impl Change {
    fn address(&self) -> &str {
        match self {
            Self::Add(address)
            | Self::Remove(address)
            | Self::MakePrimary(address)
            | Self::Verify(address) => address,
        }
    }

    const fn action(&self) -> &'static str {
        match self {
            Self::Add(_) => "email.add",
            Self::Remove(_) => "email.remove",
            Self::MakePrimary(_) => "email.make_primary",
            Self::Verify(_) => "email.verify",
        }
    }
}

/// Changes the addresses of an account. People change their own, but do not verify them by saying so.
///
/// # Errors
/// When the address is wrong, taken or not there, there are too many, or the actor may not.
pub async fn change(
    db: &Db,
    actor: Actor,
    id: AccountId,
    change: Change,
    now: Time,
) -> Result<(), ChangeError> {
    let scheme = schemes::active(db).await?;
    db.write(move |tx| {
        Box::pin(async move {
            let power = Power::of(&actor, tx, &scheme, now).await?;
            let vouches = matches!(change, Change::Verify(_));
            if vouches || !actor.is(&id) {
                power.require(Permission::AccountUpdate)?;
                power.require_over(&power::authority(tx, &scheme, &id, now).await?)?;
            }
            if accounts::by_id(tx, &id).await?.is_none() {
                return Err(ChangeError::NotFound("There is no such account."));
            }
            apply(tx, &id, &change, now).await?;
            refresh_search(tx, &id).await?;
            accounts::touch(tx, &id, now).await?;
            let detail = json!({ "address": change.address() });
            actor
                .record(tx, change.action(), id.as_str(), &detail, now)
                .await?;
            Ok(())
        })
    })
    .await
}

async fn apply(tx: &mut Tx, id: &AccountId, change: &Change, now: Time) -> Result<(), ChangeError> {
    let held = emails::of_account(tx, id).await?;
    let address = change.address();
    let key = names::key(address);
    let found = held.iter().find(|email| names::key(&email.address) == key);
    let missing = || ChangeError::Refused("The account does not have this address any more.");
    match change {
        Change::Add(_) => {
            names::check_email(address).map_err(|message| ChangeError::at("email", message))?;
            if held.len() >= MOST {
                return Err(ChangeError::at(
                    "email",
                    "An account has at most 10 addresses. Remove one first.",
                ));
            }
            let email = Email {
                address: address.to_owned(),
                verified: false,
                is_primary: held.is_empty(),
            };
            if !emails::insert(tx, id, &email, &key, now).await? {
                let taken = "This address belongs to an account already.";
                return Err(ChangeError::at("email", taken));
            }
        }
        Change::Remove(_) => {
            let was_primary = found.ok_or_else(missing)?.is_primary;
            emails::remove(tx, id, &key).await?;
            let next = held.iter().find(|email| names::key(&email.address) != key);
            if let Some(next) = next.filter(|_| was_primary) {
                emails::make_primary(tx, id, &names::key(&next.address)).await?;
            }
        }
        Change::MakePrimary(_) => {
            found.ok_or_else(missing)?;
            emails::make_primary(tx, id, &key).await?;
        }
        Change::Verify(_) => {
            found.ok_or_else(missing)?;
            emails::verify(tx, id, &key).await?;
        }
    }
    Ok(())
}
