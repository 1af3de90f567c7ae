//! Devices: the browsers in which people have signed in, each for one account.

use super::{AccountId, DeviceId};
use crate::clock::Time;
use crate::crypto::TokenHash;

/// How many accounts the same browser remembers.
pub const MAX_DEVICES: usize = 5;

/// A browser in which somebody has signed in to an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// Its id.
    pub id: DeviceId,
    /// The account.
    pub account_id: AccountId,
    /// The hash of its token.
    pub token_hash: TokenHash,
    /// Until when it stands in for the second factor, if the owner of the account trusts it.
    pub trusted_until: Option<Time>,
}
