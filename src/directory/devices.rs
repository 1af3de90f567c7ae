//! The devices of accounts: the browsers in which people have signed in.

use crate::auth::device::BrowserDevices;
use crate::crypto::{Token, TokenHash};
use crate::events::emit;
use crate::model::device::Device;
use crate::model::mail::Event;
use crate::model::{AccountId, DeviceId, new_id};
use crate::store::devices::{self, SignIn};
use crate::store::{Conn, Error, Tx, accounts};

/// What an account knows about the browser of a sign-in before it.
pub enum Recognised {
    /// Somebody has signed in to the account there.
    Known(Device),
    /// Nobody has. Its owner is told, unless this is the very first sign-in.
    New {
        /// Whether anybody has signed in to the account before.
        is_told: bool,
    },
}

impl Recognised {
    /// Looks up the browser with these tokens. The session must not have begun yet.
    pub async fn find(conn: &mut Conn, account: &AccountId, tokens: &[Token]) -> Result<Self, Error> {
        if let Some(device) = BrowserDevices::find(conn, tokens).await?.of(account) {
            return Ok(Self::Known(device.clone()));
        }
        let found = accounts::by_id(conn, account).await?;
        Ok(Self::New {
            is_told: found.is_some_and(|account| account.last_seen_at.is_some()),
        })
    }

    /// Notes the sign-in. Yields a token for the browser if it becomes a device, or one that its owner trusts: whoever
    /// has copied the token of a known browser must not get a trusted one.
    pub async fn note(self, tx: &mut Tx, sign_in: &SignIn<'_>) -> Result<Option<DeviceToken>, Error> {
        let token = Token::random();
        let replaced = match self {
            Self::Known(device) => {
                devices::mark_seen(tx, &device.id, sign_in).await?;
                let Some(until) = sign_in.trusted_until else {
                    return Ok(None);
                };
                devices::trust(tx, &device.id, &token.hash(), until).await?;
                Some(device.token_hash)
            }
            Self::New { is_told } => {
                devices::insert(tx, &DeviceId(new_id(sign_in.at)), &token.hash(), sign_in).await?;
                if is_told {
                    tell(tx, sign_in).await?;
                }
                None
            }
        };
        Ok(Some(DeviceToken { token, replaced }))
    }
}

/// A token by which an account recognises a browser from now on.
pub struct DeviceToken {
    /// The token.
    pub token: Token,
    /// The hash of the one that it replaces.
    pub replaced: Option<TokenHash>,
}

/// Tells the owner of an account about a sign-in in a new browser.
async fn tell(tx: &mut Tx, sign_in: &SignIn<'_>) -> Result<(), Error> {
    let Some(account) = accounts::by_id(tx, sign_in.account_id).await? else {
        return Ok(());
    };
    let event = Event::NewBrowser {
        user_agent: sign_in.user_agent.to_owned(),
        address: sign_in.client_address.to_owned(),
        at: sign_in.at,
    };
    emit(tx, &account, event, sign_in.at).await.map(|_| ())
}
