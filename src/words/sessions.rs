//! Why a session ended, in words.

use crate::model::session::EndReason;

/// What a person reads when their session has ended, unless they ended it themselves.
#[must_use]
pub const fn session_end(reason: EndReason) -> Option<&'static str> {
    Some(match reason {
        EndReason::SignedOut | EndReason::Replaced => return None,
        EndReason::EndedElsewhere => "You ended this session from another one.",
        EndReason::EndedByAdmin => "An administrator signed you out.",
        EndReason::PasswordChanged => "Your password was changed.",
        EndReason::Suspended => "An administrator suspended your account.",
        EndReason::Deleted => "Your account was deleted.",
        EndReason::NotValid => "Your account cannot be used at this time.",
        EndReason::Idle => "Your session has ended because it was not used for a while.",
        EndReason::Expired => "Your session has ended.",
    })
}
