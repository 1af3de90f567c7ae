//! A relying party's side of the protocol, every value of it ours to change.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::browser::{Answer, answer, client};

pub const REDIRECT_URI: &str = "https://app.example.org/callback";
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

/// An `Authorization` header.
pub fn basic(id: &str, secret: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")))
}

pub struct Rp {
    base: String,
    pub id: String,
    pub secret: String,
    client: reqwest::Client,
}

impl Rp {
    pub fn new(base: &str, id: &str, secret: &str) -> Self {
        Self {
            base: base.into(),
            id: id.into(),
            secret: secret.into(),
            client: client(),
        }
    }

    /// The address that begins a sign-in; `change` replaces parameters, and an empty value removes one.
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
        for (name, value) in change {
            params.retain(|(other, _)| other != name);
            params.push((name, value));
        }
        params.retain(|(_, value)| !value.is_empty());
        let query = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(params)
            .finish();
        format!("/oauth2/authorize?{query}")
    }

    /// Posts to one of the server's endpoints with Basic authentication.
    pub async fn call(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.call_as(path, fields, &basic(&self.id, &self.secret)).await
    }

    /// Posts with another `Authorization` header; none if it is empty.
    pub async fn call_as(&self, path: &str, fields: &[(&str, &str)], authorization: &str) -> Answer {
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        let request = self.client.post(format!("{}{path}", self.base));
        let request = request
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body);
        let request = if authorization.is_empty() {
            request
        } else {
            request.header("authorization", authorization)
        };
        answer(request).await
    }

    /// Redeems a code.
    pub async fn redeem(&self, code: &str) -> Answer {
        self.redeem_with(code, &[]).await
    }

    /// Redeems a code with other parameters; an empty value removes one.
    pub async fn redeem_with(&self, code: &str, change: &[(&str, &str)]) -> Answer {
        let mut fields = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", REDIRECT_URI),
            ("code_verifier", VERIFIER),
        ];
        for (name, value) in change {
            fields.retain(|(other, _)| other != name);
            fields.push((name, value));
        }
        fields.retain(|(_, value)| !value.is_empty());
        self.call("/oauth2/token", &fields).await
    }

    pub async fn refresh(&self, token: &str) -> Answer {
        self.call(
            "/oauth2/token",
            &[("grant_type", "refresh_token"), ("refresh_token", token)],
        )
        .await
    }

    pub async fn userinfo(&self, access_token: &str) -> Answer {
        let request = self.client.get(format!("{}/oauth2/userinfo", self.base));
        answer(request.header("authorization", format!("Bearer {access_token}"))).await
    }

    pub async fn introspect(&self, token: &str) -> Value {
        self.call("/oauth2/introspect", &[("token", token)]).await.json()
    }
}

/// A parameter of the redirect back to the app.
pub fn param(location: &str, name: &str) -> String {
    let (_, params) = location.split_once(['?', '#']).unwrap_or_default();
    let mut found = form_urlencoded::parse(params.as_bytes()).filter(|(other, _)| other == name);
    found
        .next()
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}

/// The claims of a JWT, its signature left to those who test signatures.
pub fn claims(jwt: &str) -> Value {
    let payload = jwt.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}
