//! The sign-in page.

use axum::http::StatusCode;
use axum::response::Response;

use super::attempt::{OpenAttempt, person_of, redirect_uri_of, resume_attempt, tile_of, with_attempt};
use super::dispatcher::decide;
use super::passkey::PasskeyPrompt;
use super::password_check::{Outcome, check};
use super::refused::Refused;
use super::{forgot, one_time, reset_code};
use crate::app::AppState;
use crate::directory::{registration, schemes};
use crate::model::scheme::ResetMode;
use crate::model::session::Session;
use crate::oidc::interaction::Step;
use crate::store::accounts;
use crate::web::error::PageError;
use crate::web::page::{AppTile, FieldError, Notice, Person, Tone, page};
use crate::web::submission::{PageRequest, Submission};
use crate::web::visit::{SafeForm, SessionState, Visit, see_other};
use crate::{paths, words};

page! {
    /// The sign-in page.
    #[derive(Default)]
    SignIn "signin/sign_in.html" {
        /// The app that the attempt is for, if it is for one.
        app: Option<AppTile>,
        /// The signed-in user who must authenticate again, so that the form asks only for the password.
        person: Option<Person>,
        /// The username, as typed or from `login_hint`.
        username: String,
        /// The mistakes in the submitted form.
        errors: Vec<FieldError>,
        /// Why the last session ended, if it did.
        notice: Option<Notice>,
        /// The sealed sign-in attempt.
        attempt: Option<String>,
        /// The URL of the registration page, while registration is open.
        register: Option<String>,
        /// The prompt for a passkey; `None` if this server does not offer passkeys.
        passkey: Option<PasskeyPrompt>,
        /// Whether the form takes a reset code, which makes the typed password the new one.
        takes_code: bool,
        /// The reset code, as typed.
        code: String,
        /// Whether somebody who has forgotten their password gets a link by mail.
        resets_by_mail: bool,
    }
}

/// Shows the sign-in page, with or without an attempt.
///
/// # Errors
/// An error page if the attempt has ended.
pub async fn show(request: PageRequest<Visit>) -> Result<Response, PageError> {
    let (app, visit, params) = (request.app, request.user, request.params);
    if app.set_up_code.is_some() && !accounts::any(&mut app.db.read().await?).await? {
        return Ok(see_other(&app.config.server.issuer.url(paths::SET_UP)));
    }
    let sealed = params.get("attempt");
    let open = OpenAttempt::find(&app, &visit, sealed).await?;
    let session = visit.session()?.filter(|_| params.get("add").is_none());
    if session.is_some() && !must_sign_in_again(&app, &visit, open.as_ref(), session).await? {
        return Ok(resume_attempt(&app, &visit, sealed));
    }
    let hint = open
        .as_ref()
        .and_then(|open| open.request()?.valid.login_hint.as_deref())
        .unwrap_or_default();
    let page = SignIn {
        app: tile_of(open.as_ref()),
        person: session.map(person_of),
        username: session.map_or(hint, |session| &session.username).to_owned(),
        errors: Vec::new(),
        notice: why_shown(&visit, session)?.map(|why| Notice::new(Tone::Info, why)),
        attempt: sealed.map(str::to_owned),
        register: register_link(&app, &visit, sealed),
        passkey: PasskeyPrompt::of(&app, &visit),
        takes_code: takes_code(&app).await?,
        code: String::new(),
        resets_by_mail: forgot::is_by_mail(&app).await?,
    };
    let target = redirect_uri_of(open.as_ref());
    Ok(visit.show_leading_to(&app, StatusCode::OK, &page, target))
}

/// Whether the signed-in user must authenticate again for the attempt.
async fn must_sign_in_again(
    app: &AppState,
    visit: &Visit,
    open: Option<&OpenAttempt>,
    session: Option<&Session>,
) -> Result<bool, PageError> {
    match open {
        Some(open) => {
            let step = decide(app, visit, open, session).await?.step;
            Ok(matches!(step, Step::SignIn | Step::Register))
        }
        None => Ok(false),
    }
}

