//! Teams: creating, renaming and deleting them. `members` changes memberships, `read` reads teams.

mod members;
mod read;

use serde::Serialize;
use serde_json::json;

use super::{ChangeContext, Failure, logouts, names, operation};
use crate::clock::Time;
use crate::model::account::Account;
use crate::model::action::Action;
use crate::model::permission::Permission;
use crate::model::refusal::Code;
use crate::model::scheme::Scheme;
use crate::model::team::{Team, TeamKind};
use crate::model::{AccountId, TeamId};
use crate::store::{Conn, Error, Tx, app_sessions, clients, counters, invitations, shared_roles, teams};

pub use members::{GrantedTeamRole, MembershipEnd, RemoveTeamMember, RemovedMember, SetTeamMember};
pub use read::{GetTeam, ListTeams, TeamDetail, TeamInvitation, TeamRole};

/// The maximum length of a team's name.
const MAX_NAME_LENGTH: usize = 100;

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

operation! {
    /// Creates a shared team. Every user may, and becomes its owner.
    change CreateTeam {
        /// Its slug; `None` for the first free one derived from its name.
        slug: Option<String>,
        name: String,
    } -> CreatedTeam;
}

impl CreateTeam {
    async fn perform(self, context: &mut ChangeContext<'_>) -> Result<CreatedTeam, Failure> {
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
    let (scheme, is_trusted) = (context.scheme.clone(), context.may(Permission::TeamUpdate));
    let is_allowed = |slug: &str| {
        !names::is_reserved_slug(slug, &scheme) && (is_trusted || !names::suggests_trust(slug, &scheme))
    };
    let (tx, now) = context.tx_now();
    let Some(slug) = slug else {
        let wanted = allowed_slugs(slug_of(name), is_allowed);
        return Ok(insert_first(tx, id, wanted, name, None, now).await?);
    };
    names::validate("slug", &slug, names::DEFAULT_PUNCTUATION)?;
    let slug = names::folded(&slug);
    if !is_allowed(&slug) {
        return Err(Code::Reserved.at("slug").into());
    }
    if teams::insert(tx, id, &slug, name, TeamKind::Shared, None, now).await? {
        Ok(slug)
    } else {
        Err(Code::Taken.at("slug").into())
    }
}

/// This slug, then the same one with a number after it, without those that are not allowed.
fn allowed_slugs(wanted: String, is_allowed: impl Fn(&str) -> bool) -> impl Iterator<Item = String> {
    let numbered = wanted.clone();
    let all = std::iter::once(wanted).chain((2..).map(move |number| format!("{numbered}-{number}")));
    all.filter(move |slug| is_allowed(slug))
}

/// Adds a shared team, or the personal team of its owner, with the first of these slugs that is free; yields the slug.
async fn insert_first(
    tx: &mut Tx,
    id: &TeamId,
    wanted: impl Iterator<Item = String> + Send,
    name: &str,
    owner: Option<&AccountId>,
    now: Time,
) -> Result<String, Error> {
    let kind = owner.map_or(TeamKind::Shared, |_| TeamKind::Personal);
    for slug in wanted {
        if teams::insert(tx, id, &slug, name, kind, owner, now).await? {
            return Ok(slug);
        }
    }
    Err(Error::Decode("no slug is left".into()))
}

/// Derives a slug from the words of a name.
fn slug_of(name: &str) -> String {
    let words = names::folded(name);
    let words = words
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty());
    let slug: String = words.collect::<Vec<_>>().join("-").chars().take(50).collect();
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() { "team" } else { slug }.to_owned()
}

/// Creates the personal team of an account, named after its owner.
pub(super) async fn add_personal(
    tx: &mut Tx,
    scheme: &Scheme,
    account: &Account,
    now: Time,
) -> Result<(), Error> {
    let id = TeamId::new(now);
    let key = names::folded(&account.username);
    let name: String = account.shown_name().chars().take(MAX_NAME_LENGTH).collect();
    let wanted = allowed_slugs(key, |slug| !names::suggests_trust(slug, scheme));
    insert_first(tx, &id, wanted, &name, Some(&account.id), now).await?;
    teams::add_member(tx, &id, &account.id, &scheme.team_owner_role, None, now).await?;
    Ok(())
}

