//! Signing out, by an app (OIDC RP-Initiated Logout 1.0) or by the user.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::Response;
use serde::Serialize;

use super::attempt::person_of;
use crate::app::AppState;
use crate::directory::revocation;
use crate::model::client::Client;
use crate::model::session::{EndReason, Session};
use crate::oidc::hint::IdTokenHint;
use crate::paths;
use crate::store::audit::{self, Event};
use crate::web::error::PageError;
use crate::web::page::{AppTile, Link, Page, Person};
use crate::web::params::Params;
use crate::web::visit::{Visit, see_other};
use crate::words::error_pages::INVALID_SIGN_OUT;

/// The confirmation page, for a request without an ID token of the current session.
#[derive(Clone, Debug, Serialize)]
pub struct SignOut {
    /// The app that requests the sign-out, if it is known.
    pub app: Option<AppTile>,
    /// The signed-in user.
    pub person: Person,
    /// The request's parameters, as hidden fields.
    pub fields: Vec<(String, String)>,
}

impl Page for SignOut {
    const TEMPLATE: &'static str = "signin/sign_out.html";
}

/// The page after signing out.
#[derive(Clone, Debug, Serialize)]
pub struct SignedOut {
    /// A link back to the app, if it registered one.
    pub back: Option<Link>,
}

impl Page for SignedOut {
    const TEMPLATE: &'static str = "signin/signed_out.html";
}

/// The parameters that the confirmation page submits again.
const RESUBMITTED: &[&str] = &["post_logout_redirect_uri", "state", "client_id", "id_token_hint"];

/// Signs out, after a confirmation unless the request has an ID token of the current session.
///
/// # Errors
/// An error page if the parameters are invalid.
pub async fn respond(
    State(app): State<Arc<AppState>>,
    visit: Visit,
    method: axum::http::Method,
    params: Params,
) -> Result<Response, PageError> {
    let hint = match params.get("id_token_hint") {
        Some(token) => {
            let hint = IdTokenHint::read(token, &app.keyring(), app.config.server.issuer.as_str());
            Some(hint.ok_or_else(|| invalid("id_token_hint is not an ID token of this server"))?)
        }
        None => None,
    };
    let client = find_client(&app, &params, hint.as_ref()).await?;
    let target = target(&params, client.as_deref())?;
    let Some(session) = visit.session()?.cloned() else {
        return Ok(signed_out(&app, &visit, target));
    };
    let is_hinted = hint.is_some_and(|hint| hint.session.as_deref() == Some(session.id.as_str()));
    let is_ours = method == axum::http::Method::POST && params.get("csrf").is_some();
    if is_ours {
        let form = visit.form(&app, params)?;
        if form.get("decision") == Some("stay") {
            return Ok(see_other(&app.config.server.issuer.url(paths::ACCOUNT)));
        }
    } else if !is_hinted {
        let page = confirmation(client.as_deref(), &session, &params);
        return Ok(visit.show_leading_to(&app, StatusCode::OK, &page, target.as_deref()));
    }
    end(&app, &visit, &session).await?;
    let mut response = signed_out(&app, &visit, target);
    let others = visit.sessions.iter().skip(1).map(|(token, _)| token.as_str());
    if let Ok(cookie) = app.cookies.set_sessions(others) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

fn confirmation(client: Option<&Client>, session: &Session, params: &Params) -> SignOut {
    let fields = RESUBMITTED
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), params.get(name)?.to_owned())));
    SignOut {
        app: client.map(|client| AppTile {
            name: client.name.clone(),
            logo: None,
            host: None,
        }),
        person: person_of(session),
        fields: fields.collect(),
    }
}

async fn end(app: &AppState, visit: &Visit, session: &Session) -> Result<(), PageError> {
    let (session, account) = (session.id.clone(), session.account_id.clone());
    let (address, now) = (visit.address.to_string(), app.clock.now());
    let ended = app.db.write::<_, crate::store::Error, _>(move |tx| {
        Box::pin(async move {
            revocation::end_session((tx, now), &session, EndReason::SignedOut).await?;
            let event = Event {
                address: &address,
                ..Event::new(account.as_str(), "session.end", account.as_str())
            };
            audit::record(tx, &event, now).await
        })
    });
    Ok(ended.await?)
}

async fn find_client(
    app: &AppState,
    params: &Params,
    hint: Option<&IdTokenHint>,
) -> Result<Option<Arc<Client>>, PageError> {
    let named = params.get("client_id");
    let hinted = hint.and_then(|hint| hint.audiences.first()).map(String::as_str);
    if named.zip(hinted).is_some_and(|(named, hinted)| named != hinted) {
        return Err(invalid(
            "client_id is not the one that id_token_hint was issued to",
        ));
    }
    match hinted.or(named) {
        Some(id) => Ok(app.db.app(id).await?),
        None => Ok(None),
    }
}

/// The URI to return to, which must be registered for the app.
fn target(params: &Params, client: Option<&Client>) -> Result<Option<String>, PageError> {
    let Some(uri) = params.get("post_logout_redirect_uri") else {
        return Ok(None);
    };
    let is_registered = client.is_some_and(|client| {
        client
            .settings
            .post_logout_redirect_uris
            .iter()
            .any(|own| own == uri)
    });
    if !is_registered {
        return Err(invalid("post_logout_redirect_uri is not registered for this app"));
    }
    let Some(state) = params.get("state") else {
        return Ok(Some(uri.to_owned()));
    };
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("state", state)
        .finish();
    Ok(Some(format!(
        "{uri}{}{query}",
        if uri.contains('?') { '&' } else { '?' }
    )))
}

fn signed_out(app: &AppState, visit: &Visit, target: Option<String>) -> Response {
    match target {
        Some(target) => see_other(&target),
        None => visit.show(app, StatusCode::OK, &SignedOut { back: None::<Link> }),
    }
}

fn invalid(cause: &str) -> PageError {
    PageError::new(StatusCode::BAD_REQUEST, &INVALID_SIGN_OUT).with_fact("Cause", cause)
}
