//! The instance settings, which an administrator changes at run time.

use serde::{Deserialize, Serialize};

use super::text_enum;

text_enum! {
    /// Who can get an account without an administrator.
    Registration {
        /// Nobody. People who may create accounts can still invite.
        Closed = "closed",
        /// Everybody with an invitation.
        Invite = "invite",
        /// Everybody, after an administrator has approved the registration.
        Approval = "approval",
        /// Everybody.
        Open = "open",
    }
}

/// The settings of the instance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct InstanceSettings {
    /// Incremented by each change, so that a form opened before the last change is refused.
    pub revision: i64,
    /// The organisation's name, shown on every page.
    pub organisation: String,
    /// The accent colour as `#rrggbb`; `None` for the built-in one.
    pub accent: Option<String>,
    /// Who may register.
    pub registration: Registration,
    /// The domains at which an address may register; empty for all.
    pub domains: Vec<String>,
    /// How many days an invitation is valid.
    pub invitation_days: u32,
    /// Whether tokens and lists contain personal teams.
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
