//! Logouts: telling apps that somebody is signed out, and the receipt that shows which of them have confirmed it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::accounts::{AccountRef, find};
use super::authority::Authority;
use super::context::TxNow;
use super::{ChangeContext, Failure, ReadContext, access, operation};
use crate::clock::Time;
use crate::model::client::Client;
use crate::model::lifetime::Lifetime;
use crate::model::logout::{AppSignOut, Outcome};
use crate::model::refusal::Code;
use crate::model::{AccountId, ClientId, GroupId, new_id};
use crate::store::app_sessions::{self, AppSession};
use crate::store::grants::OfflineGrant;
use crate::store::logouts::{self, LogoutState, NewLogout};
use crate::store::{Conn, Db, Error, clients, groups};

/// Queues a logout for each app of the ended sessions, and for each app whose offline access has ended.
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
    let told = apps_with_address(tx, due.keys().map(|(client_id, _)| client_id)).await?;
    for ((client_id, sid), (account_id, id_token_at)) in &due {
        let can_be_told = told.contains(client_id);
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

/// Those of the apps that have a back-channel logout address.
async fn apps_with_address(
    conn: &mut Conn,
    apps: impl Iterator<Item = &ClientId>,
) -> Result<BTreeSet<ClientId>, Error> {
    let mut told = BTreeSet::new();
    for id in apps.collect::<BTreeSet<_>>() {
        let app = clients::by_id(conn, id).await?;
        if app.is_some_and(|app| app.settings.backchannel_logout_uri.is_some()) {
            told.insert(id.clone());
        }
    }
    Ok(told)
}

/// How many apps of expired sessions one transaction takes.
const BATCH: i64 = 500;

/// Queues a logout for each app of an expired session, if the app has a back-channel logout address; yields how many.
pub async fn queue_expired(db: &Db, now: Time) -> Result<usize, Error> {
    let mut queued = 0;
    loop {
        let taken = db.write::<_, Error, _>(move |tx| {
            Box::pin(async move {
                let mut expired = app_sessions::take_expired(tx, BATCH, now).await?;
                let taken = expired.len();
                let told = apps_with_address(tx, expired.iter().map(|one| &one.client_id)).await?;
                expired.retain(|one| told.contains(&one.client_id));
                let count = expired.len();
                queue((tx, now), expired, Vec::new()).await?;
                Ok((taken, count))
            })
        });
        let (taken, count) = taken.await?;
        queued += count;
        if i64::try_from(taken).unwrap_or(BATCH) < BATCH {
            return Ok(queued);
        }
    }
}

/// Queues a logout for each app that no longer lets an account in. The account's sessions here stay.
pub(super) async fn queue_for_account(
    context: &mut ChangeContext<'_>,
    account: &AccountId,
) -> Result<(), Failure> {
    let apps = app_sessions::apps_of(context.tx(), account).await?;
    if apps.is_empty() {
        return Ok(());
    }
    // Boxed, since the future of many operations would contain this large one.
    let grounds = Box::pin(Grounds::of(context, account)).await?;
    for app in apps {
        if let Some(app) = clients::by_id(context.tx(), &app).await? {
            grounds.queue_unless_allowed(context, &app).await?;
        }
    }
    Ok(())
}

/// As [`queue_for_account`], for each of these accounts.
pub(super) async fn queue_for_accounts(
    context: &mut ChangeContext<'_>,
    accounts: &[AccountId],
) -> Result<(), Failure> {
    for account in accounts {
        queue_for_account(context, account).await?;
    }
    Ok(())
}

/// Queues a logout for each account that an app no longer lets in.
pub(super) async fn queue_for_app(context: &mut ChangeContext<'_>, app: &ClientId) -> Result<(), Failure> {
    let found = clients::by_id(context.tx(), app).await?;
    let Some(app) = found.filter(Client::is_restricted) else {
        return Ok(());
    };
    for account in app_sessions::accounts_at(context.tx(), &app.id).await? {
        let grounds = Box::pin(Grounds::of(context, &account)).await?;
        grounds.queue_unless_allowed(context, &app).await?;
    }
    Ok(())
}

/// The roles, teams and groups of an account, which decide about its access to apps.
struct Grounds {
    authority: Authority,
    groups: Vec<GroupId>,
}

impl Grounds {
    async fn of(context: &mut ChangeContext<'_>, account: &AccountId) -> Result<Self, Failure> {
        Ok(Self {
            authority: context.authority_of(account).await?,
            groups: groups::ids_of_account(context.tx(), account).await?,
        })
    }

    /// Queues a logout if the app does not let the account in.
    async fn queue_unless_allowed(
        &self,
        context: &mut ChangeContext<'_>,
        app: &Client,
    ) -> Result<(), Failure> {
        if !access::decide(app, &self.authority, &self.groups).is_allowed() {
            queue_withdrawn(context.tx_now(), &self.authority.account, &app.id).await?;
        }
        Ok(())
    }
}

/// Queues a logout for the sessions of an account at an app whose access has been withdrawn. The account's sessions
/// here stay.
pub(super) async fn queue_withdrawn(
    (tx, now): TxNow<'_>,
    account: &AccountId,
    app: &ClientId,
) -> Result<(), Error> {
    let taken = app_sessions::take_at(tx, account, app).await?;
    queue((tx, now), taken, Vec::new()).await
}

operation! {
    /// Reads what became of the sign-outs of an account from apps in the last 30 days.
    read GetSignOutReceipt {
        account: AccountRef,
        /// How long an ID token is valid, for an app whose settings do not say.
        id_token: Duration,
    } -> Vec<AppSignOut>, requires AccountRead;
}

operation! {
    /// As [`GetSignOutReceipt`], for the actor's own account.
    read GetOwnSignOutReceipt {
        /// How long an ID token is valid, for an app whose settings do not say.
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
