//! Issues the tokens of a grant.

use std::time::Duration;

use serde::Serialize;

use crate::app::AppState;
use crate::auth::acr_for;
use crate::clock::Time;
use crate::crypto::{Token, TokenHash, Typ};
use crate::directory::{claim_facts, schemes};
use crate::model::Scopes;
use crate::model::client::{AccessTokenFormat, Client};
use crate::model::grant::{Grant, Wanted};
use crate::oidc::claims::{ClaimsRequest, Target, of_person, wanted};
use crate::oidc::tokens::{AccessToken, IdToken};
use crate::store::people::{Bounds, ClaimsRow};
use crate::store::tokens::NewAccessToken;
use crate::web::error::ApiError;

/// The successful response (RFC 6749 section 5.1, OIDC Core section 3.1.3.3).
#[derive(Debug, Serialize)]
pub struct TokenResponse {
    /// The access token.
    pub access_token: String,
    /// Always `Bearer`.
    pub token_type: &'static str,
    /// The lifetime of the access token in seconds.
    pub expires_in: u64,
    /// Its scopes.
    pub scope: Scopes,
    /// The ID token, if the grant is a user's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id_token: Option<String>,
    /// The refresh token, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<String>,
}

impl TokenResponse {
    /// A response with an access token alone.
    pub const fn bearer(access_token: String, lifetime: Duration, scope: Scopes) -> Self {
        Self {
            access_token,
            token_type: "Bearer",
            expires_in: lifetime.as_secs(),
            scope,
            id_token: None,
            refresh_token: None,
        }
    }
}

/// The content of an access token.
pub struct AccessTokenContent<'a> {
    /// The `sub`.
    pub subject: &'a str,
    /// Its scopes.
    pub scopes: &'a Scopes,
    /// When the user authenticated.
    pub auth_time: Option<Time>,
    /// When it expires.
    pub expires_at: Time,
}

/// Creates an access token in the app's format.
///
/// # Errors
/// When it cannot be signed.
pub fn access_token(
    app: &AppState,
    client: &Client,
    content: &AccessTokenContent<'_>,
    now: Time,
) -> Result<String, ApiError> {
    if client.settings.access_token_format == AccessTokenFormat::Opaque {
        return Ok(Token::random().as_str().to_owned());
    }
    let jti = Token::random();
    let claims = AccessToken {
        issuer: app.config.server.issuer.as_str(),
        subject: content.subject,
        client_id: client.id.as_str(),
        scopes: content.scopes,
        jti: &jti.as_str()[..22],
        auth_time: content.auth_time,
        issued_at: now,
        expires_at: content.expires_at,
    };
    sign(app, client, Typ::AccessToken, &claims.claims(), now)
}

fn sign(
    app: &AppState,
    client: &Client,
    typ: Typ,
    claims: &impl Serialize,
    now: Time,
) -> Result<String, ApiError> {
    let keyring = app.keyring();
    let alg = client.settings.id_token_alg;
    let signer = keyring
        .signer(alg, now)
        .ok_or_else(|| ApiError::internal(&format!("no {alg} key signs now")))?;
    signer
        .sign(typ, claims)
        .map_err(|error| ApiError::internal(&error))
}

const fn target(client: &Client) -> Target {
    if client.settings.claims_in_id_token {
        Target::IdToken
    } else {
        Target::LeanIdToken
    }
}

/// The tokens of a grant, with the data to store.
pub struct IssuedTokens {
    /// The response, to which the caller adds a refresh token.
    pub response: TokenResponse,
    /// The access token to store.
    pub access: IssuedAccessToken,
}

/// An access token as it is stored.
pub struct IssuedAccessToken {
    /// Its hash.
    hash: TokenHash,
    /// Its scopes.
    scopes: Scopes,
    /// Which of the user's data are looked up for it.
    wanted: Wanted,
    /// When it expires.
    pub expires_at: Time,
}

impl IssuedAccessToken {
    /// Its row, as a token of this grant.
    pub const fn row<'t>(&'t self, grant: &'t Grant) -> NewAccessToken<'t> {
        NewAccessToken {
            hash: &self.hash,
            grant_id: Some(&grant.id),
            client_id: &grant.client_id,
            scopes: &self.scopes,
            wanted: self.wanted,
            expires_at: self.expires_at,
        }
    }
}

/// Issues the access token and the ID token of a grant, for these scopes.
///
/// # Errors
/// When the row of claims is malformed or a token cannot be signed.
pub async fn issue(
    app: &AppState,
    client: &Client,
    grant: &Grant,
    row: ClaimsRow,
    bounds: Bounds,
    scopes: &Scopes,
    now: Time,
) -> Result<IssuedTokens, ApiError> {
    let scheme = schemes::active(&app.db).await?;
    let instance = app.db.instance().await?;
    let person = claim_facts::person(row, scheme, &instance, &grant.account_id, client)?;
    let subject = claim_facts::subject(&app.master, client, &grant.account_id);
    let expires_at = bounds.cut(now + app.config.lifetimes.access_token);
    let content = AccessTokenContent {
        subject: &subject,
        scopes,
        auth_time: Some(grant.auth_time),
        expires_at,
    };
    let access_token = access_token(app, client, &content, now)?;
    let requested = ClaimsRequest::decode(&grant.claims);
    let id_token = IdToken {
        issuer: app.config.server.issuer.as_str(),
        subject: &subject,
        grant,
        acr: acr_for(&grant.amr),
        algorithm: client.settings.id_token_alg,
        access_token: &access_token,
        claims: of_person(&person, scopes, &requested, target(client)),
        issued_at: now,
        expires_at: bounds.cut(now + app.config.lifetimes.id_token),
    };
    let id_token = sign(app, client, Typ::IdToken, &id_token.claims(), now)?;
    let access = IssuedAccessToken {
        hash: TokenHash::of(access_token.as_bytes()),
        scopes: scopes.clone(),
        wanted: wanted(scopes, &requested),
        expires_at,
    };
    Ok(IssuedTokens {
        access,
        response: TokenResponse {
            id_token: Some(id_token),
            ..TokenResponse::bearer(access_token, expires_at.since(now), scopes.clone())
        },
    })
}
