//! What redeeming a code issues and writes, whether a browser brought the code to the app or a device polls with it.

use super::TokenCall;
use super::lifetimes::Lifetimes;
use super::response::{IssuedAccessToken, TokenRequest, TokenResponse, issue};
use crate::clock::Time;
use crate::crypto::{Token, TokenHash};
use crate::model::grant::Grant;
use crate::store::claim_data::CodeGrant;
use crate::store::{Error, Tx, grants, tokens};
use crate::web::error::ApiError;

/// The data that a redemption writes.
pub struct Redemption {
    /// The grant of the code.
    pub grant: Grant,
    /// The access token.
    pub access: IssuedAccessToken,
    /// The hash of the refresh token, if there is one.
    refresh: Option<TokenHash>,
    refresh_until: Time,
}

impl Redemption {
    /// Issues the tokens of a code, which are worth nothing until they are stored.
    ///
    /// # Errors
    /// Those of [`issue`].
    pub(super) async fn issue(
        call: TokenCall<'_>,
        found: CodeGrant,
    ) -> Result<(TokenResponse, Self), ApiError> {
        let TokenCall { app, client, now, .. } = call;
        let grant = found.grant;
        let asked = TokenRequest {
            scopes: &grant.scopes,
            resource: call.params.get("resource"),
        };
        let issued = issue(app, client, &grant, found.person, found.bounds, asked, now).await?;
        let refresh = grant.offline.then(Token::random);
        let response = TokenResponse {
            refresh_token: refresh.as_ref().map(|token| token.as_str().to_owned()),
            ..issued.response
        };
        let redemption = Self {
            refresh_until: Lifetimes::of(app, client).refresh_until(grant.created_at, now),
            grant,
            access: issued.access,
            refresh: refresh.map(|token| token.hash()),
        };
        Ok((response, redemption))
    }

    /// Redeems the code and stores the tokens; yields false if the code was already redeemed, or the grant has ended. A
    /// grant without a refresh token is kept until `without_refresh`.
    pub async fn store(&self, tx: &mut Tx, without_refresh: Time, now: Time) -> Result<bool, Error> {
        let grant = &self.grant;
        let kept_until = match &self.refresh {
            Some(_) => self.refresh_until,
            None => without_refresh,
        };
        if !grants::redeem(tx, &grant.id, kept_until, now).await? {
            return Ok(false);
        }
        tokens::insert_access(tx, &self.access.row(grant), now).await?;
        if let Some(hash) = &self.refresh {
            tokens::insert_refresh(tx, hash, &grant.id, self.refresh_until, now).await?;
        }
        Ok(true)
    }
}
