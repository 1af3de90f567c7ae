//! What ID tokens and access tokens say.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256, Sha512};

use crate::clock::Time;
use crate::crypto::Algorithm;
use crate::model::Scopes;
use crate::model::grant::Grant;

/// What an ID token is made of (OIDC Core section 2).
pub struct IdToken<'a> {
    /// Who signs it.
    pub issuer: &'a str,
    /// The `sub` that the app sees.
    pub subject: &'a str,
    /// What it was given for.
    pub grant: &'a Grant,
    /// The authentication context reached.
    pub acr: Option<&'a str>,
    /// What it will be signed with.
    pub algorithm: Algorithm,
    /// The access token that comes with it.
    pub access_token: &'a str,
    /// What the app receives about the person.
    pub claims: Map<String, Value>,
    /// Now.
    pub issued_at: Time,
    /// When it ends.
    pub expires_at: Time,
}

impl IdToken<'_> {
    /// The claims set to sign; a claim about the person never replaces one of the protocol's.
    #[must_use]
    pub fn claims(self) -> Map<String, Value> {
        let amr: Vec<&str> = self.grant.amr.iter().collect();
        let mut all = self.claims;
        let protocol = [
            ("iss", json!(self.issuer)),
            ("sub", json!(self.subject)),
            ("aud", json!(self.grant.client_id)),
            ("exp", json!(self.expires_at.seconds())),
            ("iat", json!(self.issued_at.seconds())),
            ("auth_time", json!(self.grant.auth_time.seconds())),
            ("nonce", json!(self.grant.nonce)),
            ("acr", json!(self.acr)),
            ("amr", json!(amr)),
            ("sid", json!(self.grant.session_id)),
            (
                "at_hash",
                json!(left_half_hash(self.algorithm, self.access_token)),
            ),
        ];
        for (name, value) in protocol {
            if value.is_null() {
                all.remove(name);
            } else {
                all.insert(name.to_owned(), value);
            }
        }
        all
    }
}

/// `at_hash` (OIDC Core section 3.1.3.6): the left half of the hash that belongs to the signature's algorithm;
/// Ed25519 hashes with SHA-512 (RFC 8032 section 5.1).
fn left_half_hash(algorithm: Algorithm, token: &str) -> String {
    match algorithm {
        Algorithm::EdDSA => URL_SAFE_NO_PAD.encode(&Sha512::digest(token.as_bytes())[..32]),
        Algorithm::RS256 | Algorithm::PS256 | Algorithm::ES256 => {
            URL_SAFE_NO_PAD.encode(&Sha256::digest(token.as_bytes())[..16])
        }
    }
}

/// What a signed access token is made of (RFC 9068 section 2.2).
pub struct AccessToken<'a> {
    /// Who signs it.
    pub issuer: &'a str,
    /// The `sub` that the app sees, or the client id when the app acts for itself.
    pub subject: &'a str,
    /// The app.
    pub client_id: &'a str,
    /// What it allows.
    pub scopes: &'a Scopes,
    /// Its name.
    pub jti: &'a str,
    /// When the person was authenticated.
    pub auth_time: Option<Time>,
    /// Now.
    pub issued_at: Time,
    /// When it ends.
    pub expires_at: Time,
}

impl AccessToken<'_> {
    /// The claims set to sign. Its audience is the issuer, whose userinfo endpoint it opens.
    #[must_use]
    pub fn claims(&self) -> Map<String, Value> {
        let mut all = Map::new();
        all.insert("iss".into(), json!(self.issuer));
        all.insert("sub".into(), json!(self.subject));
        all.insert("aud".into(), json!(self.issuer));
        all.insert("client_id".into(), json!(self.client_id));
        all.insert("exp".into(), json!(self.expires_at.seconds()));
        all.insert("iat".into(), json!(self.issued_at.seconds()));
        all.insert("jti".into(), json!(self.jti));
        all.insert("scope".into(), json!(self.scopes));
        if let Some(at) = self.auth_time {
            all.insert("auth_time".into(), json!(at.seconds()));
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b22_at_hash_is_the_left_half_of_the_algorithms_hash() {
        // The example of OIDC Core appendix A.3.
        let token = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y";
        assert_eq!(left_half_hash(Algorithm::RS256, token), "77QmUPtjPfzWtF2AnpK9RQ");
        assert_eq!(left_half_hash(Algorithm::EdDSA, token).len(), 43);
    }
}
