//! The person's own page.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::pages::{Email, Grant, Home, Team};
use crate::app::App;
use crate::http::error::PageError;
use crate::http::page::Person;
use crate::http::visit::{Visit, see_other};
use crate::paths;
use crate::store::teams::TeamKind;
use crate::store::{accounts, emails, grants, groups, roles, teams};

/// Shows who is signed in and what they belong to; leads to the sign-in page when nobody is.
///
/// # Errors
/// A page when the database fails.
pub async fn show(State(app): State<Arc<App>>, visit: Visit) -> Result<Response, PageError> {
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
    let roles = roles::of_account(&mut conn, &account.id, None, now).await?;
    let held = grants::held_for(&mut conn, &account.id, now).await?;
    let apps = held.into_iter().map(|held| Grant {
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
        roles,
        apps: apps.collect(),
        notice: None,
    };
    Ok(visit.show(&app, StatusCode::OK, &page))
}
