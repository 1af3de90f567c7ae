//! Verifies a compact JWS, except for the checks that depend on its purpose.
//!
//! The order is: size, shape, header, key, signature, claims. The caller checks issuer, audience and replay,
//! and also the times (`claims.rs`), because an expired `id_token_hint` is acceptable.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use super::algorithm::JwsAlgorithm;
use super::claims::Claims;
use super::json::UniqueObject;
use super::jwk::is_printable_kid;
use super::jwt_error::JwtError;
use super::verify::KeySource;

/// The maximum size of a token in bytes.
pub const MAX_JWT_LEN: usize = 64 * 1024;

/// The kind of a token, checked by its `typ` header so that no kind is accepted as another (RFC 8725 section
/// 3.11).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Typ {
    /// An access token (RFC 9068 section 2.1).
    AccessToken,
    /// An access token for an older resource server, which only that server verifies.
    PlainAccessToken,
    /// An ID token (OIDC Core section 2).
    IdToken,
    /// A signed userinfo response (OIDC Core section 5.3.2). It has no `exp`, so it fails every time check.
    UserInfo,
    /// A logout token (OIDC Back-Channel Logout section 2.4), which only apps verify.
    LogoutToken,
    /// A client assertion (RFC 7523 section 3): without `typ`, with `JWT`, or with the explicit type.
    ClientAssertion,
}

impl Typ {
    /// The header value in tokens that we sign.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::AccessToken => "at+jwt",
            Self::PlainAccessToken | Self::IdToken | Self::UserInfo => "JWT",
            Self::LogoutToken => "logout+jwt",
            Self::ClientAssertion => "client-authentication+jwt",
        }
    }

    /// Our own tokens have exactly our spelling; an app's may use any spelling of the media type.
    fn accepts(self, typ: Option<&str>) -> bool {
        match (self, typ) {
            (Self::ClientAssertion, None) => true,
            (Self::ClientAssertion, Some(typ)) => {
                let typ = typ.to_ascii_lowercase();
                ["jwt", self.name()].contains(&typ.strip_prefix("application/").unwrap_or(&typ))
            }
            (_, typ) => typ == Some(self.name()),
        }
    }
}

/// The tokens that a caller accepts.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// The kind of token.
    pub typ: Typ,
    /// The accepted algorithms.
    pub algs: &'a [JwsAlgorithm],
}

/// Checks a token's shape, type, algorithm and signature, and that its times are numbers (RFC 7515 section 5.2).
///
/// # Errors
/// [`JwtError`] for the first failed check, in the order given above.
pub fn verify(token: &str, keys: &dyn KeySource, expected: Expected<'_>) -> Result<Claims, JwtError> {
    if token.len() > MAX_JWT_LEN {
        return Err(JwtError::TooLarge);
    }
    let (message, signature) = token.rsplit_once('.').ok_or(JwtError::Malformed)?;
    let (header, payload) = message.split_once('.').ok_or(JwtError::Malformed)?;
    let header = object(header)?;
    let payload_bytes = decode(payload)?;
    let signature = decode(signature)?;
    let (algorithm, kid) = check_header(&header, expected)?;
    let candidates = keys.candidates(algorithm, kid);
    if candidates.is_empty() {
        return Err(JwtError::UnknownKey);
    }
    if !candidates
        .iter()
        .any(|key| key.verify(message.as_bytes(), &signature))
    {
        return Err(JwtError::Signature);
    }
    Claims::parse(&payload_bytes)
}

fn decode(part: &str) -> Result<Vec<u8>, JwtError> {
    URL_SAFE_NO_PAD.decode(part).map_err(|_| JwtError::Malformed)
}

fn object(part: &str) -> Result<Map<String, Value>, JwtError> {
    let UniqueObject(members) = serde_json::from_slice(&decode(part)?).map_err(|_| JwtError::Malformed)?;
    Ok(members)
}

fn check_header<'a>(
    header: &'a Map<String, Value>,
    expected: Expected<'_>,
) -> Result<(JwsAlgorithm, Option<&'a str>), JwtError> {
    let algorithm = header
        .get("alg")
        .and_then(Value::as_str)
        .and_then(|name| name.parse().ok());
    let algorithm = algorithm
        .filter(|known| expected.algs.contains(known))
        .ok_or(JwtError::Algorithm)?;
    // A token must not supply or point to its own key, and no critical extension is supported.
    let forbidden = ["jwk", "jku", "x5u", "x5c", "crit", "b64", "zip"];
    if forbidden.iter().any(|name| header.contains_key(*name)) {
        return Err(JwtError::Header);
    }
    let kid = match header.get("kid") {
        None => None,
        Some(Value::String(kid)) if is_printable_kid(kid) => Some(kid.as_str()),
        Some(_) => return Err(JwtError::Header),
    };
    let typ = match header.get("typ") {
        None => None,
        Some(Value::String(typ)) => Some(typ.as_str()),
        Some(_) => return Err(JwtError::Type),
    };
    if !expected.typ.accepts(typ) {
        return Err(JwtError::Type);
    }
    Ok((algorithm, kid))
}

#[cfg(test)]
mod tests;
