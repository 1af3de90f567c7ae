//! The account chooser.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::attempt::{OpenAttempt, go_on, person_of, redirect_uri_of, tile_of, with_attempt};
use super::pages::{Accounts, Choice};
use crate::app::AppState;
use crate::paths;
use crate::store::attempts;
use crate::web::error::PageError;
use crate::web::params::Received;
use crate::web::visit::Visit;

/// Shows the accounts that are signed in in this browser.
///
/// # Errors
/// A page when the attempt is over.
pub async fn show(
    State(app): State<Arc<AppState>>,
    visit: Visit,
    Received(params): Received,
) -> Result<Response, PageError> {
    let params = params?;
    let open = OpenAttempt::find(&app, &visit, params.get("attempt")).await?;
    visit.session()?;
    let sessions = visit.sessions.iter().map(|(_, session)| Choice {
        id: session.id.0.clone(),
        person: person_of(session),
        signed_in: session.authenticated_at,
    });
    let page = Accounts {
        app: tile_of(open.as_ref()),
        sessions: sessions.collect(),
        attempt: params.get("attempt").map(str::to_owned),
    };
    let target = redirect_uri_of(open.as_ref());
    Ok(visit.show_leading_to(&app, StatusCode::OK, &page, target))
}

/// Takes the choice: an account that becomes the current one, or another sign-in.
///
/// # Errors
/// A page when the form is not ours or the attempt is over.
pub async fn choose(
    State(app): State<Arc<AppState>>,
    visit: Visit,
    Received(params): Received,
) -> Result<Response, PageError> {
    let form = visit.form(&app, params)?;
    let sealed = form.get("attempt");
    let open = OpenAttempt::find(&app, &visit, sealed).await?;
    let chosen = form.get("session").unwrap_or("new");
    let Some((token, session)) = visit
        .sessions
        .iter()
        .find(|(_, session)| session.id.as_str() == chosen)
    else {
        let address = format!("{}?add=1", app.config.server.issuer.url(paths::SIGN_IN));
        return Ok(visit.go(&app, &with_attempt(&address, sealed)));
    };
    if let Some(open) = open {
        let (attempt, session) = (open.attempt, session.id.clone());
        app.db
            .write::<_, crate::store::Error, _>(move |tx| {
                Box::pin(async move { attempts::choose_session(tx, &attempt, &session).await })
            })
            .await?;
    }
    let mut response = go_on(&app, &visit, sealed);
    visit.remember(&app, token, &mut response);
    Ok(response)
}
