//! JSON Web Keys (RFC 7517): thumbprints of our own, and strict parsing of an app's.
//!
//! An app's key set is untrusted: sizes, curves, members and repeated names are checked before the library
//! sees a key. `endpoints/client_keys.rs` fetches a `jwks_uri`.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use super::algorithm::JwsAlgorithm;
use super::json::UniqueObject;
use super::verify::{KeySource, Verifier};

/// The maximum size of a key set in bytes.
const MAX_SET_LEN: usize = 64 * 1024;
/// The maximum number of keys in a set.
const MAX_KEYS: usize = 20;
/// The accepted lengths of RSA keys; verifying with a longer one costs too much for an unauthenticated
/// caller.
const RSA_BITS: std::ops::RangeInclusive<usize> = 2048..=8192;

/// The required members of a public key, in the order of a thumbprint (RFC 7638 section 3.2).
fn required_names(kty: &str) -> &'static [&'static str] {
    match kty {
        "RSA" => &["e", "kty", "n"],
        "EC" => &["crv", "kty", "x", "y"],
        "OKP" => &["crv", "kty", "x"],
        _ => &[],
    }
}

/// The public key alone, without `kid`, `use` or private members.
pub(super) fn required_members(jwk: &Map<String, Value>) -> Map<String, Value> {
    let names = required_names(jwk.get("kty").and_then(Value::as_str).unwrap_or_default());
    names
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), jwk.get(*name)?.clone())))
        .collect()
}

/// The SHA-256 thumbprint of a public key in base64url (RFC 7638); `public` is what [`required_members`] gives.
pub(super) fn thumbprint(public: &Map<String, Value>) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(Value::Object(public.clone()).to_string()))
}

/// Why an app's key set is refused; the text is for the person who registers the app.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum JwkError {
    /// Not a JSON object with an array `keys` of objects, or larger than 64 KiB.
    #[error(
        "the key set must be a JSON object of at most 64 KiB with an array \"keys\" of keys, no member twice"
    )]
    Malformed,
    /// No key, or more than 20.
    #[error("the key set must have 1 to 20 signing keys")]
    Count,
    /// A symmetric key (kty `oct`).
    #[error("a symmetric key cannot be registered; register a public key")]
    Symmetric,
    /// The set contains a private key.
    #[error("this key contains its private part; register the public key only and replace this one")]
    Private,
    /// An unknown `kty` or `crv`.
    #[error("only RSA, EC (P-256, P-384, P-521) and OKP (Ed25519) keys are supported")]
    Kind,
    /// An RSA modulus outside 2048 to 8192 bits, or an unusable exponent.
    #[error("an RSA key must have 2048 to 8192 bits and an odd exponent of 3 to 2^32")]
    RsaSize,
    /// `alg` is unknown or does not fit the key.
    #[error("\"alg\" is not a supported signature algorithm for this kind of key")]
    Algorithm,
    /// Two keys share a `kid`, or a `kid` is empty, too long or unprintable.
    #[error("each \"kid\" must be different and have 1 to 255 printable characters")]
    Kid,
    /// A member is missing, is not canonical base64url, or the point is not on the curve.
    #[error("this key's members are not a valid public key")]
    Value,
}

#[derive(serde::Deserialize)]
struct Set {
    keys: Vec<UniqueObject>,
}

/// The public keys of one app, each fixed to its algorithm.
#[derive(Debug)]
pub struct ClientJwks(Vec<Verifier>);

impl ClientJwks {
    /// Reads a JWK set (RFC 7517 section 5).
    ///
    /// Keys with a `use` other than `sig` are skipped. A key is used with its declared `alg`; without one, RSA is
    /// used with RS256 and PS256 and every other key with the algorithm of its curve.
    ///
    /// # Errors
    /// [`JwkError`] for the first fault in any of the keys.
    pub fn parse(json: &[u8]) -> Result<Self, JwkError> {
        if json.len() > MAX_SET_LEN {
            return Err(JwkError::Malformed);
        }
        let set: Set = serde_json::from_slice(json).map_err(|_| JwkError::Malformed)?;
        if set.keys.len() > MAX_KEYS {
            return Err(JwkError::Count);
        }
        let mut kids = Vec::new();
        let mut verifiers = Vec::new();
        for UniqueObject(jwk) in &set.keys {
            let (kid, algorithms) = check(jwk)?;
            if kid.is_some() && kids.contains(&kid) {
                return Err(JwkError::Kid);
            }
            kids.push(kid);
            if jwk.get("use").is_some_and(|usage| usage != "sig") {
                continue;
            }
            for algorithm in algorithms {
                let verifier = Verifier::new(kid.map(str::to_owned), algorithm, required_members(jwk));
                verifiers.push(verifier.map_err(|_| JwkError::Value)?);
            }
        }
        if verifiers.is_empty() {
            Err(JwkError::Count)
        } else {
            Ok(Self(verifiers))
        }
    }
}

