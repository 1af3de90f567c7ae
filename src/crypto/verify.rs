//! Verifiers: public keys with a fixed algorithm, so that a token's header never chooses how it is verified.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use josekit::JoseError;
use josekit::jwk::Jwk;
use josekit::jws::JwsVerifier;
use josekit::jws::alg::{
    ecdsa::EcdsaJwsAlgorithm, eddsa::EddsaJwsAlgorithm, rsassa::RsassaJwsAlgorithm,
    rsassa_pss::RsassaPssJwsAlgorithm,
};
use serde_json::{Map, Value};

use super::algorithm::JwsAlgorithm;

/// A parsed public key for one algorithm that all threads share.
pub struct Verifier {
    kid: Option<String>,
    algorithm: JwsAlgorithm,
    /// The length of an RSA key's signatures in bytes, which OpenSSL does not check for RSASSA-PSS (RFC 8017 section
    /// 8.1.2, step 1). Without it, a signature that begins with a zero byte would have two spellings.
    rsa_signature_length: Option<usize>,
    key: Box<dyn JwsVerifier>,
}

impl Verifier {
    /// Parses the public members of a JWK; the caller has checked them and removed all others.
    pub(super) fn new(
        kid: Option<String>,
        algorithm: JwsAlgorithm,
        public: Map<String, Value>,
    ) -> Result<Self, JoseError> {
        let modulus = public.get("n").and_then(Value::as_str);
        let modulus = modulus.and_then(|text| URL_SAFE_NO_PAD.decode(text).ok());
        let rsa_signature_length = modulus.map(|bytes| bytes.len());
        let jwk = &Jwk::from_map(public)?;
        let rsa = |algorithm: RsassaJwsAlgorithm| Ok(Box::new(algorithm.verifier_from_jwk(jwk)?) as Box<_>);
        let pss =
            |algorithm: RsassaPssJwsAlgorithm| Ok(Box::new(algorithm.verifier_from_jwk(jwk)?) as Box<_>);
        let ec = |algorithm: EcdsaJwsAlgorithm| Ok(Box::new(algorithm.verifier_from_jwk(jwk)?) as Box<_>);
        let key: Result<Box<dyn JwsVerifier>, JoseError> = match algorithm {
            JwsAlgorithm::RS256 => rsa(RsassaJwsAlgorithm::Rs256),
            JwsAlgorithm::RS384 => rsa(RsassaJwsAlgorithm::Rs384),
            JwsAlgorithm::RS512 => rsa(RsassaJwsAlgorithm::Rs512),
            JwsAlgorithm::PS256 => pss(RsassaPssJwsAlgorithm::Ps256),
            JwsAlgorithm::PS384 => pss(RsassaPssJwsAlgorithm::Ps384),
            JwsAlgorithm::PS512 => pss(RsassaPssJwsAlgorithm::Ps512),
            JwsAlgorithm::ES256 => ec(EcdsaJwsAlgorithm::Es256),
            JwsAlgorithm::ES384 => ec(EcdsaJwsAlgorithm::Es384),
            JwsAlgorithm::ES512 => ec(EcdsaJwsAlgorithm::Es512),
            JwsAlgorithm::EdDSA => Ok(Box::new(EddsaJwsAlgorithm::Eddsa.verifier_from_jwk(jwk)?) as Box<_>),
        };
        Ok(Self {
            kid,
            algorithm,
            rsa_signature_length,
            key: key?,
        })
    }

    /// The key's `kid`, if it has one.
    #[must_use]
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// The key's only algorithm.
    #[must_use]
    pub const fn algorithm(&self) -> JwsAlgorithm {
        self.algorithm
    }

    /// Whether `signature` is this key's signature over `message`.
    #[must_use]
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        let has_length = self
            .rsa_signature_length
            .is_none_or(|length| length == signature.len());
        has_length && self.key.verify(message, signature).is_ok()
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Verifier({} {})", self.algorithm, self.kid().unwrap_or("-"))
    }
}

/// A source of keys for verifying tokens.
pub trait KeySource {
    /// The keys that may have signed a token with this algorithm and `kid` in its header.
    fn candidates(&self, algorithm: JwsAlgorithm, kid: Option<&str>) -> Vec<&Verifier>;
}