operation! {
    /// Renames a team and returns its old name; its slug stays.
    change RenameTeam { team: TeamRef, name: String } -> String;
}

impl RenameTeam {
    async fn perform(self, context: &mut ChangeContext<'_>) -> Result<String, Failure> {
        let team = existing(context.tx(), &self.team).await?;
        context
            .authorization
            .require_in_team(&team, Permission::TeamUpdate)?;
        check_name(&self.name)?;
        teams::rename(context.tx(), &team.id, &self.name).await?;
        let detail = json!({ "before": team.name, "after": self.name });
        context
            .record(Action::TeamRename, team.id.as_str(), &detail)
            .await?;
        Ok(team.name)
    }
}

operation! {
    /// Deletes a shared team with its memberships, ends the invitations to it, and returns its name. A team that owns
    /// apps is refused.
    change DeleteTeam { team: TeamRef } -> String;
}

impl DeleteTeam {
    async fn perform(self, context: &mut ChangeContext<'_>) -> Result<String, Failure> {
        let team = existing(context.tx(), &self.team).await?;
        context
            .authorization
            .require_in_team(&team, Permission::TeamDelete)?;
        match team.kind {
            TeamKind::Root => return Err(Code::RootTeamPermanent.into()),
            TeamKind::Personal => return Err(Code::PersonalTeamPermanent.into()),
            TeamKind::Shared => {}
        }
        // Serialized with adding an app to a team.
        counters::next(context.tx(), counters::NUMBERS).await?;
        ensure_owns_no_apps(context.tx(), &team).await?;
        let (tx, now) = context.tx_now();
        let members = app_sessions::members_of_team(tx, &team.id, now).await?;
        invitations::end_for_team(tx, &team.id, now).await?;
        shared_roles::delete_of_team(tx, &team.id).await?;
        teams::delete(tx, &team.id).await?;
        logouts::queue_for_accounts(context, &members).await?;
        let detail = json!({ "slug": team.slug, "name": team.name });
        context
            .record(Action::TeamDelete, team.id.as_str(), &detail)
            .await?;
        Ok(team.name)
    }
}

/// How many apps of a team the refusal to delete it names.
const MAX_NAMED_APPS: usize = 3;

async fn ensure_owns_no_apps(conn: &mut Conn, team: &Team) -> Result<(), Failure> {
    let apps = clients::names_of_team(conn, &team.id).await?;
    match apps.len() {
        0 => Ok(()),
        1..=MAX_NAMED_APPS => Err(Code::TeamOwnsApps.with("apps", apps.join(", ")).into()),
        number => Err(Code::TeamOwnsManyApps.with("number", number.to_string()).into()),
    }
}

fn check_name(name: &str) -> Result<(), Failure> {
    if name.is_empty() || name.chars().count() > MAX_NAME_LENGTH {
        let length = Code::Length.at("name").with("min", "1");
        return Err(length.with("max", MAX_NAME_LENGTH.to_string()).into());
    }
    Ok(names::validate_line("name", name)?)
}

/// The team that a reference names; checks no permission.
pub(super) async fn existing(conn: &mut Conn, team: &TeamRef) -> Result<Team, Failure> {
    let found = match team {
        TeamRef::Id(id) => teams::by_id(conn, id).await?,
        TeamRef::Slug(slug) => teams::by_slug(conn, &names::folded(slug)).await?,
    };
    found.ok_or(Code::TeamNotFound.into())
}

/// The team that a field of a form names; checks no permission.
///
/// # Errors
/// [`Code::UnknownTeam`].
pub(super) async fn named(conn: &mut Conn, team: &TeamRef) -> Result<Team, Failure> {
    let (TeamRef::Slug(name) | TeamRef::Id(TeamId(name))) = team;
    match existing(conn, team).await {
        Err(failure) if failure.is(Code::TeamNotFound) => {
            Err(Code::UnknownTeam.at("name").with("name", name).into())
        }
        found => found,
    }
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
