//! Why a session ended or the user must sign in again.

use crate::model::session::EndReason;

/// Why a user with a session has to sign in again.
pub const SIGN_IN_AGAIN: &str = "Sign in again to continue. Your last sign-in was too long ago for this.";

/// The sentence for the user; `None` if they ended the session themselves.
#[must_use]
pub const fn session_end(reason: EndReason) -> Option<&'static str> {
    Some(match reason {
        EndReason::SignedOut | EndReason::Replaced => return None,
        EndReason::EndedElsewhere => "You ended this session from another browser.",
        EndReason::EndedByAdmin => "An administrator signed you out.",
        EndReason::PasswordChanged => "Your password was changed.",
        EndReason::Suspended => "An administrator suspended your account.",
        EndReason::Deleted => "Your account was deleted.",
        EndReason::NotValid => "Your account is not valid at present.",
        EndReason::Idle => "Your session has ended because it was not used for a while.",
        EndReason::Expired => "Your session has ended.",
    })
}
