//! Teams: creating, renaming and deleting them. `members` changes memberships, `read` reads teams.

mod members;
mod read;

use serde::Serialize;
use serde_json::json;

use super::{Change, ChangeContext, Failure, names};
use crate::clock::Time;
use crate::model::TeamId;
use crate::model::account::Account;
use crate::model::action::Action;
use crate::model::permission::Permission;
use crate::model::refusal::Code;
use crate::model::scheme::Scheme;
use crate::model::team::{Team, TeamKind};
use crate::store::{Conn, Error, Tx, teams};

pub use members::{MembershipEnd, RemoveTeamMember, SetTeamMember};
pub use read::{GetTeam, ListTeams, TeamDetail, TeamInvitation, TeamRole};

/// The maximum length of a team's name.
const LONGEST_NAME: usize = 100;

/// A reference to a team.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TeamRef {
    /// By id.
    Id(TeamId),
    /// By slug.
    Slug(String),
}

impl From<TeamId> for TeamRef {
    fn from(id: TeamId) -> Self {
        Self::Id(id)
    }
}

/// A team that was just created.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CreatedTeam {
    /// Its id.
    pub id: TeamId,
    /// Its slug.
    pub slug: String,
}

/// Creates a shared team. Everybody may; a user becomes its member with the highest role.
pub struct CreateTeam {
    /// Its slug; `None` for the first free one derived from its name.
    pub slug: Option<String>,
    /// The name shown to people.
    pub name: String,
}

impl Change for CreateTeam {
    type Output = CreatedTeam;

    async fn run(self, context: &mut ChangeContext<'_>) -> Result<CreatedTeam, Failure> {
        let creator = context.actor.account_id().cloned();
        if creator.is_none() {
            context.require(Permission::TeamUpdate)?;
        }
        check_name(&self.name)?;
        let id = TeamId::new(context.now);
        let slug = insert(context, &id, self.slug, &self.name).await?;
        if let Some(account) = creator {
            context.locked_account(&account).await?;
            let role = context.scheme.team_owner_role.clone();
            let (tx, now) = context.tx_now();
            teams::add_member(tx, &id, &account, &role, None, now).await?;
        }
        let detail = json!({ "slug": slug });
        context.record(Action::TeamCreate, id.as_str(), &detail).await?;
        Ok(CreatedTeam { id, slug })
    }
}

async fn insert(
    context: &mut ChangeContext<'_>,
    id: &TeamId,
    slug: Option<String>,
    name: &str,
) -> Result<String, Failure> {
    let (tx, now) = context.tx_now();
    let Some(slug) = slug else {
        return Ok(insert_free(tx, id, &slug_of(name), name, TeamKind::Shared, now).await?);
    };
    names::validate("slug", &slug, names::DEFAULT_PUNCTUATION)?;
    let slug = names::key(&slug);
    if teams::insert(tx, id, &slug, name, TeamKind::Shared, now).await? {
        Ok(slug)
    } else {
        Err(Code::Taken.at("slug").into())
    }
}

/// Adds a team with this slug, or with a number after it if it is taken; yields the slug.
async fn insert_free(
    tx: &mut Tx,
    id: &TeamId,
    wanted: &str,
    name: &str,
    kind: TeamKind,
    now: Time,
) -> Result<String, Error> {
    let mut slug = wanted.to_owned();
    for attempt in 2.. {
        if teams::insert(tx, id, &slug, name, kind, now).await? {
            break;
        }
        slug = format!("{wanted}-{attempt}");
    }
    Ok(slug)
}

/// Derives a slug from the words of a name.
fn slug_of(name: &str) -> String {
    let words = names::key(name);
    let words = words
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty());
    let slug: String = words.collect::<Vec<_>>().join("-").chars().take(50).collect();
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() { "team" } else { slug }.to_owned()
}

/// Creates the personal team of an account, named after it.
pub(super) async fn add_personal(
    tx: &mut Tx,
    scheme: &Scheme,
    account: &Account,
    now: Time,
) -> Result<(), Error> {
    let id = TeamId::new(now);
    let key = names::key(&account.username);
    let name = if account.name.is_empty() {
        &account.username
    } else {
        &account.name
    };
    let name: String = name.chars().take(LONGEST_NAME).collect();
    insert_free(tx, &id, &key, &name, TeamKind::Personal, now).await?;
    teams::add_member(tx, &id, &account.id, &scheme.team_owner_role, None, now).await?;
    Ok(())
}

/// Renames a team; its slug stays.
pub struct RenameTeam {
    /// The team.
    pub team: TeamRef,
    /// The new name.
    pub name: String,
}

impl Change for RenameTeam {
    type Output = ();

    async fn run(self, context: &mut ChangeContext<'_>) -> Result<(), Failure> {
        let team = find(context.tx(), &self.team).await?;
        context
            .authorization
            .require_in_team(&team, Permission::TeamUpdate)?;
        check_name(&self.name)?;
        teams::rename(context.tx(), &team.id, &self.name).await?;
        let detail = json!({ "before": team.name, "after": self.name });
        context
            .record(Action::TeamRename, team.id.as_str(), &detail)
            .await
    }
}

/// Deletes a shared team with its memberships.
pub struct DeleteTeam {
    /// The team.
    pub team: TeamRef,
}

impl Change for DeleteTeam {
    type Output = ();

    async fn run(self, context: &mut ChangeContext<'_>) -> Result<(), Failure> {
        let team = find(context.tx(), &self.team).await?;
        context
            .authorization
            .require_in_team(&team, Permission::TeamDelete)?;
        match team.kind {
            TeamKind::Root => return Err(Code::RootTeamPermanent.into()),
            TeamKind::Personal => return Err(Code::PersonalTeamPermanent.into()),
            TeamKind::Shared => {}
        }
        teams::delete(context.tx(), &team.id).await?;
        let detail = json!({ "slug": team.slug, "name": team.name });
        context
            .record(Action::TeamDelete, team.id.as_str(), &detail)
            .await
    }
}

fn check_name(name: &str) -> Result<(), Failure> {
    if name.is_empty() || name.chars().count() > LONGEST_NAME {
        let length = Code::Length.at("name").with("min", "1");
        return Err(length.with("max", LONGEST_NAME.to_string()).into());
    }
    Ok(names::validate_line("name", name)?)
}

/// The team that a reference names; checks no permission.
async fn find(conn: &mut Conn, team: &TeamRef) -> Result<Team, Failure> {
    let found = match team {
        TeamRef::Id(id) => teams::by_id(conn, id).await?,
        TeamRef::Slug(slug) => teams::by_slug(conn, &names::key(slug)).await?,
    };
    found.ok_or(Code::TeamNotFound.into())
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
