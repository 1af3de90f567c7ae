//! Forward authentication: a reverse proxy asks about every request to a website that has no sign-in of its own.
//!
//! Each kind of proxy has an endpoint of its own, which reads only the headers that this kind sets itself. If one
//! endpoint read the headers of every kind, a visitor could add those of another kind, and so choose the website that
//! the decision is about.

mod original;
mod sign_in;
mod visitor;

use std::sync::Arc;

use axum::extract::State;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

use crate::app::AppState;
use crate::model::client::Client;
use crate::web::client_ip::{is_trusted, peer};
use crate::web::cookies::Cookies;
use crate::web::error::PageError;
use original::{Original, OwnPage};

/// A request to a website that a trusted proxy asks about.
struct Asked {
    app: Arc<AppState>,
    client: Arc<Client>,
    original: Original,
    headers: HeaderMap,
    /// The website's cookies.
    cookies: Cookies,
}

/// Decides about a request for Traefik and Caddy, which pass every response but a success on to the browser.
///
/// # Errors
/// 403 if the caller is not a trusted proxy, or the website is unknown.
pub async fn decide(State(app): State<Arc<AppState>>, parts: Parts) -> Result<Response, PageError> {
    let original = Original::forwarded(&parts.headers);
    let asked = Asked::find(app, parts, original).await?;
    if let Some(page) = asked.original.own_page() {
        return asked.open(page).await;
    }
    match asked.visitor().await? {
        Some(visitor) => Ok(visitor.into_response()),
        None => Ok(asked.begin()),
    }
}

/// Decides about a request for nginx, which understands 200, 401 and 403 only.
///
/// # Errors
/// As [`decide`].
pub async fn check(State(app): State<Arc<AppState>>, parts: Parts) -> Result<Response, PageError> {
    let original = Original::named(&parts.headers);
    let visitor = Asked::find(app, parts, original).await?.visitor().await?;
    Ok(visitor.map_or_else(
        || StatusCode::UNAUTHORIZED.into_response(),
        IntoResponse::into_response,
    ))
}

/// Responds for nginx to a request that [`check`] has refused.
///
/// # Errors
/// As [`decide`].
pub async fn pages(State(app): State<Arc<AppState>>, parts: Parts) -> Result<Response, PageError> {
    let original = Original::named(&parts.headers);
    let asked = Asked::find(app, parts, original).await?;
    match asked.original.own_page() {
        Some(page) => asked.open(page).await,
        None => Ok(asked.begin()),
    }
}

impl Asked {
    /// Finds the app of the website.
    ///
    /// # Errors
    /// 403 if the caller is not a trusted proxy, the website is unknown, or it is on the issuer's host, where it would
    /// receive this server's session cookies.
    async fn find(app: Arc<AppState>, parts: Parts, original: Option<Original>) -> Result<Self, PageError> {
        let refuse = |cause: &str| {
            app.failures.refused(None, cause, app.clock.now());
            Err(PageError::forbidden())
        };
        if !is_trusted(peer(&parts), &app.config.server.trusted_proxies) {
            return refuse("forward authentication was requested by an address outside trusted_proxies");
        }
        let Some(original) = original else {
            return refuse("the proxy did not say which URL it asks about");
        };
        if original.host() == app.config.server.issuer.as_url().host_str() {
            return refuse("a website on the host of the issuer cannot be protected");
        }
        let Some(client) = app.db.proxied_app(&original.origin).await? else {
            return refuse(&format!("no app has the website {}", original.origin));
        };
        let cookies = if original.origin.starts_with("https:") {
            Cookies::Secure
        } else {
            Cookies::Loopback
        };
        Ok(Self {
            client,
            original,
            cookies,
            headers: parts.headers,
            app,
        })
    }

    async fn open(&self, page: OwnPage<'_>) -> Result<Response, PageError> {
        match page {
            OwnPage::Callback(query) => self.finish(query).await,
            OwnPage::SignOut => Ok(self.sign_out()),
        }
    }
}
