//! Teams: making them, and who is in them with which role.

use std::sync::Arc;

use super::power::{self, Power};
use super::roles::no_such_role;
use super::{Actor, ChangeError, names, schemes};
use crate::clock::Time;
use crate::store::accounts::Account;
use crate::store::roles::Scope;
use crate::store::schemes::Scheme;
use crate::store::teams::{Team, TeamKind};
use crate::store::{AccountId, Conn, Db, TeamId, Tx, accounts, audit, teams};

/// The most characters of a team's name.
const LONGEST_NAME: usize = 100;

fn no_team() -> ChangeError {
    ChangeError::NotFound("There is no such team.")
}

fn check_name(name: &str) -> Result<(), ChangeError> {
    if name.is_empty() || name.chars().count() > LONGEST_NAME {
        return Err(ChangeError::at("name", "Use 1 to 100 characters."));
    }
    Ok(())
}

/// Makes a shared team. Everybody may; a person who does gets the role of who makes a team.
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
    check_name(&name)?;
    let scheme = schemes::active(db).await?;
    db.write(move |tx| {
        Box::pin(async move {
            let id = TeamId::new(now);
            if !teams::insert(tx, &id, &names::key(&slug), &name, TeamKind::Shared, now).await? {
                return Err(ChangeError::at("slug", "This slug is taken. Choose another one."));
            }
            if let Actor::Account(account) = &actor {
                teams::add_member(tx, &id, account, &scheme.team_owner_role, None, now).await?;
            }
            record(
                tx,
                &actor,
                "team.create",
                &id,
                &serde_json::json!({ "slug": slug }),
                now,
            )
            .await?;
            Ok(id)
        })
    })
    .await
}

/// Makes the team that every account has for itself, named after it.
pub(super) async fn add_personal(
    tx: &mut Tx,
    scheme: &Scheme,
    account: &Account,
    now: Time,
) -> Result<(), ChangeError> {
    let id = TeamId::new(now);
    let key = names::key(&account.username);
    let name = if account.name.is_empty() {
        &account.username
    } else {
        &account.name
    };
    let name: String = name.chars().take(LONGEST_NAME).collect();
    let mut slug = key.clone();
    for attempt in 2.. {
        if teams::insert(tx, &id, &slug, &name, TeamKind::Personal, now).await? {
            break;
        }
        slug = format!("{key}-{attempt}");
    }
    teams::add_member(tx, &id, &account.id, &scheme.team_owner_role, None, now).await?;
    Ok(())
}

/// A team that the actor may see, by its slug.
///
/// # Errors
/// [`ChangeError::NotFound`] when there is none, or the actor may not know of it.
pub async fn visible(
    conn: &mut Conn,
    actor: &Actor,
    scheme: &Arc<Scheme>,
    slug: &str,
    now: Time,
) -> Result<(Team, Power), ChangeError> {
    let team = teams::by_slug(conn, &names::key(slug))
        .await?
        .ok_or_else(no_team)?;
    let power = Power::of(actor, conn, scheme, now).await?;
    power.require_in_team(&team, "team.read")?;
    Ok((team, power))
}

async fn allowed(
    tx: &mut Tx,
    actor: &Actor,
    scheme: &Arc<Scheme>,
    id: &TeamId,
    permission: &'static str,
    now: Time,
) -> Result<Team, ChangeError> {
    let team = teams::by_id(tx, id).await?.ok_or_else(no_team)?;
    let power = Power::of(actor, tx, scheme, now).await?;
    power.require_in_team(&team, permission)?;
    Ok(team)
}

/// Changes a team's name.
///
/// # Errors
/// When the name is not right, there is no such team, or the actor may not.
pub async fn rename(db: &Db, actor: Actor, id: TeamId, name: String, now: Time) -> Result<(), ChangeError> {
    check_name(&name)?;
    let scheme = schemes::active(db).await?;
    db.write(move |tx| {
        Box::pin(async move {
            let team = allowed(tx, &actor, &scheme, &id, "team.update", now).await?;
            teams::rename(tx, &id, &name).await?;
            let detail = serde_json::json!({ "before": team.name, "after": name });
            record(tx, &actor, "team.rename", &id, &detail, now).await
        })
    })
    .await
}

/// Deletes a shared team with its memberships; for good.
///
/// # Errors
/// When it is the root team or somebody's own, there is none, or the actor may not.
pub async fn delete(db: &Db, actor: Actor, id: TeamId, now: Time) -> Result<(), ChangeError> {
    let scheme = schemes::active(db).await?;
    db.write(move |tx| {
        Box::pin(async move {
            let team = allowed(tx, &actor, &scheme, &id, "team.delete", now).await?;
            match team.kind {
                TeamKind::Root => return Err(ChangeError::Refused("The root team cannot be deleted.")),
                TeamKind::Personal => {
                    return Err(ChangeError::Refused(
                        "A personal team goes with its account and cannot be deleted by itself.",
                    ));
                }
                TeamKind::Shared => {}
            }
            teams::delete(tx, &id).await?;
            let detail = serde_json::json!({ "slug": team.slug, "name": team.name });
            record(tx, &actor, "team.delete", &id, &detail, now).await
        })
    })
    .await
}

