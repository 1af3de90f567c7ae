//! Teams: making them, and who is in them with which role.

use std::sync::Arc;

use serde_json::json;

use super::authority::Authority;
use super::power::{self, Power};
use super::roles::no_such_role;
use super::{Actor, ChangeError, names, schemes};
use crate::clock::Time;
use crate::model::account::Account;
use crate::model::permission::Permission;
use crate::model::role::RoleLevel;
use crate::model::scheme::Scheme;
use crate::model::team::{Team, TeamKind};
use crate::model::{AccountId, TeamId};
use crate::store::{Conn, Db, Tx, accounts, teams};

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
            if let Some(account) = actor.account_id() {
                teams::add_member(tx, &id, account, &scheme.team_owner_role, None, now).await?;
            }
            actor
                .record(tx, "team.create", id.as_str(), &json!({ "slug": slug }), now)
                .await?;
            Ok(id)
        })
    })
    .await
}

/// Makes a shared team for a person, with a slug made of its name that nobody has; yields the slug.
///
/// # Errors
/// When the name is not right, or the database fails.
pub async fn create_named(db: &Db, actor: Actor, name: String, now: Time) -> Result<String, ChangeError> {
    check_name(&name)?;
    let scheme = schemes::active(db).await?;
    db.write(move |tx| {
        Box::pin(async move {
            let id = TeamId::new(now);
            let slug = insert_as(tx, &id, &slug_of(&name), &name, TeamKind::Shared, now).await?;
            if let Some(account) = actor.account_id() {
                teams::add_member(tx, &id, account, &scheme.team_owner_role, None, now).await?;
            }
            let detail = json!({ "slug": slug });
            actor.record(tx, "team.create", id.as_str(), &detail, now).await?;
            Ok(slug)
        })
    })
    .await
}

/// A slug made of the words of a name.
fn slug_of(name: &str) -> String {
    let words = names::key(name);
    let words = words
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty());
    let slug: String = words.collect::<Vec<_>>().join("-").chars().take(50).collect();
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() { "team" } else { slug }.to_owned()
}

/// Adds a team under this slug, or the next one that is free.
async fn insert_as(
    tx: &mut Tx,
    id: &TeamId,
    wanted: &str,
    name: &str,
    kind: TeamKind,
    now: Time,
) -> Result<String, ChangeError> {
    let mut slug = wanted.to_owned();
    for attempt in 2.. {
        if teams::insert(tx, id, &slug, name, kind, now).await? {
            break;
        }
        slug = format!("{wanted}-{attempt}");
    }
    Ok(slug)
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
    insert_as(tx, &id, &key, &name, TeamKind::Personal, now).await?;
    teams::add_member(tx, &id, &account.id, &scheme.team_owner_role, None, now).await?;
    Ok(())
}

/// A team that an account may see, by its slug, with what the account may do.
///
/// # Errors
/// [`ChangeError::NotFound`] when there is none, or the account may not know of it.
pub async fn visible(
    conn: &mut Conn,
    account: &AccountId,
    scheme: &Arc<Scheme>,
    slug: &str,
    now: Time,
) -> Result<(Team, Authority), ChangeError> {
    let team = teams::by_slug(conn, &names::key(slug)).await?;
    let authority = Authority::load(conn, scheme.clone(), account, now).await?;
    let sees = |team: &Team| authority.is_in_team(&team.id) || authority.may(Permission::TeamRead);
    let team = team.filter(sees).ok_or_else(no_team)?;
    Ok((team, authority))
}

/// What an account may do in a team, in the words of its pages: `invite`, `member`, `rename`, `delete`.
#[must_use]
pub fn allowed_to(authority: &Authority, scheme: &Scheme, team: &Team) -> Vec<&'static str> {
    let may = |permission| authority.may_in_team(&team.id, permission);
    let may_root = team.kind != TeamKind::Root || authority.may_change_role(scheme.top_role());
    [
        ("invite", may(Permission::TeamInvite) && may_root),
        ("member", may(Permission::TeamMember) && may_root),
        ("rename", may(Permission::TeamUpdate)),
        (
            "delete",
            may(Permission::TeamDelete) && team.kind == TeamKind::Shared,
        ),
    ]
    .into_iter()
    .filter_map(|(word, allowed)| allowed.then_some(word))
    .collect()
}

