//! Logouts: what apps are told when somebody is signed out, and the receipt of it.

use std::collections::BTreeMap;
use std::time::Duration;

use super::accounts::{AccountRef, find};
use super::revocation::TxNow;
use super::{Failure, ReadContext, operation};
use crate::model::lifetime::Lifetime;
use crate::model::logout::{AppSignOut, Outcome};
use crate::model::refusal::Code;
use crate::model::{AccountId, new_id};
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
        let can_be_told = if let Some(known) = told.get(client_id) {
            *known
        } else {
            let app = clients::by_id(tx, client_id).await?;
            app.is_some_and(|app| app.settings.backchannel_logout_uri.is_some())
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
        /// How long an ID token is valid, for an app whose settings do not say it.
        id_token: Duration,
    } -> Vec<AppSignOut>, requires AccountRead;
}

operation! {
    /// As [`GetSignOutReceipt`], for the actor's own account.
    read GetOwnSignOutReceipt {
        /// How long an ID token is valid, for an app whose settings do not say it.
        id_token: Duration,
    } -> Vec<AppSignOut>;
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
        let one = sign_out(state, id_token);
        match apps.iter_mut().find(|other| other.client_id == one.client_id) {
            Some(newer) => newer.include(one),
            None => apps.push(one),
        }
    }
    Ok(apps)
}

/// What became of one logout.
fn sign_out(state: LogoutState, id_token: Duration) -> AppSignOut {
    let error = state.error;
    let outcome = match (state.confirmed_at, state.failed_at, state.due_at) {
        (Some(confirmed_at), ..) => Outcome::Confirmed { confirmed_at },
        (None, Some(failed_at), _) => Outcome::Failed {
            failed_at,
            error: error.unwrap_or_default(),
        },
        (None, None, Some(next)) => Outcome::Waiting { next, error },
        (None, None, None) => Outcome::NotPossible,
    };
    let own = state.settings.0.id_token_lifetime;
    let id_token_until = state.id_token_at + own.map_or(id_token, Lifetime::duration);
    AppSignOut {
        client_id: state.client_id,
        name: state.name,
        at: state.queued_at,
        outcome,
        tokens_until: state.access_token_until.unwrap_or_default().max(id_token_until),
        has_access: state.has_access,
    }
}
