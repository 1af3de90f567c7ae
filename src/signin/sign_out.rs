//! Signing out, at an app's request (OIDC RP-Initiated Logout 1.0) or the user's, here and in the other apps (OIDC
//! Front-Channel Logout 1.0).

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::Response;

use crate::app::AppState;
use crate::directory::revocation;
use crate::model::client::{Client, origin_of};
use crate::model::session::{EndReason, Session};
use crate::oidc::hint::IdTokenHint;
use crate::paths;
use crate::store::app_sessions::{self, AppSession};
use crate::store::audit::{self, NewEntry};
use crate::web::error::PageError;
use crate::web::page::{AppTile, Link, Person, page};
use crate::web::params::Params;
use crate::web::submission::PageRequest;
use crate::web::visit::{Shown, Visit, see_other};
use crate::words::sign_out::{
    INVALID_HINT, OTHER_APP, SIGN_OUT, UNKNOWN_APP, UNREGISTERED_ADDRESS, continue_to,
};

page! {
    /// The confirmation page, for a request without an ID token of the current session.
    SignOut "signin/sign_out.html" {
        /// The app that requests the sign-out, if it is known.
        app: Option<AppTile>,
        /// The signed-in user.
        person: Person,
        /// Why the browser will not return to the app although the request names a `post_logout_redirect_uri`.
        unused: Option<&'static str>,
        /// The request's parameters, as hidden fields.
        fields: Vec<(String, String)>,
    }
}

page! {
    /// The page after signing out.
    #[derive(Default)]
    SignedOut "signin/signed_out.html" {
        /// A link back to the app, if it registered one.
        back: Option<Link>,
        /// Why the browser does not return to the app although the request names a `post_logout_redirect_uri`.
        unused: Option<&'static str>,
        /// The addresses of apps that the browser loads in frames, so that they sign the user out.
        frames: Vec<String>,
    }
}

/// The parameters of a sign-out request.
const PARAMETERS: [&str; 4] = ["post_logout_redirect_uri", "state", "client_id", "id_token_hint"];

/// Where the browser goes after the sign-out.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Return {
    /// Nowhere: the request has no `post_logout_redirect_uri`.
    Nowhere,
    /// To this URI, which is registered for the app.
    To(String),
    /// Nowhere: the request's `post_logout_redirect_uri` cannot be used, for this reason.
    Unused(&'static str),
}

impl Return {
    fn address(&self) -> Option<&str> {
        match self {
            Self::To(address) => Some(address),
            Self::Nowhere | Self::Unused(_) => None,
        }
    }

    const fn unused(&self) -> Option<&'static str> {
        match self {
            Self::Unused(why) => Some(why),
            Self::Nowhere | Self::To(_) => None,
        }
    }
}

/// A sign-out request.
struct SignOutRequest {
    /// The app that it names.
    client: Option<Arc<Client>>,
    /// The session that its ID token belongs to.
    session: Option<String>,
    /// Where the browser goes afterwards.
    back: Return,
}

impl SignOutRequest {
    /// Whether it may end the session without a confirmation: its hint is an ID token of this session, and its
    /// `post_logout_redirect_uri`, if any, can be used.
    fn is_confirmed_for(&self, session: &Session) -> bool {
        self.session.as_deref() == Some(session.id.as_str()) && self.back.unused().is_none()
    }
}

/// Signs out, after a confirmation unless the request has an ID token of the current session.
///
/// A request whose hint or `post_logout_redirect_uri` cannot be used needs the confirmation too, and the browser does
/// not return to the app.
///
/// # Errors
/// An error page if the CSRF token of the confirmation is wrong.
pub async fn respond(method: Method, request: PageRequest<Visit>) -> Result<Response, PageError> {
    let (app, visit, params) = (request.app, request.user, request.params);
    let is_confirmation = method == Method::POST && params.get("csrf").is_some();
    if method == Method::POST && !is_confirmation {
        return Ok(as_get(&app, &params));
    }
    let request = read(&app, &params).await?;
    if let Some(why) = request.back.unused() {
        let client = request.client.as_ref().map(|client| &client.id);
        app.failures.refused(client, why, app.clock.now());
    }
    let shown = if is_confirmation {
        Shown::Page
    } else {
        Shown::Nothing
    };
    let Some(session) = visit.session()?.cloned() else {
        return Ok(signed_out(&app, &visit, &request, shown, Vec::new()));
    };
    if is_confirmation {
        let form = visit.form(&app, params).map_err(|error| {
            let again = app.config.server.issuer.url(paths::LOGOUT);
            error.with_link(Link::new(SIGN_OUT, again))
        })?;
        if form.get("decision") == Some("stay") {
            return Ok(see_other(&app.config.server.issuer.url(paths::ACCOUNT)));
        }
    } else if !request.is_confirmed_for(&session) {
        let page = confirmation(&request, &session, &params);
        return Ok(visit.show_leading_to(&app, StatusCode::OK, &page, request.back.address()));
    }
    let apps = end(&app, &visit, &session).await?;
    let mut response = signed_out(&app, &visit, &request, shown, frames(&app, &apps).await?);
    let others = visit.sessions.iter().skip(1).map(|(token, _)| token.as_str());
    if let Ok(cookie) = app.cookies.set_sessions(others) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

/// Redirects a POST from another site, which comes without our `SameSite` cookies, to a GET, which has them.
fn as_get(app: &AppState, params: &Params) -> Response {
    let mut query = form_urlencoded::Serializer::new(String::new());
    for name in PARAMETERS {
        if let Some(value) = params.get(name) {
            query.append_pair(name, value);
        }
    }
    let address = app.config.server.issuer.url(paths::LOGOUT);
    let mut response = see_other(&format!("{address}?{}", query.finish()));
    response
        .headers_mut()
        .insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}

fn confirmation(request: &SignOutRequest, session: &Session, params: &Params) -> SignOut {
    let fields = PARAMETERS
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), params.get(name)?.to_owned())));
    SignOut {
        app: request.client.as_ref().map(|client| AppTile {
            name: client.name.clone(),
            logo: client.logo.clone(),
            host: None,
        }),
        person: Person::of(session),
        unused: request.back.unused(),
        fields: fields.collect(),
    }
}

