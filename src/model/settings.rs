//! The settings that an administrator changes at run time.

use serde::{Deserialize, Serialize};

use super::text_enum;

text_enum! {
    /// Who may come by an account without an administrator.
    Registration {
        /// Nobody. Who may add accounts can still invite.
        Closed = "closed",
        /// Whoever holds an invitation, from anybody who may invite.
        Invite = "invite",
        /// Anybody may ask for one; it is of use once an administrator has approved.
        Approval = "approval",
        /// Anybody.
        Open = "open",
    }
}

/// The settings of the instance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct InstanceSettings {
    /// Counts the changes, so that a form that was opened before the last one is noticed.
    pub revision: i64,
    /// Whose sign-in this is.
    pub organisation: String,
    /// The accent colour, written `#rrggbb`, if it is not the built-in one.
    pub accent: Option<String>,
    /// Who may register.
    pub registration: Registration,
    /// The domains that an address must have to register; any when there is none.
    pub domains: Vec<String>,
    /// For how many days an invitation can be accepted.
    pub invitation_days: u32,
    /// Whether personal teams stand in tokens and lists.
    pub personal_teams: bool,
}

impl Default for InstanceSettings {
    fn default() -> Self {
        Self {
            revision: 0,
            organisation: "Doorward".to_owned(),
            accent: None,
            registration: Registration::Closed,
            domains: Vec::new(),
            invitation_days: 7,
            personal_teams: true,
        }
    }
}
