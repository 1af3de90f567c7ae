//! Signing in with a password.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;

use super::context::{Context, go_on, person_of};
use super::invitation;
use super::pages::SignIn;
use super::password_check::{Outcome, check};
use crate::app::AppState;
use crate::crypto::Token;
use crate::directory::registration;
use crate::paths;
use crate::store::accounts;
use crate::web::error::PageError;
use crate::web::page::{FieldError, Notice, Tone};
use crate::web::params::Received;
use crate::web::visit::{SafeForm, Visit, see_other};
use crate::words;

/// Shows the sign-in page, for an authorization request or on its own.
///
/// # Errors
/// A page when the request has ended.
pub async fn show(
    State(app): State<Arc<AppState>>,
    visit: Visit,
    Received(params): Received,
) -> Result<Response, PageError> {
    let params = params?;
    if app.set_up_code.is_some() && !accounts::any(&mut app.db.read().await?).await? {
        return Ok(see_other(&app.config.server.issuer.url(paths::SET_UP)));
    }
    let context = Context::find(&app, &visit, params.get("request")).await?;
    let session = visit.session()?;
    if context.is_none() && session.is_some() && params.get("add").is_none() {
        return Ok(go_on(&app, &visit, None));
    }
    let hint = context
        .as_ref()
        .and_then(|context| context.raw.get("login_hint"))
        .unwrap_or_default();
    let notice = visit
        .ended
        .and_then(words::session_end)
        .map(|why| Notice::new(Tone::Info, why));
    let again = context.is_some().then_some(session).flatten();
    let page = SignIn {
        app: context.as_ref().map(Context::tile),
        person: again.map(person_of),
        username: again.map_or(hint, |session| &session.username).to_owned(),
        errors: Vec::new(),
        notice,
        request: params.get("request").map(str::to_owned),
        invitation: params.get("invitation").map(str::to_owned),
        register: register_link(&app, &visit, params.get("request")),
    };
    let target = context.as_ref().and_then(Context::redirect_uri);
    Ok(visit.show_leading_to(&app, StatusCode::OK, &page, target))
}

/// Where an account can be made, while registration is open.
fn register_link(app: &AppState, visit: &Visit, request: Option<&str>) -> Option<String> {
    let url = app.config.server.issuer.url(paths::REGISTER);
    registration::is_open(&visit.instance).then(|| match request {
        Some(id) => format!("{url}?request={id}"),
        None => url,
    })
}

/// Takes the sign-in form.
///
/// # Errors
/// A page when the form is not ours, the request has ended, or the server is too busy to hash.
pub async fn verify(
    State(app): State<Arc<AppState>>,
    visit: Visit,
    Received(params): Received,
) -> Result<Response, PageError> {
    let form = visit.form(&app, params)?;
    let context = Context::find(&app, &visit, form.get("request")).await?;
    match check(&app, &visit, &form).await? {
        Outcome::SignedIn(token) => {
            let mut response = match form.get("invitation").and_then(Token::parse) {
                Some(token) => visit.go(&app, &invitation::address(&app, &token)),
                None => go_on(&app, &visit, form.get("request")),
            };
            visit.remember(&app, &token, &mut response);
            Ok(response)
        }
        Outcome::Wrong => {
            let error = FieldError::at(
                "password",
                "The username or password is wrong. Check both and try again.",
            );
            Ok(refused(
                &app,
                &visit,
                &form,
                context.as_ref(),
                StatusCode::UNPROCESSABLE_ENTITY,
                error,
            ))
        }
        Outcome::Wait(until) => {
            let seconds = until.since(app.clock.now()).as_secs() + 1;
            let error = FieldError::form(format!(
                "Too many wrong passwords. Wait {seconds} seconds and try again."
            ));
            let mut response = refused(
                &app,
                &visit,
                &form,
                context.as_ref(),
                StatusCode::TOO_MANY_REQUESTS,
                error,
            );
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
            Ok(response)
        }
        Outcome::Pending => {
            let error = FieldError::form(
                "Your registration waits for approval. You can sign in once an administrator has approved it.",
            );
            let status = StatusCode::FORBIDDEN;
            Ok(refused(&app, &visit, &form, context.as_ref(), status, error))
        }
        Outcome::Disabled => {
            let error = FieldError::form(
                "There were too many wrong passwords in a row, so this one no longer opens anything. \
                 Ask an administrator for a new password.",
            );
            let status = StatusCode::FORBIDDEN;
            Ok(refused(&app, &visit, &form, context.as_ref(), status, error))
        }
    }
}

fn refused(
    app: &AppState,
    visit: &Visit,
    form: &SafeForm,
    context: Option<&Context>,
    status: StatusCode,
    error: FieldError,
) -> Response {
    let page = SignIn {
        app: context.map(Context::tile),
        person: None,
        username: form.get("username").unwrap_or_default().to_owned(),
        errors: vec![error],
        notice: None,
        request: form.get("request").map(str::to_owned),
        invitation: form.get("invitation").map(str::to_owned),
        register: register_link(app, visit, form.get("request")),
    };
    visit.show_leading_to(app, status, &page, context.and_then(Context::redirect_uri))
}
