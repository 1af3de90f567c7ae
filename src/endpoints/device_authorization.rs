//! The device authorization endpoint (RFC 8628 section 3.1), where a device without a browser begins to sign in.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::client_auth::{AuthenticatedClient, ClientRequest};
use crate::app::AppState;
use crate::auth::throttle::count_device_start;
use crate::crypto::{Token, UserCode};
use crate::model::device_code::{DeviceCode, INTERVAL, LIFETIME};
use crate::oidc::error::OAuthError;
use crate::oidc::grant_types::GrantType;
use crate::oidc::{authorize, resource};
use crate::paths;
use crate::store::{Error, device_codes};
use crate::web::client_ip::throttle_key;
use crate::web::error::ApiError;
use crate::web::params::Params;
use crate::web::visit::address_of;

/// The successful response (RFC 8628 section 3.2).
#[derive(Debug, Serialize)]
struct DeviceResponse {
    device_code: String,
    user_code: String,
    verification_uri: String,
    verification_uri_complete: String,
    expires_in: u64,
    interval: u64,
}

/// Authenticates the app and issues its codes.
pub async fn respond(State(app): State<Arc<AppState>>, parts: Parts, request: ClientRequest) -> Response {
    let response = begin(&app, &parts, &request.client, &request.params).await;
    request.answer(&app, response)
}

/// Issues a device code and a user code.
///
/// # Errors
/// `unauthorized_client`, `invalid_scope` or `invalid_target`, and 429 if the network asks too often.
async fn begin(
    app: &AppState,
    parts: &Parts,
    client: &AuthenticatedClient,
    params: &Params,
) -> Result<Response, ApiError> {
    if !GrantType::DeviceCode.is_allowed(&client.settings) {
        let why = "this app may not use the device authorization grant";
        return Err(OAuthError::new("unauthorized_client", why).into());
    }
    let scopes = authorize::scopes(params.get("scope"), client)?;
    let resource = resource::named(params.get("resource"), &client.settings)?;
    let (address, now) = (address_of(parts, app), app.clock.now());
    if let Some(until) = count_device_start(&app.db, &throttle_key(address), now).await? {
        return Err(ApiError::too_many_requests(until.since(now).as_secs() + 1));
    }
    let device_code = Token::random();
    let code = DeviceCode {
        device_hash: device_code.hash(),
        client_id: client.id.clone(),
        scopes,
        resource: resource.map(str::to_owned),
        client_address: address.to_string(),
        created_at: now,
        expires_at: now + LIFETIME,
        answered_at: None,
        grant_id: None,
    };
    let user_code = store(app, code).await?;
    Ok(Json(response(app, &device_code, &user_code)).into_response())
}

fn response(app: &AppState, device_code: &Token, user_code: &UserCode) -> DeviceResponse {
    let verification_uri = app.config.server.issuer.url(paths::DEVICE);
    DeviceResponse {
        device_code: device_code.as_str().to_owned(),
        user_code: user_code.as_str().to_owned(),
        verification_uri_complete: format!("{verification_uri}?user_code={}", user_code.as_str()),
        verification_uri,
        expires_in: LIFETIME.as_secs(),
        interval: INTERVAL.as_secs(),
    }
}

/// Stores the request with a user code that no other request has.
async fn store(app: &AppState, code: DeviceCode) -> Result<UserCode, ApiError> {
    loop {
        let user_code = UserCode::random();
        let (code, hash) = (code.clone(), user_code.hash(&app.master));
        let stored = app.db.write_one::<_, Error, _>(move |tx| {
            Box::pin(async move { device_codes::insert(tx, &code, &hash, INTERVAL).await })
        });
        if stored.await? {
            return Ok(user_code);
        }
    }
}
