//! Why a session ended or the user must sign in again.

use crate::model::session::EndReason;

/// The last sign-in is too old for a sensitive page, or skipped the second factor.
pub const SIGN_IN_AGAIN: &str =
    "Sign in again to continue. This page needs a recent sign-in, with your second factor if you have one.";

/// The sentence for the user; `None` if they ended the session themselves.
#[must_use]
pub const fn session_end(reason: EndReason) -> Option<&'static str> {
    Some(match reason {
        EndReason::SignedOut | EndReason::Replaced => return None,
        EndReason::EndedElsewhere => "You ended this session from another browser.",
        EndReason::EndedByAdmin => "An administrator signed you out.",
        EndReason::PasswordChanged => "Your password was changed.",
        EndReason::SecondFactorChanged => "From another browser, you changed how you sign in.",
        EndReason::Suspended => "An administrator suspended your account.",
        EndReason::Deleted => "Your account was deleted.",
        EndReason::NotValid => "Your account has expired or is not valid yet.",
        EndReason::ActingEnded => "You are no longer acting as somebody else.",
        EndReason::Idle => "Your session has ended because it was not used for a while.",
        EndReason::Expired => "Your session has ended.",
    })
}
