//! Sessions: one sign-in of one user in one browser.

use std::time::Duration;

use serde::Serialize;

use super::account::Status;
use super::one_time::Acting;
use super::{AccountId, Amr, DeviceId, SessionId, text_enum};
use crate::clock::Time;

text_enum! {
    /// Why a session or a grant ended.
    EndReason {
        /// The user signed out.
        SignedOut = "signed_out",
        /// The user signed in again in the same browser.
        Replaced = "replaced",
        /// The user ended it in another session.
        EndedElsewhere = "ended_elsewhere",
        /// An administrator ended it.
        EndedByAdmin = "ended_by_admin",
        /// The password was changed.
        PasswordChanged = "password_changed",
        /// A second factor was added or removed.
        SecondFactorChanged = "second_factor_changed",
        /// The account was suspended.
        Suspended = "suspended",
        /// The account was deleted.
        Deleted = "deleted",
        /// The account's validity has ended or not begun.
        NotValid = "not_valid",
        /// Whoever acted as the user has stopped, or may not go on.
        ActingEnded = "acting_ended",
        /// It was not used for a while.
        Idle = "idle",
        /// It expired, or its account is no longer usable.
        Expired = "expired",
    }
}

/// How long a session lasts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SessionLimit {
    /// Since its user authenticated.
    pub absolute: Duration,
    /// Since it was last used.
    pub idle: Duration,
}

impl SessionLimit {
    /// Why a session has ended by now, if it has.
    #[must_use]
    pub fn end_of(&self, session: &Session, now: Time) -> Option<EndReason> {
        if session.seen_at + self.idle <= now {
            return Some(EndReason::Idle);
        }
        (session.authenticated_at + self.absolute <= now).then_some(EndReason::Expired)
    }
}

/// How long the sessions of different people last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SessionLimits {
    /// Of people without any permission on the instance.
    pub people: SessionLimit,
    /// Of those with one.
    pub staff: SessionLimit,
}

/// A session with the data of its account that every request needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// The `sid` claim.
    pub id: SessionId,
    /// The user.
    pub account_id: AccountId,
    /// The authentication methods that were used.
    pub amr: Amr,
    /// When the user authenticated: `auth_time`.
    pub authenticated_at: Time,
    /// When it expires.
    pub expires_at: Time,
    /// When it was last used, accurate to a few minutes.
    pub seen_at: Time,
    /// When it ended.
    pub ended_at: Option<Time>,
    /// Why it ended.
    pub end_reason: Option<EndReason>,
    /// Who acts as its user, as the actor of an audit entry; `None` for the user's own session.
    pub acted_by: Option<String>,
    /// The session of their own in which they began to act.
    pub acted_since: Option<SessionId>,
    /// The trusted device that stood in for the second factor, if one did.
    pub trusted_device: Option<DeviceId>,
    /// Whether the account has a second factor.
    pub has_second_factor: bool,
    /// The account's username.
    pub username: String,
    /// The account's full name.
    pub name: String,
    /// The account's status.
    pub status: Status,
    /// The beginning of the account's validity.
    pub valid_from: Option<Time>,
    /// The end of the account's validity.
    pub valid_until: Option<Time>,
}

impl Session {
    /// Whether its user proved every factor within this time; a trusted device proves none.
    #[must_use]
    pub fn is_recent(&self, within: Duration, now: Time) -> bool {
        self.trusted_device.is_none() && now.since(self.authenticated_at) <= within
    }

    /// Who acts as its user, if somebody does.
    #[must_use]
    pub fn acting(&self) -> Option<Acting> {
        Some(Acting {
            by: self.acted_by.clone()?,
            since: self.acted_since.clone(),
        })
    }
}
