//! What people change about their own account.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::home::page;
use crate::app::App;
use crate::auth::password::{PhcString, Verdict};
use crate::auth::throttle::Decision;
use crate::directory::own_account::{self, Which};
use crate::directory::{Actor, ChangeError, accounts, consents, names};
use crate::http::attempts::Subjects;
use crate::http::error::PageError;
use crate::http::page::FieldError;
use crate::http::params::Received;
use crate::http::visit::{SafeForm, Visit, see_other};
use crate::paths;
use crate::store::sessions::Session;
use crate::store::{AppId, SessionId, passwords};

fn done(app: &App, what: &str) -> Response {
    let account = app.config.server.issuer.url(paths::ACCOUNT);
    see_other(&format!("{account}?done={what}"))
}

fn to_login(app: &App) -> Response {
    see_other(&app.config.server.issuer.url(paths::LOGIN))
}

/// The page again, with what is wrong at its fields.
async fn again(
    app: &App,
    visit: &Visit,
    session: &Session,
    error: ChangeError,
) -> Result<Response, PageError> {
    let ChangeError::Invalid(faults) = error else {
        return Err(error.into());
    };
    let errors = faults
        .into_iter()
        .map(|fault| match fault.field {
            "password" => FieldError::at("new", fault.message),
            field => FieldError::at(field, fault.message),
        })
        .collect();
    let page = page(app, session, errors, None).await?;
    Ok(visit.show(app, StatusCode::UNPROCESSABLE_ENTITY, &page))
}

/// Takes back what an app holds for the person.
///
/// # Errors
/// A page when the form is not ours or the database fails.
pub async fn remove_app(
    State(app): State<Arc<App>>,
    visit: Visit,
    Received(params): Received,
) -> Result<Response, PageError> {
    let form = visit.form(&app, params)?;
    let Some(session) = visit.session()? else {
        return Ok(to_login(&app));
    };
    let account = session.account_id.clone();
    let client = AppId(form.get("app").unwrap_or_default().to_owned());
    let actor = Actor::Account(account.clone());
    consents::withdraw(&app.db, actor, account, client, app.clock.now()).await?;
    Ok(done(&app, "app"))
}

/// Saves the person's name.
///
/// # Errors
/// A page when the form is not ours or the database fails.
pub async fn save_profile(
    State(app): State<Arc<App>>,
    visit: Visit,
    Received(params): Received,
) -> Result<Response, PageError> {
    let form = visit.form(&app, params)?;
    let Some(session) = visit.session()? else {
        return Ok(to_login(&app));
    };
    let id = session.account_id.clone();
    let found = crate::store::accounts::by_id(&mut app.db.read().await?, &id).await?;
    let profile = found.ok_or_else(PageError::not_found)?.profile.0;
    let name = form.get("name").unwrap_or_default().trim().to_owned();
    let actor = Actor::Account(id.clone());
    match accounts::set_profile(&app.db, actor, id, name, profile, app.clock.now()).await {
        Ok(()) => Ok(done(&app, "profile")),
        Err(error) => again(&app, &visit, session, error).await,
    }
}

/// Ends one session, or all but this one.
///
/// # Errors
/// A page when the form is not ours, the session has ended already, or the database fails.
pub async fn end_sessions(
    State(app): State<Arc<App>>,
    visit: Visit,
    Received(params): Received,
) -> Result<Response, PageError> {
    let form = visit.form(&app, params)?;
    let Some(session) = visit.session()? else {
        return Ok(to_login(&app));
    };
    let which = match form.get("session") {
        Some(id) => Which::One(SessionId(id.to_owned())),
        None => Which::AllBut(session.id.clone()),
    };
    own_account::end_sessions(&app.db, session.account_id.clone(), which, app.clock.now()).await?;
    Ok(done(&app, "sessions"))
}

/// Takes another password, of a person who shows the old one.
///
/// # Errors
/// A page when the form is not ours, the server is too busy to hash, or the database fails.
pub async fn change_password(
    State(app): State<Arc<App>>,
    visit: Visit,
    Received(params): Received,
) -> Result<Response, PageError> {
    let form = visit.form(&app, params)?;
    let Some(session) = visit.session()?.cloned() else {
        return Ok(to_login(&app));
    };
    if let Some(message) = wrong_password(&app, &visit, &session, &form).await? {
        return again(&app, &visit, &session, ChangeError::at("current", message)).await;
    }
    let (id, kept, now) = (session.account_id.clone(), session.id.clone(), app.clock.now());
    let new = form.get("new").unwrap_or_default();
    match own_account::set_password(&app.db, &app.passwords, id, kept, new, now).await {
        Ok(()) => Ok(done(&app, "password")),
        Err(error) => again(&app, &visit, &session, error).await,
    }
}

/// Why the shown password does not do, if it does not; failures count as those at the sign-in page do.
async fn wrong_password(
    app: &App,
    visit: &Visit,
    session: &Session,
    form: &SafeForm,
) -> Result<Option<&'static str>, PageError> {
    let now = app.clock.now();
    let id = &session.account_id;
    let subjects = Subjects::of(&names::key(&session.username), Some(id), visit);
    let mut conn = app.db.read().await?;
    subjects.follow_clock(&mut conn, app, now).await?;
    if subjects.judge(&mut conn, now).await? != Decision::Allow {
        return Ok(Some(
            "There were too many wrong passwords. Wait a while and try again.",
        ));
    }
    let stored = passwords::of_account(&mut conn, id).await?;
    drop(conn);
    let shown = form.get("current").unwrap_or_default();
    let verdict = match stored {
        Some(phc) => app.passwords.verify(shown, &PhcString::from(phc)).await,
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
