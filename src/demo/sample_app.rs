//! The sample app's pages and forms: sign-in, the verified claims, refresh, sign-out.
//!
//! What is checked, and how, is in `relying_party`; how claims are shown is in `claims`.

use std::collections::HashMap;
use std::future::Future;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, COOKIE, ETAG, HeaderName, LOCATION,
    REFERRER_POLICY, SET_COOKIE, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use cookie::{Cookie, SameSite};
use tokio::net::TcpListener;
use url::Url;

use super::claims::{flat, indented};
use super::failure::Failure;
use super::pages::{DemoAccount, DemoError, DemoHome, DemoSignedIn};
use super::relying_party::{RelyingParty, SignedIn};
use super::visitors::{Visitor, Visitors};
use crate::clock::Clock;
use crate::crypto::constant_time_eq;
use crate::paths;
use crate::web::error_pages::Fact;
use crate::web::page::{Layout, Notice, Page, Tone};
use crate::web::templates::Templates;

/// The path of the app's redirect URI.
pub const CALLBACK: &str = "/callback";
/// The path of the app's post-logout redirect URI.
pub const SIGNED_OUT: &str = "/signed-out";

const NAME: &str = "Field Notes";
const SIGN_IN: &str = "/sign-in";
const REFRESH: &str = "/refresh";
const SIGN_OUT: &str = "/sign-out";
/// Cookies are shared by all ports of a host, so the name must not be one of the provider's.
const COOKIE_NAME: &str = "field_notes";

/// What the sample app must be told.
#[derive(Debug)]
pub struct SampleAppConfig {
    /// Where browsers find the app, without a slash at the end, such as `http://localhost:8081`.
    pub base_url: String,
    /// The provider.
    pub issuer: String,
    /// The app's registration: a confidential app that authenticates by `client_secret_basic`.
    pub client_id: String,
    /// Its secret.
    pub client_secret: String,
    /// The accounts that the first page offers.
    pub people: Vec<DemoAccount>,
    /// The password of all of them.
    pub password: String,
    /// Tells when tokens end.
    pub clock: Clock,
}

/// The sample app, ready to serve.
#[derive(Debug)]
pub struct SampleApp {
    relying_party: RelyingParty,
    visitors: Visitors,
    templates: Templates,
    people: Vec<DemoAccount>,
    password: String,
    policy: String,
    clock: Clock,
}

impl SampleApp {
    /// Makes the app. The provider is asked for nothing yet: it may start later.
    ///
    /// # Errors
    /// When an address is no URL, or the HTTP client cannot be made.
    pub fn new(config: SampleAppConfig) -> anyhow::Result<Self> {
        // Signing out posts a form whose answer leads to the provider, which browsers count as the form's target.
        let provider = Url::parse(&config.issuer)?.origin().ascii_serialization();
        Ok(Self {
            relying_party: RelyingParty::new(
                &config.issuer,
                (config.client_id, config.client_secret),
                format!("{}{CALLBACK}", config.base_url),
                format!("{}{SIGNED_OUT}", config.base_url),
            )?,
            visitors: Visitors::default(),
            templates: Templates::new(None),
            people: config.people,
            password: config.password,
            policy: format!(
                "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; \
                 form-action 'self' {provider}; frame-ancestors 'none'; base-uri 'none'"
            ),
            clock: config.clock,
        })
    }

    /// The app's routes.
    pub fn router(self) -> Router {
        Router::new()
            .route("/", get(home))
            .route(SIGN_IN, get(sign_in))
            .route(CALLBACK, get(callback))
            .route(REFRESH, post(refresh))
            .route(SIGN_OUT, post(sign_out))
            .route(SIGNED_OUT, get(signed_out))
            .route(paths::STATIC.pattern(), get(static_file))
            .with_state(Arc::new(self))
    }

