//! Invitations: links that somebody can accept once.

use super::{AccountId, TeamId, text_enum};
use crate::clock::Time;

text_enum! {
    /// The state of an invitation.
    InvitationState {
        /// It can be accepted.
        Pending = "pending",
        /// Somebody has accepted it.
        Accepted = "accepted",
        /// It was revoked or replaced.
        Revoked = "revoked",
        /// It has expired.
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
    /// Its id, which sorts by time.
    pub id: String,
    /// The invited address as entered; empty if anybody may accept.
    pub email: String,
    /// The team that it adds to.
    pub team_id: Option<TeamId>,
    /// The account whose first password it sets.
    pub account_id: Option<AccountId>,
    /// The role in the team or on the instance; empty for the default role only.
    pub role: String,
    /// Who created it, as the actor of an audit entry.
    pub invited_by: String,
    /// When it was created.
    pub created_at: Time,
    /// When it expires.
    pub expires_at: Time,
    /// When it was accepted or revoked.
    pub ended_at: Option<Time>,
    /// The account that accepted it.
    pub accepted_by: Option<AccountId>,
}
