//! The authorization endpoint.
use axum::http::{Method, StatusCode};
use axum::response::Response;

use super::attempt::{AppRequest, OpenAttempt};
use super::dispatcher::dispatch;
use super::issue::deliver;
use crate::model::client::Client;
use crate::oidc::authorize::{RawRequest, RedirectError, Refused, validate};
use crate::oidc::response;
use crate::paths;
use crate::web::error::PageError;
use crate::web::submission::PageRequest;
use crate::web::visit::{Shown, Visit, see_other};
use crate::words::error_pages;

/// Handles an authorization request (OIDC Core section 3.1.2.1).
///
/// A POST from another site lacks our `SameSite` cookies, so it is redirected to a GET, which has them.
///
/// # Errors
/// An error page if the app is unknown or its redirect URI is not registered.
pub async fn enter(method: Method, request: PageRequest<Visit>) -> Result<Response, PageError> {
    let (app, visit, params) = (request.app, request.user, request.params);
    let raw = RawRequest::new(params.pairs());
    if method == Method::POST {
        let address = app.config.server.issuer.url(paths::AUTHORIZE);
        return Ok(see_other(&format!("{address}?{}", raw.encode())));
    }
    let client = match raw.get("client_id") {
        Some(id) => app.db.app(id).await?,
        None => None,
    };
    match (validate(&raw, client.as_deref()), client) {
        (Ok(valid), Some(client)) => {
            let request = AppRequest { client, valid };
            dispatch(&app, &visit, OpenAttempt::begin(&app, request, &raw)).await
        }
        (Err(Refused::Redirect(redirect, error)), client) => {
            let failure = response::failure(&redirect, app.config.server.issuer.as_str(), &error);
            let name = client.as_ref().map_or("", |client| &client.name);
            Ok(deliver(&app, &visit, name, failure, Shown::Nothing))
        }
        (Err(Refused::Page(fault)), client) => Err(fault_page(fault, &raw, client.as_deref())),
        (Ok(_), None) => Err(fault_page(RedirectError::UnknownApp, &raw, None)),
    }
}

fn fault_page(fault: RedirectError, raw: &RawRequest, client: Option<&Client>) -> PageError {
    let text = match fault {
        RedirectError::UnknownApp => error_pages::UNKNOWN_APP,
        RedirectError::DisabledApp => error_pages::DISABLED_APP,
        RedirectError::NoSignIn => error_pages::APP_MANAGES_USERS,
        RedirectError::NoRedirectUri => error_pages::NO_REDIRECT_URI,
        RedirectError::UnknownRedirectUri => error_pages::UNKNOWN_REDIRECT_URI,
    };
    let mut error = PageError::new(StatusCode::BAD_REQUEST, &text);
    if let Some(client) = client {
        error = error.about(&client.id);
    }
    match (fault, raw.get("client_id"), raw.get("redirect_uri")) {
        (RedirectError::UnknownApp, Some(id), _) => error.with_fact("client_id", id),
        (RedirectError::UnknownRedirectUri, _, Some(uri)) => error.with_fact("redirect_uri", uri),
        _ => error,
    }
}