/// The URL of the registration page, while registration is open.
fn register_link(app: &AppState, visit: &Visit, sealed: Option<&str>) -> Option<String> {
    let address = app.config.server.issuer.url(paths::REGISTER);
    registration::is_open(&visit.instance).then(|| with_attempt(&address, sealed))
}

/// The reason why the sign-in page is shown, if the user may not expect it. The user of a `session` must sign in again.
fn why_shown(visit: &Visit, session: Option<&Session>) -> Result<Option<&'static str>, PageError> {
    Ok(match visit.session_state()? {
        SessionState::Active(_) => session.map(|_| words::SIGN_IN_AGAIN),
        SessionState::Ended(why) => words::session_end(why),
        SessionState::Anonymous => None,
    })
}

/// Handles the submitted sign-in form.
///
/// # Errors
/// An error page if the CSRF token is wrong, the attempt has ended, or the server is too busy to hash.
pub async fn verify(sent: Submission<Visit>) -> Result<Response, PageError> {
    let (app, visit, form) = (sent.app, sent.user, sent.form);
    let sealed = form.get("attempt");
    let open = OpenAttempt::find(&app, &visit, sealed).await?;
    if form.get("code").is_some_and(|code| !code.trim().is_empty()) {
        return reset_code::sign_in(&app, &visit, &form, open.as_ref()).await;
    }
    if let Some(signed_in) = one_time::sign_in(&app, &visit, &form, open.as_ref()).await? {
        return Ok(signed_in);
    }
    let refusal = match check(&app, &visit, &form, open.as_ref()).await? {
        Outcome::Continued(continued) => {
            return Ok(continued.respond(&app, &visit, resume_attempt(&app, &visit, sealed)));
        }
        Outcome::Refused(refusal) => refusal,
    };
    show_refusal(&app, &visit, &form, open.as_ref(), &refusal).await
}

/// The sign-in page with the reason why a submitted form did not sign in.
pub(super) async fn show_refusal(
    app: &AppState,
    visit: &Visit,
    form: &SafeForm,
    open: Option<&OpenAttempt>,
    refusal: &Refused,
) -> Result<Response, PageError> {
    let page = page_again(app, visit, form, open).await?;
    Ok(refusal.respond(app.clock.now(), |status, error| {
        let page = SignIn {
            errors: vec![error],
            ..page
        };
        visit.show_leading_to(app, status, &page, redirect_uri_of(open))
    }))
}

/// The sign-in page with the mistakes in a submitted form.
pub(super) async fn show_mistakes(
    app: &AppState,
    visit: &Visit,
    form: &SafeForm,
    open: Option<&OpenAttempt>,
    (status, errors): (StatusCode, Vec<FieldError>),
) -> Result<Response, PageError> {
    let page = SignIn {
        errors,
        ..page_again(app, visit, form, open).await?
    };
    Ok(visit.show_leading_to(app, status, &page, redirect_uri_of(open)))
}

/// The sign-in page, filled in from a submitted form.
async fn page_again(
    app: &AppState,
    visit: &Visit,
    form: &SafeForm,
    open: Option<&OpenAttempt>,
) -> Result<SignIn, PageError> {
    let sealed = form.get("attempt");
    Ok(SignIn {
        app: tile_of(open),
        person: None,
        username: form.get("username").unwrap_or_default().to_owned(),
        errors: Vec::new(),
        notice: None,
        attempt: sealed.map(str::to_owned),
        register: register_link(app, visit, sealed),
        passkey: PasskeyPrompt::of(app, visit),
        takes_code: takes_code(app).await?,
        code: form.get("code").unwrap_or_default().to_owned(),
        resets_by_mail: forgot::is_by_mail(app).await?,
    })
}

/// Whether the page takes a reset code.
async fn takes_code(app: &AppState) -> Result<bool, PageError> {
    Ok(schemes::active(&app.db).await?.reset == ResetMode::LoginForm)
}
