//! The sample app: its configuration, its routes and its responses.

mod error_page;
mod home;
mod sign_in;

pub use super::claims::{Claim, DemoTeam};
pub use error_page::DemoError;
pub use home::{DemoAccount, DemoHome, DemoSignedIn};

use std::collections::{BTreeMap, HashMap};
use std::future::Future;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, HeaderName, LOCATION, REFERRER_POLICY,
    SET_COOKIE, X_CONTENT_TYPE_OPTIONS,
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
use crate::web::cookies;
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
/// All ports of a host share cookies, so the name must differ from those of the provider.
const COOKIE_NAME: &str = "field_notes";

/// The configuration of the sample app.
#[derive(Debug)]
pub struct SampleAppConfig {
    /// The URL of the app without a slash at the end, such as `http://localhost:8081`.
    pub base_url: String,
    /// The provider's issuer.
    pub issuer: String,
    /// The client ID of the app, which authenticates with `client_secret_basic`.
    pub client_id: String,
    /// The client secret.
    pub client_secret: String,
    /// The accounts on the first page.
    pub people: Vec<DemoAccount>,
    /// The password of all accounts.
    pub password: String,
    /// The clock, for the expiry of tokens.
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
    /// Creates the app. It does not contact the provider yet, which may start later.
    ///
    /// # Errors
    /// When a URL is invalid, or the HTTP client cannot be created.
    pub fn new(config: SampleAppConfig) -> anyhow::Result<Self> {
        // Signing out submits a form whose response redirects to the provider, so browsers apply `form-action` to it.
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

    /// Serves the app until `shutdown` completes.
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
            theme: None,
            acting: None,
            here: String::new(),
            typed: BTreeMap::new(),
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

    /// The visitor's cookie, if the form has the visitor's CSRF token.
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
    cookies::values(headers, COOKIE_NAME).next()
}

fn parameters(encoded: &[u8]) -> HashMap<String, String> {
    form_urlencoded::parse(encoded).into_owned().collect()
}

#[cfg(test)]
mod tests;