    /// Serves the app until `shutdown` is done.
    ///
    /// # Errors
    /// When the listener fails.
    pub async fn serve(
        self,
        listener: TcpListener,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> std::io::Result<()> {
        axum::serve(listener, self.router())
            .with_graceful_shutdown(shutdown)
            .await
    }

    fn page<P: Page>(&self, status: StatusCode, page: &P, csrf: &str) -> Response {
        let layout = Layout {
            base: String::new(),
            organisation: NAME.to_owned(),
            brand: None,
            csrf: csrf.to_owned(),
            now: self.clock.now(),
        };
        let headers = [
            (CONTENT_TYPE, "text/html; charset=utf-8"),
            (CACHE_CONTROL, "no-store"),
            (CONTENT_SECURITY_POLICY, self.policy.as_str()),
            (REFERRER_POLICY, "no-referrer"),
            (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        ];
        match self.templates.render(page, &layout) {
            Ok(html) => (status, headers, html).into_response(),
            Err(error) => {
                tracing::error!(%error, "the sample app cannot render a page");
                StatusCode::INTERNAL_SERVER_ERROR.into_response()
            }
        }
    }

    fn trouble(&self, heading: &str, failure: Failure) -> Response {
        let (status, sentence, facts) = match failure {
            Failure::Unreachable(what) => (
                StatusCode::BAD_GATEWAY,
                format!(
                    "Doorward did not answer as expected. Check that it runs at {}, then start again.",
                    self.relying_party.issuer()
                ),
                vec![Fact::new("what happened", what)],
            ),
            Failure::Refused { error, description } => (
                StatusCode::BAD_REQUEST,
                match error.as_str() {
                    "access_denied" => "Doorward says that access was denied. You can start again.",
                    "invalid_grant" => {
                        "Doorward no longer accepts what this app holds. Sign in again to go on."
                    }
                    _ => "Doorward refused the request, and says why below.",
                }
                .to_owned(),
                [
                    Some(Fact::new("error", error)),
                    description.map(|text| Fact::new("error_description", text)),
                ]
                .into_iter()
                .flatten()
                .collect(),
            ),
            Failure::Distrusted(what) => (
                StatusCode::BAD_REQUEST,
                "What came back did not pass the checks of this app, so it was thrown away.".to_owned(),
                vec![Fact::new("what happened", what)],
            ),
        };
        let page = DemoError {
            app: NAME.to_owned(),
            heading: heading.to_owned(),
            sentence,
            facts,
        };
        self.page(status, &page, "")
    }

    /// The visitor's cookie, if the form carries the visitor's own CSRF token.
    fn form(&self, headers: &HeaderMap, body: &[u8]) -> Option<String> {
        let cookie = cookie_of(headers)?;
        let sent = parameters(body).remove("csrf")?;
        self.visitors
            .with(&cookie, |visitor| {
                constant_time_eq(visitor.csrf.as_str().as_bytes(), sent.as_bytes())
            })?
            .then_some(cookie)
    }
}

type App = State<Arc<SampleApp>>;

async fn home(State(app): App, headers: HeaderMap) -> Response {
    let visitor = cookie_of(&headers).and_then(|cookie| {
        app.visitors.with(&cookie, |visitor| {
            let notice = visitor.notice.take().map(|text| Notice::new(Tone::Success, text));
            let csrf = visitor.csrf.as_str().to_owned();
            (visitor.account.clone(), visitor.refresh.is_some(), notice, csrf)
        })
    });
    let (account, can_refresh, notice, csrf) = visitor.unwrap_or_default();
    if let Some(account) = account {
        return app.page(StatusCode::OK, &signed_in(&account, can_refresh, notice), &csrf);
    }
    let page = DemoHome {
        app: NAME.to_owned(),
        sign_in: SIGN_IN.to_owned(),
        accounts: app.people.clone(),
        password: app.password.clone(),
        issuer: app.relying_party.issuer().to_owned(),
        notice,
    };
    app.page(StatusCode::OK, &page, &csrf)
}

fn signed_in(account: &SignedIn, can_refresh: bool, notice: Option<Notice>) -> DemoSignedIn {
    let claims = &account.claims;
    let ours = claims.additional_claims();
    let username = claims.preferred_username().map(|name| name.as_str());
    let username = username.unwrap_or(claims.subject().as_str()).to_owned();
    let name = claims
        .name()
        .and_then(|name| name.get(None))
        .map(|name| name.as_str());
    let mut checks = vec![
        "Signature, with a key that the provider publishes".to_owned(),
        "Issuer, audience and expiry".to_owned(),
        "Nonce and state of this sign-in, and the code's PKCE verifier".to_owned(),
        "Userinfo is about the same subject".to_owned(),
    ];
    if account.bound {
        checks.push("Hash of the access token".to_owned());
    }
    DemoSignedIn {
        app: NAME.to_owned(),
        name: name.unwrap_or(&username).to_owned(),
        teams: ours.teams.iter().flatten().map(Into::into).collect(),
        groups: ours.groups.clone().unwrap_or_default(),
        roles: ours.roles.clone().unwrap_or_default(),
        claims: flat(claims),
        id_token: indented(claims),
        userinfo: indented(&account.userinfo),
        checks,
        facts: vec![
            Fact::new("Algorithm", &account.algorithm),
            Fact::new("Scopes", &account.scopes),
        ],
        expires: account.expires,
        can_refresh,
        refresh: REFRESH.to_owned(),
        sign_out: SIGN_OUT.to_owned(),
        notice,
        username,
    }
}

async fn sign_in(State(app): App, headers: HeaderMap) -> Response {
    let (url, pending) = match app.relying_party.begin().await {
        Ok(begun) => begun,
        Err(failure) => return app.trouble("You cannot sign in now", failure),
    };
    let mut visitor = cookie_of(&headers)
        .and_then(|cookie| app.visitors.remove(&cookie))
        .unwrap_or_else(Visitor::new);
    visitor.begin(pending);
    let cookie = app.visitors.admit(visitor);
    (set_cookie(cookie), see_other(url.as_str())).into_response()
}

async fn callback(State(app): App, headers: HeaderMap, RawQuery(query): RawQuery) -> Response {
    const HEADING: &str = "You were not signed in";
    let mut answer = parameters(query.unwrap_or_default().as_bytes());
    let cookie = cookie_of(&headers);
    // First of all: whatever else the answer says, it must belong to a sign-in that this browser began.
    let pending = cookie
        .as_ref()
        .zip(answer.get("state"))
        .and_then(|(cookie, state)| {
            app.visitors
                .with(cookie, |visitor| visitor.take_pending(state))
                .flatten()
        });
    let Some(pending) = pending else {
        let what = "The answer belongs to no sign-in that this browser has under way.";
        return app.trouble(HEADING, Failure::Distrusted(what.to_owned()));
    };
    if let Err(failure) = app
        .relying_party
        .check_issuer(answer.get("iss").map(String::as_str))
    {
        return app.trouble(HEADING, failure);
    }
    if let Some(error) = answer.remove("error") {
        let description = answer.remove("error_description");
        return app.trouble(HEADING, Failure::Refused { error, description });
    }
    let Some(code) = answer.remove("code") else {
        let what = "The answer holds neither a code nor an error.";
        return app.trouble(HEADING, Failure::Distrusted(what.to_owned()));
    };
    match app.relying_party.finish(pending, code, app.clock.now()).await {
        Ok((account, refresh)) => {
            let mut visitor = cookie
                .and_then(|cookie| app.visitors.remove(&cookie))
                .unwrap_or_else(Visitor::new);
            visitor.sign_in(account, refresh);
            let cookie = app.visitors.admit(visitor);
            // Leave the address with the code in it.
            (set_cookie(cookie), see_other("/")).into_response()
        }
        Err(failure) => app.trouble(HEADING, failure),
    }
}

async fn refresh(State(app): App, headers: HeaderMap, body: Bytes) -> Response {
    let Some(cookie) = app.form(&headers, &body) else {
        return see_other("/").into_response();
    };
    let held = app.visitors.with(&cookie, |visitor| {
        visitor.account.clone().zip(visitor.refresh.take())
    });
    let Some((account, token)) = held.flatten() else {
        return see_other("/").into_response();
    };
    match app.relying_party.refresh(&account, &token, app.clock.now()).await {
        Ok((account, next)) => {
            app.visitors.with(&cookie, |visitor| {
                visitor.account = Some(Arc::new(account));
                // RFC 6749 section 6: without a new one, the old one goes on.
                visitor.refresh = Some(next.unwrap_or(token));
                visitor.notice = Some("The tokens were refreshed.");
            });
            see_other("/").into_response()
        }
        Err(failure) => {
            if !matches!(failure, Failure::Refused { .. }) {
                app.visitors
                    .with(&cookie, |visitor| visitor.refresh = Some(token));
            }
            app.trouble("The tokens were not refreshed", failure)
        }
    }
}

async fn sign_out(State(app): App, headers: HeaderMap, body: Bytes) -> Response {
    let visitor = app
        .form(&headers, &body)
        .and_then(|cookie| app.visitors.remove(&cookie));
    let Some(account) = visitor.and_then(|visitor| visitor.account) else {
        return see_other("/").into_response();
    };
    match app.relying_party.sign_out(&account).await {
        Ok(Some((url, state))) => {
            let mut visitor = Visitor::new();
            visitor.leaving = Some(state);
            let cookie = app.visitors.admit(visitor);
            (set_cookie(cookie), see_other(url.as_str())).into_response()
        }
        Ok(None) => see_other("/").into_response(),
        Err(failure) => app.trouble("You are signed out here, but not of Doorward", failure),
    }
}

async fn signed_out(State(app): App, headers: HeaderMap, RawQuery(query): RawQuery) -> Response {
    let state = parameters(query.unwrap_or_default().as_bytes()).remove("state");
    if let Some((cookie, state)) = cookie_of(&headers).zip(state) {
        app.visitors.with(&cookie, |visitor| {
            if visitor.leaving.take_if(|leaving| *leaving == state).is_some() {
                visitor.notice = Some("You signed out, here and of Doorward.");
            }
        });
    }
    see_other("/").into_response()
}

async fn static_file(State(app): App, Path(name): Path<String>) -> Response {
    match app.templates.static_file(&name) {
        Some(file) => {
            let headers = [
                (CONTENT_TYPE, file.content_type.to_owned()),
                (CACHE_CONTROL, "public, max-age=31536000, immutable".to_owned()),
                (ETAG, file.etag.clone()),
                (X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
            ];
            (headers, file.bytes.clone()).into_response()
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

fn see_other(location: &str) -> (StatusCode, [(HeaderName, String); 2]) {
    let headers = [
        (LOCATION, location.to_owned()),
        (CACHE_CONTROL, "no-store".to_owned()),
    ];
    (StatusCode::SEE_OTHER, headers)
}

fn set_cookie(value: String) -> [(HeaderName, String); 1] {
    let cookie = Cookie::build((COOKIE_NAME, value))
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax);
    [(SET_COOKIE, cookie.to_string())]
}

fn cookie_of(headers: &HeaderMap) -> Option<String> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|header| header.to_str().ok())
        .flat_map(Cookie::split_parse)
        .filter_map(Result::ok)
        .find(|cookie| cookie.name() == COOKIE_NAME)
        .map(|cookie| cookie.value().to_owned())
}

fn parameters(encoded: &[u8]) -> HashMap<String, String> {
    form_urlencoded::parse(encoded).into_owned().collect()
}

#[cfg(test)]
mod tests;
