//! The first account: number 0 with the top role, and team 0, in one transaction that one caller wins.

use super::accounts::{self, NewAccount};
use super::{Actor, ChangeError, schemes};
use crate::auth::pool::PasswordPool;
use crate::clock::Time;
use crate::store::accounts::Account;
use crate::store::teams::TeamKind;
use crate::store::{Db, TeamId, accounts as store, audit, counters, settings, teams};

/// The setting that says whose sign-in this is.
pub const ORGANISATION: &str = "organisation";

/// Makes the first account, while there is none, and names the organisation.
///
/// # Errors
/// When something is wrong with the account, when there is one already, or when the database fails.
pub async fn set_up(
    db: &Db,
    pool: &PasswordPool,
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
            let account = accounts::add(tx, &Actor::SetUp, &scheme, checked, now).await?;
            // The root team gives the top role.
            teams::add_member(tx, &team, &account.id, &scheme.team_owner_role, None, now).await?;
            settings::set(tx, "registration", "closed").await?;
            settings::set(tx, ORGANISATION, &organisation).await?;
            audit::insert(
                tx,
                Actor::SetUp.as_str(),
                "instance.set_up",
                account.id.as_str(),
                "{}",
                now,
            )
            .await?;
            Ok(account)
        })
    })
    .await
}
