//! The authorization code grant (RFC 6749 section 4.1.3).

use super::redemption::Redemption;
use super::response::TokenResponse;
use super::{TokenCall, revoke};
use crate::clock::Time;
use crate::crypto::Token;
use crate::directory::revocation;
use crate::endpoints::required;
use crate::model::grant::Grant;
use crate::oidc::error::OAuthError;
use crate::oidc::pkce;
use crate::store::claim_data::{self, CodeGrant};
use crate::store::{Error, Tx, app_sessions};
use crate::web::error::ApiError;

fn refused() -> OAuthError {
    OAuthError::invalid_grant("the code is invalid, expired, already used, or issued to another app")
}

/// Redeems a code, once. A second redemption that is otherwise valid revokes the tokens of the first one.
///
/// # Errors
/// `invalid_grant`, `invalid_target`, or `invalid_request` for a missing parameter.
pub(super) async fn redeem(call: TokenCall<'_>) -> Result<TokenResponse, ApiError> {
    let TokenCall { app, now, .. } = call;
    let found = find(call).await?;
    check(&found.grant, call)?;
    if found.grant.redeemed_at.is_some() {
        revoke(app, found.grant.id, now).await?;
        return Err(refused().into());
    }
    let (response, redemption) = Redemption::issue(call, found).await?;
    let detects_reuse_until = redemption.access.expires_at + app.config.lifetimes.code * 2;
    let redeemed = app
        .db
        .write(move |tx| Box::pin(async move { store(&redemption, tx, detects_reuse_until, now).await }));
    if redeemed.await? {
        Ok(response)
    } else {
        Err(refused().into())
    }
}

/// The grant of the presented code, in any state.
async fn find(call: TokenCall<'_>) -> Result<CodeGrant, ApiError> {
    let code = Token::parse(required(call.params, "code")?).ok_or_else(refused)?;
    let mut conn = call.app.db.read().await?;
    let restricted = call.client.needs_memberships();
    let found = claim_data::by_code(&mut conn, &code.hash(), restricted, call.now).await?;
    found.ok_or_else(|| refused().into())
}

/// Redeems the code and stores the tokens; yields false if the code was already redeemed. A grant without a refresh
/// token is kept until `detects_reuse_until`, so that a second use of its code is detected.
async fn store(
    redemption: &Redemption,
    tx: &mut Tx,
    detects_reuse_until: Time,
    now: Time,
) -> Result<bool, Error> {
    let grant = &redemption.grant;
    // Locks the session before the grant, as whatever ends the session does.
    let is_open = match &grant.session_id {
        Some(session) => app_sessions::begin(tx, session, &grant.client_id, now).await?,
        None => true,
    };
    if is_open && redemption.store(tx, detects_reuse_until, now).await? {
        return Ok(true);
    }
    // A concurrent request redeemed the code first, so its tokens are revoked (RFC 6749 section 4.1.2).
    revocation::end_grant((tx, now), &grant.id).await?;
    Ok(false)
}

fn check(grant: &Grant, TokenCall { client, params, .. }: TokenCall<'_>) -> Result<(), OAuthError> {
    if grant.client_id != client.id {
        return Err(refused());
    }
    let uri = required(params, "redirect_uri")?;
    if grant.redirect_uri.as_deref() != Some(uri) {
        return Err(OAuthError::invalid_grant(
            "redirect_uri is not the one of the authorization request",
        ));
    }
    if !pkce::matches(grant.code_challenge.as_deref(), params.get("code_verifier")) {
        return Err(OAuthError::invalid_grant(
            "code_verifier does not belong to the code",
        ));
    }
    Ok(())
}
