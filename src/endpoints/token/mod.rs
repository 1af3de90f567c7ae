//! The token endpoint (RFC 6749 section 3.2).

mod client_credentials;
mod code;
mod refresh;
mod response;

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;

use crate::app::AppState;
use crate::clock::Time;
use crate::directory::revocation;
use crate::endpoints::client_auth::authenticate;
use crate::model::GrantId;
use crate::oidc::error::OAuthError;
use crate::oidc::grant_types::GrantType;
use crate::web::error::{ApiError, json_answer};
use crate::web::params::{Params, Received};

/// Authenticates the app and runs the grant.
///
/// # Errors
/// Those of RFC 6749 section 5.2.
pub async fn answer(
    State(app): State<Arc<AppState>>,
    headers: HeaderMap,
    Received(params): Received,
) -> Result<Response, ApiError> {
    let params = params?;
    let client = authenticate(&app, &headers, &params).await?;
    let grant_type = grant_type(&params)?;
    if !grant_type.is_allowed(&client.settings) {
        let why = format!("this app may not use {grant_type}");
        return Err(OAuthError::new("unauthorized_client", why).into());
    }
    let body = match grant_type {
        GrantType::AuthorizationCode => code::redeem(&app, &client, &params).await?,
        GrantType::RefreshToken => refresh::redeem(&app, &client, &params).await?,
        GrantType::ClientCredentials => client_credentials::issue(&app, &client, &params).await?,
    };
    Ok(json_answer(body))
}

/// Revokes a grant whose code or refresh token was used twice.
async fn revoke(app: &AppState, grant: GrantId, now: Time) -> Result<(), ApiError> {
    let revoked = app.db.write::<_, crate::store::Error, _>(move |tx| {
        Box::pin(async move { revocation::end_grant((tx, now), &grant).await })
    });
    Ok(revoked.await?)
}

fn grant_type(params: &Params) -> Result<GrantType, OAuthError> {
    let named = params
        .get("grant_type")
        .ok_or_else(|| OAuthError::invalid_request("grant_type is missing"))?;
    let parsed = named.parse();
    parsed.map_err(|expected: String| {
        OAuthError::new("unsupported_grant_type", format!("grant_type must be {expected}"))
    })
}
