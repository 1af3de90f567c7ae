//! ID tokens of ours that come back as hints of who is, or was, signed in.

use crate::crypto::{Algorithm, Expected, JwsAlgorithm, Keyring, Typ, verify};

/// What a verified `id_token_hint` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdTokenHint {
    /// The apps that it was issued to.
    pub audiences: Vec<String>,
    /// The `sub` that those apps know.
    pub subject: Option<String>,
    /// The session that it was issued in.
    pub session: Option<String>,
}

impl IdTokenHint {
    /// Reads a hint whose signature and issuer hold, also after it has expired (OIDC Core section 3.1.2.1,
    /// RP-Initiated Logout section 2).
    #[must_use]
    pub fn read(token: &str, keys: &Keyring, issuer: &str) -> Option<Self> {
        let algs: Vec<JwsAlgorithm> = Algorithm::ALL.iter().map(|alg| alg.jws()).collect();
        let expected = Expected {
            typ: Typ::IdToken,
            algs: &algs,
        };
        let claims = verify(token, keys, expected).ok()?;
        let audiences = claims.audiences();
        let is_id_token =
            claims.str("iss") == Some(issuer) && claims.time("exp").is_some() && !audiences.is_empty();
        is_id_token.then(|| Self {
            audiences: audiences.iter().map(|&aud| aud.to_owned()).collect(),
            subject: claims.str("sub").map(str::to_owned),
            session: claims.str("sid").map(str::to_owned),
        })
    }
}
