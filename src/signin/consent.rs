//! The consent page.

use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;
use serde_json::json;

use super::attempt::{AppRequest, OpenAttempt, attempt_ended, resume_attempt};
use crate::clock::Time;
use crate::model::attempt::Attempt;
use crate::model::client::Client;
use crate::model::session::Session;
use crate::model::{AccountId, ClientId, Scopes, SessionId};
use crate::oidc::claims::SCOPES;
use crate::store::audit::{self, NewEntry};
use crate::store::{Error, Tx, attempts, consents};
use crate::web::error::PageError;
use crate::web::page::{AppTile, Person, page};
use crate::web::submission::{PageRequest, Submission};
use crate::web::visit::{SafeForm, Visit};

/// A requested scope.
#[derive(Clone, Debug, Serialize)]
pub struct ScopeLine {
    /// The scope's name, which determines the icon.
    pub scope: String,
    /// What the scope allows, to follow "Grafana will be able to".
    pub sentence: String,
    /// The claims that the app's rules make from the scope's data.
    pub claims: Vec<String>,
}

impl ScopeLine {
    /// A scope with its sentence and claims.
    #[must_use]
    pub fn new(scope: impl Into<String>, sentence: impl Into<String>, claims: &[&str]) -> Self {
        Self {
            scope: scope.into(),
            sentence: sentence.into(),
            claims: claims.iter().map(|&claim| claim.to_owned()).collect(),
        }
    }
}

page! {
    /// The consent page.
    Consent "signin/consent.html" {
        /// The app.
        app: AppTile,
        /// The signed-in user.
        person: Person,
        /// The requested scopes, in the order of [`SCOPES`].
        scopes: Vec<ScopeLine>,
        /// Whether the app requests `offline_access`.
        offline: bool,
        /// The app's home page.
        home: Option<String>,
        /// The app's privacy policy.
        policy: Option<String>,
        /// The app's terms of service.
        terms: Option<String>,
        /// The sealed sign-in attempt.
        attempt: String,
        /// The session of the signed-in user.
        session: SessionId,
    }
}

/// Shows the requested scopes.
///
/// # Errors
/// An error page if the attempt has ended or is not for an app.
pub async fn show(request: PageRequest<Visit>) -> Result<Response, PageError> {
    let (app, visit, params) = (request.app, request.user, request.params);
    let sealed = params.get("attempt").ok_or_else(attempt_ended)?;
    let open = OpenAttempt::open(&app, &visit, sealed).await?;
    let request = open.request().ok_or_else(attempt_ended)?;
    let Some(session) = visit.session()? else {
        return Ok(resume_attempt(&app, &visit, Some(sealed)));
    };
    let page = page(request, session, sealed);
    let target = request.valid.redirect.uri();
    Ok(visit.show_leading_to(&app, StatusCode::OK, &page, Some(target)))
}

/// What an app is told about the user with these scopes, without `offline_access`.
pub(super) fn lines_of(app: &Client, scopes: &Scopes) -> Vec<ScopeLine> {
    let rules = &app.settings.claim_rules;
    let lines = SCOPES
        .iter()
        .filter(|(scope, _)| scopes.contains(scope) && *scope != "offline_access");
    lines
        .map(|(scope, sentence)| ScopeLine::new(*scope, *sentence, &rules.claims_of_scope(scope, scopes)))
        .collect()
}

fn page(request: &AppRequest, session: &Session, sealed: &str) -> Consent {
    let scopes = &request.valid.shared();
    Consent {
        app: request.tile(),
        person: Person::of(session),
        scopes: lines_of(&request.client, scopes),
        offline: scopes.contains("offline_access"),
        home: request.client.settings.home_uri.clone(),
        policy: request.client.settings.policy_uri.clone(),
        terms: request.client.settings.tos_uri.clone(),
        attempt: sealed.to_owned(),
        session: session.id.clone(),
    }
}

/// Stores the decision. A user can deny the request before signing in too.
///
/// # Errors
/// An error page if the CSRF token is wrong, or the attempt has ended or is not for an app.
pub async fn decide(sent: Submission<Visit>) -> Result<Response, PageError> {
    let (app, visit, form) = (sent.app, sent.user, sent.form);
    let sealed = form.get("attempt").ok_or_else(attempt_ended)?;
    let open = OpenAttempt::open(&app, &visit, sealed).await?;
    let request = open.request().ok_or_else(attempt_ended)?;
    let next = resume_attempt(&app, &visit, Some(sealed));
    let now = app.clock.now();
    if form.get("decision") != Some("allow") {
        let attempt = open.attempt;
        let denied = app
            .db
            .write::<_, Error, _>(move |tx| Box::pin(async move { attempts::deny(tx, &attempt, now).await }));
        denied.await?;
    } else if let Some(session) = visit.session()?.filter(|session| may_consent(session, &form)) {
        let decision = Decision {
            session: session.id.clone(),
            account: session.account_id.clone(),
            client: request.client.id.clone(),
            scopes: request.valid.shared(),
            address: visit.address.to_string(),
            attempt: open.attempt,
        };
        app.db
            .write::<_, Error, _>(move |tx| Box::pin(async move { decision.store(tx, now).await }))
            .await?;
    }
    Ok(next)
}

/// Whether the page was shown in this session, not in one that it has replaced since, and nobody is acting as the user.
fn may_consent(session: &Session, form: &SafeForm) -> bool {
    form.get("session") == Some(session.id.as_str()) && session.acted_by.is_none()
}

/// A consent to store.
struct Decision {
    attempt: Attempt,
    session: SessionId,
    account: AccountId,
    client: ClientId,
    scopes: Scopes,
    address: String,
}

impl Decision {
    async fn store(self, tx: &mut Tx, now: Time) -> Result<(), Error> {
        let (account, client) = (&self.account, &self.client);
        if !attempts::consent(tx, &self.attempt, &self.session).await? {
            return Ok(());
        }
        let before = consents::of(tx, account, client).await?;
        let all = before.iter().chain(self.scopes.iter()).collect();
        consents::set(tx, account, client, &all, now).await?;
        let detail = json!({ "app": client, "before": before, "after": all }).to_string();
        let event = NewEntry {
            address: &self.address,
            detail: &detail,
            ..NewEntry::new(account.as_str(), "consent.give", account.as_str())
        };
        audit::record(tx, &event, now).await
    }
}
