//! The person's own page.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::pages::{Home, Session as Shown};
use super::signed_in::SignedIn;
use crate::app::AppState;
use crate::directory::Actor;
use crate::directory::accounts::GetOwnAccount;
use crate::directory::consents::ListAppAccess;
use crate::model::session::Session;
use crate::web::error::PageError;
use crate::web::page::{FieldError, Notice, Person, Tone};
use crate::web::params::Received;

/// Shows who is signed in and what they belong to.
///
/// # Errors
/// A page when the database fails.
pub async fn show(
    State(app): State<Arc<AppState>>,
    user: SignedIn,
    Received(params): Received,
) -> Result<Response, PageError> {
    let params = params?;
    let notice = DONE
        .iter()
        .find(|(word, _)| params.get("done") == Some(word))
        .map(|(_, text)| Notice::new(Tone::Success, *text));
    let page = page(&app, &user.session, Vec::new(), notice).await?;
    Ok(user.visit.show(&app, StatusCode::OK, &page))
}

/// What each change says once it is done, by the word in the address.
pub(super) const DONE: &[(&str, &str)] = &[
    (
        "app",
        "The app no longer has access. It asks again when you next sign in to it.",
    ),
    (
        "email",
        "Your addresses are saved. Apps receive them with your next sign-in.",
    ),
    (
        "profile",
        "Your profile is saved. Apps receive it with your next sign-in.",
    ),
    (
        "password",
        "Your password is changed, and you are signed out everywhere else.",
    ),
    (
        "picture",
        "Your picture is saved. Apps receive it with your next sign-in.",
    ),
    ("sessions", "The session has ended."),
    ("team", "You are not in the team any more."),
];

/// The person's own page.
///
/// # Errors
/// A page when the database fails.
pub(super) async fn page(
    app: &AppState,
    session: &Session,
    errors: Vec<FieldError>,
    notice: Option<Notice>,
) -> Result<Home, PageError> {
    let actor = Actor::signed_in(session, "");
    let mut reader = app.directory.reader(&actor).await?;
    let apps = reader.read(ListAppAccess).await?;
    let session_idle = app.config.lifetimes.session_idle;
    let account = reader.read(GetOwnAccount { session_idle }).await?;
    drop(reader);
    let shown_name = if account.name.is_empty() {
        &account.username
    } else {
        &account.name
    };
    let primary = account.emails.iter().find(|email| email.primary);
    Ok(Home {
        person: Person {
            name: shown_name.clone(),
            username: account.username.clone(),
            email: primary.map(|email| email.address.clone()),
        },
        picture: account.profile.picture,
        locale: account.profile.locale.unwrap_or_default(),
        zoneinfo: account.profile.zoneinfo.unwrap_or_default(),
        seen: account.updated_at.0,
        local: account.local,
        number: account.number,
        sessions: account
            .sessions
            .into_iter()
            .map(|shown| Shown::of(shown, session))
            .collect(),
        min_password: account.min_password,
        errors,
        emails: account.emails,
        teams: account.teams,
        groups: account.groups,
        console: account.is_staff,
        roles: account.roles,
        apps,
        history: account.history,
        notice,
    })
}
