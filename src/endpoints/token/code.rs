//! The authorization code grant (RFC 6749 section 4.1.3).

use super::lifetimes::Lifetimes;
use super::response::{IssuedAccessToken, TokenRequest, TokenResponse, issue};
use super::revoke;
use crate::app::AppState;
use crate::clock::Time;
use crate::crypto::{Token, TokenHash};
use crate::directory::revocation;
use crate::endpoints::client_auth::AuthenticatedClient;
use crate::endpoints::required;
use crate::model::grant::Grant;
use crate::oidc::error::OAuthError;
use crate::oidc::pkce;
use crate::store::people::{self, CodeGrant};
use crate::store::{Error, Tx, app_sessions, grants, tokens};
use crate::web::error::ApiError;
use crate::web::params::Params;

fn refused() -> OAuthError {
    OAuthError::invalid_grant("the code is invalid, expired, already used, or issued to another app")
}

/// Redeems a code, once. A second redemption that is otherwise valid revokes the tokens of the first one.
///
/// # Errors
/// `invalid_grant`, `invalid_target`, or `invalid_request` for a missing parameter.
pub async fn redeem(
    app: &AppState,
    client: &AuthenticatedClient,
    params: &Params,
) -> Result<TokenResponse, ApiError> {
    let now = app.clock.now();
    let CodeGrant {
        grant,
        bounds,
        person,
    } = find(app, client, params, now).await?;
    check(&grant, client, params)?;
    if grant.redeemed_at.is_some() {
        revoke(app, grant.id, now).await?;
        return Err(refused().into());
    }
    let asked = TokenRequest {
        scopes: &grant.scopes,
        resource: params.get("resource"),
    };
    let mut issued = issue(app, client, &grant, person, bounds, asked, now).await?;
    let refresh = grant.offline.then(Token::random);
    issued.response.refresh_token = refresh.as_ref().map(|token| token.as_str().to_owned());
    let redemption = Redemption {
        refresh_until: Lifetimes::of(app, client).refresh_until(grant.created_at, now),
        grant,
        detects_reuse_until: issued.access.expires_at + app.config.lifetimes.code * 2,
        access: issued.access,
        refresh: refresh.map(|token| token.hash()),
    };
    let redeemed = app
        .db
        .write(move |tx| Box::pin(async move { redemption.store(tx, now).await }));
    if redeemed.await? {
        Ok(issued.response)
    } else {
        Err(refused().into())
    }
}

/// The grant of the presented code, in any state.
async fn find(
    app: &AppState,
    client: &AuthenticatedClient,
    params: &Params,
    now: Time,
) -> Result<CodeGrant, ApiError> {
    let code = Token::parse(required(params, "code")?).ok_or_else(refused)?;
    let mut conn = app.db.read().await?;
    let found = people::by_code(&mut conn, &code.hash(), client.needs_memberships(), now).await?;
    found.ok_or_else(|| refused().into())
}

/// The data that a redemption writes.
struct Redemption {
    grant: Grant,
    access: IssuedAccessToken,
    /// The hash of the refresh token, if there is one.
    refresh: Option<TokenHash>,
    refresh_until: Time,
    /// How long a grant without a refresh token is kept, so that a second use of its code is detected.
    detects_reuse_until: Time,
}

impl Redemption {
    /// Redeems the code and stores the tokens; yields false if the code was already redeemed.
    async fn store(self, tx: &mut Tx, now: Time) -> Result<bool, Error> {
        let grant = &self.grant;
        let kept_until = if self.refresh.is_some() {
            self.refresh_until
        } else {
            self.detects_reuse_until
        };
        // Before the grant, since whatever ends the session writes to it before the grants.
        let is_open = match &grant.session_id {
            Some(session) => app_sessions::begin(tx, session, &grant.client_id, now).await?,
            None => true,
        };
        if !is_open || !grants::redeem(tx, &grant.id, kept_until, now).await? {
            // A concurrent request redeemed the code first, so its tokens are revoked (RFC 6749 section
            // 4.1.2).
            revocation::end_grant((tx, now), &grant.id).await?;
            return Ok(false);
        }
        tokens::insert_access(tx, &self.access.row(grant), now).await?;
        if let Some(hash) = &self.refresh {
            tokens::insert_refresh(tx, hash, &grant.id, self.refresh_until, now).await?;
        }
        Ok(true)
    }
}

fn check(grant: &Grant, client: &AuthenticatedClient, params: &Params) -> Result<(), OAuthError> {
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
