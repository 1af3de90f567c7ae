//! The client credentials grant (RFC 6749 section 4.4).

use serde_json::Map;

use super::TokenCall;
use super::lifetimes::Lifetimes;
use super::response::{Audience, TokenRequest, TokenResponse, access_token};
use crate::app::AppState;
use crate::clock::Time;
use crate::crypto::TokenHash;
use crate::endpoints::client_auth::AuthenticatedClient;
use crate::model::Scopes;
use crate::model::grant::ClaimData;
use crate::oidc::error::OAuthError;
use crate::oidc::tokens::AccessTokenContent;
use crate::store::tokens::{self, NewAccessToken};
use crate::web::error::ApiError;

/// Issues a token to an app for itself. Its `sub` is the client ID, which cannot be a user's (RFC 9700
/// section 4.15).
///
/// # Errors
/// `invalid_scope` if scopes are requested, `invalid_target` for a resource server that the app may not name.
pub(super) async fn issue(call: TokenCall<'_>) -> Result<TokenResponse, ApiError> {
    let TokenCall { app, client, now, .. } = call;
    // All scopes concern users.
    if call.params.get("scope").is_some() {
        return Err(OAuthError::new("invalid_scope", "the client credentials grant has no scopes").into());
    }
    let (scopes, lifetime) = (Scopes::default(), Lifetimes::of(app, client).access_token);
    let asked = TokenRequest {
        scopes: &scopes,
        resource: call.params.get("resource"),
    };
    let audience = Audience::find(app, client, asked, None).await?;
    let content = AccessTokenContent {
        subject: client.id.as_str(),
        scopes: &scopes,
        auth_time: None,
        act: None,
        claims: Map::new(),
        expires_at: now + lifetime,
    };
    let access_token = access_token(app, client, audience.as_ref(), content, now)?;
    let hash = TokenHash::of(access_token.as_bytes());
    store(app, client, hash, audience, (now, now + lifetime)).await?;
    Ok(TokenResponse::bearer(access_token, lifetime, scopes))
}

async fn store(
    app: &AppState,
    client: &AuthenticatedClient,
    hash: TokenHash,
    audience: Option<Audience>,
    (now, expires_at): (Time, Time),
) -> Result<(), ApiError> {
    let client_id = client.id.clone();
    let audience = audience.as_ref().map(Audience::joined);
    let stored = app.db.write_one::<_, crate::store::Error, _>(move |tx| {
        Box::pin(async move {
            let new = NewAccessToken {
                hash: &hash,
                grant_id: None,
                client_id: &client_id,
                scopes: &Scopes::default(),
                audience: audience.as_deref(),
                wanted: ClaimData::default(),
                expires_at,
            };
            tokens::insert_access(tx, &new, now).await
        })
    });
    Ok(stored.await?)
}
