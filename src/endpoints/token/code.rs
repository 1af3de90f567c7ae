//! The authorization code grant (RFC 6749 section 4.1.3).

use super::response::{TokenResponse, of_grant};
use crate::app::AppState;
use crate::crypto::Token;
use crate::directory::revocation;
use crate::endpoints::client_auth::AuthenticatedClient;
use crate::model::grant::Grant;
use crate::oidc::error::OAuthError;
use crate::oidc::pkce;
use crate::store::grants;
use crate::store::people::{self, CodeGrant};
use crate::store::tokens::{self, NewAccessToken};
use crate::web::error::ApiError;
use crate::web::params::Params;

fn refused() -> OAuthError {
    OAuthError::invalid_grant(
        "the code is not valid, has expired, was used before, or was given to another app",
    )
}

/// Redeems a code, once. A second redemption that is right in everything else takes back what the first one gave.
///
/// # Errors
/// `invalid_grant`, or `invalid_request` for what is missing.
pub async fn redeem(
    app: &AppState,
    client: &AuthenticatedClient,
    params: &Params,
) -> Result<TokenResponse, ApiError> {
    let now = app.clock.now();
    let code = params
        .get("code")
        .ok_or_else(|| OAuthError::invalid_request("code is missing"))?;
    let code = Token::parse(code).ok_or_else(refused)?;
    let found = people::by_code(&mut app.db.read().await?, &code.hash(), now).await?;
    let CodeGrant {
        grant,
        bounds,
        person,
    } = found.ok_or_else(refused)?;
    check(&grant, client, params)?;
    if grant.redeemed_at.is_some() {
        let id = grant.id;
        app.db
            .write::<_, crate::store::Error, _>(move |tx| {
                Box::pin(async move { revocation::end_grant((tx, now), &id).await })
            })
            .await?;
        return Err(refused().into());
    }
    let mut issued = of_grant(app, client, &grant, person, bounds, &grant.scopes, now).await?;
    let refresh = grant.offline.then(Token::random);
    issued.response.refresh_token = refresh.as_ref().map(|token| token.as_str().to_owned());
    let refresh = refresh.map(|token| token.hash());
    let refresh_until = now + app.config.lifetimes.refresh_token;
    let kept_until = if refresh.is_some() {
        refresh_until
    } else {
        issued.expires_at + app.config.lifetimes.code * 2
    };
    let (hash, wanted, expires_at) = (issued.hash, issued.wanted, issued.expires_at);
    let redeemed = app.db.write::<_, crate::store::Error, _>(move |tx| {
        Box::pin(async move {
            if !grants::redeem(tx, &grant.id, kept_until, now).await? {
                // Somebody was faster: the code was used twice, so what it gave is taken back (RFC 6749 section 4.1.2).
                revocation::end_grant((tx, now), &grant.id).await?;
                return Ok(false);
            }
            let access = NewAccessToken {
                hash: &hash,
                grant_id: Some(&grant.id),
                client_id: &grant.client_id,
                scopes: &grant.scopes,
                wanted,
                expires_at,
            };
            tokens::insert_access(tx, &access, now).await?;
            if let Some(hash) = refresh {
                tokens::insert_refresh(tx, &hash, &grant.id, refresh_until, now).await?;
            }
            Ok(true)
        })
    });
    if redeemed.await? {
        Ok(issued.response)
    } else {
        Err(refused().into())
    }
}

fn check(grant: &Grant, client: &AuthenticatedClient, params: &Params) -> Result<(), OAuthError> {
    if grant.client_id != client.id {
        return Err(refused());
    }
    let uri = params
        .get("redirect_uri")
        .ok_or_else(|| OAuthError::invalid_request("redirect_uri is missing"))?;
    if grant.redirect_uri.as_deref() != Some(uri) {
        return Err(OAuthError::invalid_grant(
            "redirect_uri is not the one of the authorization request",
        ));
    }
    if !pkce::holds(grant.code_challenge.as_deref(), params.get("code_verifier")) {
        return Err(OAuthError::invalid_grant(
            "code_verifier does not belong to the code",
        ));
    }
    Ok(())
}
