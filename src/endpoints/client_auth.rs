//! Authenticates the app that sends a request.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{FromRequest, Request};
use axum::http::HeaderMap;
use axum::response::Response;

use super::cors::AllowedOrigin;
use super::{authorization, client_keys};
use crate::app::AppState;
use crate::crypto::{Expected, JwsAlgorithm, TokenHash, Typ, verify};
use crate::fetch::Freshness;
use crate::model::ClientId;
use crate::model::client::{Client, ClientAuth, SecretState};
use crate::oidc::client_auth::{ClientCredentials, Values, credentials};
use crate::oidc::error::{AUTHORIZATION_PENDING, OAuthError};
use crate::paths;
use crate::store::seen_once;
use crate::web::error::ApiError;
use crate::web::params::{Params, Received};

/// How far the clocks of an app and this server may differ.
const SKEW: Duration = Duration::from_mins(1);
/// The maximum validity of a client assertion.
const MAX_ASSERTION_LIFETIME: Duration = Duration::from_hours(1);

/// An authenticated app; a public client has only identified itself. Only a [`ClientRequest`] has one.
pub struct AuthenticatedClient(Arc<Client>);

impl std::ops::Deref for AuthenticatedClient {
    type Target = Client;
    fn deref(&self) -> &Client {
        &self.0
    }
}

/// A request of an authenticated app.
///
/// As an extractor it answers `invalid_client` with 401 for an unknown app and for wrong credentials alike, and
/// `invalid_request` for more than one method or a parameter in the query.
pub struct ClientRequest {
    /// Which app sends it.
    pub client: AuthenticatedClient,
    /// Its parameters.
    pub params: Params,
    /// The origin of the script that sends it, if the app allows it.
    origin: AllowedOrigin,
}

impl FromRequest<Arc<AppState>> for ClientRequest {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &Arc<AppState>) -> Result<Self, ApiError> {
        let headers = request.headers().clone();
        let Ok(Received(params)) = Received::from_request(request, app).await;
        let params = params?;
        let client = authenticate(app, &headers, &params).await;
        let client = client.map_err(|failure| failure.logged(app))?;
        Ok(Self {
            origin: AllowedOrigin::of(&headers, &client.settings),
            client,
            params,
        })
    }
}

impl ClientRequest {
    /// Sends the response to the app. Logs a refusal that is the app's fault, but not that a device must keep polling.
    pub fn answer(self, app: &AppState, response: Result<Response, ApiError>) -> Response {
        let fault = response.as_ref().err().and_then(ApiError::fault_of_app);
        if let Some(fault) = fault.filter(|fault| fault.code != AUTHORIZATION_PENDING) {
            let cause = format!("{}: {}", fault.code, fault.description);
            app.failures
                .refused(Some(&self.client.id), &cause, app.clock.now());
        }
        self.origin.expose(response)
    }
}

fn refused() -> ApiError {
    ApiError::unauthorized(OAuthError::invalid_client(
        "the app is unknown or its authentication failed",
    ))
}

