//! The relying party: the code flow with PKCE, state and nonce, the verification of tokens, refresh, userinfo and
//! sign-out, with the `openidconnect` crate.

use std::sync::{Arc, Mutex, PoisonError};

use openidconnect::core::CoreResponseType;
use openidconnect::{
    AccessToken, AuthenticationFlow, AuthorizationCode, ClaimsVerificationError, ClientId, ClientSecret,
    CsrfToken, EndSessionUrl, IssuerUrl, LogoutRequest, Nonce, OAuth2TokenResponse, PkceCodeChallenge,
    PkceCodeVerifier, PostLogoutRedirectUrl, ProviderMetadataWithLogout, RedirectUrl, RefreshToken, Scope,
    SignatureVerificationError, TokenResponse,
};
use url::Url;

use super::failure::{Failure, with_causes};
use super::fetch::Http;
use super::verification::{
    Claims, Discovered, Token, TokenEndpointResponse, Userinfo, VerificationError, check_nonce, verify,
};
use crate::clock::Time;

/// The requested scopes besides `openid`.
const SCOPES: [&str; 8] = [
    "profile",
    "email",
    "phone",
    "address",
    "groups",
    "teams",
    "roles",
    "offline_access",
];

/// The data of a sign-in that has begun, to check the authorization response.
#[derive(Debug)]
pub struct Pending {
    /// Identifies the sign-in and binds the response to the browser.
    pub state: String,
    nonce: Nonce,
    verifier: PkceCodeVerifier,
}

impl Pending {
    /// A value for tests.
    #[cfg(test)]
    pub fn sample(state: &str) -> Self {
        Self {
            state: state.to_owned(),
            nonce: Nonce::new_random(),
            verifier: PkceCodeChallenge::new_random_sha256().1,
        }
    }
}

/// The verified result of a sign-in or a refresh.
#[derive(Debug)]
pub struct SignedIn {
    /// The ID token, which sign-out sends as a hint.
    id_token: Token,
    nonce: Nonce,
    /// The claims of the ID token.
    pub claims: Claims,
    /// The userinfo response, which has the same `sub` as the ID token.
    pub userinfo: Userinfo,
    /// When the access token expires.
    pub expires: Time,
    /// The algorithm of the ID token's signature.
    pub algorithm: String,
    /// The granted scopes.
    pub scopes: String,
    /// Whether the ID token contains the hash of the access token, which was verified.
    pub bound: bool,
}

/// The provider's metadata and keys.
#[derive(Debug)]
struct Provider {
    client: Discovered,
    end_session: Option<EndSessionUrl>,
}

/// The relying party.
#[derive(Debug)]
pub struct RelyingParty {
    http: Http,
    issuer: IssuerUrl,
    client_id: ClientId,
    client_secret: ClientSecret,
    redirect_uri: RedirectUrl,
    post_logout_redirect_uri: PostLogoutRedirectUrl,
    /// Fetched when it is first needed, so that provider and app can start in any order.
    provider: Mutex<Option<Arc<Provider>>>,
}

impl RelyingParty {
    /// A relying party with these credentials and redirect URIs.
    ///
    /// # Errors
    /// When a URL is invalid, or the HTTP client cannot be created.
    pub fn new(
        issuer: &str,
        (client_id, client_secret): (String, String),
        redirect_uri: String,
        post_logout_redirect_uri: String,
    ) -> anyhow::Result<Self> {
        Ok(Self {
            http: Http::new()?,
            issuer: IssuerUrl::new(issuer.to_owned())?,
            client_id: ClientId::new(client_id),
            client_secret: ClientSecret::new(client_secret),
            redirect_uri: RedirectUrl::new(redirect_uri)?,
            post_logout_redirect_uri: PostLogoutRedirectUrl::new(post_logout_redirect_uri)?,
            provider: Mutex::new(None),
        })
    }

    /// The provider's issuer.
    pub fn issuer(&self) -> &str {
        self.issuer.as_str()
    }

    /// The URL of the authorization request, and the data to check the response with.
    pub async fn begin(&self) -> Result<(Url, Pending), Failure> {
        let provider = self.provider().await?;
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let (url, state, nonce) = provider
            .client
            .authorize_url(
                AuthenticationFlow::<CoreResponseType>::AuthorizationCode,
                CsrfToken::new_random,
                Nonce::new_random,
            )
            .add_scopes(SCOPES.map(|scope| Scope::new(scope.to_owned())))
            .set_pkce_challenge(challenge)
            .url();
        let state = state.into_secret();
        Ok((
            url,
            Pending {
                state,
                nonce,
                verifier,
            },
        ))
    }

    /// Checks the `iss` parameter of a response (RFC 9207 section 2.4).
    pub fn check_issuer(&self, issuer: Option<&str>) -> Result<(), Failure> {
        match issuer {
            Some(issuer) if issuer != self.issuer.as_str() => Err(Failure::Invalid(format!(
                "The response is from another provider: {issuer}."
            ))),
            _ => Ok(()),
        }
    }

