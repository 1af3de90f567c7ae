//! Secrets that sign in once.

use super::{AccountId, SessionId, text_enum};
use crate::clock::Time;

text_enum! {
    /// What a one-time secret is for.
    OneTimeKind {
        /// An owner who has lost every other way to sign in.
        Owner = "owner",
        /// Somebody who acts as the owner of the account, until the secret expires.
        Act = "act",
    }
}

/// A secret that signs in to an account once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OneTimeSecret {
    /// Its id.
    pub id: String,
    /// The account.
    pub account_id: AccountId,
    /// What it is for.
    pub kind: OneTimeKind,
    /// Who made it, as the actor of an audit entry.
    pub made_by: String,
    /// The session in which it was made; `None` for a command on the host.
    pub made_in: Option<SessionId>,
    /// When it expires, and with it the session of somebody who acts as somebody else.
    pub expires_at: Time,
}

/// Who acts as the user of a session, and since which session of their own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acting {
    /// Who acts, as the actor of an audit entry.
    pub by: String,
    /// The session in which they began; `None` for a command on the host.
    pub since: Option<SessionId>,
}
