//! The sign-in page, and what it says about a submitted form.

use axum::http::StatusCode;
use axum::response::Response;

use super::attempt::{OpenAttempt, redirect_uri_of, tile_of, with_attempt};
use super::forgot;
use super::passkey_prompt::PasskeyPrompt;
use super::refused::Refused;
use crate::app::AppState;
use crate::directory::{registration, schemes};
use crate::model::scheme::ResetMode;
use crate::paths;
use crate::web::error::PageError;
use crate::web::page::{AppTile, FieldError, Notice, Person, page};
use crate::web::visit::{SafeForm, Visit};

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

/// The URL of the registration page, while registration is open.
pub(super) fn register_link(app: &AppState, visit: &Visit, sealed: Option<&str>) -> Option<String> {
    let address = app.config.server.issuer.url(paths::REGISTER);
    registration::is_open(&visit.instance).then(|| with_attempt(&address, sealed))
}

/// Whether the page takes a reset code.
pub(super) async fn takes_code(app: &AppState) -> Result<bool, PageError> {
    Ok(schemes::active(&app.db).await?.reset == ResetMode::LoginForm)
}
