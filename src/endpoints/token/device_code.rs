//! The device authorization grant (RFC 8628 section 3.4): what a device gets when it polls.

use super::TokenCall;
use super::redemption::Redemption;
use super::response::TokenResponse;
use crate::app::AppState;
use crate::clock::Time;
use crate::crypto::{Token, TokenHash};
use crate::endpoints::required;
use crate::model::device_code::{INTERVAL, State};
use crate::oidc::error::{AUTHORIZATION_PENDING, OAuthError};
use crate::store::{Error, claim_data, device_codes};
use crate::web::error::ApiError;

fn refused() -> OAuthError {
    OAuthError::invalid_grant("the device code is invalid, already used, or issued to another app")
}

/// Redeems a device code, once, if a user has allowed the device access.
///
/// Unlike with an authorization code, a second redemption revokes nothing: no browser has seen the code, and a device
/// that missed the response asks again.
///
/// # Errors
/// `authorization_pending`, `slow_down`, `access_denied` or `expired_token` (RFC 8628 section 3.5), `invalid_grant`,
/// `invalid_target`, or `invalid_request` for a missing parameter.
pub(super) async fn redeem(call: TokenCall<'_>) -> Result<TokenResponse, ApiError> {
    let TokenCall { app, client, now, .. } = call;
    let code = Token::parse(required(call.params, "device_code")?).ok_or_else(refused)?;
    let hash = code.hash();
    let found = device_codes::by_device_hash(&mut app.db.read().await?, &hash).await?;
    let found = found.filter(|found| found.client_id == client.id);
    match found.ok_or_else(refused)?.state(now) {
        State::Waiting => Err(wait(app, hash, now).await?.into()),
        State::Refused => Err(OAuthError::new("access_denied", "the user has refused the request").into()),
        State::Expired => Err(OAuthError::new("expired_token", "the device code has expired").into()),
        State::Allowed => issue_once(call, &hash).await,
    }
}

/// What a device is told while nobody has answered.
async fn wait(app: &AppState, hash: TokenHash, now: Time) -> Result<OAuthError, ApiError> {
    let polled = app.db.write::<_, Error, _>(move |tx| {
        Box::pin(async move {
            let in_time = device_codes::poll(tx, &hash, now).await?;
            if !in_time {
                device_codes::slow_down(tx, &hash, INTERVAL, now).await?;
            }
            Ok(in_time)
        })
    });
    Ok(if polled.await? {
        OAuthError::new(AUTHORIZATION_PENDING, "the user has not answered yet")
    } else {
        let longer = INTERVAL.as_secs();
        let why = format!("wait {longer} seconds longer between requests from now on");
        OAuthError::new("slow_down", why)
    })
}

async fn issue_once(call: TokenCall<'_>, hash: &TokenHash) -> Result<TokenResponse, ApiError> {
    let TokenCall { app, client, now, .. } = call;
    let mut conn = app.db.read().await?;
    let found = claim_data::by_code(&mut conn, hash, client.needs_memberships(), now).await?;
    drop(conn);
    let found = found
        .filter(|found| found.grant.redeemed_at.is_none())
        .ok_or_else(refused)?;
    let (response, redemption) = Redemption::issue(call, found).await?;
    let redeemed = app.db.write::<_, Error, _>(move |tx| {
        Box::pin(async move { redemption.store(tx, redemption.access.expires_at, now).await })
    });
    if redeemed.await? {
        Ok(response)
    } else {
        Err(refused().into())
    }
}
