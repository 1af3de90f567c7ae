//! The person's own page.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::pages::{Email, Home, Session as Shown, Team};
use super::signed_in::SignedIn;
use crate::app::AppState;
use crate::directory::accounts::password_policy;
use crate::directory::authority::Authority;
use crate::directory::consents::ListAppAccess;
use crate::directory::{Actor, audit, schemes};
use crate::model::account::LOCAL;
use crate::model::session::Session;
use crate::model::team::TeamKind;
use crate::store::{accounts, emails, groups, sessions, teams};
use crate::web::agent::described;
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

/// How many events the page shows.
const HISTORY: i64 = 10;

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
    let now = app.clock.now();
    let actor = Actor::signed_in(session, "");
    let apps = app.directory.read(&actor, ListAppAccess).await?;
    let mut conn = app.db.read().await?;
    let account = accounts::by_id(&mut conn, &session.account_id)
        .await?
        .ok_or_else(PageError::not_found)?;
    let emails = emails::of_account(&mut conn, &account.id).await?;
    let memberships = teams::of_account(&mut conn, &account.id, now).await?;
    let groups = groups::of_account(&mut conn, &account.id).await?;
    let scheme = schemes::active(&app.db).await?;
    let authority = Authority::load(&mut conn, scheme.clone(), &account.id, now).await?;
    let instance = app.db.instance().await?;
    let shown: Vec<_> = memberships
        .into_iter()
        .filter(|team| instance.personal_teams || team.kind != TeamKind::Personal)
        .collect();
    let teams = shown.chunk_by(|a, b| a.id == b.id).filter_map(|rows| {
        let team = rows.first()?;
        Some(Team {
            name: team.name.clone(),
            slug: team.slug.clone(),
            roles: rows.iter().map(|row| row.role.clone()).collect(),
            personal: team.kind == TeamKind::Personal,
        })
    });
    let history = audit::history(&mut conn, &account.id, HISTORY).await?;
    let idle_since = now - app.config.lifetimes.session_idle;
    let sessions = sessions::live_of(&mut conn, &account.id, idle_since, now).await?;
    Ok(Home {
        person: Person {
            name: if account.name.is_empty() {
                account.username.clone()
            } else {
                account.name.clone()
            },
            username: account.username.clone(),
            email: emails
                .iter()
                .find(|email| email.is_primary)
                .map(|email| email.address.clone()),
        },
        picture: account.profile.picture.clone(),
        locale: account.profile.locale.clone().unwrap_or_default(),
        zoneinfo: account.profile.zoneinfo.clone().unwrap_or_default(),
        seen: account.updated_at.0,
        local: account.source == LOCAL,
        number: account.number,
        sessions: sessions
            .into_iter()
            .map(|shown| Shown {
                current: shown.id == session.id,
                id: shown.id.0,
                agent: described(&shown.user_agent),
                address: shown.client_address,
                began: shown.created_at,
                seen: shown.seen_at,
            })
            .collect(),
        min_password: password_policy(&scheme).min_length,
        errors,
        emails: emails
            .into_iter()
            .map(|email| Email {
                address: email.address,
                verified: email.verified,
                primary: email.is_primary,
            })
            .collect(),
        teams: teams.collect(),
        groups,
        console: authority.is_staff(),
        roles: authority.roles,
        apps,
        history,
        notice,
    })
}
