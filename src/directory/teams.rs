//! Making teams and putting people into them.

use super::roles::{TEAM_ADMIN, TEAM_MEMBER};
use super::{Actor, ChangeError, names};
use crate::clock::Time;
use crate::store::teams::TeamKind;
use crate::store::{AccountId, Db, TeamId, audit, teams};

/// Makes a shared team.
///
/// # Errors
/// When its slug is no name or taken, or the database fails.
pub async fn create(
    db: &Db,
    actor: Actor,
    slug: String,
    name: String,
    now: Time,
) -> Result<TeamId, ChangeError> {
    names::check(&slug).map_err(|message| ChangeError::at("slug", message))?;
    db.write(move |tx| {
        Box::pin(async move {
            let id = TeamId::new(now);
            if !teams::insert(tx, &id, &slug, &name, TeamKind::Shared, now).await? {
                return Err(ChangeError::at("slug", "This slug is taken. Choose another one."));
            }
            audit::insert(tx, actor.as_str(), "team.create", id.as_str(), "{}", now).await?;
            Ok(id)
        })
    })
    .await
}

/// Gives a person a role in a team.
///
/// # Errors
/// When there is no such role, or the database fails.
pub async fn add_member(
    db: &Db,
    actor: Actor,
    team: TeamId,
    account: AccountId,
    role: String,
    now: Time,
) -> Result<(), ChangeError> {
    if ![TEAM_ADMIN, TEAM_MEMBER].contains(&role.as_str()) {
        return Err(ChangeError::at(
            "role",
            format!("Use {TEAM_ADMIN} or {TEAM_MEMBER}."),
        ));
    }
    db.write(move |tx| {
        Box::pin(async move {
            teams::add_member(tx, &team, &account, &role, now).await?;
            audit::insert(
                tx,
                actor.as_str(),
                "team.add_member",
                team.as_str(),
                account.as_str(),
                now,
            )
            .await?;
            Ok(())
        })
    })
    .await
}
