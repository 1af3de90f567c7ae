//! The second factors of an account.

use super::{AuthenticatorId, PasskeyId};
use crate::clock::Time;

/// An authenticator app, without its seed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authenticator {
    /// Its id.
    pub id: AuthenticatorId,
    /// The name that its owner gave it.
    pub name: String,
    /// When it was added.
    pub created_at: Time,
    /// When one of its codes was last used.
    pub last_used_at: Option<Time>,
}

/// A passkey, without its public key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passkey {
    /// Its id here.
    pub id: PasskeyId,
    /// Its id in browsers and authenticators.
    pub credential_id: Vec<u8>,
    /// The name that its owner gave it.
    pub name: String,
    /// When it was added.
    pub created_at: Time,
    /// When it last signed in.
    pub last_used_at: Option<Time>,
}
