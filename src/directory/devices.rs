//! The devices of accounts: the browsers in which people have signed in.

use serde::Serialize;
use serde_json::json;

use super::{ChangeContext, Failure, operation};
use crate::auth::device::BrowserDevices;
use crate::clock::Time;
use crate::crypto::{Token, TokenHash};
use crate::events::emit;
use crate::model::action::Action;
use crate::model::device::Device;
use crate::model::mail::Event;
use crate::model::refusal::Code;
use crate::model::{AccountId, DeviceId, new_id};
use crate::store::devices::{self, SignIn};
use crate::store::{Conn, Error, Tx, accounts, throttles};

/// A device of an account, as its owner and administrators see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DeviceView {
    /// Its id.
    pub id: DeviceId,
    /// The browser's `User-Agent`.
    pub user_agent: String,
    /// The browser's IP address at its last sign-in.
    pub client_address: String,
    /// When it first signed in.
    pub created_at: Time,
    /// When it last signed in.
    pub seen_at: Time,
    /// Until when it stands in for the second factor, if its owner trusts it.
    pub trusted_until: Option<Time>,
}

/// The devices of an account, the one that signed in last first.
pub(super) async fn of_account(
    conn: &mut Conn,
    account: &AccountId,
    now: Time,
) -> Result<Vec<DeviceView>, Error> {
    let found = devices::of_account(conn, account).await?.into_iter();
    let views = found.map(|device| DeviceView {
        id: device.id,
        user_agent: device.user_agent,
        client_address: device.client_address,
        created_at: device.created_at,
        seen_at: device.seen_at,
        trusted_until: device.trusted_until.filter(|until| *until > now),
    });
    Ok(views.collect())
}

operation! {
    /// Forgets a device of the actor's own account, and with it the trust in it.
    change ForgetOwnDevice { id: DeviceId } -> ();
}

impl ForgetOwnDevice {
    async fn perform(self, context: &mut ChangeContext<'_>) -> Result<(), Failure> {
        let account = context.own_account_for_change().await?.id;
        forget(context, &account, &self.id).await
    }
}

operation! {
    /// Forgets a device of an account, and with it the trust in it.
    change ForgetDevice { account: AccountId, id: DeviceId } -> (), requires AccountSuspend;
}

impl ForgetDevice {
    async fn perform(self, context: &mut ChangeContext<'_>) -> Result<(), Failure> {
        let account = context.account_for_change(&self.account).await?.id;
        forget(context, &account, &self.id).await
    }
}

async fn forget(
    context: &mut ChangeContext<'_>,
    account: &AccountId,
    device: &DeviceId,
) -> Result<(), Failure> {
    let tx = context.tx();
    throttles::clear(tx, &throttles::device_subject(device)).await?;
    if !devices::delete(tx, account, device).await? {
        return Err(Code::DeviceNotFound.into());
    }
    context
        .record(Action::DeviceForget, account.as_str(), &json!({}))
        .await
}

/// What an account knew about a browser before a sign-in there.
pub enum BrowserHistory {
    /// Somebody has signed in to the account there.
    Known(Device),
    /// Nobody has. The owner of the account is told, unless this is the first sign-in of all.
    New {
        /// Whether anybody has signed in to the account before.
        is_told: bool,
    },
}

impl BrowserHistory {
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

    /// Notes the sign-in. Yields a token for a browser that becomes known or trusted. Trust needs a new token, or a
    /// copy of the old one would become trusted too.
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
                    tell_owner(tx, sign_in).await?;
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
async fn tell_owner(tx: &mut Tx, sign_in: &SignIn<'_>) -> Result<(), Error> {
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