/// Why an app is not authenticated.
enum AuthFailure {
    /// The credentials are refused. The log has the app, if it is known, and the reason; the response has neither.
    Refused(Option<ClientId>, &'static str),
    /// Any other reason.
    Other(ApiError),
}

impl AuthFailure {
    /// Logs the failure and returns the response.
    fn logged(self, app: &AppState) -> ApiError {
        let now = app.clock.now();
        match self {
            Self::Refused(client, why) => {
                app.failures.refused(client.as_ref(), why, now);
                refused()
            }
            Self::Other(error) => {
                if let Some(fault) = error.fault_of_app() {
                    app.failures.refused(None, &fault.description, now);
                }
                error
            }
        }
    }
}

impl From<ApiError> for AuthFailure {
    fn from(error: ApiError) -> Self {
        Self::Other(error)
    }
}

impl From<crate::store::Error> for AuthFailure {
    fn from(error: crate::store::Error) -> Self {
        Self::Other(error.into())
    }
}

/// Finds the app that sends a request and verifies its credentials.
async fn authenticate(
    app: &AppState,
    headers: &HeaderMap,
    params: &Params,
) -> Result<AuthenticatedClient, AuthFailure> {
    let sent = sent(headers, params)?;
    let id = match &sent {
        ClientCredentials::Public { id } | ClientCredentials::Secret { id, .. } => Some(id.clone()),
        ClientCredentials::Assertion { id, jwt } => id.clone().or_else(|| unverified_issuer(jwt)),
    };
    let unknown = || AuthFailure::Refused(None, "the app is unknown");
    let client = app.db.app(&id.ok_or_else(unknown)?).await?.ok_or_else(unknown)?;
    let refuse = |why| Err(AuthFailure::Refused(Some(client.id.clone()), why));
    if client.disabled {
        return refuse("the app is disabled");
    }
    let accepts = |method| client.settings.client_auth.accepts(method);
    match sent {
        ClientCredentials::Public { .. } if accepts(ClientAuth::None) => {}
        ClientCredentials::Secret { secret, method, .. } if accepts(method) => {
            let hash = TokenHash::of(secret.as_bytes());
            let known = client.secrets.iter().find(|secret| secret.hash == hash);
            match known.map(|secret| secret.state(app.clock.now())) {
                None => return refuse("the secret is wrong"),
                Some(SecretState::Expired) => return refuse("the secret has expired"),
                Some(SecretState::Valid | SecretState::Expiring) => {}
            }
        }
        ClientCredentials::Assertion { jwt, .. } if accepts(ClientAuth::PrivateKeyJwt) => {
            if !is_valid_assertion(app, &client, &jwt).await? {
                return refuse("the client assertion is invalid");
            }
        }
        _ => return refuse("its settings do not allow this authentication method"),
    }
    Ok(AuthenticatedClient(client))
}

/// The credentials in a request.
fn sent(headers: &HeaderMap, params: &Params) -> Result<ClientCredentials, ApiError> {
    // URLs end up in logs, and RFC 6749 section 3.2, RFC 7009 and RFC 7662 put the parameters in the body.
    if let Some(name) = params.in_query().next() {
        return Err(OAuthError::invalid_request(format!("{name} must not be in the query")).into());
    }
    let authorization = match authorization(headers)? {
        Some(value) => Some(value.to_str().map_err(|_| refused())?),
        None => None,
    };
    let values = Values {
        authorization,
        client_id: params.get("client_id"),
        client_secret: params.get("client_secret"),
        assertion: params.get("client_assertion"),
        assertion_type: params.get("client_assertion_type"),
    };
    credentials(values).map_err(|error| match error.code {
        "invalid_client" => ApiError::unauthorized(error),
        _ => ApiError::bad_request(error),
    })
}

/// The unverified `iss` of an assertion, only to find the keys that verify it.
fn unverified_issuer(jwt: &str) -> Option<String> {
    use base64::Engine;
    let payload = jwt.split('.').nth(1)?;
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD
        .decode(payload)
        .ok()?;
    let claims: serde_json::Value = serde_json::from_slice(&bytes).ok()?;
    let issuer = claims.get("iss")?.as_str()?;
    (!issuer.contains('\0')).then(|| issuer.to_owned())
}

/// Whether a client assertion is valid and used for the first time.
async fn is_valid_assertion(app: &AppState, client: &Client, jwt: &str) -> Result<bool, ApiError> {
    let expected = Expected {
        typ: Typ::ClientAssertion,
        algs: &JwsAlgorithm::ALL,
    };
    let mut verified = None;
    for freshness in [Freshness::Cached, Freshness::Refetched] {
        let Some(keys) = client_keys::of(app, client, freshness).await else {
            return Ok(false);
        };
        verified = verify(jwt, keys.as_ref(), expected).ok();
        if verified.is_some() {
            break;
        }
    }
    let now = app.clock.now();
    let Some(claims) = verified.filter(|claims| claims.check_times(now, SKEW).is_ok()) else {
        return Ok(false);
    };
    let issuer = &app.config.server.issuer;
    let token_endpoint = issuer.url(paths::TOKEN);
    let aud = claims.get("aud").and_then(serde_json::Value::as_str);
    let is_ours = aud.is_some_and(|aud| aud == issuer.as_str() || aud == token_endpoint);
    let is_client = |name| claims.str(name) == Some(client.id.as_str());
    let (Some(jti), Some(exp)) = (claims.str("jti"), claims.time("exp")) else {
        return Ok(false);
    };
    if !is_ours || !is_client("iss") || !is_client("sub") || exp > now + MAX_ASSERTION_LIFETIME {
        return Ok(false);
    }
    let value = format!("{}\n{jti}", client.id);
    let first = app.db.write::<_, crate::store::Error, _>(move |tx| {
        Box::pin(async move { seen_once::first_use(tx, "client_assertion", &value, exp + SKEW).await })
    });
    Ok(first.await?)
}
