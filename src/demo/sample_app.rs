//! The sample app: its configuration, its routes, and how it answers browsers.
//!
//! What is checked, and how, is in `relying_party`; how claims are shown is in `claims`.

mod error_page;
mod home;
mod sign_in;

pub use super::claims::{Claim, DemoTeam};
pub use error_page::DemoError;
pub use home::{DemoAccount, DemoHome, DemoSignedIn};

use std::collections::HashMap;
use std::future::Future;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
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

use super::relying_party::RelyingParty;
use super::visitors::Visitors;
use crate::clock::Clock;
use crate::crypto::constant_time_eq;
use crate::paths;
use crate::web::page::{Layout, Page};
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
            .route("/", get(home::show))
            .route(SIGN_IN, get(sign_in::sign_in))
            .route(CALLBACK, get(sign_in::callback))
            .route(REFRESH, post(sign_in::refresh))
            .route(SIGN_OUT, post(sign_in::sign_out))
            .route(SIGNED_OUT, get(sign_in::signed_out))
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

async fn static_file(State(app): State<Arc<SampleApp>>, Path(name): Path<String>) -> Response {
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
