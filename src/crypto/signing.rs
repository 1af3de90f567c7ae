//! Signing keys: generating them, their forms as DER and JWK, and the signer.
//!
//! `keyring.rs` decides when a key is used; `seal.rs` encrypts its private part for the store.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use josekit::JoseError;
use josekit::jwk::KeyPair;
use josekit::jwk::alg::{
    ec::{EcCurve, EcKeyPair},
    ed::{EdCurve, EdKeyPair},
    rsa::RsaKeyPair,
};
use josekit::jws::{ES256, EdDSA, JwsSigner, PS256, RS256};
use serde::Serialize;
use serde_json::{Map, Value};

use super::algorithm::Algorithm;
use super::jwk::{required_members, thumbprint};
use super::jwt::Typ;
use super::secret::Secret;
use super::verify::Verifier;

/// Why a signing key could not be generated or read.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The RSA length is not 2048, 3072 or 4096 bits.
    #[error("an RSA key has 2048, 3072 or 4096 bits, not {0}")]
    RsaBits(u32),
    /// The bytes are not a private key of this algorithm, or the library failed.
    #[error("not a usable {algorithm} key: {source}")]
    Unusable {
        /// The expected algorithm.
        algorithm: Algorithm,
        /// The library's error.
        source: JoseError,
    },
}

/// A private key for one algorithm.
#[derive(Debug)]
pub struct SigningKey {
    algorithm: Algorithm,
    kid: String,
    public: Map<String, Value>,
    private: Secret<Vec<u8>>,
}

impl SigningKey {
    /// Generates a key; `rsa_bits` (2048, 3072 or 4096) matters only for RS256 and PS256, which can take
    /// seconds.
    ///
    /// # Errors
    /// [`KeyError::RsaBits`] for any other length, [`KeyError::Unusable`] when the library fails.
    pub fn generate(algorithm: Algorithm, rsa_bits: u32) -> Result<Self, KeyError> {
        let made: Result<Box<dyn KeyPair>, JoseError> = match algorithm {
            Algorithm::RS256 | Algorithm::PS256 if ![2048, 3072, 4096].contains(&rsa_bits) => {
                return Err(KeyError::RsaBits(rsa_bits));
            }
            Algorithm::RS256 | Algorithm::PS256 => {
                RsaKeyPair::generate(rsa_bits).map(|key| Box::new(key) as _)
            }
            Algorithm::ES256 => EcKeyPair::generate(EcCurve::P256).map(|key| Box::new(key) as _),
            Algorithm::EdDSA => EdKeyPair::generate(EdCurve::Ed25519).map(|key| Box::new(key) as _),
        };
        let pair = made.map_err(|source| KeyError::Unusable { algorithm, source })?;
        Ok(Self::from_pair(algorithm, pair.as_ref()))
    }

    /// Reads a key from the DER of [`SigningKey::to_der`].
    ///
    /// # Errors
    /// [`KeyError::Unusable`] when the bytes are not a key of this algorithm.
    pub fn from_der(algorithm: Algorithm, der: &[u8]) -> Result<Self, KeyError> {
        let read: Result<Box<dyn KeyPair>, JoseError> = match algorithm {
            Algorithm::RS256 | Algorithm::PS256 => RsaKeyPair::from_der(der).map(|key| Box::new(key) as _),
            Algorithm::ES256 => EcKeyPair::from_der(der, Some(EcCurve::P256)).map(|key| Box::new(key) as _),
            Algorithm::EdDSA => EdKeyPair::from_der(der).map(|key| Box::new(key) as _),
        };
        let pair = read.map_err(|source| KeyError::Unusable { algorithm, source })?;
        Ok(Self::from_pair(algorithm, pair.as_ref()))
    }

    fn from_pair(algorithm: Algorithm, pair: &dyn KeyPair) -> Self {
        let public = required_members(pair.to_jwk_public_key().as_ref());
        Self {
            algorithm,
            kid: thumbprint(&public),
            public,
            private: Secret::new(pair.to_der_private_key()),
        }
    }

    /// The private key in DER; seal it before storing it.
    #[must_use]
    pub const fn to_der(&self) -> &Secret<Vec<u8>> {
        &self.private
    }

    /// The algorithm this key signs with.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The key's `kid`: its SHA-256 thumbprint (RFC 7638).
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The public key for the published set, with `kid`, `use` and `alg` (RFC 7517 section 4).
    #[must_use]
    pub fn public_jwk(&self) -> Map<String, Value> {
        let mut jwk = self.public.clone();
        for (name, value) in [
            ("kid", self.kid()),
            ("use", "sig"),
            ("alg", self.algorithm.as_str()),
        ] {
            jwk.insert(name.to_owned(), value.into());
        }
        jwk
    }

    /// Parses the private key for signing, which is slow; keep the result.
    ///
    /// # Errors
    /// [`KeyError::Unusable`] when the library refuses the key.
    pub fn signer(&self) -> Result<Signer, KeyError> {
        let der = self.private.expose();
        let key: Result<Box<dyn JwsSigner>, JoseError> = match self.algorithm {
            Algorithm::RS256 => RS256.signer_from_der(der).map(|key| Box::new(key) as _),
            Algorithm::PS256 => PS256.signer_from_der(der).map(|key| Box::new(key) as _),
            Algorithm::ES256 => ES256.signer_from_der(der).map(|key| Box::new(key) as _),
            Algorithm::EdDSA => EdDSA.signer_from_der(der).map(|key| Box::new(key) as _),
        };
        let algorithm = self.algorithm;
        let key = key.map_err(|source| KeyError::Unusable { algorithm, source })?;
        Ok(Signer {
            kid: self.kid.clone(),
            algorithm,
            key,
        })
    }

