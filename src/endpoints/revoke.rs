//! Token revocation (RFC 7009).

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::{own_token, required};
use crate::app::AppState;
use crate::crypto::{Token, TokenHash};
use crate::directory::revocation;
use crate::endpoints::client_auth::{AuthenticatedClient, ClientRequest};
use crate::model::Scopes;
use crate::model::grant::Wanted;
use crate::store::grants;
use crate::store::tokens::{self, NewAccessToken};
use crate::web::error::{ApiError, no_store};
use crate::web::params::Params;

/// Authenticates the app and revokes a token.
pub async fn respond(State(app): State<Arc<AppState>>, request: ClientRequest) -> Response {
    let response = revoke(&app, &request.client, &request.params).await;
    request.origin.expose(response)
}

/// Revokes a token of the calling app. An unknown token or another app's is left unchanged, also with 200.
///
/// # Errors
/// `invalid_request` without a token, 503 when the database fails.
async fn revoke(app: &AppState, client: &AuthenticatedClient, params: &Params) -> Result<Response, ApiError> {
    let token = required(params, "token")?;
    if !revoke_refresh(app, client, token).await? {
        revoke_access(app, client, token).await?;
    }
    let mut response = StatusCode::OK.into_response();
    no_store(&mut response);
    Ok(response)
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
    let now = app.clock.now();
    let hash = TokenHash::of(token.as_bytes());
    let stored = tokens::live(&mut app.db.read().await?, &hash, now).await?;
    let (grant_id, expires_at) = match stored {
        Some(stored) if stored.client_id == client.id => (stored.grant_id, stored.expires_at),
        Some(_) => return Ok(()),
        None => match own_token::claims(app, client, token).and_then(|claims| claims.time("exp")) {
            Some(expires_at) => (None, expires_at),
            None => return Ok(()),
        },
    };
    let client_id = client.id.clone();
    let revoked = app.db.write::<_, crate::store::Error, _>(move |tx| {
        Box::pin(async move {
            let scopes = Scopes::default();
            let token = NewAccessToken {
                hash: &hash,
                grant_id: grant_id.as_ref(),
                client_id: &client_id,
                scopes: &scopes,
                wanted: Wanted::default(),
                expires_at,
            };
            tokens::revoke_access(tx, &token, now).await
        })
    });
    Ok(revoked.await?)
}
