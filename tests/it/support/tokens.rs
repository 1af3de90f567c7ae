//! Tokens in responses.

use std::ops::Index;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

/// A successful response of the token endpoint.
#[derive(Clone, Debug)]
pub struct Tokens(pub Value);

impl Tokens {
    pub fn access(&self) -> &str {
        self.text("access_token")
    }

    pub fn refresh(&self) -> &str {
        self.text("refresh_token")
    }

    pub fn id_token(&self) -> &str {
        self.text("id_token")
    }

    /// The claims of the ID token.
    pub fn claims(&self) -> Value {
        claims(self.id_token())
    }

    fn text(&self, name: &str) -> &str {
        let text = self.0[name].as_str();
        text.unwrap_or_else(|| panic!("no {name}: {}", self.0))
    }
}

impl Index<&str> for Tokens {
    type Output = Value;

    fn index(&self, name: &str) -> &Value {
        &self.0[name]
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

/// The unverified claims of a JWT, for a token that [`super::Rp`] has verified or that apps do not verify.
pub fn claims(jwt: &str) -> Value {
    part(jwt, 1)
}

/// The header of a JWT.
pub fn header(jwt: &str) -> Value {
    part(jwt, 0)
}

fn part(jwt: &str, at: usize) -> Value {
    let part = jwt.split('.').nth(at).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}
