//! The refresh token grant (RFC 6749 section 6), with rotation and reuse detection (RFC 9700 section 4.14.2).

use std::time::Duration;

use super::lifetimes::Lifetimes;
use super::response::{IssuedAccessToken, TokenRequest, TokenResponse, issue};
use super::{TokenCall, revoke};
use crate::app::AppState;
use crate::clock::Time;
use crate::crypto::{Token, TokenHash};
use crate::endpoints::activity;
use crate::endpoints::required;
use crate::model::Scopes;
use crate::model::grant::Grant;
use crate::oidc::error::OAuthError;
use crate::store::claim_data::{self, RefreshGrant};
use crate::store::grants::{self, RefreshToken};
use crate::store::tokens;
use crate::store::{Error, Tx};
use crate::web::error::ApiError;

fn refused() -> OAuthError {
    OAuthError::invalid_grant("the refresh token is invalid, expired, revoked, or issued to another app")
}

/// The only possible successor of a refresh token. It is derived from its parent, so that an app that did not
/// receive the response and repeats the request gets the same token.
fn successor(app: &AppState, parent: &Token) -> Token {
    Token::from_bytes(&app.master.mac("refresh-child", &[parent.as_str().as_bytes()]))
}

/// Issues new tokens for a refresh token.
///
/// # Errors
/// `invalid_grant`, `invalid_scope`, `invalid_target`, or `invalid_request` for a missing parameter.
pub(super) async fn redeem(call: TokenCall<'_>) -> Result<TokenResponse, ApiError> {
    let TokenCall { app, client, now, .. } = call;
    let sent = Token::parse(required(call.params, "refresh_token")?).ok_or_else(refused)?;
    let restricted = client.needs_memberships();
    let found =
        claim_data::by_refresh_token(&mut app.db.read().await?, &sent.hash(), restricted, now).await?;
    let RefreshGrant {
        token: found,
        last_seen_at,
        bounds,
        person,
    } = found.ok_or_else(refused)?;
    let lifetimes = Lifetimes::of(app, client);
    let refresh_until = lifetimes.refresh_until(found.grant.created_at, now);
    if found.grant.client_id != client.id || found.token_expires_at <= now || refresh_until <= now {
        return Err(refused().into());
    }
    let next = client.settings.rotates().then(|| successor(app, &sent));
    if is_reuse(app, &found, next.as_ref(), now).await? {
        revoke(app, found.grant.id, now).await?;
        return Err(refused().into());
    }
    let scopes = narrowed(&found.grant.scopes, call.params.get("scope"))?;
    let asked = TokenRequest {
        scopes: &scopes,
        resource: call.params.get("resource"),
    };
    let mut issued = issue(app, client, &found.grant, person, bounds, asked, now).await?;
    issued.response.refresh_token = next.as_ref().map(|token| token.as_str().to_owned());
    let account = found.grant.account_id.clone();
    let validity = (lifetimes.refresh_idle, refresh_until);
    let renewal = Renewal::of(&sent, found, next, issued.access, validity);
    if renewal.run(app, now).await? {
        activity::mark_seen(app, &account, last_seen_at).await?;
        Ok(issued.response)
    } else {
        Err(refused().into())
    }
}

/// The data that a refresh writes.
struct Renewal {
    grant: Grant,
    access: IssuedAccessToken,
    /// The hash of the presented refresh token, and of its successor if it has none yet.
    parent: TokenHash,
    successor: Option<TokenHash>,
    /// Whether the presented token is extended.
    extends: bool,
    refresh_until: Time,
}

impl Renewal {
    /// The data for a presented refresh token and, if tokens rotate, its successor.
    fn of(
        sent: &Token,
        found: RefreshToken,
        next: Option<Token>,
        access: IssuedAccessToken,
        (lifetime, refresh_until): (Duration, Time),
    ) -> Self {
        // A token that does not rotate is extended by its use, but only if that adds a tenth of its lifetime,
        // which saves most of the writes.
        let extends = next.is_none() && found.token_expires_at + lifetime / 10 < refresh_until;
        Self {
            grant: found.grant,
            access,
            parent: sent.hash(),
            successor: next
                .filter(|_| found.rotated_at.is_none())
                .map(|token| token.hash()),
            extends,
            refresh_until,
        }
    }

    /// Writes the data; yields whether the grant is still live.
    async fn run(self, app: &AppState, now: Time) -> Result<bool, Error> {
        if self.successor.is_none() && !self.extends {
            app.db.write_one(move |tx| Box::pin(self.store(tx, now))).await
        } else {
            app.db.write(move |tx| Box::pin(self.store(tx, now))).await
        }
    }

    /// Writes the data, in one statement if no refresh token changes; yields whether the grant is still live.
    async fn store(self, tx: &mut Tx, now: Time) -> Result<bool, Error> {
        if !tokens::insert_access_of_live(tx, &self.access.row(&self.grant), now).await? {
            return Ok(false);
        }
        if let Some(successor) = self.successor
            && tokens::rotate_refresh(tx, &self.parent, now).await?
        {
            tokens::insert_refresh(tx, &successor, &self.grant.id, self.refresh_until, now).await?;
            grants::set_expiry(tx, &self.grant.id, self.refresh_until).await?;
        }
        if self.extends {
            tokens::extend_refresh(tx, &self.parent, self.refresh_until).await?;
            grants::set_expiry(tx, &self.grant.id, self.refresh_until).await?;
        }
        Ok(true)
    }
}

/// Whether a rotated token is used again after the grace period, or after its successor was used.
async fn is_reuse(
    app: &AppState,
    found: &RefreshToken,
    next: Option<&Token>,
    now: Time,
) -> Result<bool, ApiError> {
    let Some(rotated_at) = found.rotated_at else {
        return Ok(false);
    };
    let Some(next) = next.filter(|_| now.since(rotated_at) <= app.config.lifetimes.refresh_grace) else {
        return Ok(true);
    };
    Ok(!tokens::refresh_is_fresh(&mut app.db.read().await?, &next.hash()).await?)
}

/// The requested scopes, which must be granted ones; all granted scopes if none are requested.
fn narrowed(granted: &Scopes, asked: Option<&str>) -> Result<Scopes, OAuthError> {
    let Some(asked) = asked.map(Scopes::parse) else {
        return Ok(granted.clone());
    };
    if asked.is_subset(granted) {
        return Ok(asked);
    }
    Err(OAuthError::new(
        "invalid_scope",
        "scope must not exceed the granted scopes",
    ))
}
