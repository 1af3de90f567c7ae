//! The code that a person types to allow a device access.

use super::secret::random_bytes;
use super::{MasterKey, TokenHash};

/// The letters of a code: no vowels, so that no code is a word (RFC 8628 section 6.1).
const LETTERS: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";
/// The number of letters of a code. Its 34 bits are enough, since guesses are throttled and the code expires soon.
const LENGTH: usize = 8;

/// A code of eight letters in two groups, for example `WDJB-MJHT`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserCode(String);

impl UserCode {
    /// A new random code.
    #[must_use]
    pub fn random() -> Self {
        let mut letters = String::with_capacity(LENGTH);
        while letters.len() < LENGTH {
            let [byte] = random_bytes();
            // 240 is the largest multiple of 20 in a byte, so every letter is equally likely.
            if byte < 240 {
                letters.push(char::from(LETTERS[usize::from(byte % 20)]));
            }
        }
        Self::grouped(&letters)
    }

    /// Reads a typed code, with or without its hyphen and in any case; `None` unless it has the form of one.
    #[must_use]
    pub fn parse(typed: &str) -> Option<Self> {
        let letters: String = typed
            .chars()
            .filter(|letter| !letter.is_whitespace() && !letter.is_ascii_punctuation())
            .map(|letter| letter.to_ascii_uppercase())
            .take(LENGTH + 1)
            .collect();
        let is_code = letters.len() == LENGTH && letters.bytes().all(|letter| LETTERS.contains(&letter));
        is_code.then(|| Self::grouped(&letters))
    }

    fn grouped(letters: &str) -> Self {
        let (first, second) = letters.split_at(LENGTH / 2);
        Self(format!("{first}-{second}"))
    }

    /// The code in its two groups.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The keyed hash by which it is stored; against a plain hash, every code could be tried.
    #[must_use]
    pub fn hash(&self, master: &MasterKey) -> TokenHash {
        TokenHash::from_stored(master.mac("user-code", &[self.0.as_bytes()]).to_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b39_a_user_code_is_read_in_any_case_and_with_or_without_its_hyphen() {
        for typed in [
            "WDJB-MJHT",
            "wdjbmjht",
            " wdjb mjht ",
            "WdJb\u{2009}MjHt",
            "W.D.J.B.M.J.H.T",
        ] {
            let code = UserCode::parse(typed);
            assert_eq!(code.as_ref().map(UserCode::as_str), Some("WDJB-MJHT"), "{typed}");
        }
        for typed in [
            "",
            "WDJB-MJH",
            "WDJB-MJHTT",
            "WDJA-MJHT",
            "WDJB-MJH1",
            "WDJB-MJHÄ",
            "--------",
        ] {
            assert_eq!(UserCode::parse(typed), None, "{typed}");
        }
    }

    #[test]
    fn b39_a_user_code_has_eight_of_twenty_letters() {
        let codes: Vec<UserCode> = (0..500).map(|_| UserCode::random()).collect();
        for code in &codes {
            assert_eq!(UserCode::parse(code.as_str()).as_ref(), Some(code));
        }
        for letter in LETTERS {
            assert!(
                codes
                    .iter()
                    .any(|code| code.as_str().contains(char::from(*letter)))
            );
        }
    }
}
