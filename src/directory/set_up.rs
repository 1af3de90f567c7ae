//! The first account: number 0 with the top role, and team 0, in one transaction that one caller wins.

use serde_json::json;

use super::accounts::{self, NewAccount};
use super::{Actor, ChangeError, schemes};
use crate::auth::pool::PasswordPool;
use crate::clock::Time;
use crate::model::TeamId;
use crate::model::account::Account;
use crate::model::settings::{InstanceSettings, Registration};
use crate::model::team::TeamKind;
use crate::store::instance;
use crate::store::{Db, accounts as store, counters, teams};

/// Makes the first account, while there is none, and names the organisation.
///
/// # Errors
/// When something is wrong with the account, when there is one already, or when the database fails.
pub async fn set_up(
    db: &Db,
    pool: &PasswordPool,
    actor: Actor,
    organisation: &str,
    new: NewAccount,
    now: Time,
) -> Result<Account, ChangeError> {
    let organisation = organisation.trim().to_owned();
    if organisation.is_empty() || organisation.chars().count() > 100 {
        let what = "Enter the name of your organisation, at most 100 characters.";
        return Err(ChangeError::at("organisation", what));
    }
    let scheme = schemes::active(db).await?;
    let checked = accounts::check(new, pool, &scheme).await?;
    db.write(move |tx| {
        Box::pin(async move {
            // Whoever comes second waits here, and then sees the first one's account.
            counters::next(tx, "set-up").await?;
            if store::any(tx).await? {
                return Err(ChangeError::Refused(
                    "This instance has been set up already. Sign in instead.",
                ));
            }
            let team = TeamId::new(now);
            teams::insert(tx, &team, "root-team", "Root team", TeamKind::Root, now).await?;
            let account = accounts::add(tx, &actor, &scheme, checked, now).await?;
            // The root team gives the top role.
            teams::add_member(tx, &team, &account.id, &scheme.team_owner_role, None, now).await?;
            let instance = InstanceSettings {
                organisation: organisation.clone(),
                registration: Registration::Closed,
                ..InstanceSettings::default()
            };
            instance::set(tx, &instance).await?;
            actor
                .record(
                    tx,
                    "instance.set_up",
                    account.id.as_str(),
                    &json!({ "organisation": organisation }),
                    now,
                )
                .await?;
            Ok(account)
        })
    })
    .await
}
