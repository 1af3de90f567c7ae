//! The account chooser.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::context::{Context, go_on, person_of};
use super::pages::{Accounts, Choice};
use crate::app::AppState;
use crate::paths;
use crate::store::requests;
use crate::web::error::PageError;
use crate::web::params::Received;
use crate::web::visit::Visit;

/// Shows the accounts that are signed in in this browser.
///
/// # Errors
/// A page when the request has ended.
pub async fn show(
    State(app): State<Arc<AppState>>,
    visit: Visit,
    Received(params): Received,
) -> Result<Response, PageError> {
    let params = params?;
    let context = Context::find(&app, &visit, params.get("request")).await?;
    visit.session()?;
    let sessions = visit.sessions.iter().map(|(_, session)| Choice {
        id: session.id.0.clone(),
        person: person_of(session),
        signed_in: session.authenticated_at,
    });
    let page = Accounts {
        app: context.as_ref().map(Context::tile),
        sessions: sessions.collect(),
        request: params.get("request").map(str::to_owned),
    };
    Ok(visit.show_leading_to(
        &app,
        StatusCode::OK,
        &page,
        context.as_ref().and_then(Context::redirect_uri),
    ))
}

/// Takes the choice: an account that becomes the current one, or another sign-in.
///
/// # Errors
/// A page when the form is not ours or the request has ended.
pub async fn choose(
    State(app): State<Arc<AppState>>,
    visit: Visit,
    Received(params): Received,
) -> Result<Response, PageError> {
    let form = visit.form(&app, params)?;
    let context = Context::find(&app, &visit, form.get("request")).await?;
    let chosen = form.get("session").unwrap_or("new");
    let Some((token, session)) = visit
        .sessions
        .iter()
        .find(|(_, session)| session.id.as_str() == chosen)
    else {
        let login = app.config.server.issuer.url(paths::SIGN_IN);
        return Ok(match form.get("request") {
            Some(id) => visit.go(&app, &format!("{login}?request={id}&add=1")),
            None => visit.go(&app, &format!("{login}?add=1")),
        });
    };
    if let Some(context) = context {
        let (id, session) = (context.stored.id, session.id.clone());
        app.db
            .write::<_, crate::store::Error, _>(move |tx| {
                Box::pin(async move { requests::choose_session(tx, &id, &session).await })
            })
            .await?;
    }
    let mut response = go_on(&app, &visit, form.get("request"));
    visit.remember(&app, token, &mut response);
    Ok(response)
}
