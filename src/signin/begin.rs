//! How a session begins, once a person has proven who they are.

use axum::response::Response;

use crate::app::AppState;
use crate::auth::Amr as Method;
use crate::clock::Time;
use crate::crypto::Token;
use crate::directory::revocation;
use crate::model::session::EndReason;
use crate::model::{AccountId, Amr, SessionId};
use crate::store::audit::{self, Event};
use crate::store::sessions::{self, NewSession};
use crate::store::{Error, Tx, accounts};
use crate::web::error::PageError;
use crate::web::visit::Visit;

/// A session that is not stored yet. It ends those that the same person had in this browser.
pub(super) struct BegunSession {
    /// What the browser's cookie holds.
    pub(super) token: Token,
    account: AccountId,
    replaced: Vec<SessionId>,
    address: String,
    user_agent: String,
    now: Time,
    expires_at: Time,
}

impl BegunSession {
    /// A session of this account in the visitor's browser, by password.
    pub(super) fn new(app: &AppState, visit: &Visit, account: &AccountId, now: Time) -> Self {
        let theirs = visit
            .sessions
            .iter()
            .filter(|(_, session)| &session.account_id == account);
        Self {
            token: Token::random(),
            account: account.clone(),
            replaced: theirs.map(|(_, session)| session.id.clone()).collect(),
            address: visit.address.to_string(),
            user_agent: visit.user_agent.clone(),
            now,
            expires_at: now + app.config.lifetimes.session,
        }
    }

    /// Stores it, in a transaction of its own, and lets the browser keep it with `response`.
    ///
    /// # Errors
    /// When the database fails.
    pub(super) async fn enter(
        self,
        app: &AppState,
        visit: &Visit,
        mut response: Response,
    ) -> Result<Response, PageError> {
        let token = self.token.clone();
        app.db
            .write::<_, Error, _>(move |tx| Box::pin(async move { self.store(tx).await }))
            .await?;
        visit.remember(app, &token, &mut response);
        Ok(response)
    }

    /// Stores it and ends those it replaces.
    ///
    /// # Errors
    /// When the database fails.
    pub(super) async fn store(self, tx: &mut Tx) -> Result<(), Error> {
        for id in &self.replaced {
            revocation::end_session((tx, self.now), id, EndReason::Replaced).await?;
        }
        let (id, amr) = (SessionId::new(self.now), Amr::parse(Method::Password.as_str()));
        let new = NewSession {
            id: &id,
            token_hash: &self.token.hash(),
            account_id: &self.account,
            amr: &amr,
            authenticated_at: self.now,
            expires_at: self.expires_at,
            client_address: &self.address,
            user_agent: &self.user_agent,
        };
        sessions::insert(tx, &new).await?;
        accounts::seen(tx, &self.account, self.now, self.now).await?;
        let event = Event {
            address: &self.address,
            ..Event::new(self.account.as_str(), "session.begin", self.account.as_str())
        };
        audit::record(tx, &event, self.now).await
    }
}
