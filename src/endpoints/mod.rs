//! The endpoints that apps call: token, userinfo, introspection, revocation and metadata.

mod activity;
mod client_auth;
mod client_keys;
pub mod introspect;
pub mod metadata;
mod own_token;
pub mod revoke;
pub mod token;
pub mod userinfo;

use crate::oidc::error::OAuthError;
use crate::web::params::Params;

/// A parameter that a request must have.
///
/// # Errors
/// `invalid_request` without it.
fn required<'p>(params: &'p Params, name: &str) -> Result<&'p str, OAuthError> {
    let value = params.get(name);
    value.ok_or_else(|| OAuthError::invalid_request(format!("{name} is missing")))
}
