//! Proof Key for Code Exchange (RFC 7636), method S256 only.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use crate::crypto::constant_time_eq;

/// Whether a challenge has the form of S256: 43 characters of base64url.
#[must_use]
pub fn is_challenge(challenge: &str) -> bool {
    challenge.len() == 43 && URL_SAFE_NO_PAD.decode(challenge).is_ok()
}

/// The challenge of a verifier.
#[must_use]
pub fn challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()))
}

/// Whether the verifier matches the challenge. Both absent match; one without the other does not (RFC 9700
/// section 4.8: a verifier without a challenge is a downgrade attack).
#[must_use]
pub fn matches(challenge: Option<&str>, verifier: Option<&str>) -> bool {
    match (challenge, verifier) {
        (None, None) => true,
        (Some(challenge), Some(verifier)) => {
            let in_range = (43..=128).contains(&verifier.len());
            in_range && constant_time_eq(self::challenge(verifier).as_bytes(), challenge.as_bytes())
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    #[test]
    fn rfc7636_appendix_b_holds() {
        assert!(matches(Some(CHALLENGE), Some(VERIFIER)));
    }

    #[test]
    fn b6_a_missing_wrong_or_unexpected_verifier_is_refused() {
        assert!(!matches(Some(CHALLENGE), None));
        assert!(!matches(Some(CHALLENGE), Some(&VERIFIER.replace('d', "e"))));
        assert!(!matches(None, Some(VERIFIER)));
        assert!(matches(None, None));
    }

    #[test]
    fn b5_a_challenge_has_43_base64url_characters() {
        assert!(is_challenge(CHALLENGE));
        for wrong in [
            "",
            &CHALLENGE[1..],
            &format!("{CHALLENGE}A"),
            &CHALLENGE.replace('-', "+"),
        ] {
            assert!(!is_challenge(wrong), "{wrong}");
        }
    }
}
