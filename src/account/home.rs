//! The person's own page.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::pages::{Email, Grant, Home, Team};
use crate::app::App;
use crate::directory::authority::Authority;
use crate::directory::{Actor, consents, schemes};
use crate::http::error::PageError;
use crate::http::page::{Notice, Person, Tone};
use crate::http::params::Received;
use crate::http::visit::{Visit, see_other};
use crate::paths;
use crate::store::teams::TeamKind;
use crate::store::{AppId, accounts, emails, grants, groups, teams};

/// Shows who is signed in and what they belong to; leads to the sign-in page when nobody is.
///
/// # Errors
/// A page when the database fails.
pub async fn show(
    State(app): State<Arc<App>>,
    visit: Visit,
    Received(params): Received,
) -> Result<Response, PageError> {
    let params = params?;
    let Some(session) = visit.session()? else {
        return Ok(see_other(&app.config.server.issuer.url(paths::LOGIN)));
    };
    let now = app.clock.now();
    let mut conn = app.db.read().await?;
    let account = accounts::by_id(&mut conn, &session.account_id)
        .await?
        .ok_or_else(PageError::not_found)?;
    let emails = emails::of_account(&mut conn, &account.id).await?;
    let memberships = teams::of_account(&mut conn, &account.id, now).await?;
    let groups = groups::of_account(&mut conn, &account.id).await?;
    let scheme = schemes::active(&app.db).await?;
    let authority = Authority::load(&mut conn, scheme, &account.id, now).await?;
    let held = grants::held_for(&mut conn, &account.id, now).await?;
    let apps = held.into_iter().map(|held| Grant {
        id: held.id.0,
        app: held.app,
        scopes: held.scopes.iter().map(str::to_owned).collect(),
        used: held.created_at,
    });
    let teams = memberships.chunk_by(|a, b| a.id == b.id).filter_map(|rows| {
        let team = rows.first()?;
        Some(Team {
            name: team.name.clone(),
            slug: team.slug.clone(),
            roles: rows.iter().map(|row| row.role.clone()).collect(),
            personal: team.kind == TeamKind::Personal,
        })
    });
    let page = Home {
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
        number: account.number,
        signed_in: session.authenticated_at,
        sessions: visit.sessions.len(),
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
        apps: apps.collect(),
        notice: params.get("removed").map(|_| {
            let text = "The app no longer has access. It asks again when you next sign in to it.";
            Notice::new(Tone::Success, text)
        }),
    };
    Ok(visit.show(&app, StatusCode::OK, &page))
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
    let issuer = &app.config.server.issuer;
    let Some(session) = visit.session()? else {
        return Ok(see_other(&issuer.url(paths::LOGIN)));
    };
    let account = session.account_id.clone();
    let client = AppId(form.get("app").unwrap_or_default().to_owned());
    let actor = Actor::Account(account.clone());
    consents::withdraw(&app.db, actor, account, client, app.clock.now()).await?;
    Ok(see_other(&format!("{}?removed=1", issuer.url(paths::ACCOUNT))))
}
