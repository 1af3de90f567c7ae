//! The endpoints that apps and reverse proxies call: token, device authorization, userinfo, introspection, revocation,
//! metadata and forward authentication; and what apps are told when somebody is signed out.

mod activity;
mod client_auth;
mod client_keys;
pub mod cors;
pub mod device_authorization;
pub mod forward_auth;
pub mod introspect;
pub mod logouts;
pub mod metadata;
pub mod revoke;
pub mod token;
pub mod userinfo;

use axum::http::{HeaderMap, HeaderValue, header};

use serde::Serialize;

use crate::app::AppState;
use crate::clock::Time;
use crate::crypto::{Algorithm, Typ};
use crate::oidc::error::OAuthError;
use crate::web::error::ApiError;
use crate::web::params::Params;

/// A JWT with these claims, signed with the current key of the algorithm.
fn sign(
    app: &AppState,
    alg: Algorithm,
    typ: Typ,
    claims: &impl Serialize,
    now: Time,
) -> Result<String, ApiError> {
    let keyring = app.keyring();
    let signer = keyring
        .signer(alg, now)
        .ok_or_else(|| ApiError::internal(&format!("no {alg} key signs now")))?;
    signer
        .sign(typ, claims)
        .map_err(|error| ApiError::internal(&error))
}

/// The `Authorization` header of a request.
///
/// # Errors
/// `invalid_request` for two of them, since a proxy and this server could each choose a different one.
fn authorization(headers: &HeaderMap) -> Result<Option<&HeaderValue>, OAuthError> {
    let mut all = headers.get_all(header::AUTHORIZATION).iter();
    match (all.next(), all.next()) {
        (first, None) => Ok(first),
        (_, Some(_)) => Err(OAuthError::invalid_request("send one Authorization header only")),
    }
}

/// A parameter that a request must have.
///
/// # Errors
/// `invalid_request` without it.
fn required<'p>(params: &'p Params, name: &str) -> Result<&'p str, OAuthError> {
    let value = params.get(name);
    value.ok_or_else(|| OAuthError::invalid_request(format!("{name} is missing")))
}