    /// Redeems the code, verifies the ID token and fetches userinfo.
    pub async fn finish(
        &self,
        pending: Pending,
        code: String,
        now: Time,
    ) -> Result<(SignedIn, Option<RefreshToken>), Failure> {
        let provider = self.provider().await?;
        let response = provider
            .client
            .exchange_code(AuthorizationCode::new(code))?
            .set_pkce_verifier(pending.verifier)
            .request_async(&self.http)
            .await?;
        let id_token = response
            .id_token()
            .cloned()
            .ok_or_else(|| Failure::Invalid("The response has no ID token.".to_owned()))?;
        let expected = &pending.nonce;
        let claims = self
            .verified(&id_token, response.access_token(), |nonce| {
                check_nonce(expected, nonce.ok_or("The ID token has no nonce.")?)
            })
            .await?;
        let account = self
            .complete(&response, (id_token, claims), pending.nonce, now)
            .await?;
        Ok((account, response.refresh_token().cloned()))
    }

    /// Redeems the refresh token for new tokens of the same account.
    pub async fn refresh(
        &self,
        before: &SignedIn,
        token: &RefreshToken,
        now: Time,
    ) -> Result<(SignedIn, Option<RefreshToken>), Failure> {
        let provider = self.provider().await?;
        let response = provider
            .client
            .exchange_refresh_token(token)?
            .request_async(&self.http)
            .await?;
        let (id_token, claims) = match response.id_token() {
            Some(id_token) => {
                // OpenID Connect Core 1.0 section 12.2: a nonce is not required, but if there is one it must match.
                let claims = self
                    .verified(id_token, response.access_token(), |nonce| {
                        nonce.map_or(Ok(()), |nonce| check_nonce(&before.nonce, nonce))
                    })
                    .await?;
                if claims.subject() != before.claims.subject() {
                    return Err(Failure::Invalid(
                        "The new ID token is for another user.".to_owned(),
                    ));
                }
                (id_token.clone(), claims)
            }
            None => (before.id_token.clone(), before.claims.clone()),
        };
        let account = self
            .complete(&response, (id_token, claims), before.nonce.clone(), now)
            .await?;
        Ok((account, response.refresh_token().cloned()))
    }

    /// The URL to sign out at the provider, and the `state` of the response; `None` if the provider has no such
    /// endpoint.
    pub async fn sign_out(&self, account: &SignedIn) -> Result<Option<(Url, String)>, Failure> {
        let provider = self.provider().await?;
        Ok(provider.end_session.clone().map(|end_session| {
            let state = CsrfToken::new_random();
            let url = LogoutRequest::from(end_session)
                .set_id_token_hint(&account.id_token)
                .set_client_id(self.client_id.clone())
                .set_post_logout_redirect_uri(self.post_logout_redirect_uri.clone())
                .set_state(state.clone())
                .http_get_url();
            (url, state.into_secret())
        }))
    }

    /// The provider, whose metadata is fetched if it is not cached.
    async fn provider(&self) -> Result<Arc<Provider>, Failure> {
        let known = self
            .provider
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        match known {
            Some(provider) => Ok(provider),
            None => self.discover().await,
        }
    }

    /// Fetches the provider's metadata and keys.
    async fn discover(&self) -> Result<Arc<Provider>, Failure> {
        let metadata = ProviderMetadataWithLogout::discover_async(self.issuer.clone(), &self.http).await?;
        let end_session = metadata.additional_metadata().end_session_endpoint.clone();
        let client = Discovered::from_provider_metadata(
            metadata,
            self.client_id.clone(),
            Some(self.client_secret.clone()),
        )
        .set_redirect_uri(self.redirect_uri.clone());
        let provider = Arc::new(Provider { client, end_session });
        *self.provider.lock().unwrap_or_else(PoisonError::into_inner) = Some(provider.clone());
        Ok(provider)
    }

    /// Verifies an ID token; fetches the provider's keys again if its key is unknown.
    async fn verified(
        &self,
        id_token: &Token,
        access_token: &AccessToken,
        check_nonce: impl Fn(Option<&Nonce>) -> Result<(), String>,
    ) -> Result<Claims, Failure> {
        let known = self.provider().await?;
        let unknown_key =
            ClaimsVerificationError::SignatureVerification(SignatureVerificationError::NoMatchingKey);
        match verify(&known.client, id_token, access_token, &check_nonce) {
            Err(VerificationError::Claims(error)) if error == unknown_key => {
                let fresh = self.discover().await?;
                verify(&fresh.client, id_token, access_token, &check_nonce)
            }
            outcome => outcome,
        }
        .map_err(|error| Failure::Invalid(with_causes(&error)))
    }

    /// Fetches userinfo and creates the result.
    async fn complete(
        &self,
        response: &TokenEndpointResponse,
        (id_token, claims): (Token, Claims),
        nonce: Nonce,
        now: Time,
    ) -> Result<SignedIn, Failure> {
        let userinfo = self
            .provider()
            .await?
            .client
            // Userinfo with another `sub` is refused (OpenID Connect Core 1.0 section 5.3.2).
            .user_info(response.access_token().clone(), Some(claims.subject().clone()))?
            .request_async(&self.http)
            .await?;
        let algorithm = serde_json::to_value(id_token.signing_alg().ok())
            .ok()
            .and_then(|name| name.as_str().map(str::to_owned))
            .unwrap_or_default();
        let granted = response.scopes().map(|scopes| {
            let names: Vec<&str> = scopes.iter().map(|scope| scope.as_str()).collect();
            names.join(" ")
        });
        Ok(SignedIn {
            algorithm,
            // RFC 6749 section 5.1: the scope is left out if it is the requested one.
            scopes: granted.unwrap_or_else(|| format!("openid {}", SCOPES.join(" "))),
            bound: claims.access_token_hash().is_some(),
            expires: now + response.expires_in().unwrap_or_default(),
            id_token,
            nonce,
            claims,
            userinfo,
        })
    }
}
