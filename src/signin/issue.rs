//! The authorization response to an app: a code or an error, once for each attempt.

use axum::response::Response;

use super::attempt::{AppRequest, OpenAttempt, attempt_ended};
use crate::app::AppState;
use crate::clock::Time;
use crate::crypto::Token;
use crate::model::access::Decision;
use crate::model::action::Action;
use crate::model::client::Client;
use crate::model::grant::{Act, Grant};
use crate::model::session::Session;
use crate::model::{AccountId, ClientId, GrantId};
use crate::oidc::claims::wanted;
use crate::oidc::error::OAuthError;
use crate::oidc::response::{self, Delivery};
use crate::store::audit::{self, NewEntry};
use crate::store::{Error, Tx, attempts, grants};
use crate::web::error::PageError;
use crate::web::form_post::FormPost;
use crate::web::visit::{Shown, Visit};

/// Issues a code and stores its grant. An attempt for which a page was shown is finished in the same transaction, and a
/// sign-in that overrides the app's access rule leaves an audit entry.
pub(super) async fn issue(
    app: &AppState,
    visit: &Visit,
    open: &OpenAttempt,
    request: &AppRequest,
    session: &Session,
    access: Option<&Decision>,
) -> Result<Response, PageError> {
    let code = Token::random();
    let (grant, hash) = (grant(app, request, session), code.hash());
    let rules = &request.client.settings.claim_rules;
    let wanted = wanted(&grant.scopes, &request.valid.claims, rules);
    let now = grant.created_at;
    let overridden =
        (access == Some(&Decision::Override)).then(|| Override::of(visit, &request.client, session));
    if open.sealed.is_some() || overridden.is_some() {
        let attempt = open.sealed.is_some().then(|| open.attempt.clone());
        let issued = app.db.write::<_, Error, _>(move |tx| {
            Box::pin(async move {
                if let Some(attempt) = attempt
                    && !attempts::finish(tx, &attempt, now).await?
                {
                    return Ok(false);
                }
                grants::insert(tx, &grant, wanted, Some(&hash)).await?;
                if let Some(overridden) = overridden {
                    overridden.record(tx, now).await?;
                }
                Ok(true)
            })
        });
        if !issued.await? {
            return Err(attempt_ended());
        }
    } else {
        let issued = app.db.write_one::<_, Error, _>(move |tx| {
            Box::pin(async move { grants::insert(tx, &grant, wanted, Some(&hash)).await })
        });
        issued.await?;
    }
    let issuer = app.config.server.issuer.as_str();
    let success = response::success(&request.valid.redirect, issuer, code.as_str());
    Ok(deliver(app, visit, &request.client.name, success, shown(open)))
}

/// A sign-in that overrides an app's access rule.
pub(super) struct Override {
    account: AccountId,
    app: ClientId,
    address: String,
    acted_by: Option<String>,
}

impl Override {
    pub(super) fn of(visit: &Visit, client: &Client, session: &Session) -> Self {
        Self {
            account: session.account_id.clone(),
            app: client.id.clone(),
            address: visit.address.to_string(),
            acted_by: session.acted_by.clone(),
        }
    }

    pub(super) async fn record(self, tx: &mut Tx, now: Time) -> Result<(), Error> {
        let account = self.account.as_str();
        let event = NewEntry {
            address: &self.address,
            on_behalf: self.acted_by.as_deref().map_or("", |_| account),
            ..NewEntry::new(
                self.acted_by.as_deref().unwrap_or(account),
                Action::AccessOverride.as_str(),
                self.app.as_str(),
            )
        };
        audit::record(tx, &event, now).await
    }
}

fn grant(app: &AppState, request: &AppRequest, session: &Session) -> Grant {
    let now = app.clock.now();
    let code_expires_at = now + app.config.lifetimes.code;
    let act = session.acted_by.clone().map(|by| Act {
        by,
        until: session.expires_at,
    });
    Grant {
        id: GrantId::new(now),
        client_id: request.client.id.clone(),
        account_id: session.account_id.clone(),
        session_id: Some(session.id.clone()),
        scopes: request.valid.scopes.clone(),
        claims: request.valid.claims.encode(),
        resource: request.valid.resource.clone(),
        // Whatever is issued to somebody acting as the user ends with their session.
        offline: act.is_none() && request.valid.scopes.contains("offline_access"),
        redirect_uri: Some(request.valid.redirect.uri().to_owned()),
        nonce: request.valid.nonce.clone(),
        code_challenge: request.valid.code_challenge.clone(),
        auth_time: session.authenticated_at,
        amr: session.amr.clone(),
        created_at: now,
        code_expires_at: Some(code_expires_at),
        redeemed_at: None,
        revoked_at: None,
        expires_at: code_expires_at,
        cnf: None,
        act: act.and_then(|act| serde_json::to_string(&act).ok()),
    }
}

/// Responds with an error. An attempt for which a page was shown is finished first.
pub(super) async fn refuse(
    app: &AppState,
    visit: &Visit,
    open: &OpenAttempt,
    request: &AppRequest,
    error: &OAuthError,
) -> Result<Response, PageError> {
    if open.sealed.is_some() {
        let (attempt, now) = (open.attempt.clone(), app.clock.now());
        let finished = app.db.write::<_, Error, _>(move |tx| {
            Box::pin(async move { attempts::finish(tx, &attempt, now).await })
        });
        if !finished.await? {
            return Err(attempt_ended());
        }
    }
    let issuer = app.config.server.issuer.as_str();
    let failure = response::failure(&request.valid.redirect, issuer, error);
    Ok(deliver(app, visit, &request.client.name, failure, shown(open)))
}

/// Whether a page was shown for the attempt, which then has a sealed copy.
const fn shown(open: &OpenAttempt) -> Shown {
    if open.sealed.is_some() {
        Shown::Page
    } else {
        Shown::Nothing
    }
}

/// Sends the response to the app through the browser.
pub(super) fn deliver(
    app: &AppState,
    visit: &Visit,
    name: &str,
    delivery: Delivery,
    shown: Shown,
) -> Response {
    match delivery {
        Delivery::Redirect(location) => visit.leave(app, &location, name, shown),
        Delivery::FormPost { action, fields } => {
            let fields = fields
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect();
            let page = FormPost {
                app: name.to_owned(),
                action,
                fields,
            };
            visit.show_form_post(app, &page)
        }
    }
}
