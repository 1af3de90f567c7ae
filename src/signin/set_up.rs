//! The set-up page, which creates the first account.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::register::new_account;
use super::session::sign_in_with_new_password;
use crate::app::AppState;
use crate::auth::policy::PasswordPolicy;
use crate::directory::accounts::NewAccount;
use crate::directory::set_up::SetUpInstance;
use crate::directory::{Actor, Who};
use crate::model::refusal::Code;
use crate::paths;
use crate::store::accounts;
use crate::web::error::PageError;
use crate::web::page::{FieldError, page};
use crate::web::rejection::Rejection;
use crate::web::submission::Submission;
use crate::web::visit::{SafeForm, Visit};
use crate::words;
use crate::words::error_pages::SET_UP_CLOSED;

page! {
    /// The set-up page.
    SetUp "signin/set_up.html" {
        /// Whether the set-up code is required, which it is not on the server's own machine.
        needs_code: bool,
        /// The code, as typed.
        code: String,
        /// The organisation's name, as typed.
        organisation: String,
        /// The username, as typed.
        username: String,
        /// The display name, as typed.
        name: String,
        /// The e-mail address, as typed.
        email: String,
        /// The minimum length of a password.
        min_password: usize,
        /// The mistakes in the submitted form.
        errors: Vec<FieldError>,
    }
}

async fn is_open(app: &AppState) -> Result<bool, PageError> {
    Ok(app.set_up_code.is_some() && !accounts::any(&mut app.db.read().await?).await?)
}

fn closed() -> PageError {
    PageError::new(StatusCode::FORBIDDEN, &SET_UP_CLOSED)
}

/// Shows the form.
///
/// # Errors
/// An error page if there is an account.
pub async fn show(State(app): State<Arc<AppState>>, visit: Visit) -> Result<Response, PageError> {
    if !is_open(&app).await? {
        return Err(closed());
    }
    Ok(visit.show(&app, StatusCode::OK, &page(&visit, None, Vec::new())))
}

fn page(visit: &Visit, form: Option<&SafeForm>, errors: Vec<FieldError>) -> SetUp {
    let typed = |name| SafeForm::typed(form, name);
    SetUp {
        needs_code: !visit.from_this_machine,
        code: typed("code"),
        organisation: typed("organisation"),
        username: typed("username"),
        name: typed("name"),
        email: typed("email"),
        min_password: PasswordPolicy::default().min_length,
        errors,
    }
}

/// Creates the first account and signs in to it.
///
/// # Errors
/// An error page if there is an account or the CSRF token is wrong.
pub async fn create(sent: Submission<Visit>) -> Result<Response, PageError> {
    let (app, visit, form) = (sent.app, sent.user, sent.form);
    if !is_open(&app).await? {
        return Err(closed());
    }
    if !visit.from_this_machine && !has_right_code(&app, &form) {
        let error = FieldError::at("code", words::SET_UP_CODE_WRONG);
        let page = page(&visit, Some(&form), vec![error]);
        return Ok(visit.show(&app, StatusCode::UNPROCESSABLE_ENTITY, &page));
    }
    let new = NewAccount {
        email_verified: true,
        ..new_account(&form)
    };
    let set_up = SetUpInstance {
        organisation: form.trimmed("organisation"),
        new,
    };
    let actor = Actor::new(Who::SetUp, visit.address.to_string());
    match app.directory.change(&actor, set_up).await {
        Ok(account) => {
            let home = visit.redirect(&app, &app.config.server.issuer.url(paths::CONSOLE));
            sign_in_with_new_password(&app, &visit, account.id, None, home).await
        }
        Err(failure) if failure.is(Code::AlreadySetUp) => Err(closed()),
        Err(failure) => {
            let (status, errors) = Rejection::of(failure)?.into_errors();
            Ok(visit.show(&app, status, &page(&visit, Some(&form), errors)))
        }
    }
}

fn has_right_code(app: &AppState, form: &SafeForm) -> bool {
    let code = app.set_up_code.as_ref().zip(form.get("code"));
    code.is_some_and(|(right, typed)| right.matches(typed))
}
