//! The token endpoint (RFC 6749 section 3.2).

mod client_credentials;
mod code;
mod device_code;
mod lifetimes;
mod redemption;
mod refresh;
mod response;

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};

use crate::app::AppState;
use crate::clock::Time;
use crate::directory::revocation;
use crate::endpoints::client_auth::{AuthenticatedClient, ClientRequest};
use crate::endpoints::required;
use crate::model::GrantId;
use crate::oidc::error::OAuthError;
use crate::oidc::grant_types::GrantType;
use crate::web::error::ApiError;
use crate::web::params::Params;

/// A request of an authenticated app for tokens.
#[derive(Clone, Copy)]
struct TokenCall<'a> {
    app: &'a AppState,
    client: &'a AuthenticatedClient,
    params: &'a Params,
    now: Time,
}

/// Authenticates the app and runs the grant.
pub async fn respond(State(app): State<Arc<AppState>>, request: ClientRequest) -> Response {
    let response = run(&app, &request.client, &request.params).await;
    request.answer(&app, response)
}

/// Runs the grant.
///
/// # Errors
/// Those of RFC 6749 section 5.2.
async fn run(app: &AppState, client: &AuthenticatedClient, params: &Params) -> Result<Response, ApiError> {
    let grant_type = grant_type(params)?;
    if !grant_type.is_allowed(&client.settings) {
        let why = format!("this app may not use {grant_type}");
        return Err(OAuthError::new("unauthorized_client", why).into());
    }
    let call = TokenCall {
        app,
        client,
        params,
        now: app.clock.now(),
    };
    let body = match grant_type {
        GrantType::AuthorizationCode => code::redeem(call).await?,
        GrantType::RefreshToken => refresh::redeem(call).await?,
        GrantType::ClientCredentials => client_credentials::issue(call).await?,
        GrantType::DeviceCode => device_code::redeem(call).await?,
    };
    Ok(Json(body).into_response())
}

/// Revokes a grant whose code or refresh token was used twice.
async fn revoke(app: &AppState, grant: GrantId, now: Time) -> Result<(), ApiError> {
    let revoked = app.db.write::<_, crate::store::Error, _>(move |tx| {
        Box::pin(async move { revocation::end_grant((tx, now), &grant).await })
    });
    Ok(revoked.await?)
}

fn grant_type(params: &Params) -> Result<GrantType, OAuthError> {
    let parsed = required(params, "grant_type")?.parse();
    parsed.map_err(|expected: String| {
        OAuthError::new("unsupported_grant_type", format!("grant_type must be {expected}"))
    })
}
