//! Grants of instance and app roles. Team roles are memberships; the scheme defines the roles themselves.

use super::text_enum;
use crate::clock::Time;

text_enum! {
    /// The level of a role.
    RoleLevel {
        /// On the whole instance.
        Instance = "instance",
        /// In one team.
        Team = "team",
        /// For one app.
        App = "app",
    }
}

/// A role granted to an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleGrant {
    /// Instance or app.
    pub level: RoleLevel,
    /// The role.
    pub role: String,
    /// The app's client ID; empty for an instance role.
    pub target: String,
    /// When it expires.
    pub expires_at: Option<Time>,
}

text_enum! {
    /// With whose members a role is shared.
    HolderKind {
        /// Those of a group and of the groups inside it.
        Group = "group",
        /// Those of a team.
        Team = "team",
    }
}

/// A role for an app that the members of a group or a team hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SharedRole {
    /// Whether they are of a group or a team.
    pub kind: HolderKind,
    /// The id of the group or the team.
    pub holder: String,
    /// The role.
    pub role: String,
    /// When it ends.
    pub expires_at: Option<Time>,
}
