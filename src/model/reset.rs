//! Resets of passwords that their owner completes.

use super::{AccountId, text_enum};
use crate::clock::Time;

text_enum! {
    /// How the owner of an account completes a reset.
    ResetKind {
        /// With a link, which leads to a page for the new password.
        Link = "link",
        /// With a code on the sign-in page. Until the reset ends, the old password does not sign in.
        Code = "code",
    }
}

/// A reset of the password of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reset {
    /// Its id, which sorts by time.
    pub id: String,
    /// The account.
    pub account_id: AccountId,
    /// How it is completed.
    pub kind: ResetKind,
    /// Who made it, as the actor of an audit entry.
    pub made_by: String,
    /// When it was made.
    pub created_at: Time,
    /// When it expires.
    pub expires_at: Time,
}
