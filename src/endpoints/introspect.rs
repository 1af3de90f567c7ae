//! Token introspection (RFC 7662).

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use serde_json::{Value, json};

use super::{own_token, required};
use crate::app::AppState;
use crate::crypto::{Token, TokenHash};
use crate::directory::claim_facts;
use crate::endpoints::activity;
use crate::endpoints::client_auth::{AuthenticatedClient, ClientRequest};
use crate::oidc::error::OAuthError;
use crate::store::{grants, tokens};
use crate::web::error::{ApiError, json_no_store};

/// Introspects a token of the calling app. Tokens of other apps are reported as inactive.
///
/// # Errors
/// `invalid_client` if the authentication fails or the client is public, `invalid_request` without a token.
pub async fn respond(
    State(app): State<Arc<AppState>>,
    ClientRequest { client, params, .. }: ClientRequest,
) -> Result<Response, ApiError> {
    if client.settings.is_public() {
        return Err(ApiError::unauthorized(OAuthError::invalid_client(
            "a public client cannot introspect tokens",
        )));
    }
    let token = required(&params, "token")?;
    let found = match access_token(&app, &client, token).await? {
        Some(found) => Some(found),
        None => match refresh_token(&app, &client, token).await? {
            Some(found) => Some(found),
            None => own_signed_token(&app, &client, token).await?,
        },
    };
    Ok(json_no_store(found.unwrap_or_else(|| json!({ "active": false }))))
}

async fn access_token(
    app: &AppState,
    client: &AuthenticatedClient,
    token: &str,
) -> Result<Option<Value>, ApiError> {
    let hash = TokenHash::of(token.as_bytes());
    let found = tokens::live(&mut app.db.read().await?, &hash, app.clock.now()).await?;
    let found = found.filter(|found| found.client_id == client.id);
    if let Some(found) = &found
        && let Some(account) = &found.account_id
    {
        activity::mark_seen(app, account, found.last_seen_at).await?;
    }
    Ok(found.map(|found| {
        let sub = found
            .account_id
            .as_ref()
            .map(|account| claim_facts::subject(&app.master, client, account));
        json!({
            "active": true,
            "iss": app.config.server.issuer.as_str(),
            "aud": app.config.server.issuer.as_str(),
            "sub": sub.unwrap_or_else(|| client.id.0.clone()),
            "client_id": found.client_id,
            "scope": found.scopes,
            "token_type": "Bearer",
            "iat": found.created_at.seconds(),
            "exp": found.expires_at.seconds(),
        })
    }))
}

async fn refresh_token(
    app: &AppState,
    client: &AuthenticatedClient,
    token: &str,
) -> Result<Option<Value>, ApiError> {
    let Some(token) = Token::parse(token) else {
        return Ok(None);
    };
    let now = app.clock.now();
    let mut conn = app.db.read().await?;
    let Some(found) = grants::by_refresh_token(&mut conn, &token.hash()).await? else {
        return Ok(None);
    };
    let is_own =
        found.grant.client_id == client.id && found.rotated_at.is_none() && found.token_expires_at > now;
    if !is_own || !tokens::grant_is_live(&mut conn, &found.grant.id, now).await? {
        return Ok(None);
    }
    Ok(Some(json!({
        "active": true,
        "iss": app.config.server.issuer.as_str(),
        "sub": claim_facts::subject(&app.master, client, &found.grant.account_id),
        "client_id": found.grant.client_id,
        "scope": found.grant.scopes,
        "exp": found.token_expires_at.seconds(),
    })))
}

/// Introspects a JWT of the client credentials grant, which is stored only once it is revoked.
async fn own_signed_token(
    app: &AppState,
    client: &AuthenticatedClient,
    token: &str,
) -> Result<Option<Value>, ApiError> {
    let Some(claims) = own_token::claims(app, client, token) else {
        return Ok(None);
    };
    if tokens::is_revoked(&mut app.db.read().await?, &TokenHash::of(token.as_bytes())).await? {
        return Ok(None);
    }
    let mut response = claims.into_map();
    response.insert("active".into(), json!(true));
    response.insert("token_type".into(), json!("Bearer"));
    Ok(Some(Value::Object(response)))
}