/// Ends the session; yields its apps.
async fn end(app: &AppState, visit: &Visit, session: &Session) -> Result<Vec<AppSession>, PageError> {
    let (session, account) = (session.id.clone(), session.account_id.clone());
    let (address, now) = (visit.address.to_string(), app.clock.now());
    let ended = app.db.write::<_, crate::store::Error, _>(move |tx| {
        Box::pin(async move {
            let apps = app_sessions::of_session(tx, &session).await?;
            revocation::end_session((tx, now), &session, EndReason::SignedOut).await?;
            let event = NewEntry {
                address: &address,
                ..NewEntry::new(account.as_str(), "session.end", account.as_str())
            };
            audit::record(tx, &event, now).await?;
            Ok(apps)
        })
    });
    Ok(ended.await?)
}

/// The front-channel logout URLs of those apps that have one.
async fn frames(app: &AppState, apps: &[AppSession]) -> Result<Vec<String>, PageError> {
    let mut frames = Vec::new();
    for one in apps {
        let client = app.db.app(one.client_id.as_str()).await?;
        if let Some(uri) = client.and_then(|client| client.settings.frontchannel_logout_uri.clone()) {
            let issuer = app.config.server.issuer.as_str();
            frames.push(with_query(&uri, &[("iss", issuer), ("sid", one.sid.as_str())]));
        }
    }
    Ok(frames)
}

/// A URI with these parameters after its own.
fn with_query(uri: &str, pairs: &[(&str, &str)]) -> String {
    let query = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs)
        .finish();
    let separator = if uri.contains('?') { '&' } else { '?' };
    format!("{uri}{separator}{query}")
}

/// Reads a request. An invalid hint, or one that was issued to another app than the request names, is not used.
async fn read(app: &AppState, params: &Params) -> Result<SignOutRequest, PageError> {
    let issuer = app.config.server.issuer.as_str();
    let named = params.get("client_id");
    let token = params.get("id_token_hint");
    let hint = token.map(|token| IdTokenHint::read(token, &app.keyring(), issuer).ok_or(INVALID_HINT));
    let (id, session, fault) = match hint {
        None => (named.map(str::to_owned), None, None),
        Some(Err(fault)) => (named.map(str::to_owned), None, Some(fault)),
        Some(Ok(hint)) => match (named, hint.audiences.into_iter().next()) {
            (Some(named), Some(hinted)) if named != hinted => (None, None, Some(OTHER_APP)),
            (_, hinted) => (hinted, hint.session, None),
        },
    };
    let client = match &id {
        Some(id) => app.db.app(id).await?,
        None => None,
    };
    let back = match (params.get("post_logout_redirect_uri"), fault) {
        (None, _) => Return::Nowhere,
        (Some(_), Some(fault)) => Return::Unused(fault),
        (Some(uri), None) => back_to(uri, client.as_deref(), params.get("state")),
    };
    Ok(SignOutRequest {
        client,
        session,
        back,
    })
}

/// The URI to return to, which must be registered for the app, with the `state`.
fn back_to(uri: &str, client: Option<&Client>, state: Option<&str>) -> Return {
    let Some(client) = client else {
        return Return::Unused(UNKNOWN_APP);
    };
    let registered = &client.settings.post_logout_redirect_uris;
    if !registered.iter().any(|own| own == uri) {
        return Return::Unused(UNREGISTERED_ADDRESS);
    }
    Return::To(match state {
        Some(state) => with_query(uri, &[("state", state)]),
        None => uri.to_owned(),
    })
}

fn signed_out(
    app: &AppState,
    visit: &Visit,
    request: &SignOutRequest,
    shown: Shown,
    frames: Vec<String>,
) -> Response {
    let back = match (&request.back, &request.client) {
        (Return::To(address), Some(client)) if frames.is_empty() => {
            return visit.leave(app, address, &client.name, shown);
        }
        (Return::To(address), Some(client)) => Some(Link::new(continue_to(&client.name), address.clone())),
        _ => None,
    };
    let origins: BTreeSet<_> = frames.iter().filter_map(|uri| origin_of(uri)).collect();
    let page = SignedOut {
        back,
        unused: request.back.unused(),
        frames,
    };
    let mut response = visit.show(app, StatusCode::OK, &page);
    if !origins.is_empty() {
        allow_frames(&mut response, origins);
    }
    response
}

/// Lets a page load frames of these origins, and hides the page's own URL from them.
fn allow_frames(response: &mut Response, origins: BTreeSet<String>) {
    let headers = response.headers_mut();
    let own = headers
        .get(header::CONTENT_SECURITY_POLICY)
        .and_then(|own| own.to_str().ok());
    let origins: Vec<_> = origins.into_iter().collect();
    let policy = format!("{}; frame-src {}", own.unwrap_or_default(), origins.join(" "));
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
}
