//! Issues the tokens of a grant.

use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use serde_json::{Map, Value};

use super::lifetimes::Lifetimes;
use crate::app::AppState;
use crate::auth::{acr_for, factors_suffice_for};
use crate::clock::Time;
use crate::crypto::{Token, TokenHash, Typ};
use crate::directory::{access, claim_facts, schemes};
use crate::endpoints::sign;
use crate::model::Scopes;
use crate::model::client::{AccessTokenTyp, Client};
use crate::model::grant::{ClaimData, Grant};
use crate::oidc::claims::{ClaimsRequest, of_person, wanted};
use crate::oidc::error::OAuthError;
use crate::oidc::person::{Person, Target};
use crate::oidc::resource;
use crate::oidc::tokens::{AccessToken, AccessTokenContent, IdToken};
use crate::store::claim_data::{Bounds, ClaimsRow};
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

/// The resource server that an access token is for.
pub struct Audience {
    server: Arc<Client>,
    /// Its identifier, and our issuer if the userinfo endpoint accepts the token too.
    all: Vec<String>,
}

impl Audience {
    /// The audience for the `resource` of the token request and of the authorization request; `None` for our own
    /// endpoints, where the app does not name a resource server.
    ///
    /// The userinfo endpoint also accepts a token for the app's default resource server, but no token for a resource
    /// server that a request named.
    ///
    /// # Errors
    /// `invalid_target` for a resource server that is unknown or that the app may not name.
    pub async fn find(
        app: &AppState,
        client: &Client,
        asked: TokenRequest<'_>,
        authorized: Option<&str>,
    ) -> Result<Option<Self>, ApiError> {
        let found = resource::of_token(asked.resource, authorized, &client.settings)?;
        let Some(identifier) = found else {
            return Ok(None);
        };
        let server = app.db.resource_server(identifier).await?;
        let server =
            server.ok_or_else(|| OAuthError::new("invalid_target", "the resource server is unknown"))?;
        let mut all = vec![identifier.to_owned()];
        let is_named = asked.resource.or(authorized).is_some();
        if !is_named && asked.scopes.contains("openid") {
            all.push(app.config.server.issuer.as_str().to_owned());
        }
        Ok(Some(Self { server, all }))
    }

    /// As it is stored.
    pub fn joined(&self) -> String {
        self.all.join(" ")
    }
}

/// The parameters of a token request that decide what the tokens are for.
#[derive(Clone, Copy)]
pub struct TokenRequest<'a> {
    /// The scopes of the tokens.
    pub scopes: &'a Scopes,
    /// The `resource` parameter.
    pub resource: Option<&'a str>,
}

/// Creates an access token: a JWT for a resource server, or random characters for our own endpoints, since only we read
/// them.
///
/// # Errors
/// When it cannot be signed.
pub fn access_token(
    app: &AppState,
    client: &Client,
    audience: Option<&Audience>,
    content: AccessTokenContent<'_>,
    now: Time,
) -> Result<String, ApiError> {
    let Some(audience) = audience else {
        return Ok(Token::random().as_str().to_owned());
    };
    let jti = Token::random();
    let claims = AccessToken {
        issuer: app.config.server.issuer.as_str(),
        audiences: &audience.all.iter().map(String::as_str).collect::<Vec<_>>(),
        client_id: client.id.as_str(),
        jti: &jti.as_str()[..22],
        content,
        issued_at: now,
    };
    let settings = &audience.server.settings;
    let typ = match settings.access_token_typ {
        AccessTokenTyp::AtJwt => Typ::AccessToken,
        AccessTokenTyp::Jwt => Typ::PlainAccessToken,
    };
    sign(app, settings.access_token_alg, typ, &claims.claims(), now)
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
    /// Who accepts it.
    audience: Option<String>,
    /// Which of the user's data are looked up for it.
    wanted: ClaimData,
    /// When it expires.
    pub expires_at: Time,
}

impl IssuedAccessToken {
    /// Its row, as a token of this grant.
    pub fn row<'t>(&'t self, grant: &'t Grant) -> NewAccessToken<'t> {
        NewAccessToken {
            hash: &self.hash,
            grant_id: Some(&grant.id),
            client_id: &grant.client_id,
            scopes: &self.scopes,
            audience: self.audience.as_deref(),
            wanted: self.wanted,
            expires_at: self.expires_at,
        }
    }
}

