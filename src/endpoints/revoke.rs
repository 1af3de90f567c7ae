//! Token revocation (RFC 7009).

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::required;
use crate::app::AppState;
use crate::crypto::{Token, TokenHash};
use crate::directory::revocation;
use crate::endpoints::client_auth::{AuthenticatedClient, ClientRequest};
use crate::store::{grants, tokens};
use crate::web::error::ApiError;
use crate::web::params::Params;

/// Authenticates the app and revokes a token.
pub async fn respond(State(app): State<Arc<AppState>>, request: ClientRequest) -> Response {
    let response = revoke(&app, &request.client, &request.params).await;
    request.answer(&app, response)
}

/// Revokes a token of the calling app. An unknown token, or one of another app, is left unchanged; the response is 200
/// too.
///
/// # Errors
/// `invalid_request` without a token.
async fn revoke(app: &AppState, client: &AuthenticatedClient, params: &Params) -> Result<Response, ApiError> {
    let token = required(params, "token")?;
    if !revoke_refresh(app, client, token).await? {
        revoke_access(app, client, token).await?;
    }
    Ok(StatusCode::OK.into_response())
}

/// Revokes a refresh token with its grant and so all its access tokens.
async fn revoke_refresh(app: &AppState, client: &AuthenticatedClient, token: &str) -> Result<bool, ApiError> {
    let Some(token) = Token::parse(token) else {
        return Ok(false);
    };
    let found = grants::by_refresh_token(&mut app.db.read().await?, &token.hash()).await?;
    let Some(found) = found.filter(|found| found.grant.client_id == client.id) else {
        return Ok(false);
    };
    let now = app.clock.now();
    app.db
        .write::<_, crate::store::Error, _>(move |tx| {
            Box::pin(async move { revocation::end_grant((tx, now), &found.grant.id).await })
        })
        .await?;
    Ok(true)
}

async fn revoke_access(app: &AppState, client: &AuthenticatedClient, token: &str) -> Result<(), ApiError> {
    let (hash, client, now) = (
        TokenHash::of(token.as_bytes()),
        client.id.clone(),
        app.clock.now(),
    );
    let revoked = app.db.write_one::<_, crate::store::Error, _>(move |tx| {
        Box::pin(async move { tokens::revoke_access(tx, &hash, &client, now).await })
    });
    Ok(revoked.await?)
}
