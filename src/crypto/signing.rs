//! Signing keys: made, kept as DER, published as JWK, and parsed once into a signer.
//!
//! When a key is used is decided by `keyring.rs`; how its private part is stored, by the store with `seal.rs`.

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

/// Why a signing key could not be made or read.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// Another RSA length than 2048, 3072 or 4096 bits was asked for.
    #[error("an RSA key has 2048, 3072 or 4096 bits, not {0}")]
    RsaBits(u32),
    /// The bytes are no private key of this algorithm, or the library failed.
    #[error("not a usable {algorithm} key: {source}")]
    Unusable {
        /// The algorithm the key should be for.
        algorithm: Algorithm,
        /// What the library said.
        source: JoseError,
    },
}

/// A private key for one algorithm, as it is made and stored.
#[derive(Debug)]
pub struct SigningKey {
    algorithm: Algorithm,
    kid: String,
    public: Map<String, Value>,
    private: Secret<Vec<u8>>,
}

impl SigningKey {
    /// Makes a new key; `rsa_bits` (2048, 3072 or 4096) counts for RS256 and PS256 only. RSA takes up to seconds.
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

    /// Reads a key that [`SigningKey::to_der`] wrote.
    ///
    /// # Errors
    /// [`KeyError::Unusable`] when the bytes are no key of this algorithm.
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

    /// The private key in DER, to be sealed and nothing else.
    #[must_use]
    pub const fn to_der(&self) -> &Secret<Vec<u8>> {
        &self.private
    }

    /// The algorithm this key signs with.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The key's name: its SHA-256 thumbprint (RFC 7638).
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The public key as relying parties read it, with `kid`, `use` and `alg` (RFC 7517 section 4).
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

    /// Parses the private key for signing; do it once and keep the result.
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

    /// The public key for checking signatures.
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
    /// The claims are no JSON.
    #[error("cannot write the claims: {0}")]
    Claims(#[from] serde_json::Error),
    /// The library failed.
    #[error("cannot sign: {0}")]
    Signature(#[from] JoseError),
}

/// A private key ready to sign; shared by all threads, without a lock.
pub struct Signer {
    kid: String,
    algorithm: Algorithm,
    key: Box<dyn JwsSigner>,
}

impl Signer {
    /// The key's name.
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The algorithm it signs with.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Signs the claims as a compact JWS of this type (RFC 7515 section 7.1); one signature and a few microseconds.
    ///
    /// # Errors
    /// [`SignError`] when the claims cannot be written or the library fails.
    pub fn sign(&self, typ: Typ, claims: &impl Serialize) -> Result<String, SignError> {
        let header = format!(
            r#"{{"alg":"{}","typ":"{}","kid":"{}"}}"#,
            self.algorithm,
            typ.name(),
            self.kid
        );
        let claims = serde_json::to_vec(claims)?;
        // Room for everything up to the signature of an RSA key of 4096 bits, so that the text never moves.
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
