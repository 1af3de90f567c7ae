//! The page of a reset's link, on which the owner of the account chooses a password.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;

use super::session::sign_in_with_new_password;
use crate::app::AppState;
use crate::crypto::Token;
use crate::directory::accounts::password_policy;
use crate::directory::resets::{CompleteReset, GetReset, OfferedReset};
use crate::directory::schemes;
use crate::model::account::shown_name;
use crate::model::refusal::Code;
use crate::paths;
use crate::web::error::PageError;
use crate::web::page::{FieldError, Person, page};
use crate::web::rejection::Rejection;
use crate::web::submission::{Submission, Visitor};
use crate::web::visit::Visit;
use crate::words::error_pages::RESET_ENDED;

page! {
    /// The page for a new password.
    ResetPage "signin/reset.html" {
        /// Whose password it is.
        person: Person,
        /// The URL to submit the form to.
        action: String,
        /// The minimum length of a password.
        min_password: usize,
        /// The mistakes in the submitted form.
        errors: Vec<FieldError>,
    }
}

fn reset_ended() -> PageError {
    PageError::new(StatusCode::GONE, &RESET_ENDED)
}

async fn find(app: &AppState, visit: &Visit, token: &str) -> Result<(Token, OfferedReset), PageError> {
    let token = Token::parse(token).ok_or_else(reset_ended)?;
    let get = GetReset { token: token.clone() };
    match app.directory.read(&visit.actor(), get).await {
        Ok(offered) => Ok((token, offered)),
        Err(failure) if failure.is(Code::ResetEnded) => Err(reset_ended()),
        Err(failure) => Err(failure.into()),
    }
}

async fn page(
    app: &AppState,
    token: &Token,
    offered: OfferedReset,
    errors: Vec<FieldError>,
) -> Result<ResetPage, PageError> {
    Ok(ResetPage {
        person: Person {
            name: shown_name(&offered.name, &offered.username).to_owned(),
            username: offered.username,
            email: None,
        },
        action: app.config.server.issuer.local(paths::RESET.of([token.as_str()])),
        min_password: password_policy(&*schemes::active(&app.db).await?).min_length,
        errors,
    })
}

/// Keeps browsers from sending the page's secret URL to other sites as a referrer.
pub(super) fn without_referrer(mut response: Response) -> Response {
    let referrer = HeaderValue::from_static("no-referrer");
    response.headers_mut().insert(header::REFERRER_POLICY, referrer);
    response
}

/// Shows the page. Only submitting its form ends the reset, so that programs which follow links in mail do not.
///
/// # Errors
/// An error page if the reset has ended.
pub async fn show(
    State(app): State<Arc<AppState>>,
    visit: Visit,
    Path(token): Path<String>,
) -> Result<Response, PageError> {
    let (token, offered) = find(&app, &visit, &token).await?;
    let page = page(&app, &token, offered, Vec::new()).await?;
    Ok(without_referrer(visit.show(&app, StatusCode::OK, &page)))
}

/// Stores the new password and continues with the sign-in, which asks for a second factor as always.
///
/// # Errors
/// An error page if the reset has ended or the CSRF token is wrong.
pub async fn complete(Path(token): Path<String>, sent: Submission<Visit>) -> Result<Response, PageError> {
    let (app, visit, form) = (sent.app, sent.user, sent.form);
    let (token, offered) = find(&app, &visit, &token).await?;
    let complete = CompleteReset {
        token: token.clone(),
        password: form.get("password").unwrap_or_default().into(),
    };
    match app.directory.change(&visit.actor(), complete).await {
        Ok(account) => {
            let home = visit.redirect(&app, &app.config.server.issuer.url(paths::HOME));
            sign_in_with_new_password(&app, &visit, account, None, home).await
        }
        Err(failure) if failure.is(Code::ResetEnded) => Err(reset_ended()),
        Err(failure) => {
            let (status, errors) = Rejection::of(failure)?.into_errors();
            let page = page(&app, &token, offered, errors).await?;
            Ok(without_referrer(visit.show(&app, status, &page)))
        }
    }
}
