//! Logouts: what apps are told when somebody is signed out, and the receipt of it.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

use super::accounts::{AccountRef, find};
use super::revocation::TxNow;
use super::{Failure, ReadContext, operation};
use crate::clock::Time;
use crate::model::refusal::Code;
use crate::model::{AccountId, ClientId, new_id};
use crate::store::app_sessions::AppSession;
use crate::store::grants::OfflineGrant;
use crate::store::logouts::{self, LogoutState, NewLogout};
use crate::store::{Error, clients};

/// Queues a logout for each app of the ended sessions, and for each app whose access without a session has ended.
pub(super) async fn queue(
    (tx, now): TxNow<'_>,
    sessions: Vec<AppSession>,
    offline: Vec<OfflineGrant>,
) -> Result<(), Error> {
    let mut due = BTreeMap::new();
    for session in sessions {
        due.insert(
            (session.client_id, Some(session.sid)),
            (session.account_id, session.signed_in_at),
        );
    }
    // An app that can refresh its tokens may have done so a moment ago.
    for grant in offline {
        due.insert((grant.client_id, grant.session_id), (grant.account_id, now));
    }
    let mut told = BTreeMap::new();
    for ((client_id, sid), (account_id, id_token_at)) in &due {
        let can_be_told = match told.get(client_id) {
            Some(known) => *known,
            None => {
                let app = clients::by_id(tx, client_id).await?;
                app.is_some_and(|app| app.settings.backchannel_logout_uri.is_some())
            }
        };
        told.insert(client_id, can_be_told);
        let new = NewLogout {
            id: &new_id(now),
            account_id,
            client_id,
            sid: sid.as_ref(),
            can_be_told,
            access_token_until: logouts::access_token_until(tx, client_id, sid.as_ref(), now).await?,
            id_token_at: *id_token_at,
        };
        logouts::queue(tx, &new, now).await?;
    }
    Ok(())
}

operation! {
    /// Reads what became of the sign-outs of an account from apps in the last 30 days.
    read GetSignOutReceipt {
        account: AccountRef,
        /// How long an ID token is valid.
        id_token: Duration,
    } -> Vec<AppSignOut>, requires AccountRead;
}

operation! {
    /// As [`GetSignOutReceipt`], for the actor's own account.
    read GetOwnSignOutReceipt {
        /// How long an ID token is valid.
        id_token: Duration,
    } -> Vec<AppSignOut>;
}

/// Whether an app has confirmed that somebody is signed out of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// It has.
    Confirmed {
        /// When.
        at: Time,
    },
    /// It has not, and is asked again.
    Waiting {
        /// When.
        next: Time,
        /// Why it has not, if it was asked before.
        error: Option<String>,
    },
    /// It has not, and is not asked again.
    Failed {
        /// Since when.
        at: Time,
        /// Why it has not.
        error: String,
    },
    /// It has no address at which it could be asked.
    NotPossible,
}

/// What became of the sign-outs of an account from one app.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AppSignOut {
    /// The app.
    pub client_id: ClientId,
    /// Its name.
    pub name: String,
    /// When the user was signed out.
    pub at: Time,
    /// Whether the app has confirmed it; of several sign-outs, the one that is the least certain.
    #[serde(flatten)]
    pub outcome: Outcome,
    /// The last moment in which somebody accepts a token of it.
    pub tokens_until: Time,
    /// Whether the app keeps access without a session, which the user allowed.
    pub has_access: bool,
}

impl GetSignOutReceipt {
    async fn perform(self, context: &mut ReadContext<'_>) -> Result<Vec<AppSignOut>, Failure> {
        let account = find(context.conn(), &self.account).await?;
        let account = account.ok_or(Code::AccountNotFound)?;
        receipt(context, &account.id, self.id_token).await
    }
}

impl GetOwnSignOutReceipt {
    async fn perform(self, context: &mut ReadContext<'_>) -> Result<Vec<AppSignOut>, Failure> {
        let account = context.own_account()?.clone();
        receipt(context, &account, self.id_token).await
    }
}

async fn receipt(
    context: &mut ReadContext<'_>,
    account: &AccountId,
    id_token: Duration,
) -> Result<Vec<AppSignOut>, Failure> {
    let now = context.now;
    let states = logouts::of_account(context.conn(), account, now).await?;
    let mut apps: Vec<AppSignOut> = Vec::new();
    for state in states {
        let one = AppSignOut::of(state, id_token);
        match apps.iter_mut().find(|other| other.client_id == one.client_id) {
            Some(newer) => newer.include(one),
            None => apps.push(one),
        }
    }
    Ok(apps)
}

impl AppSignOut {
    fn of(state: LogoutState, id_token: Duration) -> Self {
        let error = state.error;
        let outcome = match (state.confirmed_at, state.failed_at, state.due_at) {
            (Some(at), ..) => Outcome::Confirmed { at },
            (None, Some(at), _) => Outcome::Failed {
                at,
                error: error.unwrap_or_default(),
            },
            (None, None, Some(next)) => Outcome::Waiting { next, error },
            (None, None, None) => Outcome::NotPossible,
        };
        let id_token_until = state.id_token_at + id_token;
        Self {
            client_id: state.client_id,
            name: state.name,
            at: state.queued_at,
            outcome,
            tokens_until: state.access_token_until.unwrap_or_default().max(id_token_until),
            has_access: state.has_access,
        }
    }

    /// Takes an older sign-out from the same app into account.
    fn include(&mut self, older: Self) {
        self.tokens_until = self.tokens_until.max(older.tokens_until);
        if older.outcome.uncertainty() > self.outcome.uncertainty() {
            (self.at, self.outcome) = (older.at, older.outcome);
        }
    }
}

impl Outcome {
    /// How uncertain it is that the user is signed out.
    const fn uncertainty(&self) -> u8 {
        match self {
            Self::Confirmed { .. } => 0,
            Self::Waiting { .. } => 1,
            Self::NotPossible => 2,
            Self::Failed { .. } => 3,
        }
    }
}
