//! The client credentials grant (RFC 6749 section 4.4): an app that acts for itself. Nothing of a signed token is stored.

use super::response::{AccessFor, TokenResponse, access_token};
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

/// Issues a token to an app that acts for itself; its `sub` is the client id, which is never a person's (RFC 9700 section 4.15).
///
/// # Errors
/// `invalid_scope` where scopes are asked for.
pub async fn issue(
    app: &AppState,
    client: &AuthenticatedClient,
    params: &Params,
) -> Result<TokenResponse, ApiError> {
    // The scopes of people mean nothing here.
    if params.get("scope").is_some() {
        return Err(OAuthError::new("invalid_scope", "an app that acts for itself has no scopes").into());
    }
    let now = app.clock.now();
    let scopes = Scopes::default();
    let made_for = AccessFor {
        subject: client.id.as_str(),
        scopes: &scopes,
        auth_time: None,
        expires_at: now + app.config.lifetimes.access_token,
    };
    let access_token = access_token(app, client, &made_for, now)?;
    if client.settings.access_token_format == AccessTokenFormat::Opaque {
        store(app, client, TokenHash::of(access_token.as_bytes()), now).await?;
    }
    Ok(TokenResponse {
        access_token,
        token_type: "Bearer",
        expires_in: app.config.lifetimes.access_token.as_secs(),
        scope: scopes,
        id_token: None,
        refresh_token: None,
    })
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
