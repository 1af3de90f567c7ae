//! Recognises the browser of a sign-in by the tokens in its cookie, one for each account that has signed in there.

use crate::clock::Time;
use crate::crypto::{Token, TokenHash};
use crate::model::device::{Device, MAX_DEVICES};
use crate::model::{AccountId, DeviceId};
use crate::store::{Conn, Error, devices};

/// What is known about a browser.
pub struct BrowserDevices(Vec<Device>);

impl BrowserDevices {
    /// Reads what is known about the browser with these tokens. The database does the same work for any number of them
    /// and whoever signs in, so that the timing reveals nothing about accounts.
    pub async fn find(conn: &mut Conn, tokens: &[Token]) -> Result<Self, Error> {
        let hash = |at: usize| tokens.get(at).map_or_else(nobodys, Token::hash);
        let hashes: [TokenHash; MAX_DEVICES] = std::array::from_fn(hash);
        devices::by_tokens(conn, &hashes).await.map(Self)
    }

    /// The browser as a device of an account that has signed in there.
    #[must_use]
    pub fn of(&self, account: &AccountId) -> Option<&Device> {
        self.0.iter().find(|device| device.account_id == *account)
    }

    /// The browser as a device that the owner of an account trusts.
    pub(super) fn trusted_by(&self, account: &AccountId, now: Time) -> Option<&DeviceId> {
        let device = self.of(account)?;
        device.trusted_until.filter(|until| *until > now)?;
        Some(&device.id)
    }
}

/// The hash of a token that no browser has.
fn nobodys() -> TokenHash {
    Token::random().hash()
}
