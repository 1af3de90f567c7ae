//! Invitations: links that let somebody join, each once.

use super::{AccountId, TeamId, text_enum};
use crate::clock::Time;

text_enum! {
    /// Where an invitation stands.
    InvitationState {
        /// It can be accepted.
        Pending = "pending",
        /// Somebody has accepted it.
        Accepted = "accepted",
        /// It was revoked or replaced.
        Revoked = "revoked",
        /// Its time is over.
        Expired = "expired",
    }
}

impl InvitationState {
    /// The state of an invitation now.
    #[must_use]
    pub fn of(is_accepted: bool, ended_at: Option<Time>, expires_at: Time, now: Time) -> Self {
        match (is_accepted, ended_at) {
            (true, _) => Self::Accepted,
            (false, Some(_)) => Self::Revoked,
            (false, None) if expires_at <= now => Self::Expired,
            (false, None) => Self::Pending,
        }
    }
}

/// One invitation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    /// Its id, which sorts by the time it was made.
    pub id: String,
    /// Whom it was made for, as typed; empty if that is open.
    pub email: String,
    /// The team it leads into, if it does.
    pub team_id: Option<TeamId>,
    /// The account that waits for its first password, if it is for one.
    pub account_id: Option<AccountId>,
    /// The role in the team or on the instance; empty for none but what everybody has.
    pub role: String,
    /// Who made it, as in the audit log.
    pub invited_by: String,
    /// When it was made.
    pub created_at: Time,
    /// Until when it can be accepted.
    pub expires_at: Time,
    /// When it was accepted or revoked.
    pub ended_at: Option<Time>,
    /// Who has accepted it.
    pub accepted_by: Option<AccountId>,
}
