//! The second factors of an account.

use serde::Serialize;

use super::{AuthenticatorId, PasskeyId};
use crate::clock::Time;

/// What requires a second factor of somebody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", content = "name", rename_all = "snake_case")]
pub enum RequiredBy {
    /// The settings of the instance.
    Instance,
    /// A role that they hold.
    Role(String),
    /// A team that they are in.
    Team(String),
    /// A group that they are in, or that contains one that they are in.
    Group(String),
}

/// A rule that requires a second factor of somebody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Requirement {
    /// What requires it.
    #[serde(flatten)]
    pub by: RequiredBy,
    /// From when.
    pub begins_at: Time,
    /// Whether only a passkey counts.
    pub passkey: bool,
}

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
