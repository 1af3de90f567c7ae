//! Token introspection (RFC 7662).

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use super::required;
use crate::app::AppState;
use crate::crypto::{Token, TokenHash};
use crate::directory::{claim_facts, schemes};
use crate::endpoints::activity;
use crate::endpoints::client_auth::{AuthenticatedClient, ClientRequest};
use crate::model::client::Client;
use crate::model::grant::Act;
use crate::oidc::claims::{ClaimsRequest, of_person};
use crate::oidc::error::OAuthError;
use crate::oidc::person::Target;
use crate::oidc::tokens::audience_claim;
use crate::store::claim_data::{self, TokenGrant};
use crate::store::tokens::{self, AccessToken};
use crate::store::{accounts, grants};
use crate::web::error::ApiError;
use crate::web::params::Params;

/// Authenticates the app and introspects a token.
pub async fn respond(State(app): State<Arc<AppState>>, request: ClientRequest) -> Response {
    let response = introspect(&app, &request.client, &request.params).await;
    request.answer(&app, response)
}

/// Introspects a token that was issued to the calling app, or an access token for the calling app as a resource server.
/// Other tokens are reported as inactive.
///
/// # Errors
/// `invalid_client` if the client is public, `invalid_request` without a token.
async fn introspect(
    app: &AppState,
    client: &AuthenticatedClient,
    params: &Params,
) -> Result<Response, ApiError> {
    if client.settings.is_public() {
        return Err(ApiError::unauthorized(OAuthError::invalid_client(
            "a public client cannot introspect tokens",
        )));
    }
    let token = required(params, "token")?;
    let found = match access_token(app, client, token).await? {
        Some(found) => Some(found),
        None => refresh_token(app, client, token).await?,
    };
    let body = found.unwrap_or_else(|| json!({ "active": false }));
    Ok(Json(body).into_response())
}

async fn access_token(
    app: &AppState,
    client: &AuthenticatedClient,
    token: &str,
) -> Result<Option<Value>, ApiError> {
    let (hash, now) = (TokenHash::of(token.as_bytes()), app.clock.now());
    let mut conn = app.db.read().await?;
    let of_user = claim_data::by_access_token(&mut conn, &hash, now).await?;
    let token = match &of_user {
        Some(of_user) => Some(of_user.token.clone()),
        None => tokens::of_client(&mut conn, &hash, now).await?,
    };
    drop(conn);
    let Some(token) = token.filter(|token| token.client_id == client.id || is_for(client, token)) else {
        return Ok(None);
    };
    let issued_to = app.db.app(token.client_id.as_str()).await?;
    let Some(issued_to) = issued_to.filter(|client| !client.disabled) else {
        return Ok(None);
    };
    let mut claims = match of_user {
        None => Map::from_iter([("sub".to_owned(), json!(issued_to.id))]),
        Some(of_user) => claims_of_user(app, of_user, &issued_to).await?,
    };
    let issuer = app.config.server.issuer.as_str();
    let audiences: Vec<&str> = token.audience.as_deref().unwrap_or(issuer).split(' ').collect();
    for (name, value) in [
        ("active", json!(true)),
        ("iss", json!(issuer)),
        ("aud", audience_claim(&audiences)),
        ("client_id", json!(token.client_id)),
        ("scope", json!(token.scopes)),
        ("token_type", json!("Bearer")),
        ("iat", json!(token.created_at.seconds())),
        ("exp", json!(token.expires_at.seconds())),
    ] {
        claims.insert(name.to_owned(), value);
    }
    Ok(Some(Value::Object(claims)))
}

/// Whether an access token is for this app as a resource server, whose identifier is then the first audience.
fn is_for(client: &AuthenticatedClient, token: &AccessToken) -> bool {
    let first = token.audience.as_deref().and_then(|all| all.split(' ').next());
    first.is_some() && first == client.settings.resource_identifier.as_deref()
}

/// The `sub`, and the claims about the user that a resource server receives.
async fn claims_of_user(
    app: &AppState,
    of_user: TokenGrant,
    issued_to: &Client,
) -> Result<Map<String, Value>, ApiError> {
    activity::mark_seen(app, &of_user.account_id, of_user.last_seen_at).await?;
    let (scheme, instance) = (schemes::active(&app.db).await?, app.db.instance().await?);
    let person = claim_facts::person(of_user.person, scheme, &instance, &of_user.account_id, issued_to)?;
    let nothing_by_name = ClaimsRequest::default();
    let mut claims = of_person(
        &person,
        &of_user.token.scopes,
        &nothing_by_name,
        Target::ResourceServer,
    );
    if of_user.token.scopes.contains("profile") {
        claims.insert("username".to_owned(), json!(person.username));
    }
    let subject = claim_facts::subject(&app.master, issued_to, &of_user.account_id);
    claims.insert("sub".to_owned(), json!(subject));
    if let Some(act) = of_user.act.as_deref().and_then(Act::parse) {
        claims.insert(
            "act".to_owned(),
            claim_facts::act(&app.master, issued_to, &act.by),
        );
    }
    Ok(claims)
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
    let account = accounts::by_id(&mut conn, &found.grant.account_id).await?;
    drop(conn);
    let last_seen = account.and_then(|account| account.last_seen_at);
    activity::mark_seen(app, &found.grant.account_id, last_seen).await?;
    Ok(Some(json!({
        "active": true,
        "iss": app.config.server.issuer.as_str(),
        "sub": claim_facts::subject(&app.master, client, &found.grant.account_id),
        "client_id": found.grant.client_id,
        "scope": found.grant.scopes,
        "exp": found.token_expires_at.seconds(),
    })))
}
