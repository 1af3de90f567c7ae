//! The metadata and the public keys of the server, serialised once.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde_json::{Map, Value, json};

use crate::app::AppState;
use crate::config::Issuer;
use crate::crypto::{Algorithm, JwsAlgorithm};
use crate::directory::{registration, schemes};
use crate::model::acr::ACR_VALUES;
use crate::model::client::CredentialKind;
use crate::model::scheme::ClaimShape;
use crate::oidc::claims::{SCOPES, supported_claims};
use crate::oidc::client_auth;
use crate::oidc::grant_types::GrantType;
use crate::paths;
use crate::web::error::ApiError;

/// The values of `prompt`, the last one only while registration is open.
const PROMPTS: [&str; 5] = ["none", "login", "consent", "select_account", "create"];

/// The serialised metadata, without and with `prompt=create`.
#[derive(Clone)]
pub struct MetadataDocuments {
    registration_closed: Bytes,
    registration_open: Bytes,
}

impl MetadataDocuments {
    /// Serialises the metadata.
    #[must_use]
    pub fn new(issuer: &Issuer) -> Self {
        let shape = ClaimShape::default();
        Self {
            registration_closed: document(issuer, &PROMPTS[..4], &shape),
            registration_open: document(issuer, &PROMPTS, &shape),
        }
    }
}

/// The metadata of this issuer (OIDC Discovery section 3, RFC 8414 section 2). It does not depend on the
/// request's host.
fn document(issuer: &Issuer, prompts: &[&str], shape: &ClaimShape) -> Bytes {
    let parts = [
        addresses(issuer),
        requests(prompts, shape),
        algorithms(),
        authentication(),
    ];
    let members = parts.into_iter().flat_map(|part| match part {
        Value::Object(members) => members,
        _ => Map::new(),
    });
    Bytes::from(Value::Object(members.collect()).to_string())
}

fn addresses(issuer: &Issuer) -> Value {
    let url = |path: paths::Path<0>| issuer.url(path);
    json!({
        "issuer": issuer.as_str(),
        "authorization_endpoint": url(paths::AUTHORIZE),
        "token_endpoint": url(paths::TOKEN),
        "userinfo_endpoint": url(paths::USERINFO),
        "jwks_uri": url(paths::JWKS),
        "introspection_endpoint": url(paths::INTROSPECT),
        "revocation_endpoint": url(paths::REVOKE),
        "device_authorization_endpoint": url(paths::DEVICE_AUTHORIZATION),
        "end_session_endpoint": url(paths::LOGOUT),
        "backchannel_logout_supported": true,
        "backchannel_logout_session_supported": true,
        "frontchannel_logout_supported": true,
        "frontchannel_logout_session_supported": true,
    })
}

fn requests(prompts: &[&str], shape: &ClaimShape) -> Value {
    let claims: Vec<&str> = supported_claims().map(|claim| shape.name_of(claim)).collect();
    let scopes: Vec<&str> = SCOPES.iter().map(|(scope, _)| *scope).collect();
    let grant_types: Vec<&str> = GrantType::ALL
        .iter()
        .map(|grant_type| grant_type.as_str())
        .collect();
    json!({
        "scopes_supported": scopes,
        "claims_supported": claims,
        "claim_types_supported": ["normal"],
        "response_types_supported": ["code"],
        "response_modes_supported": ["query", "fragment", "form_post"],
        "grant_types_supported": grant_types,
        "subject_types_supported": ["public", "pairwise"],
        "acr_values_supported": ACR_VALUES,
        "prompt_values_supported": prompts,
        "display_values_supported": ["page"],
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": true,
        "claims_parameter_supported": true,
        "ui_locales_supported": ["en"],
        "request_parameter_supported": false,
        "request_uri_parameter_supported": false,
        "require_request_uri_registration": false,
    })
}

fn algorithms() -> Value {
    let signing: Vec<&str> = Algorithm::ALL.iter().map(|alg| alg.as_str()).collect();
    let verifying: Vec<&str> = JwsAlgorithm::ALL.iter().map(|alg| alg.as_str()).collect();
    json!({
        "id_token_signing_alg_values_supported": signing,
        "userinfo_signing_alg_values_supported": signing,
        "token_endpoint_auth_signing_alg_values_supported": verifying,
        "introspection_endpoint_auth_signing_alg_values_supported": verifying,
        "revocation_endpoint_auth_signing_alg_values_supported": verifying,
        // Without `none`, since unsigned request objects will never be accepted.
        "request_object_signing_alg_values_supported": verifying,
    })
}

fn authentication() -> Value {
    let all = client_auth::methods(|_| true);
    let authenticating = client_auth::methods(|kind| kind != CredentialKind::None);
    json!({
        "token_endpoint_auth_methods_supported": all,
        "introspection_endpoint_auth_methods_supported": authenticating,
        "revocation_endpoint_auth_methods_supported": all,
    })
}

fn public_json(bytes: Bytes) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (
            header::CACHE_CONTROL,
            HeaderValue::from_static("public, max-age=300"),
        ),
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*")),
    ];
    (headers, bytes).into_response()
}

/// Responds with the metadata, which contains `prompt=create` while registration is open, and the claims by the names
/// that the scheme gives them.
pub async fn show(app: &AppState, documents: MetadataDocuments) -> Result<Response, ApiError> {
    let (instance, scheme) = (app.db.instance().await?, schemes::active(&app.db).await?);
    let is_open = registration::is_open(&instance);
    Ok(public_json(if scheme.claims != ClaimShape::default() {
        let prompts = if is_open { &PROMPTS[..] } else { &PROMPTS[..4] };
        document(&app.config.server.issuer, prompts, &scheme.claims)
    } else if is_open {
        documents.registration_open
    } else {
        documents.registration_closed
    }))
}

/// Responds with the public keys (RFC 7517 section 5).
pub async fn jwks(State(app): State<Arc<AppState>>) -> Response {
    public_json(app.keyring().jwks_json())
}
