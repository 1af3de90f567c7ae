//! Devices that wait for somebody to allow them access with a code (RFC 8628).

use std::time::Duration;

use super::{ClientId, GrantId, Scopes};
use crate::clock::Time;
use crate::crypto::TokenHash;

/// How long a code is valid.
pub const LIFETIME: Duration = Duration::from_mins(10);
/// How long a device waits between two requests, and how much longer after each one that came too early.
pub const INTERVAL: Duration = Duration::from_secs(5);

/// A request of a device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceCode {
    /// The hash of the code that the device keeps.
    pub device_hash: TokenHash,
    /// The app.
    pub client_id: ClientId,
    /// The requested scopes that the app is allowed.
    pub scopes: Scopes,
    /// The resource server that the app named (RFC 8707).
    pub resource: Option<String>,
    /// The device's IP address.
    pub client_address: String,
    /// When it asked.
    pub created_at: Time,
    /// When its codes expire.
    pub expires_at: Time,
    /// When somebody answered.
    pub answered_at: Option<Time>,
    /// The grant, if the answer is yes.
    pub grant_id: Option<GrantId>,
}

/// How the request of a device stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Nobody has answered yet.
    Waiting,
    /// Somebody has allowed it.
    Allowed,
    /// Somebody has refused it.
    Refused,
    /// Its codes have expired.
    Expired,
}

impl DeviceCode {
    /// How it stands at `now`.
    #[must_use]
    pub fn state(&self, now: Time) -> State {
        match (self.answered_at, &self.grant_id) {
            (Some(_), None) => State::Refused,
            _ if self.expires_at <= now => State::Expired,
            (Some(_), Some(_)) => State::Allowed,
            (None, _) => State::Waiting,
        }
    }
}
