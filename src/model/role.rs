//! Roles that people hold on the instance or for an app; roles in teams are memberships. What a role is, the scheme
//! says.

use super::text_enum;
use crate::clock::Time;

text_enum! {
    /// Where a role is held.
    RoleLevel {
        /// On the whole instance.
        Instance = "instance",
        /// In one team.
        Team = "team",
        /// For one app.
        App = "app",
    }
}

/// A role that was given to somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleGrant {
    /// On the instance or for an app.
    pub level: RoleLevel,
    /// The role.
    pub role: String,
    /// Empty, or the app's client id.
    pub target: String,
    /// When it ends by itself.
    pub expires_at: Option<Time>,
}
