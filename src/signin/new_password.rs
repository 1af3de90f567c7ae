//! The page on which a user replaces the temporary password that somebody else chose for them.

use axum::http::StatusCode;
use axum::response::Response;

use super::attempt::{resume_attempt, tile_of};
use super::half_proven::HalfProven;
use super::session::begin_with_new_password;
use crate::app::AppState;
use crate::directory::accounts::password_policy;
use crate::directory::resets::ReplaceTemporaryPassword;
use crate::directory::schemes;
use crate::oidc::session_start::Missing;
use crate::web::error::PageError;
use crate::web::page::{AppTile, FieldError, Person, page};
use crate::web::rejection::Rejection;
use crate::web::submission::{PageRequest, Submission, Visitor};
use crate::web::visit::Visit;

page! {
    /// The page on which a user replaces a temporary password.
    NewPasswordPage "signin/new_password.html" {
        /// The app that the attempt is for, if it is for one.
        app: Option<AppTile>,
        /// Who is signing in.
        person: Person,
        /// The minimum length of a password.
        min_password: usize,
        /// The mistakes in the submitted form.
        errors: Vec<FieldError>,
        /// The sealed sign-in attempt.
        attempt: String,
    }
}

async fn page(
    app: &AppState,
    half: &HalfProven,
    errors: Vec<FieldError>,
) -> Result<NewPasswordPage, PageError> {
    Ok(NewPasswordPage {
        app: tile_of(Some(&half.open)),
        person: half.person(),
        min_password: password_policy(&*schemes::active(&app.db).await?).min_length,
        errors,
        attempt: half.sealed.clone(),
    })
}

/// Shows the page.
///
/// # Errors
/// An error page if the attempt has ended or is at another step.
pub async fn show(request: PageRequest<Visit>) -> Result<Response, PageError> {
    let (app, visit, params) = (request.app, request.user, request.params);
    let half = HalfProven::open(&app, &visit, params.get("attempt"), Missing::NewPassword).await?;
    let page = page(&app, &half, Vec::new()).await?;
    Ok(visit.show_leading_to(&app, StatusCode::OK, &page, half.redirect_uri()))
}

/// Stores the new password and begins the session.
///
/// # Errors
/// An error page if the CSRF token is wrong, or the attempt has ended or is at another step.
pub async fn choose(sent: Submission<Visit>) -> Result<Response, PageError> {
    let (app, visit, form) = (sent.app, sent.user, sent.form);
    let half = HalfProven::open(&app, &visit, form.get("attempt"), Missing::NewPassword).await?;
    let replace = ReplaceTemporaryPassword {
        attempt: half.open.attempt.id.clone(),
        password: form.get("password").unwrap_or_default().into(),
    };
    match app.directory.change(&visit.actor(), replace).await {
        Ok(replaced) => {
            let next = resume_attempt(&app, &visit, Some(&half.sealed));
            begin_with_new_password(&app, &visit, replaced, half.open.attempt, next).await
        }
        Err(failure) => {
            let (status, errors) = Rejection::of(failure)?.into_errors();
            let page = page(&app, &half, errors).await?;
            Ok(visit.show_leading_to(&app, status, &page, half.redirect_uri()))
        }
    }
}
