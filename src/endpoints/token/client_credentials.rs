//! The client credentials grant (RFC 6749 section 4.4). A JWT is not stored; an opaque token is.

use super::response::{AccessTokenContent, TokenResponse, access_token};
use crate::app::AppState;
use crate::clock::Time;
use crate::crypto::TokenHash;
use crate::endpoints::client_auth::AuthenticatedClient;
use crate::model::Scopes;
use crate::model::client::AccessTokenFormat;
use crate::model::grant::Wanted;
use crate::oidc::error::OAuthError;
use crate::store::tokens::{self, NewAccessToken};
use crate::web::error::ApiError;
use crate::web::params::Params;

/// Issues a token to an app for itself. Its `sub` is the client ID, which cannot be a user's (RFC 9700
/// section 4.15).
///
/// # Errors
/// `invalid_scope` if scopes are requested.
pub async fn issue(
    app: &AppState,
    client: &AuthenticatedClient,
    params: &Params,
) -> Result<TokenResponse, ApiError> {
    // All scopes concern users.
    if params.get("scope").is_some() {
        return Err(OAuthError::new("invalid_scope", "the client credentials grant has no scopes").into());
    }
    let now = app.clock.now();
    let scopes = Scopes::default();
    let content = AccessTokenContent {
        subject: client.id.as_str(),
        scopes: &scopes,
        auth_time: None,
        expires_at: now + app.config.lifetimes.access_token,
    };
    let access_token = access_token(app, client, &content, now)?;
    if client.settings.access_token_format == AccessTokenFormat::Opaque {
        store(app, client, TokenHash::of(access_token.as_bytes()), now).await?;
    }
    let lifetime = app.config.lifetimes.access_token;
    Ok(TokenResponse::bearer(access_token, lifetime, scopes))
}

async fn store(
    app: &AppState,
    client: &AuthenticatedClient,
    hash: TokenHash,
    now: Time,
) -> Result<(), ApiError> {
    let (client_id, expires_at) = (client.id.clone(), now + app.config.lifetimes.access_token);
    let stored = app.db.write::<_, crate::store::Error, _>(move |tx| {
        Box::pin(async move {
            let new = NewAccessToken {
                hash: &hash,
                grant_id: None,
                client_id: &client_id,
                scopes: &Scopes::default(),
                wanted: Wanted::default(),
                expires_at,
            };
            tokens::insert_access(tx, &new, now).await
        })
    });
    Ok(stored.await?)
}
