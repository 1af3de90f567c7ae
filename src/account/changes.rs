//! What people change about their own account.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::home::page;
use super::signed_in::SignedIn;
use crate::app::AppState;
use crate::auth::password::{PhcString, Verdict};
use crate::auth::throttle::{Decision, Subjects};
use crate::clock::Time;
use crate::directory::own_account::{self, Which};
use crate::directory::{ChangeError, accounts, addresses, consents, names};
use crate::model::{ClientId, SessionId};
use crate::paths;
use crate::store::passwords;
use crate::web::error::PageError;
use crate::web::page::{FieldError, Notice, Tone};
use crate::web::params::Received;
use crate::web::visit::{SafeForm, see_other};

pub(super) fn done(app: &AppState, what: &str) -> Response {
    let account = app.config.server.issuer.url(paths::ACCOUNT);
    see_other(&format!("{account}?done={what}"))
}

/// The page again, with what is wrong at its fields.
pub(super) async fn again(
    app: &AppState,
    user: &SignedIn,
    error: ChangeError,
) -> Result<Response, PageError> {
    let faults = match error {
        ChangeError::Invalid(faults) => faults,
        ChangeError::Refused(why) => {
            let notice = Some(Notice::new(Tone::Danger, why));
            let page = page(app, &user.session, Vec::new(), notice).await?;
            return Ok(user.visit.show(app, StatusCode::CONFLICT, &page));
        }
        error => return Err(error.into()),
    };
    let errors = faults
        .into_iter()
        .map(|fault| match fault.field {
            "password" => FieldError::at("new", fault.message),
            field => FieldError::at(field, fault.message),
        })
        .collect();
    let page = page(app, &user.session, errors, None).await?;
    Ok(user.visit.show(app, StatusCode::UNPROCESSABLE_ENTITY, &page))
}

/// Takes back what an app holds for the person.
///
/// # Errors
/// A page when the form is not ours or the database fails.
pub async fn remove_app(
    State(app): State<Arc<AppState>>,
    user: SignedIn,
    Received(params): Received,
) -> Result<Response, PageError> {
    let form = user.visit.form(&app, params)?;
    let client = ClientId(form.get("app").unwrap_or_default().to_owned());
    consents::withdraw(&app.db, user.actor(), client, app.clock.now()).await?;
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
    let id = user.id();
    let found = crate::store::accounts::by_id(&mut app.db.read().await?, &id).await?;
    let mut profile = found.ok_or_else(PageError::not_found)?.profile;
    profile.locale = form.get("locale").map(str::to_owned);
    profile.zoneinfo = form.get("zoneinfo").map(str::to_owned);
    let seen = form.get("seen").and_then(|seen| seen.parse().ok()).map(Time);
    let name = form.get("name").unwrap_or_default().trim().to_owned();
    let actor = user.actor();
    match accounts::set_profile(&app.db, actor, id, name, profile, seen, app.clock.now()).await {
        Ok(()) => Ok(done(&app, "profile")),
        Err(error) => again(&app, &user, error).await,
    }
}

/// Changes the person's addresses, as the pressed button says.
///
/// # Errors
/// A page when the form is not ours, the change cannot be made, or the database fails.
pub async fn change_emails(
    State(app): State<Arc<AppState>>,
    user: SignedIn,
    Received(params): Received,
) -> Result<Response, PageError> {
    let form = user.visit.form(&app, params)?;
    let address = form.get("email").unwrap_or_default().trim().to_owned();
    let change = match form.get("action") {
        Some("remove") => addresses::Change::Remove(address),
        Some("primary") => addresses::Change::MakePrimary(address),
        _ => addresses::Change::Add(address),
    };
    match addresses::change(&app.db, user.actor(), user.id(), change, app.clock.now()).await {
        Ok(()) => Ok(done(&app, "email")),
        Err(error) => again(&app, &user, error).await,
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
    let which = match form.get("session") {
        Some(id) => Which::One(SessionId(id.to_owned())),
        None => Which::AllBut(user.session.id.clone()),
    };
    own_account::end_sessions(&app.db, user.actor(), which, app.clock.now()).await?;
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
    if let Some(message) = wrong_password(&app, &user, &form).await? {
        return again(&app, &user, ChangeError::at("current", message)).await;
    }
    let (kept, now) = (user.session.id.clone(), app.clock.now());
    let new = form.get("new").unwrap_or_default();
    match own_account::set_password(&app.db, &app.passwords, user.actor(), kept, new, now).await {
        Ok(()) => Ok(done(&app, "password")),
        Err(error) => again(&app, &user, error).await,
    }
}

/// Why the shown password does not do, if it does not; failures count as those at the sign-in page do.
async fn wrong_password(
    app: &AppState,
    user: &SignedIn,
    form: &SafeForm,
) -> Result<Option<&'static str>, PageError> {
    let now = app.clock.now();
    let id = &user.session.account_id;
    let subjects = Subjects::of(&names::key(&user.session.username), Some(id), &user.visit.network());
    let mut conn = app.db.read().await?;
    subjects.follow_clock(&mut conn, &app.db, now).await?;
    if subjects.judge(&mut conn, now).await? != Decision::Allow {
        return Ok(Some(
            "There were too many wrong passwords. Wait a while and try again.",
        ));
    }
    let stored = passwords::of_account(&mut conn, id).await?;
    drop(conn);
    let shown = form.get("current").unwrap_or_default();
    let verdict = match stored {
        Some((phc, _)) => app.passwords.verify(shown, &PhcString::from(phc)).await,
        None => app.passwords.verify_nothing(shown).await,
    };
    if verdict.map_err(|_| PageError::busy())? != Verdict::Wrong {
        return Ok(None);
    }
    app.db
        .write::<_, crate::store::Error, _>(move |tx| Box::pin(async move { subjects.fail(tx, now).await }))
        .await?;
    Ok(Some("This is not your present password."))
}
