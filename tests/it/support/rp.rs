//! A relying party whose parameters tests can change. It verifies each ID token that it receives.

use std::str::FromStr;
use std::sync::Mutex;
use std::time::{Duration, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use doorward::clock::Clock;
use openidconnect::core::{CoreIdToken, CoreIdTokenVerifier, CoreJsonWebKeySet, CoreJwsSigningAlgorithm};
use openidconnect::{AccessToken, AccessTokenHash, ClientId, IssuerUrl, Nonce};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::TestApp;
use super::browser::{Browser, client, response_to};
use super::response::Response;
use super::tokens::{Tokens, param};

pub const REDIRECT_URI: &str = "https://app.example.org/callback";
/// The change to an authorization request that requests a refresh token.
pub const OFFLINE: &[(&str, &str)] = &[("scope", "openid offline_access")];
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

/// An `Authorization` header.
pub fn basic(id: &str, secret: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")))
}

pub struct Rp {
    base: String,
    pub id: String,
    pub secret: String,
    client: reqwest::Client,
    clock: Clock,
    /// The nonces of its authorization requests; `None` for a request without one.
    nonces: Mutex<Vec<Option<String>>>,
}

impl Rp {
    /// An app of this server that uses the test's clock.
    pub fn new(test: &TestApp, id: &str, secret: &str) -> Self {
        Self {
            clock: test.clock.clone(),
            ..Self::of_process(&test.base, id, secret)
        }
    }

    /// An app of a server in a process of its own, with the system's clock.
    pub fn of_process(base: &str, id: &str, secret: &str) -> Self {
        Self {
            base: base.into(),
            id: id.into(),
            secret: secret.into(),
            client: client(),
            clock: Clock::system(),
            nonces: Mutex::default(),
        }
    }

    /// The URL of an authorization request; `change` replaces parameters, and an empty value removes one.
    pub fn authorize(&self, change: &[(&str, &str)]) -> String {
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER));
        let mut params: Vec<(&str, &str)> = vec![
            ("client_id", &self.id),
            ("redirect_uri", REDIRECT_URI),
            ("response_type", "code"),
            ("scope", "openid profile email groups roles teams"),
            ("state", "some state"),
            ("nonce", "some nonce"),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ];
        replace(&mut params, change);
        let nonce = params.iter().find(|(name, _)| *name == "nonce");
        let nonce = nonce.map(|(_, value)| (*value).to_owned());
        self.nonces.lock().unwrap().push(nonce);
        let query = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(params)
            .finish();
        format!("/oauth2/authorize?{query}")
    }

    /// Gets a code, with a sign-in if the request leads to one; `change` as in [`Rp::authorize`].
    pub async fn code(&self, browser: &Browser, username: &str, change: &[(&str, &str)]) -> String {
        let response = browser.get(&self.authorize(change)).await;
        let back = if response.location().contains("/sign-in") {
            browser.sign_in(response.location(), username).await
        } else {
            response
        };
        param(back.location(), "code")
    }

    /// Gets tokens, as [`Rp::code`] gets a code.
    pub async fn sign_in(&self, browser: &Browser, username: &str, change: &[(&str, &str)]) -> Tokens {
        let code = self.code(browser, username, change).await;
        self.redeem(&code).await.tokens()
    }

    /// Gets tokens in a browser with a session, without a page.
    pub async fn silent_sign_in(&self, browser: &Browser) -> Tokens {
        let back = browser.get(&self.authorize(&[])).await;
        self.redeem(&param(back.location(), "code")).await.tokens()
    }

    /// The error of a request with `prompt=none`; empty if it succeeds.
    pub async fn silent_error(&self, browser: &Browser) -> String {
        let back = browser.get(&self.authorize(&[("prompt", "none")])).await;
        param(back.location(), "error")
    }

    /// Posts to one of the server's endpoints, with Basic authentication if the app has a secret.
    pub async fn call(&self, path: &str, fields: &[(&str, &str)]) -> Response {
        if self.secret.is_empty() {
            let fields = [fields, &[("client_id", &self.id)]].concat();
            return self.call_as(path, &fields, "").await;
        }
        self.call_as(path, fields, &basic(&self.id, &self.secret)).await
    }

    /// Posts with another `Authorization` header; without one if it is empty.
    pub async fn call_as(&self, path: &str, fields: &[(&str, &str)], authorization: &str) -> Response {
        let header = [("authorization", authorization)];
        let headers = if authorization.is_empty() {
            &[][..]
        } else {
            &header
        };
        self.post(path, fields, headers).await
    }

    /// Posts with these headers only.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)], headers: &[(&str, &str)]) -> Response {
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        let request = self.client.post(format!("{}{path}", self.base));
        let request = request
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body);
        let request = headers
            .iter()
            .fold(request, |request, (name, value)| request.header(*name, *value));
        response_to(request).await
    }

    /// Redeems a code.
    pub async fn redeem(&self, code: &str) -> Response {
        self.redeem_with(code, &[]).await
    }

    /// Redeems a code with other parameters; an empty value removes one.
    pub async fn redeem_with(&self, code: &str, change: &[(&str, &str)]) -> Response {
        let mut fields = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", REDIRECT_URI),
            ("code_verifier", VERIFIER),
        ];
        replace(&mut fields, change);
        let response = self.call("/oauth2/token", &fields).await;
        self.verified(response).await
    }

    /// Asks for the codes of a device.
    pub async fn start_device(&self, scope: &str) -> Response {
        self.call("/oauth2/device_authorization", &[("scope", scope)])
            .await
    }

    /// Asks for the tokens of a device.
    pub async fn poll(&self, device_code: &str) -> Response {
        self.nonces.lock().unwrap().push(None);
        let grant_type = "urn:ietf:params:oauth:grant-type:device_code";
        let fields = [("grant_type", grant_type), ("device_code", device_code)];
        let response = self.call("/oauth2/token", &fields).await;
        self.verified(response).await
    }

    pub async fn refresh(&self, token: &str) -> Response {
        let fields = [("grant_type", "refresh_token"), ("refresh_token", token)];
        let response = self.call("/oauth2/token", &fields).await;
        self.verified(response).await
    }

    /// The same response, after its ID token, if it has one, was verified.
    async fn verified(&self, response: Response) -> Response {
        if response.status == 200 {
            let tokens = response.json();
            if let Some(id_token) = tokens["id_token"].as_str() {
                let access_token = tokens["access_token"].as_str().unwrap();
                let outcome = self.verify(id_token, access_token).await;
                assert_eq!(outcome, Ok(()), "{id_token}");
            }
        }
        response
    }

    /// Verifies an ID token (OpenID Connect Core 1.0 sections 3.1.3.7 and 3.1.3.8): signature by a key of the server's
    /// JWKS, issuer, audience, times, a nonce that was sent, and the hash of the access token, which tokens with `EdDSA`
    /// lack.
    pub async fn verify(&self, id_token: &str, access_token: &str) -> Result<(), String> {
        let keys = response_to(self.client.get(format!("{}/oauth2/jwks", self.base))).await;
        let keys: CoreJsonWebKeySet = serde_json::from_str(&keys.body).unwrap();
        let issuer = IssuerUrl::new(self.base.clone()).unwrap();
        let now = self.clock.now().seconds();
        let verifier = CoreIdTokenVerifier::new_public_client(ClientId::new(self.id.clone()), issuer, keys)
            .set_allowed_algs([
                CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
                CoreJwsSigningAlgorithm::RsaSsaPssSha256,
                CoreJwsSigningAlgorithm::EcdsaP256Sha256,
                CoreJwsSigningAlgorithm::EdDsa,
            ])
            .set_time_fn(move || (UNIX_EPOCH + Duration::from_secs(now.unsigned_abs())).into())
            .set_issue_time_verifier_fn(move |issued| match issued.timestamp() {
                at if at <= now => Ok(()),
                at => Err(format!("issued at {at}, which is after {now}")),
            });
        let token = CoreIdToken::from_str(id_token).map_err(|error| error.to_string())?;
        let claims = token.claims(&verifier, |nonce: Option<&Nonce>| self.is_one_of_ours(nonce));
        let claims = claims.map_err(|error| format!("{error:?}"))?;
        let key = token.signing_key(&verifier).map_err(|error| error.to_string())?;
        let algorithm = token.signing_alg().map_err(|error| error.to_string())?;
        let expected = match claims.access_token_hash() {
            Some(expected) => expected,
            None if matches!(algorithm, CoreJwsSigningAlgorithm::EdDsa) => return Ok(()),
            None => return Err("no at_hash".to_owned()),
        };
        let actual = AccessTokenHash::from_token(&AccessToken::new(access_token.to_owned()), algorithm, key);
        if actual.map_err(|error| error.to_string())? == *expected {
            Ok(())
        } else {
            Err("the ID token belongs to another access token".to_owned())
        }
    }

    fn is_one_of_ours(&self, nonce: Option<&Nonce>) -> Result<(), String> {
        let nonce = nonce.map(|nonce| nonce.secret().clone());
        if self.nonces.lock().unwrap().contains(&nonce) {
            Ok(())
        } else {
            Err(format!("{nonce:?} was not sent"))
        }
    }

    /// Gets tokens with the client credentials grant.
    pub async fn client_credentials(&self) -> Tokens {
        let fields = [("grant_type", "client_credentials")];
        self.call("/oauth2/token", &fields).await.tokens()
    }

    /// Gets a path without credentials.
    pub async fn get(&self, path: &str) -> Response {
        response_to(self.client.get(format!("{}{path}", self.base))).await
    }

    pub async fn userinfo(&self, access_token: &str) -> Response {
        let request = self.client.get(format!("{}/oauth2/userinfo", self.base));
        response_to(request.header("authorization", format!("Bearer {access_token}"))).await
    }

    pub async fn introspect(&self, token: &str) -> Value {
        self.call("/oauth2/introspect", &[("token", token)]).await.json()
    }
}

/// Replaces parameters; those with an empty value are left out.
fn replace<'a>(params: &mut Vec<(&'a str, &'a str)>, change: &[(&'a str, &'a str)]) {
    for (name, value) in change {
        params.retain(|(other, _)| other != name);
        params.push((name, value));
    }
    params.retain(|(_, value)| !value.is_empty());
}
