//! The userinfo endpoint (OIDC Core section 5.3).

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::app::AppState;
use crate::clock::Time;
use crate::crypto::{TokenHash, Typ};
use crate::directory::{claim_facts, schemes};
use crate::endpoints::cors::AllowedOrigin;
use crate::endpoints::{activity, authorization, sign};
use crate::model::client::Client;
use crate::model::grant::Act;
use crate::oidc::claims::{ClaimsRequest, of_person};
use crate::oidc::error::OAuthError;
use crate::oidc::person::Target;
use crate::store;
use crate::store::claim_data::TokenGrant;
use crate::store::tokens::AccessToken;
use crate::web::error::ApiError;
use crate::web::params::{Params, Received};

/// The access token of a request, from the header or the form body; one in the query is ignored (RFC 6750).
fn bearer(headers: &HeaderMap, params: &Params) -> Result<TokenHash, ApiError> {
    let in_body = params
        .get("access_token")
        .filter(|_| !params.is_in_query("access_token"));
    let in_header = authorization(headers)?.map(|value| value.to_str().unwrap_or_default());
    let in_header = in_header.map(|value| {
        let (scheme, token) = value.split_once(' ').unwrap_or_default();
        if scheme.eq_ignore_ascii_case("bearer") {
            token
        } else {
            ""
        }
    });
    match (in_header, in_body) {
        (Some(_), Some(_)) => {
            Err(OAuthError::invalid_request("send the access token in one place only").into())
        }
        (Some(token), None) | (None, Some(token)) if !token.is_empty() => Ok(TokenHash::of(token.as_bytes())),
        _ => Err(ApiError::invalid_token()),
    }
}

/// Finds the token's app and user, and responds with the claims.
///
/// # Errors
/// `invalid_token` for everything but a valid access token of a user.
pub async fn respond(
    State(app): State<Arc<AppState>>,
    headers: HeaderMap,
    Received(params): Received,
) -> Result<Response, ApiError> {
    let hash = bearer(&headers, &params?)?;
    let now = app.clock.now();
    let grant = store::claim_data::by_access_token(&mut app.db.read().await?, &hash, now)
        .await?
        .filter(|grant| is_for_us(&app, &grant.token))
        .ok_or_else(ApiError::invalid_token)?;
    let client = app
        .db
        .app(grant.token.client_id.as_str())
        .await?
        .filter(|client| !client.disabled);
    let client = client.ok_or_else(ApiError::invalid_token)?;
    let origin = AllowedOrigin::of(&headers, &client.settings);
    Ok(origin.expose(claims(&app, grant, &client, now).await))
}

/// Whether a token is for this endpoint too; one for a resource server alone is not.
fn is_for_us(app: &AppState, token: &AccessToken) -> bool {
    let issuer = app.config.server.issuer.as_str();
    let audience = token.audience.as_deref();
    audience.is_none_or(|audience| audience.split(' ').any(|one| one == issuer))
}

/// Responds with the claims that the token's scopes allow, signed if the app's settings say so.
///
/// # Errors
/// `insufficient_scope` without `openid`.
async fn claims(app: &AppState, grant: TokenGrant, client: &Client, now: Time) -> Result<Response, ApiError> {
    if !grant.token.scopes.contains("openid") {
        return Err(ApiError::insufficient_scope());
    }
    let scheme = schemes::active(&app.db).await?;
    let instance = app.db.instance().await?;
    activity::mark_seen(app, &grant.account_id, grant.last_seen_at).await?;
    let person = claim_facts::person(grant.person, scheme, &instance, &grant.account_id, client)?;
    let requested = ClaimsRequest::decode(&grant.claims);
    let mut claims = of_person(&person, &grant.token.scopes, &requested, Target::UserInfo);
    claims.insert(
        "sub".into(),
        json!(claim_facts::subject(&app.master, client, &grant.account_id)),
    );
    if let Some(act) = grant.act.as_deref().and_then(Act::parse) {
        claims.insert("act".into(), claim_facts::act(&app.master, client, &act.by));
    }
    let Some(alg) = client.settings.userinfo_alg else {
        return Ok(Json(claims).into_response());
    };
    claims.insert("iss".into(), json!(app.config.server.issuer.as_str()));
    claims.insert("aud".into(), json!(client.id));
    // OIDC Core section 5.3.2.
    let jwt = sign(app, alg, Typ::UserInfo, &claims, now)?;
    let content_type = HeaderValue::from_static("application/jwt");
    Ok(([(header::CONTENT_TYPE, content_type)], jwt).into_response())
}
