//! The pages on which a user enters the code that a device shows, and allows the device access (RFC 8628 section 3.3).
//!
//! A code is looked up only for somebody who has signed in recently: strangers can neither guess codes nor use up the
//! tries of others.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;

use super::consent::{ScopeLine, lines_of};
use super::device_answer::Answer;
use super::device_request::{Lookup, Waiting, look_up};
use crate::app::AppState;
use crate::clock::Time;
use crate::crypto::UserCode;
use crate::model::SessionId;
use crate::model::own_path::OwnPath;
use crate::model::session::Session;
use crate::paths;
use crate::web::error::PageError;
use crate::web::page::{AppTile, FieldError, Person, page};
use crate::web::sealed_attempt::sign_in_again_for;
use crate::web::submission::{PageRequest, Submission};
use crate::web::visit::{Visit, see_other};
use crate::words;
use crate::words::error_pages::NO_DEVICE_WHILE_ACTING;

page! {
    /// The page on which somebody types the code.
    DevicePage "signin/device.html" {
        /// The code, if the URL has one.
        user_code: String,
        /// The mistakes in the submitted form.
        errors: Vec<FieldError>,
    }
}

page! {
    /// The page on which somebody allows or refuses the device access.
    ConfirmDevice "signin/device_confirm.html" {
        /// The app.
        app: AppTile,
        /// The signed-in user.
        person: Person,
        /// The code.
        user_code: String,
        /// The IP address from which the device asked.
        client_address: String,
        /// When it asked.
        asked_at: Time,
        /// The requested scopes.
        scopes: Vec<ScopeLine>,
        /// Whether the app requests `offline_access`.
        offline: bool,
        /// The session of the signed-in user.
        session: SessionId,
    }
}

page! {
    /// The page after the answer.
    DeviceAnswered "signin/device_answered.html" {
        /// The app.
        app: AppTile,
        /// Whether the device was allowed access.
        allowed: bool,
    }
}

/// Asks for the code. A code in the URL only prefills the field.
///
/// # Errors
/// None of its own.
pub async fn show(request: PageRequest<Visit>) -> Result<Response, PageError> {
    let code = request.params.get("user_code").and_then(UserCode::parse);
    let page = DevicePage {
        user_code: code.map_or_else(String::new, |code| code.as_str().to_owned()),
        errors: Vec::new(),
    };
    Ok(request.user.show(&request.app, StatusCode::OK, &page))
}

/// Leads to the page that asks whether to allow the device access.
///
/// # Errors
/// An error page if the CSRF token is wrong.
pub async fn enter(sent: Submission<Visit>) -> Result<Response, PageError> {
    match UserCode::parse(&sent.trimmed("user_code")) {
        Some(code) => Ok(sent.go_to(&confirm_path(&code))),
        None => Ok(sent.show(StatusCode::UNPROCESSABLE_ENTITY, &wrong(words::USER_CODE_FORM))),
    }
}

fn confirm_path(code: &UserCode) -> String {
    format!("{}?user_code={}", paths::DEVICE_CONFIRM, code.as_str())
}

fn wrong(sentence: &str) -> DevicePage {
    DevicePage {
        user_code: String::new(),
        errors: vec![FieldError::at("user_code", sentence)],
    }
}

/// The code, with the session of the user, if they have signed in recently; otherwise a redirect to the sign-in, which leads
/// back, or to the page that asks for a code.
///
/// # Errors
/// An error page while somebody acts as the user.
fn code_and_session<'v>(
    app: &AppState,
    visit: &'v Visit,
    typed: Option<&str>,
) -> Result<Result<(UserCode, &'v Session), Response>, PageError> {
    let code = typed.and_then(UserCode::parse);
    let session = visit.session()?;
    if session.is_some_and(|session| session.acted_by.is_some()) {
        return Err(PageError::new(StatusCode::FORBIDDEN, &NO_DEVICE_WHILE_ACTING));
    }
    let within = app.config.lifetimes.recent_sign_in;
    let Some(session) = session.filter(|session| session.is_recent(within, app.clock.now())) else {
        let query = code.map(|code| format!("user_code={}", code.as_str()));
        let back = OwnPath::nearest(paths::DEVICE_CONFIRM.as_ref(), query.as_deref());
        return Ok(Err(sign_in_again_for(app, visit, back)));
    };
    let ask_for_one = || see_other(&app.config.server.issuer.url(paths::DEVICE));
    Ok(code.map(|code| (code, session)).ok_or_else(ask_for_one))
}

/// Asks whether to allow the device access.
///
/// # Errors
/// An error page for somebody whom the app does not let in, or who acts as somebody else.
pub async fn confirm(request: PageRequest<Visit>) -> Result<Response, PageError> {
    let (app, visit) = (&request.app, &request.user);
    let (code, session) = match code_and_session(app, visit, request.params.get("user_code"))? {
        Ok(both) => both,
        Err(redirect) => return Ok(redirect),
    };
    let waiting = match look_up(app, visit, session, &code).await? {
        Lookup::Found(waiting) => waiting,
        other => return Ok(not_found(app, visit, &other)),
    };
    Ok(visit.show(app, StatusCode::OK, &page(&waiting, &code, session)))
}

/// The page that asks for a code again, after one without a pending request or after too many tries.
fn not_found(app: &AppState, visit: &Visit, lookup: &Lookup) -> Response {
    let Lookup::TooMany { seconds } = lookup else {
        return visit.show(
            app,
            StatusCode::UNPROCESSABLE_ENTITY,
            &wrong(words::USER_CODE_WRONG),
        );
    };
    let page = wrong(&words::user_codes_throttled(*seconds));
    let mut response = visit.show(app, StatusCode::TOO_MANY_REQUESTS, &page);
    let headers = response.headers_mut();
    headers.insert(header::RETRY_AFTER, HeaderValue::from(*seconds));
    response
}

fn page(waiting: &Waiting, code: &UserCode, session: &Session) -> ConfirmDevice {
    let asked = &waiting.code;
    ConfirmDevice {
        app: waiting.tile(),
        person: Person::of(session),
        user_code: code.as_str().to_owned(),
        client_address: asked.client_address.clone(),
        asked_at: asked.created_at,
        scopes: lines_of(&waiting.client, &asked.scopes),
        offline: asked.scopes.contains("offline_access"),
        session: session.id.clone(),
    }
}

/// Stores the answer.
///
/// # Errors
/// An error page if the CSRF token is wrong, for somebody whom the app does not let in, or who acts as somebody else.
pub async fn answer(sent: Submission<Visit>) -> Result<Response, PageError> {
    let (app, visit) = (&sent.app, &sent.user);
    let (code, session) = match code_and_session(app, visit, sent.form.get("user_code"))? {
        Ok(both) => both,
        Err(redirect) => return Ok(redirect),
    };
    // The page was shown to another user, whose session this one replaced meanwhile.
    if sent.form.get("session") != Some(session.id.as_str()) {
        return Ok(sent.go_to(&confirm_path(&code)));
    }
    let waiting = match look_up(app, visit, session, &code).await? {
        Lookup::Found(waiting) => waiting,
        other => return Ok(not_found(app, visit, &other)),
    };
    let allowed = sent.form.get("decision") == Some("allow");
    let tile = waiting.tile();
    let answer = Answer::of(visit, *waiting, session, allowed, app.clock.now());
    if !answer.run(app).await? {
        return Ok(not_found(app, visit, &Lookup::NotWaiting));
    }
    let page = DeviceAnswered { app: tile, allowed };
    Ok(visit.show(app, StatusCode::OK, &page))
}
