//! Sessions: one sign-in of one person in one browser.

use super::account::Status;
use super::{AccountId, Amr, SessionId, text_enum};
use crate::clock::Time;

text_enum! {
    /// Why a session or a grant was ended.
    EndReason {
        /// The person signed out.
        SignedOut = "signed_out",
        /// The person signed in again in the same browser.
        Replaced = "replaced",
        /// The person ended it from another session.
        EndedElsewhere = "ended_elsewhere",
        /// An administrator ended it.
        EndedByAdmin = "ended_by_admin",
        /// The password was changed.
        PasswordChanged = "password_changed",
        /// The account was suspended.
        Suspended = "suspended",
        /// The account was deleted.
        Deleted = "deleted",
        /// The account's validity has ended or not begun.
        NotValid = "not_valid",
        /// It was not used for a while.
        Idle = "idle",
        /// Its time is over, or its account can no longer be used.
        Expired = "expired",
    }
}

/// A session with what every request must know of its account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// The `sid` claim.
    pub id: SessionId,
    /// Whose it is.
    pub account_id: AccountId,
    /// How the person was authenticated.
    pub amr: Amr,
    /// When the person was last authenticated: `auth_time`.
    pub authenticated_at: Time,
    /// When it ends by itself.
    pub expires_at: Time,
    /// When it was last used, give or take a few minutes.
    pub seen_at: Time,
    /// When it was ended.
    pub ended_at: Option<Time>,
    /// Why it was ended.
    pub end_reason: Option<EndReason>,
    /// The account's user name.
    pub username: String,
    /// The account's full name.
    pub name: String,
    /// Whether the account may be used.
    pub status: Status,
    /// From when the account may be used.
    pub valid_from: Option<Time>,
    /// Until when the account may be used.
    pub valid_until: Option<Time>,
}
