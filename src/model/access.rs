//! Who may sign in to an app.

use serde::{Deserialize, Serialize};

use super::group::Group;
use super::{GroupId, TeamId, with_defaults};

with_defaults! {
    /// Who may sign in to an app: everyone, or whoever is in one of the groups or teams or has one of the roles. A new
    /// app lets in nobody.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(default, deny_unknown_fields)]
    AccessRule {
        /// Whether everyone may.
        everyone: bool = false,
        /// The groups whose members may, including the members of nested groups.
        groups: Vec<GroupId> = Vec::new(),
        /// The teams whose members may.
        teams: Vec<TeamId> = Vec::new(),
        /// The roles whose holders may: `role` for an instance role, `app:role` for a role for this app.
        roles: Vec<String> = Vec::new(),
        /// Whether whoever signs in must prove a second factor.
        second_factor: bool = false,
    }
}

impl AccessRule {
    /// The rule that lets in everyone.
    #[must_use]
    pub fn for_everyone() -> Self {
        Self {
            everyone: true,
            ..Self::default()
        }
    }

    /// Whether it names nobody.
    #[must_use]
    pub const fn is_closed(&self) -> bool {
        !self.everyone && self.groups.is_empty() && self.teams.is_empty() && self.roles.is_empty()
    }
}

/// A part of an app's access rule that lets somebody in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ground {
    /// Everyone may sign in.
    Everyone,
    /// They are in this group, or in a group inside it.
    Group(GroupId),
    /// They are in this team.
    Team(TeamId),
    /// They have this role, written as in the rule.
    Role(String),
}

/// Why somebody may not sign in to an app.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// The app is disabled.
    Disabled,
    /// The app manages its own users, or is only a link.
    NoSignIn,
    /// The app belongs to a team that they are not in.
    NotInTeam,
    /// The app lets in nobody yet.
    Closed,
    /// They are in none of the chosen groups and teams and have none of the chosen roles.
    NotChosen,
}

/// Whether somebody may sign in to an app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Yes, for these reasons, each of which is enough.
    Allowed(Vec<Ground>),
    /// Yes, but only by the permission `app.login_any`.
    Override,
    /// No.
    Refused(Obstacle),
}

impl Decision {
    /// Whether they may sign in.
    #[must_use]
    pub const fn is_allowed(&self) -> bool {
        self.obstacle().is_none()
    }

    /// Why they may not.
    #[must_use]
    pub const fn obstacle(&self) -> Option<Obstacle> {
        match self {
            Self::Refused(obstacle) => Some(*obstacle),
            Self::Allowed(_) | Self::Override => None,
        }
    }
}

/// An access rule with names. Groups and teams that have been deleted since are left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct NamedRule {
    /// Whether everyone may sign in.
    pub everyone: bool,
    /// The groups whose members may.
    pub groups: Vec<Group>,
    /// The teams whose members may.
    pub teams: Vec<NamedTeam>,
    /// The roles whose holders may, as the rule writes them.
    pub roles: Vec<String>,
    /// Whether whoever signs in must prove a second factor.
    pub second_factor: bool,
}

/// A team of a rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NamedTeam {
    /// Its id.
    pub id: TeamId,
    /// Its slug.
    pub slug: String,
    /// Its name.
    pub name: String,
}

/// One reason why somebody may or may not sign in to an app, with names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "reason", content = "name", rename_all = "snake_case")]
pub enum Reason {
    /// Everyone may sign in.
    Everyone,
    /// They are in this group, or in a group inside it.
    Group(String),
    /// They are in this team.
    Team(String),
    /// They have this role.
    Role(String),
    /// They have the permission to sign in to every app.
    EveryApp,
    /// The account is not active, or it is outside its validity dates.
    AccountUnusable,
    /// The app is disabled.
    Disabled,
    /// The app manages its own users, or is only a link.
    NoSignIn,
    /// The app belongs to this team, which they are not in.
    NotInTeam(String),
    /// The app lets in nobody yet.
    Closed,
    /// They are in none of these groups and teams and have none of these roles.
    NotChosen(NamedRule),
}
