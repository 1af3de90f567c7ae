//! Who holds the roles for an app: people, and the members of groups and teams.

use serde::Serialize;
use serde_json::json;

use super::guard::{MANAGE, READ, find, find_for_change};
use crate::clock::Time;
use crate::directory::groups::{self, GroupRef};
use crate::directory::roles::{check_end, end_instance_roles, ensure_defined};
use crate::directory::teams::{self, TeamRef};
use crate::directory::{ChangeContext, Failure, ReadContext, logouts, operation};
use crate::model::action::Action;
use crate::model::refusal::Code;
use crate::model::role::{HolderKind, RoleLevel, SharedRole};
use crate::model::{ClientId, GroupId, TeamId};
use crate::store::{self, Conn, Error, roles, shared_roles};

/// A group or a team with whose members a role is shared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Holder {
    /// A group, with the groups inside it.
    Group(GroupRef),
    /// A team.
    Team(TeamRef),
}

/// Who holds the roles for an app.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AppRoles {
    /// The roles that exist, by name and title.
    pub roles: Vec<(String, String)>,
    /// The first hundred people with a role of their own, by username.
    pub people: Vec<RoleOfPerson>,
    /// The groups and teams.
    pub shared: Vec<RoleOfMembers>,
}

/// A role of a person for an app.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RoleOfPerson {
    /// The username.
    pub username: String,
    /// The account's number.
    pub number: i64,
    /// The role.
    pub role: String,
    /// When it ends.
    pub until: Option<Time>,
}

/// A role for an app that the members of a group or a team hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RoleOfMembers {
    /// Whether they are of a group or a team.
    pub kind: HolderKind,
    /// The name of the group, or the slug of the team.
    pub name: String,
    /// The role.
    pub role: String,
    /// When it ends.
    pub until: Option<Time>,
}

/// How many people are listed.
const MAX_PEOPLE: i64 = 100;

operation! {
    /// Lists who holds the roles for an app.
    read ListAppRoles { app: ClientId } -> AppRoles;
}

impl ListAppRoles {
    async fn perform(self, context: &mut ReadContext<'_>) -> Result<AppRoles, Failure> {
        find(context, &self.app, READ).await?;
        let defined = context.scheme.roles_of(RoleLevel::App);
        let defined = defined
            .map(|role| (role.name.clone(), role.title.clone()))
            .collect();
        let now = context.now;
        let people = roles::of_app(context.conn(), &self.app, MAX_PEOPLE, now).await?;
        let person = |(username, number, role, until)| RoleOfPerson {
            username,
            number,
            role,
            until,
        };
        let mut shared = Vec::new();
        for one in shared_roles::of_app(context.conn(), &self.app, now).await? {
            shared.extend(named(context.conn(), one).await?);
        }
        Ok(AppRoles {
            roles: defined,
            people: people.into_iter().map(person).collect(),
            shared,
        })
    }
}

/// A shared role with the name of its holder, unless that was deleted.
async fn named(conn: &mut Conn, shared: SharedRole) -> Result<Option<RoleOfMembers>, Error> {
    let name = match shared.kind {
        HolderKind::Group => {
            let group = store::groups::by_id(conn, &GroupId(shared.holder)).await?;
            group.map(|group| group.name)
        }
        HolderKind::Team => {
            let team = store::teams::by_id(conn, &TeamId(shared.holder)).await?;
            team.map(|team| team.slug)
        }
    };
    Ok(name.map(|name| RoleOfMembers {
        kind: shared.kind,
        name,
        role: shared.role,
        until: shared.expires_at,
    }))
}

operation! {
    /// Lets the members of a group or a team hold a role for an app.
    change ShareAppRole {
        app: ClientId,
        role: String,
        with: Holder,
        /// When it ends.
        until: Option<Time>,
    } -> ();
}

impl ShareAppRole {
    async fn perform(self, context: &mut ChangeContext<'_>) -> Result<(), Failure> {
        let app = find_for_change(context, &self.app, MANAGE).await?;
        ensure_defined(context, RoleLevel::App, &self.role)?;
        let (mut shared, name) = shared(context.tx(), &self.with, self.role).await?;
        shared.expires_at = self.until;
        let (tx, now) = context.tx_now();
        check_end(self.until, now)?;
        shared_roles::insert(tx, &self.app, &shared, now).await?;
        end_instance_roles(context, &app).await?;
        let with = format!("{} {name}", shared.kind);
        let detail = json!({ "role": shared.role, "with": with, "until": self.until });
        context
            .record(Action::AppShareRole, self.app.as_str(), &detail)
            .await
    }
}

operation! {
    /// Takes a role for an app back from the members of a group or a team.
    change UnshareAppRole { app: ClientId, role: String, with: Holder } -> ();
}

impl UnshareAppRole {
    async fn perform(self, context: &mut ChangeContext<'_>) -> Result<(), Failure> {
        find_for_change(context, &self.app, MANAGE).await?;
        let (shared, name) = shared(context.tx(), &self.with, self.role).await?;
        if !shared_roles::delete(context.tx(), &self.app, &shared).await? {
            return Err(Code::RoleNotGranted.into());
        }
        logouts::queue_for_app(context, &self.app).await?;
        let detail = json!({ "role": shared.role, "with": format!("{} {name}", shared.kind) });
        context
            .record(Action::AppUnshareRole, self.app.as_str(), &detail)
            .await
    }
}

/// The shared role, and the name of its holder.
async fn shared(conn: &mut Conn, with: &Holder, role: String) -> Result<(SharedRole, String), Failure> {
    let (kind, holder, name) = match with {
        Holder::Group(group) => {
            let group = groups::existing(conn, group).await?;
            (HolderKind::Group, group.id.0, group.name)
        }
        Holder::Team(team) => {
            let team = teams::named(conn, team).await?;
            (HolderKind::Team, team.id.0, team.slug)
        }
    };
    let shared = SharedRole {
        kind,
        holder,
        role,
        expires_at: None,
    };
    Ok((shared, name))
}