    /// The verifier of this key's signatures.
    ///
    /// # Errors
    /// [`KeyError::Unusable`] when the library refuses the key.
    pub fn verifier(&self) -> Result<Verifier, KeyError> {
        let algorithm = self.algorithm;
        Verifier::new(Some(self.kid.clone()), algorithm.jws(), self.public.clone())
            .map_err(|source| KeyError::Unusable { algorithm, source })
    }
}

/// Why a token could not be signed.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
    /// The claims cannot be serialised.
    #[error("cannot write the claims: {0}")]
    Claims(#[from] serde_json::Error),
    /// The library failed.
    #[error("cannot sign: {0}")]
    Signature(#[from] JoseError),
}

/// A parsed private key that all threads share without a lock.
pub struct Signer {
    kid: String,
    algorithm: Algorithm,
    key: Box<dyn JwsSigner>,
}

impl Signer {
    /// The key's `kid`.
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The algorithm it signs with.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Signs the claims as a compact JWS of this type (RFC 7515 section 7.1).
    ///
    /// # Errors
    /// [`SignError`] when the claims cannot be serialised or the library fails.
    pub fn sign(&self, typ: Typ, claims: &impl Serialize) -> Result<String, SignError> {
        let header = format!(
            r#"{{"alg":"{}","typ":"{}","kid":"{}"}}"#,
            self.algorithm,
            typ.name(),
            self.kid
        );
        let claims = serde_json::to_vec(claims)?;
        // Large enough for the signature of a 4096-bit RSA key, so that the string never reallocates.
        let mut token = String::with_capacity((header.len() + claims.len()) * 4 / 3 + 700);
        URL_SAFE_NO_PAD.encode_string(header, &mut token);
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(claims, &mut token);
        let signature = self.key.sign(token.as_bytes())?;
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut token);
        Ok(token)
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signer({} {})", self.algorithm, self.kid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_key_survives_being_stored() {
        for algorithm in Algorithm::ALL {
            let made = SigningKey::generate(algorithm, 2048).unwrap();
            let read = SigningKey::from_der(algorithm, made.to_der().expose()).unwrap();
            assert_eq!(read.kid(), made.kid());
            assert_eq!(read.public_jwk(), made.public_jwk());
            assert_eq!(made.kid().len(), 43);
        }
    }

    #[test]
    fn rsa_keys_have_the_requested_length_of_at_least_2048_bits() {
        let key = SigningKey::generate(Algorithm::PS256, 3072).unwrap();
        let modulus = URL_SAFE_NO_PAD
            .decode(key.public_jwk()["n"].as_str().unwrap())
            .unwrap();
        assert_eq!(modulus.len(), 384);
        for bits in [0, 1024, 2047, 2049, 8192] {
            let refused = SigningKey::generate(Algorithm::RS256, bits);
            assert!(matches!(refused, Err(KeyError::RsaBits(given)) if given == bits));
        }
    }

    #[test]
    fn bytes_that_are_not_a_key_are_refused() {
        let ec = SigningKey::generate(Algorithm::ES256, 0).unwrap();
        for algorithm in Algorithm::ALL {
            for der in [b"".as_slice(), b"0", &[0x30, 0x82, 0xff, 0xff], &[0x30; 200]] {
                assert!(
                    SigningKey::from_der(algorithm, der).is_err(),
                    "{algorithm} {der:?}"
                );
            }
            let fits = SigningKey::from_der(algorithm, ec.to_der().expose()).is_ok();
            assert_eq!(fits, algorithm == Algorithm::ES256);
        }
    }

    #[test]
    fn rfc7515_a_token_has_the_header_the_claims_and_a_raw_signature() {
        for (algorithm, length) in [
            (Algorithm::RS256, 256),
            (Algorithm::PS256, 256),
            (Algorithm::ES256, 64),
            (Algorithm::EdDSA, 64),
        ] {
            let key = SigningKey::generate(algorithm, 2048).unwrap();
            let token = key
                .signer()
                .unwrap()
                .sign(Typ::IdToken, &json!({ "sub": "\u{e9}" }))
                .unwrap();
            let parts: Vec<Vec<u8>> = token
                .split('.')
                .map(|part| URL_SAFE_NO_PAD.decode(part).unwrap())
                .collect();
            let header: Value = serde_json::from_slice(&parts[0]).unwrap();
            assert_eq!(
                header,
                json!({ "alg": algorithm, "typ": "JWT", "kid": key.kid() })
            );
            assert_eq!(parts[1], "{\"sub\":\"\u{e9}\"}".as_bytes());
            assert_eq!(parts[2].len(), length, "{algorithm}");
            let (message, _) = token.rsplit_once('.').unwrap();
            assert!(key.verifier().unwrap().verify(message.as_bytes(), &parts[2]));
        }
    }

    #[test]
    fn one_signer_serves_many_threads() {
        let key = SigningKey::generate(Algorithm::ES256, 0).unwrap();
        let (signer, verifier) = (key.signer().unwrap(), key.verifier().unwrap());
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..50 {
                        let token = signer.sign(Typ::AccessToken, &json!({})).unwrap();
                        let (message, signature) = token.rsplit_once('.').unwrap();
                        assert!(
                            verifier.verify(message.as_bytes(), &URL_SAFE_NO_PAD.decode(signature).unwrap())
                        );
                    }
                });
            }
        });
    }

    #[test]
    fn keys_print_no_private_part() {
        let key = SigningKey::generate(Algorithm::EdDSA, 0).unwrap();
        let printed = format!("{key:?} {:?}", key.signer().unwrap());
        assert!(
            printed.contains("private: Secret") && printed.contains("Signer(EdDSA"),
            "{printed}"
        );
    }
}