/// Gives a person a role in a team in place of any other that they have there, until a moment or for good.
///
/// # Errors
/// When there is no such role, team or account, the actor may not, or the team or the instance would be without an
/// owner.
pub async fn set_member(
    db: &Db,
    actor: Actor,
    team: TeamId,
    account: AccountId,
    role: String,
    until: Option<Time>,
    now: Time,
) -> Result<(), ChangeError> {
    let scheme = schemes::active(db).await?;
    db.write(move |tx| {
        Box::pin(async move {
            power::take_turns(tx).await?;
            let found = allowed(tx, &actor, &scheme, &team, "team.member", now).await?;
            if scheme.role(Scope::Team, &role).is_none() {
                return Err(no_such_role(&scheme, Scope::Team));
            }
            if until.is_some_and(|until| until <= now) {
                return Err(ChangeError::at("until", "Choose a moment in the future."));
            }
            if accounts::by_id(tx, &account).await?.is_none() {
                return Err(ChangeError::NotFound("There is no such account."));
            }
            require_for_root(tx, &actor, &scheme, &found, now).await?;
            let before = owners(tx, &scheme, &found).await?;
            teams::remove_member(tx, &team, &account).await?;
            teams::add_member(tx, &team, &account, &role, until, now).await?;
            owners_remain(tx, &scheme, &found, before).await?;
            let detail = serde_json::json!({ "account": account, "role": role });
            record(tx, &actor, "team.set_member", &team, &detail, now).await
        })
    })
    .await
}

/// Takes a person out of a team. Everybody may leave a team by themselves.
///
/// # Errors
/// When the person is not in it, the actor may not, or the team or the instance would be without an owner.
pub async fn remove_member(
    db: &Db,
    actor: Actor,
    team: TeamId,
    account: AccountId,
    now: Time,
) -> Result<(), ChangeError> {
    let scheme = schemes::active(db).await?;
    db.write(move |tx| {
        Box::pin(async move {
            power::take_turns(tx).await?;
            let leaves = actor == Actor::Account(account.clone());
            let permission = if leaves { "team.read" } else { "team.member" };
            let found = allowed(tx, &actor, &scheme, &team, permission, now).await?;
            if !leaves {
                require_for_root(tx, &actor, &scheme, &found, now).await?;
            }
            let before = owners(tx, &scheme, &found).await?;
            if !teams::remove_member(tx, &team, &account).await? {
                return Err(ChangeError::Refused("The person is not in this team."));
            }
            owners_remain(tx, &scheme, &found, before).await?;
            let detail = serde_json::json!({ "account": account });
            record(tx, &actor, "team.remove_member", &team, &detail, now).await
        })
    })
    .await
}

/// The root team gives the top role, so who changes it must be allowed to give that.
async fn require_for_root(
    tx: &mut Tx,
    actor: &Actor,
    scheme: &Arc<Scheme>,
    team: &Team,
    now: Time,
) -> Result<(), ChangeError> {
    if team.kind != TeamKind::Root {
        return Ok(());
    }
    let power = Power::of(actor, tx, scheme, now).await?;
    power.require_role_change(scheme.top_role())
}

async fn owners(tx: &mut Tx, scheme: &Scheme, team: &Team) -> Result<i64, ChangeError> {
    Ok(teams::lasting_holders(tx, &team.id, &scheme.team_owner_role).await?)
}

/// A team that had somebody with its highest role for good still has; and somebody holds the top role of the instance.
async fn owners_remain(tx: &mut Tx, scheme: &Scheme, team: &Team, before: i64) -> Result<(), ChangeError> {
    if team.kind == TeamKind::Root {
        return power::an_owner_remains(tx, scheme).await;
    }
    if before > 0 && owners(tx, scheme, team).await? == 0 {
        return Err(ChangeError::Refused(
            "A team needs somebody with its highest role. Give it to another member first.",
        ));
    }
    Ok(())
}

async fn record(
    tx: &mut Tx,
    actor: &Actor,
    action: &str,
    team: &TeamId,
    detail: &serde_json::Value,
    now: Time,
) -> Result<(), ChangeError> {
    Ok(audit::insert(
        tx,
        actor.as_str(),
        action,
        team.as_str(),
        &detail.to_string(),
        now,
    )
    .await?)
}
