//! The token endpoint (RFC 6749 section 3.2): the form, the app's proof, and which grant runs.

mod client_credentials;
mod code;
mod refresh;
mod response;

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;

use crate::app::AppState;
use crate::oidc::error::OAuthError;
use crate::web::client_auth::authenticate;
use crate::web::error::{ApiError, json_answer};
use crate::web::params::Received;

/// Answers a token request.
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
    let body = match params.get("grant_type") {
        Some("authorization_code") => code::redeem(&app, &client, &params).await?,
        Some("refresh_token") => refresh::redeem(&app, &client, &params).await?,
        Some("client_credentials") => client_credentials::issue(&app, &client, &params).await?,
        None => return Err(OAuthError::invalid_request("grant_type is missing").into()),
        Some(_) => {
            let supported = "grant_type must be authorization_code, refresh_token or client_credentials";
            return Err(OAuthError::new("unsupported_grant_type", supported).into());
        }
    };
    Ok(json_answer(body))
}
