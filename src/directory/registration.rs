//! People who come by an account by themselves, and those who approve or refuse them.

use super::accounts::{self, NewAccount};
use super::{Actor, ChangeError, names, schemes};
use crate::auth::pool::PasswordPool;
use crate::clock::Time;
use crate::model::account::{Account, Status};
use crate::model::settings::{InstanceSettings, Registration};
use crate::store::instance;
use crate::store::{Conn, Db};

/// Whether anybody may ask for an account.
#[must_use]
pub const fn is_open(instance: &InstanceSettings) -> bool {
    matches!(instance.registration, Registration::Open | Registration::Approval)
}

fn closed() -> ChangeError {
    ChangeError::Forbidden("Registration is closed. Ask your administrator for an account or an invitation.")
}

/// Makes an account for whoever asks, active or waiting for approval, as the settings say at that moment.
///
/// # Errors
/// When registration is closed, something is wrong with the account, or the database fails.
pub async fn register(
    db: &Db,
    pool: &PasswordPool,
    actor: Actor,
    new: NewAccount,
    now: Time,
) -> Result<Account, ChangeError> {
    // Asked before hashing, so that a closed door costs nothing; and again where it counts.
    may_register(&mut db.read().await?, new.email.as_deref()).await?;
    let scheme = schemes::active(db).await?;
    let address = new.email.clone();
    let checked = accounts::check(new, pool, &scheme).await?;
    db.write(move |tx| {
        Box::pin(async move {
            let status = may_register(tx, address.as_deref()).await?;
            accounts::add(tx, &actor, &scheme, checked.with_status(status), now).await
        })
    })
    .await
}

/// The status of who registers with this address.
async fn may_register(conn: &mut Conn, address: Option<&str>) -> Result<Status, ChangeError> {
    let instance = instance::get(conn).await?;
    let status = match instance.registration {
        Registration::Open => Status::Active,
        Registration::Approval => Status::Pending,
        Registration::Closed | Registration::Invite => return Err(closed()),
    };
    let domain = address
        .and_then(|address| address.rsplit_once('@'))
        .map(|(_, domain)| names::key(domain));
    let is_welcome = |domain: &String| instance.domains.iter().any(|other| names::key(other) == *domain);
    if !instance.domains.is_empty() && !domain.is_some_and(|domain| is_welcome(&domain)) {
        let message = format!("Use an address at {}.", instance.domains.join(" or "));
        return Err(ChangeError::at("email", message));
    }
    Ok(status)
}
