//! Signature algorithms: four for signing, and all asymmetric ones for verifying.
//!
//! Neither "none" nor HMAC has a variant, so nothing can be verified with either (RFC 8725 section 3.1).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// An algorithm that Doorward signs with; each app's settings choose one (RFC 7518 section 3, RFC 8037).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Algorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256; every relying party supports it.
    RS256,
    /// RSASSA-PSS with SHA-256.
    PS256,
    /// ECDSA on P-256 with SHA-256.
    ES256,
    /// Ed25519.
    EdDSA,
}

impl Algorithm {
    /// All of them, the most widely supported first.
    pub const ALL: [Self; 4] = [Self::RS256, Self::PS256, Self::ES256, Self::EdDSA];

    /// The name in a JOSE header.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.jws().as_str()
    }

    /// The same algorithm as a [`JwsAlgorithm`].
    #[must_use]
    pub const fn jws(self) -> JwsAlgorithm {
        match self {
            Self::RS256 => JwsAlgorithm::RS256,
            Self::PS256 => JwsAlgorithm::PS256,
            Self::ES256 => JwsAlgorithm::ES256,
            Self::EdDSA => JwsAlgorithm::EdDSA,
        }
    }
}

/// An algorithm that Doorward verifies: its own, and those that apps may use for client assertions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[expect(
    missing_docs,
    reason = "the names are those of RFC 7518 section 3.1 and RFC 8037 section 3.1"
)]
pub enum JwsAlgorithm {
    RS256,
    RS384,
    RS512,
    PS256,
    PS384,
    PS512,
    ES256,
    ES384,
    ES512,
    EdDSA,
}

impl JwsAlgorithm {
    /// All of them, for metadata such as `token_endpoint_auth_signing_alg_values_supported`.
    pub const ALL: [Self; 10] = [
        Self::RS256,
        Self::RS384,
        Self::RS512,
        Self::PS256,
        Self::PS384,
        Self::PS512,
        Self::ES256,
        Self::ES384,
        Self::ES512,
        Self::EdDSA,
    ];

    /// The name in a JOSE header.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RS256 => "RS256",
            Self::RS384 => "RS384",
            Self::RS512 => "RS512",
            Self::PS256 => "PS256",
            Self::PS384 => "PS384",
            Self::PS512 => "PS512",
            Self::ES256 => "ES256",
            Self::ES384 => "ES384",
            Self::ES512 => "ES512",
            Self::EdDSA => "EdDSA",
        }
    }
}

/// A name that is not a supported asymmetric signature algorithm.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("unknown signature algorithm")]
pub struct UnknownAlgorithm;

macro_rules! named {
    ($name:ty) => {
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = UnknownAlgorithm;

            fn from_str(name: &str) -> Result<Self, UnknownAlgorithm> {
                Self::ALL
                    .into_iter()
                    .find(|known| known.as_str() == name)
                    .ok_or(UnknownAlgorithm)
            }
        }
    };
}

named!(Algorithm);
named!(JwsAlgorithm);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_the_same_in_every_form() {
        for algorithm in Algorithm::ALL {
            assert_eq!(algorithm.as_str().parse(), Ok(algorithm));
            assert_eq!(serde_json::to_value(algorithm).unwrap(), algorithm.to_string());
        }
        for algorithm in JwsAlgorithm::ALL {
            assert_eq!(algorithm.as_str().parse(), Ok(algorithm));
            assert_eq!(serde_json::to_value(algorithm).unwrap(), algorithm.to_string());
        }
    }

    #[test]
    fn b25_none_and_hmac_have_no_name() {
        for name in [
            "none", "None", "NONE", "nOnE", "", "HS256", "HS384", "HS512", "rs256", "RS1", "ES256K",
        ] {
            assert_eq!(name.parse::<JwsAlgorithm>(), Err(UnknownAlgorithm), "{name}");
        }
    }
}