/// Issues the access token and the ID token of a grant.
///
/// # Errors
/// `invalid_grant` if the user may not sign in to the app any more, `invalid_target`, or when the row of claims is
/// malformed or a token cannot be signed.
pub async fn issue(
    app: &AppState,
    client: &Client,
    grant: &Grant,
    row: ClaimsRow,
    bounds: Bounds,
    asked: TokenRequest<'_>,
    now: Time,
) -> Result<IssuedTokens, ApiError> {
    let audience = Audience::find(app, client, asked, grant.resource.as_deref()).await?;
    let (scheme, instance) = (schemes::active(&app.db).await?, app.db.instance().await?);
    if !access::of_row(client, &row, &scheme, &grant.account_id)?.is_allowed() {
        return Err(OAuthError::invalid_grant("the user may not sign in to this app any more").into());
    }
    // The grant is older than the requirement; a new sign-in gives the app one that meets it.
    if !factors_suffice_for(client, instance.second_factor_kinds, &grant.amr) {
        return Err(OAuthError::invalid_grant("the app requires a second factor now").into());
    }
    let issuance = Issuance {
        app,
        client,
        grant,
        scopes: asked.scopes,
        person: claim_facts::person(row, scheme, &instance, &grant.account_id, client)?,
        subject: claim_facts::subject(&app.master, client, &grant.account_id),
        bounds,
        lifetimes: Lifetimes::of(app, client),
        now,
    };
    issuance.tokens(audience.as_ref())
}

/// What the tokens of a grant are made from.
struct Issuance<'a> {
    app: &'a AppState,
    client: &'a Client,
    grant: &'a Grant,
    scopes: &'a Scopes,
    person: Person,
    /// The `sub`.
    subject: String,
    bounds: Bounds,
    lifetimes: Lifetimes,
    now: Time,
}

impl Issuance<'_> {
    /// The earliest of `until` and the times that no token of the grant outlives.
    fn cap(&self, until: Time) -> Time {
        let acting = self.grant.acting();
        let until = self.bounds.cap(until);
        acting.map_or(until, |act| until.min(act.until))
    }

    /// The claim about who acts as the user.
    fn act(&self) -> Option<Value> {
        let act = self.grant.acting()?;
        Some(claim_facts::act(&self.app.master, self.client, &act.by))
    }

    fn tokens(&self, audience: Option<&Audience>) -> Result<IssuedTokens, ApiError> {
        let expires_at = self.cap(self.now + self.lifetimes.access_token);
        let requested = ClaimsRequest::decode(&self.grant.claims);
        let access_token = self.access_token(audience, expires_at)?;
        let id_token = self.id_token(&requested, &access_token)?;
        let access = IssuedAccessToken {
            hash: TokenHash::of(access_token.as_bytes()),
            scopes: self.scopes.clone(),
            audience: audience.map(Audience::joined),
            wanted: wanted(self.scopes, &requested, &self.client.settings.claim_rules),
            expires_at,
        };
        let lifetime = expires_at.since(self.now);
        Ok(IssuedTokens {
            access,
            response: TokenResponse {
                id_token: Some(id_token),
                ..TokenResponse::bearer(access_token, lifetime, self.scopes.clone())
            },
        })
    }

    fn access_token(&self, audience: Option<&Audience>, expires_at: Time) -> Result<String, ApiError> {
        let nothing_by_name = ClaimsRequest::default();
        let for_server = || {
            of_person(
                &self.person,
                self.scopes,
                &nothing_by_name,
                Target::ResourceServer,
            )
        };
        let content = AccessTokenContent {
            subject: &self.subject,
            scopes: self.scopes,
            auth_time: Some(self.grant.auth_time),
            claims: audience.map_or_else(Map::new, |_| for_server()),
            act: self.act(),
            expires_at,
        };
        access_token(self.app, self.client, audience, content, self.now)
    }

    fn id_token(&self, requested: &ClaimsRequest, access_token: &str) -> Result<String, ApiError> {
        let algorithm = self.client.settings.id_token_alg;
        let id_token = IdToken {
            issuer: self.app.config.server.issuer.as_str(),
            subject: &self.subject,
            grant: self.grant,
            acr: acr_for(&self.grant.amr),
            algorithm,
            access_token,
            claims: of_person(
                &self.person,
                self.scopes,
                requested,
                Target::of_id_token(self.client),
            ),
            issued_at: self.now,
            act: self.act(),
            expires_at: self.cap(self.now + self.lifetimes.id_token),
        };
        sign(self.app, algorithm, Typ::IdToken, &id_token.claims(), self.now)
    }
}
