//! Agreeing to what an app may receive, or refusing.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::json;

use super::context::{Context, ended, go_on, person_of};
use super::pages::{Consent, ScopeLine};
use crate::app::AppState;
use crate::model::Scopes;
use crate::oidc::claims::SCOPES;
use crate::store::audit::{self, Event};
use crate::store::{consents, requests};
use crate::web::error::PageError;
use crate::web::params::Received;
use crate::web::visit::Visit;

fn asked(context: &Context) -> Scopes {
    let asked = Scopes::parse(context.raw.get("scope").unwrap_or_default());
    asked
        .iter()
        .filter(|scope| context.client.settings.scopes.contains(scope))
        .collect()
}

/// Shows what the app asks for.
///
/// # Errors
/// A page when the request has ended or nobody is signed in.
pub async fn show(
    State(app): State<Arc<AppState>>,
    visit: Visit,
    Received(params): Received,
) -> Result<Response, PageError> {
    let params = params?;
    let context = Context::find(&app, &visit, params.get("request"))
        .await?
        .ok_or_else(ended)?;
    let Some(session) = visit.session()? else {
        return Ok(go_on(&app, &visit, params.get("request")));
    };
    let scopes = asked(&context);
    let lines = SCOPES
        .iter()
        .filter(|(scope, _)| scopes.contains(scope) && *scope != "offline_access");
    let page = Consent {
        app: context.tile(),
        person: person_of(session),
        scopes: lines
            .map(|(scope, sentence)| ScopeLine::new(*scope, *sentence, &[]))
            .collect(),
        offline: scopes.contains("offline_access"),
        policy: context.client.settings.policy_uri.clone(),
        terms: context.client.settings.tos_uri.clone(),
        request: context.stored.id.0.clone(),
    };
    Ok(visit.show_leading_to(&app, StatusCode::OK, &page, context.redirect_uri()))
}

/// Takes the decision; refusing works before signing in too.
///
/// # Errors
/// A page when the form is not ours or the request has ended.
pub async fn decide(
    State(app): State<Arc<AppState>>,
    visit: Visit,
    Received(params): Received,
) -> Result<Response, PageError> {
    let form = visit.form(&app, params)?;
    let context = Context::find(&app, &visit, form.get("request"))
        .await?
        .ok_or_else(ended)?;
    let now = app.clock.now();
    let allows = form.get("decision") == Some("allow");
    let session = visit.session()?.cloned().filter(|_| allows);
    if allows && session.is_none() {
        return Ok(go_on(&app, &visit, form.get("request")));
    }
    let scopes = asked(&context);
    let id = context.stored.id;
    let client = context.client.id.clone();
    let address = visit.address.to_string();
    app.db
        .write::<_, crate::store::Error, _>(move |tx| {
            Box::pin(async move {
                let Some(session) = session else {
                    return requests::deny(tx, &id, now).await;
                };
                requests::consent(tx, &id, &session.id).await?;
                let before = consents::of(tx, &session.account_id, &client).await?;
                let all = before.iter().chain(scopes.iter()).collect();
                consents::set(tx, &session.account_id, &client, &all, now).await?;
                let detail = json!({ "app": client, "before": before, "after": all }).to_string();
                let event = Event {
                    address: &address,
                    detail: &detail,
                    ..Event::new(
                        session.account_id.as_str(),
                        "consent.give",
                        session.account_id.as_str(),
                    )
                };
                audit::record(tx, &event, now).await
            })
        })
        .await?;
    Ok(go_on(&app, &visit, form.get("request")))
}