impl KeySource for ClientJwks {
    /// A key without a `kid` matches every token, and a token without a `kid` every key; the signature decides.
    fn candidates(&self, algorithm: JwsAlgorithm, kid: Option<&str>) -> Vec<&Verifier> {
        let fits = |key: &&Verifier| {
            key.algorithm() == algorithm && (kid.is_none() || key.kid().is_none() || key.kid() == kid)
        };
        self.0.iter().filter(fits).collect()
    }
}

/// Checks a key; yields its `kid` and the algorithms that it may be used with.
fn check(jwk: &Map<String, Value>) -> Result<(Option<&str>, Vec<JwsAlgorithm>), JwkError> {
    let text = |name: &str| jwk.get(name).and_then(Value::as_str);
    let kty = text("kty").ok_or(JwkError::Kind)?;
    if kty == "oct" || jwk.contains_key("k") {
        return Err(JwkError::Symmetric);
    }
    let is_private = |name: &&str| jwk.contains_key(*name);
    if ["d", "p", "q", "dp", "dq", "qi", "oth"].iter().any(is_private) {
        return Err(JwkError::Private);
    }
    let kid = match jwk.get("kid") {
        None => None,
        Some(Value::String(kid)) if is_printable_kid(kid) => Some(kid.as_str()),
        Some(_) => return Err(JwkError::Kid),
    };
    let possible = algorithms_of(kty, text("crv"))?;
    check_numbers(kty, &text)?;
    if jwk.get("use").is_some_and(|usage| usage != "sig") {
        return Ok((kid, Vec::new()));
    }
    Ok((kid, possible.restricted_to(jwk.get("alg"))?))
}

/// What a kind of key can sign with.
struct Algorithms {
    /// Every algorithm.
    all: &'static [JwsAlgorithm],
    /// Those of a key that declares none.
    usual: &'static [JwsAlgorithm],
}

fn algorithms_of(kty: &str, crv: Option<&str>) -> Result<Algorithms, JwkError> {
    let only = |all: &'static [JwsAlgorithm]| Ok(Algorithms { all, usual: all });
    match (kty, crv) {
        ("RSA", _) => Ok(Algorithms {
            all: &JwsAlgorithm::ALL[..6],
            usual: &[JwsAlgorithm::RS256, JwsAlgorithm::PS256],
        }),
        ("EC", Some("P-256")) => only(&[JwsAlgorithm::ES256]),
        ("EC", Some("P-384")) => only(&[JwsAlgorithm::ES384]),
        ("EC", Some("P-521")) => only(&[JwsAlgorithm::ES512]),
        ("OKP", Some("Ed25519")) => only(&[JwsAlgorithm::EdDSA]),
        _ => Err(JwkError::Kind),
    }
}

impl Algorithms {
    /// The one that the key declares, or the usual ones.
    fn restricted_to(&self, declared: Option<&Value>) -> Result<Vec<JwsAlgorithm>, JwkError> {
        let Some(declared) = declared else {
            return Ok(self.usual.to_vec());
        };
        declared
            .as_str()
            .and_then(|name| name.parse().ok())
            .filter(|algorithm| self.all.contains(algorithm))
            .map(|algorithm| vec![algorithm])
            .ok_or(JwkError::Algorithm)
    }
}

/// Checks lengths and ranges; the library checks that a point is on its curve.
fn check_numbers<'a>(kty: &str, text: &impl Fn(&str) -> Option<&'a str>) -> Result<(), JwkError> {
    let bytes = |name: &str| {
        let value = text(name).ok_or(JwkError::Value)?;
        URL_SAFE_NO_PAD.decode(value).map_err(|_| JwkError::Value)
    };
    let has_length = |name: &str, length: usize| {
        if bytes(name)?.len() == length {
            Ok(())
        } else {
            Err(JwkError::Value)
        }
    };
    match (kty, text("crv")) {
        ("RSA", _) => {
            let (n, e) = (bytes("n")?, bytes("e")?);
            let bits = n
                .first()
                .map_or(0, |first| n.len() * 8 - first.leading_zeros() as usize);
            let odd_exponent = e.last().is_some_and(|last| last % 2 == 1) && e != [1];
            if !RSA_BITS.contains(&bits) || !odd_exponent || e.len() > 4 || e[0] == 0 || n[0] == 0 {
                return Err(JwkError::RsaSize);
            }
            Ok(())
        }
        ("OKP", _) => has_length("x", 32),
        (_, curve) => {
            let length = match curve {
                Some("P-256") => 32,
                Some("P-384") => 48,
                _ => 66,
            };
            has_length("x", length)?;
            has_length("y", length)
        }
    }
}

/// Whether a `kid` has 1 to 255 characters and no control character among them.
pub(super) fn is_printable_kid(kid: &str) -> bool {
    (1..=255).contains(&kid.len()) && !kid.chars().any(char::is_control)
}

#[cfg(test)]
mod tests;
