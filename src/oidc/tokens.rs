//! Builds the claims of ID tokens and access tokens.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::clock::Time;
use crate::crypto::Algorithm;
use crate::model::Scopes;
use crate::model::grant::Grant;

/// The input for an ID token (OIDC Core section 2).
pub struct IdToken<'a> {
    /// The issuer.
    pub issuer: &'a str,
    /// The `sub`.
    pub subject: &'a str,
    /// The grant that it is issued from.
    pub grant: &'a Grant,
    /// The authentication context that was reached.
    pub acr: Option<&'a str>,
    /// The algorithm of its signature, which decides whether there is an `at_hash`.
    pub algorithm: Algorithm,
    /// The access token that is issued with it.
    pub access_token: &'a str,
    /// The claims about the user.
    pub claims: Map<String, Value>,
    /// Who acts as the user (RFC 8693 section 4.1).
    pub act: Option<Value>,
    /// The current time.
    pub issued_at: Time,
    /// When it expires.
    pub expires_at: Time,
}

impl IdToken<'_> {
    /// The claims to sign; a claim about the user never replaces one of the protocol.
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
            ("at_hash", json!(at_hash(self.algorithm, self.access_token))),
            ("act", json!(self.act)),
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

/// `at_hash` (OIDC Core section 3.1.3.6): the left half of the access token's hash. It is optional in the code flow,
/// and absent with `EdDSA`, for which libraries disagree about the hash.
fn at_hash(algorithm: Algorithm, token: &str) -> Option<String> {
    match algorithm {
        Algorithm::EdDSA => None,
        Algorithm::RS256 | Algorithm::PS256 | Algorithm::ES256 => {
            Some(URL_SAFE_NO_PAD.encode(&Sha256::digest(token.as_bytes())[..16]))
        }
    }
}

/// The value of `aud`: a list only for several (RFC 7519 section 4.1.3).
#[must_use]
pub fn audience_claim(audiences: &[&str]) -> Value {
    match audiences {
        [one] => json!(one),
        several => json!(several),
    }
}

/// The content of an access token.
pub struct AccessTokenContent<'a> {
    /// The `sub`; the client ID for the client credentials grant.
    pub subject: &'a str,
    /// Its scopes.
    pub scopes: &'a Scopes,
    /// When the user authenticated.
    pub auth_time: Option<Time>,
    /// The granted claims about the user.
    pub claims: Map<String, Value>,
    /// Who acts as the user (RFC 8693 section 4.1).
    pub act: Option<Value>,
    /// When it expires.
    pub expires_at: Time,
}

/// The input for an access token for a resource server (RFC 9068 section 2.2).
pub struct AccessToken<'a> {
    /// The issuer.
    pub issuer: &'a str,
    /// The resource servers that accept it.
    pub audiences: &'a [&'a str],
    /// The app that it is issued to.
    pub client_id: &'a str,
    /// Its unique identifier.
    pub jti: &'a str,
    /// What it says about the user.
    pub content: AccessTokenContent<'a>,
    /// The current time.
    pub issued_at: Time,
}

impl AccessToken<'_> {
    /// The claims to sign; a claim about the user never replaces one of the protocol.
    #[must_use]
    pub fn claims(self) -> Map<String, Value> {
        let content = self.content;
        let mut all = content.claims;
        all.insert("iss".into(), json!(self.issuer));
        all.insert("sub".into(), json!(content.subject));
        all.insert("aud".into(), audience_claim(self.audiences));
        all.insert("client_id".into(), json!(self.client_id));
        all.insert("exp".into(), json!(content.expires_at.seconds()));
        all.insert("iat".into(), json!(self.issued_at.seconds()));
        all.insert("jti".into(), json!(self.jti));
        all.insert("scope".into(), json!(content.scopes));
        if let Some(act) = content.act {
            all.insert("act".into(), act);
        }
        if let Some(at) = content.auth_time {
            all.insert("auth_time".into(), json!(at.seconds()));
        }
        all
    }
}

/// How long a logout token is valid (OIDC Back-Channel Logout section 2.4 recommends at most two minutes).
const LOGOUT_TOKEN_LIFETIME: Duration = Duration::from_mins(2);

/// The input for a logout token (OIDC Back-Channel Logout section 2.4).
pub struct LogoutToken<'a> {
    /// The issuer.
    pub issuer: &'a str,
    /// The `sub`.
    pub subject: &'a str,
    /// The app.
    pub client_id: &'a str,
    /// The session as the app knows it; without it, the app ends every session of the user.
    pub sid: Option<&'a str>,
    /// Its unique identifier.
    pub jti: &'a str,
    /// The current time.
    pub issued_at: Time,
}

impl LogoutToken<'_> {
    /// The claims to sign. There is never a `nonce`, so that nobody takes it for an ID token.
    #[must_use]
    pub fn claims(self) -> Value {
        let mut claims = json!({
            "iss": self.issuer,
            "sub": self.subject,
            "aud": self.client_id,
            "iat": self.issued_at.seconds(),
            "exp": (self.issued_at + LOGOUT_TOKEN_LIFETIME).seconds(),
            "jti": self.jti,
            "events": { "http://schemas.openid.net/event/backchannel-logout": {} },
        });
        if let Some(sid) = self.sid {
            claims["sid"] = json!(sid);
        }
        claims
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b22_at_hash_is_the_left_half_of_the_hash() {
        // The example of OIDC Core appendix A.3.
        let token = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y";
        let hash = at_hash(Algorithm::RS256, token);
        assert_eq!(hash.as_deref(), Some("77QmUPtjPfzWtF2AnpK9RQ"));
    }
}
