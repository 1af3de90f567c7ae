//! Devices: the browsers in which people have signed in, each for one account.

use super::{AccountId, DeviceId};

/// How many accounts the same browser remembers.
pub const MAX_DEVICES: usize = 5;

/// A browser in which somebody has signed in to an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// Its id.
    pub id: DeviceId,
    /// The account.
    pub account_id: AccountId,
}
