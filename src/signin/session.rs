//! Begins sessions, and only with a proof of authentication. No other code creates sessions.

use axum::response::Response;

use crate::app::AppState;
use crate::auth::proof::Proof;
use crate::clock::Time;
use crate::crypto::Token;
use crate::directory::revocation;
use crate::model::account::Account;
use crate::model::attempt::Attempt;
use crate::model::session::EndReason;
use crate::model::{AccountId, SessionId};
use crate::oidc::interaction::{NoSession, ensure_session_may_begin};
use crate::store::audit::{self, Event};
use crate::store::sessions::{self, NewSession};
use crate::store::{Error, Tx, accounts, attempts, passwords};
use crate::web::error::PageError;
use crate::web::visit::Visit;

/// A new session that is not stored yet. It replaces the sessions of the same account in this browser.
pub(super) struct SessionStart {
    /// The token for the browser's cookie.
    pub(super) token: Token,
    id: SessionId,
    proof: Proof,
    replaced: Vec<SessionId>,
    address: String,
    user_agent: String,
    now: Time,
    expires_at: Time,
}

impl SessionStart {
    /// A session in the visitor's browser for the account, if the proof of its user is enough for one.
    pub(super) fn new(
        app: &AppState,
        visit: &Visit,
        account: &Account,
        proof: Proof,
        now: Time,
    ) -> Result<Self, NoSession> {
        ensure_session_may_begin(account, now)?;
        let theirs = visit
            .sessions
            .iter()
            .filter(|(_, session)| &session.account_id == proof.account());
        Ok(Self {
            token: Token::random(),
            id: SessionId::new(now),
            replaced: theirs.map(|(_, session)| session.id.clone()).collect(),
            proof,
            address: visit.address.to_string(),
            user_agent: visit.user_agent.clone(),
            now,
            expires_at: now + app.config.lifetimes.session,
        })
    }

    /// The session's account.
    pub(super) const fn account(&self) -> &AccountId {
        self.proof.account()
    }

    /// Stores the session, ends those it replaces and continues the attempt with it. Does nothing and yields false if
    /// the account has changed since the proof was checked.
    pub(super) async fn store(self, tx: &mut Tx, attempt: Option<&Attempt>) -> Result<bool, Error> {
        let account = self.proof.account();
        let new = NewSession {
            id: &self.id,
            token_hash: &self.token.hash(),
            account_id: account,
            amr: self.proof.methods(),
            password: self.proof.version(),
            authenticated_at: self.now,
            expires_at: self.expires_at,
            client_address: &self.address,
            user_agent: &self.user_agent,
        };
        if !sessions::begin(tx, &new).await? {
            return Ok(false);
        }
        for id in &self.replaced {
            revocation::end_session((tx, self.now), id, EndReason::Replaced).await?;
        }
        if let Some(attempt) = attempt {
            attempts::choose_session(tx, attempt, &self.id).await?;
        }
        let event = Event {
            address: &self.address,
            ..Event::new(account.as_str(), "session.begin", account.as_str())
        };
        audit::record(tx, &event, self.now).await?;
        Ok(true)
    }
}

/// Signs in the user who has just set the password of this account; yields `response` with the session's cookie.
pub(super) async fn sign_in_with_new_password(
    app: &AppState,
    visit: &Visit,
    account: AccountId,
    attempt: Option<Attempt>,
    mut response: Response,
) -> Result<Response, PageError> {
    let mut conn = app.db.read().await?;
    let stored = passwords::of_account(&mut conn, &account).await?;
    let account = accounts::by_id(&mut conn, &account).await?;
    drop(conn);
    let (Some(account), Some((_, version))) = (account, stored) else {
        return Ok(response);
    };
    let proof = Proof::password_just_set(account.id.clone(), version);
    let start = match SessionStart::new(app, visit, &account, proof, app.clock.now()) {
        Ok(start) => start,
        Err(NoSession::Pending | NoSession::Unusable) => return Ok(response),
    };
    let token = start.token.clone();
    let begun = app
        .db
        .write::<_, Error, _>(move |tx| Box::pin(async move { start.store(tx, attempt.as_ref()).await }));
    if begun.await? {
        visit.remember(app, &token, &mut response);
    }
    Ok(response)
}