async fn allowed(
    tx: &mut Tx,
    actor: &Actor,
    scheme: &Arc<Scheme>,
    id: &TeamId,
    permission: Permission,
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
            let team = allowed(tx, &actor, &scheme, &id, Permission::TeamUpdate, now).await?;
            teams::rename(tx, &id, &name).await?;
            let detail = json!({ "before": team.name, "after": name });
            actor.record(tx, "team.rename", id.as_str(), &detail, now).await?;
            Ok(())
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
            let team = allowed(tx, &actor, &scheme, &id, Permission::TeamDelete, now).await?;
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
            let detail = json!({ "slug": team.slug, "name": team.name });
            actor.record(tx, "team.delete", id.as_str(), &detail, now).await?;
            Ok(())
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
            let found = allowed(tx, &actor, &scheme, &team, Permission::TeamMember, now).await?;
            if scheme.role(RoleLevel::Team, &role).is_none() {
                return Err(no_such_role(&scheme, RoleLevel::Team));
            }
            if until.is_some_and(|until| until <= now) {
                return Err(ChangeError::at("until", "Choose a moment in the future."));
            }
            if accounts::by_id(tx, &account).await?.is_none() {
                return Err(ChangeError::NotFound("There is no such account."));
            }
            let power = Power::of(&actor, tx, &scheme, now).await?;
            power.require_for_root(&found, &scheme)?;
            power.require_team_role(&found, &scheme, &role)?;
            let before = owners(tx, &scheme, &found).await?;
            let held = require_over_member(tx, &power, &scheme, &found, &account, now).await?;
            teams::remove_member(tx, &team, &account).await?;
            teams::add_member(tx, &team, &account, &role, until, now).await?;
            owners_remain(tx, &scheme, &found, before).await?;
            let detail = json!({ "team": found.slug, "before": held, "after": [role], "until": until });
            actor
                .record(tx, "team.set_member", account.as_str(), &detail, now)
                .await?;
            Ok(())
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
            let leaves = actor.is(&account);
            let permission = if leaves {
                Permission::TeamRead
            } else {
                Permission::TeamMember
            };
            let found = allowed(tx, &actor, &scheme, &team, permission, now).await?;
            if !leaves {
                let power = Power::of(&actor, tx, &scheme, now).await?;
                power.require_for_root(&found, &scheme)?;
                require_over_member(tx, &power, &scheme, &found, &account, now).await?;
            }
            let before = owners(tx, &scheme, &found).await?;
            if !teams::remove_member(tx, &team, &account).await? {
                return Err(ChangeError::Refused("The person is not in this team."));
            }
            owners_remain(tx, &scheme, &found, before).await?;
            let detail = json!({ "team": found.slug });
            actor
                .record(tx, "team.remove_member", account.as_str(), &detail, now)
                .await?;
            Ok(())
        })
    })
    .await
}

/// The subset guard within a team: needs all that the member's roles allow there; yields those roles.
async fn require_over_member(
    tx: &mut Tx,
    power: &Power,
    scheme: &Scheme,
    team: &Team,
    account: &AccountId,
    now: Time,
) -> Result<Vec<String>, ChangeError> {
    let memberships = teams::of_account(tx, account, now).await?;
    let here = memberships.into_iter().filter(|held| held.id == team.id);
    let held: Vec<String> = here.map(|held| held.role).collect();
    for role in &held {
        power.require_team_role(team, scheme, role)?;
    }
    Ok(held)
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

#[cfg(test)]
mod tests {
    use super::slug_of;

    #[test]
    fn a_slug_is_made_of_the_words_of_a_name() {
        for (name, slug) in [
            ("Ops", "ops"),
            ("  On call, Europe! ", "on-call-europe"),
            ("...", "team"),
            ("Überwachung", "berwachung"),
        ] {
            assert_eq!(slug_of(name), slug);
        }
        assert_eq!(slug_of(&"x".repeat(100)).len(), 50);
    }
}
