//! Verifies `id_token_hint`: an ID token that we issued earlier.

use crate::crypto::{Algorithm, Expected, JwsAlgorithm, Keyring, Typ, verify};

/// The claims of a verified `id_token_hint`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdTokenHint {
    /// The apps that it was issued to.
    pub audiences: Vec<String>,
    /// The `sub`.
    pub subject: Option<String>,
    /// The `sid`.
    pub session: Option<String>,
}

impl IdTokenHint {
    /// Verifies signature and issuer; an expired hint is accepted (OIDC Core section 3.1.2.1, RP-Initiated
    /// Logout section 2).
    #[must_use]
    pub fn read(token: &str, keys: &Keyring, issuer: &str) -> Option<Self> {
        let algs: Vec<JwsAlgorithm> = Algorithm::ALL.iter().map(|alg| alg.jws()).collect();
        let expected = Expected {
            typ: Typ::IdToken,
            algs: &algs,
        };
        let claims = verify(token, &keys.for_hints(), expected).ok()?;
        let audiences = claims.audiences();
        // An access token may have the same `typ`, and always has a `client_id`.
        if claims.get("client_id").is_some() {
            return None;
        }
        let is_id_token =
            claims.str("iss") == Some(issuer) && claims.time("exp").is_some() && !audiences.is_empty();
        is_id_token.then(|| Self {
            audiences: audiences.iter().map(|&aud| aud.to_owned()).collect(),
            subject: claims.str("sub").map(str::to_owned),
            session: claims.str("sid").map(str::to_owned),
        })
    }
}
