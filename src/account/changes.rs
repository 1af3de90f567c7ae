//! What people change about their own account.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;

use super::home::page;
use super::signed_in::SignedIn;
use crate::app::AppState;
use crate::clock::Time;
use crate::directory::accounts::UpdateProfile;
use crate::directory::consents::WithdrawAppAccess;
use crate::directory::emails::{AddEmail, MakeEmailPrimary, RemoveEmail};
use crate::directory::own_account::{ChangeOwnPassword, EndOtherSessions, EndOwnSession};
use crate::directory::{Change, Failure};
use crate::model::{ClientId, SessionId};
use crate::paths;
use crate::web::error::PageError;
use crate::web::params::Received;
use crate::web::rejection::Rejection;
use crate::web::visit::see_other;

pub(super) fn done(app: &AppState, what: &str) -> Response {
    let account = app.config.server.issuer.url(paths::ACCOUNT);
    see_other(&format!("{account}?done={what}"))
}

/// The page again, with why the change was refused.
pub(super) async fn again(
    app: &AppState,
    user: &SignedIn,
    error: impl Into<Failure>,
) -> Result<Response, PageError> {
    let mut rejection = Rejection::of(error)?;
    for error in &mut rejection.errors {
        if error.field == Some("password") {
            error.field = Some("new");
        }
    }
    let page = page(app, &user.session, rejection.errors, rejection.notice).await?;
    Ok(user.visit.show(app, rejection.status, &page))
}

/// Withdraws the access of an app.
///
/// # Errors
/// A page when the form is not ours or the database fails.
pub async fn remove_app(
    State(app): State<Arc<AppState>>,
    user: SignedIn,
    Received(params): Received,
) -> Result<Response, PageError> {
    let form = user.visit.form(&app, params)?;
    let client_id = ClientId(form.get("app").unwrap_or_default().to_owned());
    let withdraw = WithdrawAppAccess { client_id };
    app.directory.change(&user.actor(), withdraw).await?;
    Ok(done(&app, "app"))
}

/// Saves the person's name.
///
/// # Errors
/// A page when the form is not ours or the database fails.
pub async fn save_profile(
    State(app): State<Arc<AppState>>,
    user: SignedIn,
    Received(params): Received,
) -> Result<Response, PageError> {
    let form = user.visit.form(&app, params)?;
    let value = |name| form.get(name).unwrap_or_default().trim();
    let claims = ["name", "locale", "zoneinfo"].map(|claim| (claim.to_owned(), value(claim).into()));
    let change = UpdateProfile {
        id: user.id(),
        claims: claims.into_iter().collect(),
        seen: form.get("seen").and_then(|seen| seen.parse().ok()).map(Time),
    };
    match app.directory.change(&user.actor(), change).await {
        Ok(()) => Ok(done(&app, "profile")),
        Err(failure) => again(&app, &user, failure).await,
    }
}

/// Adds an address.
pub async fn add_email(
    State(app): State<Arc<AppState>>,
    user: SignedIn,
    Received(params): Received,
) -> Result<Response, PageError> {
    let (id, address) = (user.id(), user.visit.form(&app, params)?.trimmed("email"));
    change_emails(&app, &user, AddEmail { id, address }).await
}

/// Removes an address.
pub async fn remove_email(
    State(app): State<Arc<AppState>>,
    user: SignedIn,
    Received(params): Received,
) -> Result<Response, PageError> {
    let (id, address) = (user.id(), user.visit.form(&app, params)?.trimmed("email"));
    change_emails(&app, &user, RemoveEmail { id, address }).await
}

/// Makes an address the primary one.
pub async fn make_email_primary(
    State(app): State<Arc<AppState>>,
    user: SignedIn,
    Received(params): Received,
) -> Result<Response, PageError> {
    let (id, address) = (user.id(), user.visit.form(&app, params)?.trimmed("email"));
    change_emails(&app, &user, MakeEmailPrimary { id, address }).await
}

async fn change_emails<C: Change>(app: &AppState, user: &SignedIn, change: C) -> Result<Response, PageError> {
    match app.directory.change(&user.actor(), change).await {
        Ok(_) => Ok(done(app, "email")),
        Err(failure) => again(app, user, failure).await,
    }
}

/// Ends one session, or all but this one.
///
/// # Errors
/// A page when the form is not ours, the session has ended already, or the database fails.
pub async fn end_sessions(
    State(app): State<Arc<AppState>>,
    user: SignedIn,
    Received(params): Received,
) -> Result<Response, PageError> {
    let form = user.visit.form(&app, params)?;
    match form.get("session") {
        Some(id) => {
            let session = SessionId(id.to_owned());
            app.directory
                .change(&user.actor(), EndOwnSession { session })
                .await?;
        }
        None => app.directory.change(&user.actor(), EndOtherSessions).await?,
    }
    Ok(done(&app, "sessions"))
}

/// Takes another password, of a person who shows the old one.
///
/// # Errors
/// A page when the form is not ours, the server is too busy to hash, or the database fails.
pub async fn change_password(
    State(app): State<Arc<AppState>>,
    user: SignedIn,
    Received(params): Received,
) -> Result<Response, PageError> {
    let form = user.visit.form(&app, params)?;
    let change = ChangeOwnPassword {
        current: form.get("current").unwrap_or_default().to_owned().into(),
        network: user.visit.network(),
        password: form.get("new").unwrap_or_default().into(),
    };
    match app.directory.change(&user.actor(), change).await {
        Ok(()) => Ok(done(&app, "password")),
        Err(failure) => again(&app, &user, failure).await,
    }
}
