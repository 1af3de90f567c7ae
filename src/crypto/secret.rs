//! Random secrets: generating, holding, comparing and hashing them.
//!
//! The only file that asks the operating system for random bytes.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroize;

/// A value that is never printed, is compared in constant time, and is wiped from memory when dropped.
#[derive(Clone, Default, Deserialize)]
#[serde(transparent)]
pub struct Secret<T: Zeroize>(T);

impl<T: Zeroize> Secret<T> {
    /// Wraps the value.
    pub const fn new(value: T) -> Self {
        Self(value)
    }

    /// The value itself.
    pub const fn expose(&self) -> &T {
        &self.0
    }
}

impl<T: Zeroize> From<T> for Secret<T> {
    fn from(value: T) -> Self {
        Self(value)
    }
}

impl<T: Zeroize> Drop for Secret<T> {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl<T: Zeroize> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

impl<T: Zeroize + AsRef<[u8]>> PartialEq for Secret<T> {
    fn eq(&self, other: &Self) -> bool {
        constant_time_eq(self.0.as_ref(), other.0.as_ref())
    }
}

impl<T: Zeroize + AsRef<[u8]>> Eq for Secret<T> {}

/// Compares in a time that depends only on the lengths.
#[must_use]
pub fn constant_time_eq(a: &[u8], b: &[u8]) -> bool {
    a.ct_eq(b).into()
}

/// `N` bytes from the operating system's generator.
///
/// # Panics
/// When the operating system's generator fails; nothing safe can be done without it.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "the one place that asks for randomness")]
#[expect(
    clippy::expect_used,
    reason = "without randomness no request can be answered safely"
)]
pub fn random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    bytes
}

/// Decodes 32 bytes from canonical base64url: 43 characters, no padding, unused bits zero (RFC 4648 section
/// 3.5).
pub(super) fn decode_32(text: &str) -> Option<[u8; 32]> {
    if text.len() != 43 {
        return None;
    }
    URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()
}

/// A random bearer secret of 256 bits in its text form: 43 characters of base64url.
///
/// Authorization codes, refresh tokens, opaque access tokens, session cookies and client secrets are all of this form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token(Secret<String>);

impl Token {
    /// A new random token.
    #[must_use]
    pub fn random() -> Self {
        Self::from_bytes(&random_bytes())
    }

    /// The token with these 32 bytes, for a token derived from another one.
    #[must_use]
    pub fn from_bytes(bytes: &[u8; 32]) -> Self {
        Self(Secret(URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// Parses a presented token. Only the canonical spelling is accepted, so that a token has only one hash.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        decode_32(text).map(|_| Self(Secret(text.to_owned())))
    }

    /// The text that is given to the client.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.expose()
    }

    /// The hash by which the token is stored and looked up.
    #[must_use]
    pub fn hash(&self) -> TokenHash {
        TokenHash::of(self.as_str().as_bytes())
    }
}

/// The SHA-256 hash of a token's text; the store never sees the token itself.
#[derive(Clone)]
pub struct TokenHash(Vec<u8>);

impl TokenHash {
    /// The hash of a presented token of any form, including a JWT.
    #[must_use]
    pub fn of(presented: &[u8]) -> Self {
        Self(Sha256::digest(presented).to_vec())
    }

    /// A hash read from the database.
    #[must_use]
    pub const fn from_stored(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// The 32 bytes of the hash.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl PartialEq for TokenHash {
    fn eq(&self, other: &Self) -> bool {
        constant_time_eq(&self.0, &other.0)
    }
}

impl Eq for TokenHash {}

impl fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenHash")
    }
}

/// Crockford's base 32: no I, L, O or U, so that a code can be read aloud and typed.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

fn letters<const N: usize>() -> [u8; N] {
    // 256 is a multiple of 32, so every letter is equally likely.
    random_bytes::<N>().map(|byte| ALPHABET[usize::from(byte % 32)])
}

/// A one-time code that a person types: characters in groups of four with 5 bits each, for example
/// `7QK2-M0XD-93TB-HRWA`.
#[derive(Clone, Debug)]
pub struct HumanCode(Secret<String>);

impl HumanCode {
    /// A new random code of 16 characters or 80 bits, for a code that is compared in memory and expires soon.
    #[must_use]
    pub fn random() -> Self {
        Self::of(letters::<16>())
    }

    /// A new random code of 24 characters or 120 bits, enough to be stored as a plain hash.
    #[must_use]
    pub fn long() -> Self {
        Self::of(letters::<24>())
    }

    fn of<const N: usize>(letters: [u8; N]) -> Self {
        let mut code = String::with_capacity(N + N / 4);
        for (at, letter) in letters.into_iter().enumerate() {
            if at > 0 && at % 4 == 0 {
                code.push('-');
            }
            code.push(char::from(letter));
        }
        Self(Secret(code))
    }

    /// The code in groups of four.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.expose()
    }

    /// Whether `typed` is this code; case, spaces and hyphens do not matter, O is read as 0, I and L as 1.
    #[must_use]
    pub fn matches(&self, typed: &str) -> bool {
        constant_time_eq(normalised(self.as_str()).as_bytes(), normalised(typed).as_bytes())
    }

    /// The hash by which a long code is stored and looked up; the same for every spelling that [`Self::matches`] accepts.
    #[must_use]
    pub fn hash_of(typed: &str) -> TokenHash {
        TokenHash::of(normalised(typed).as_bytes())
    }
}

fn normalised(typed: &str) -> String {
    typed
        .chars()
        .filter(|letter| !letter.is_whitespace() && *letter != '-')
        .map(|letter| match letter.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        })
        .collect()
}

/// A random reference that connects an error page with its log line: 8 characters, not a secret.
#[must_use]
pub fn reference_number() -> String {
    letters::<8>().into_iter().map(char::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn secrets_print_nothing() {
        let secret = Secret::new("hunter2".to_owned());
        let token = Token::random();
        let printed = format!(
            "{secret:?} {token:?} {:?} {:?}",
            token.hash(),
            HumanCode::random()
        );
        assert_eq!(printed, "Secret Token(Secret) TokenHash HumanCode(Secret)");
    }

    #[test]
    fn secrets_compare_by_content() {
        assert_eq!(Secret::new("a".to_owned()), Secret::new("a".to_owned()));
        assert_ne!(Secret::new("a".to_owned()), Secret::new("b".to_owned()));
        assert_ne!(Secret::new("a".to_owned()), Secret::new("ab".to_owned()));
    }

    #[test]
    fn a_token_has_43_characters_and_the_hash_of_its_text() {
        let token = Token::random();
        assert_eq!(token.as_str().len(), 43);
        assert_ne!(token, Token::random());
        assert_eq!(Token::parse(token.as_str()), Some(token.clone()));
        assert_eq!(token.hash(), TokenHash::of(token.as_str().as_bytes()));
    }

    #[test]
    fn token_hash_is_sha_256() {
        // FIPS 180-4, the example "abc".
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(hex::encode(TokenHash::of(b"abc").as_bytes()), expected);
    }

    #[test]
    fn b28_only_the_canonical_encoding_of_a_token_is_parsed() {
        let zeros = "A".repeat(43);
        assert!(Token::parse(&zeros).is_some());
        let with_last = |last: char| format!("{}{last}", "A".repeat(42));
        let refused = [
            String::new(),
            "A".repeat(42),
            "A".repeat(44),
            format!("{zeros}="),
            format!("{zeros}\n"),
            format!(" {}", "A".repeat(42)),
            // The same 32 bytes with unused bits set.
            with_last('B'),
            with_last('D'),
            // The other base64 alphabet.
            format!("+{}", "A".repeat(42)),
            format!("/{}", "A".repeat(42)),
            with_last('='),
            format!("é{}", "A".repeat(41)),
        ];
        for text in refused {
            assert_eq!(Token::parse(&text), None, "{text:?}");
        }
    }

    #[test]
    fn a_human_code_ignores_only_case_separators_and_look_alikes() {
        let code = HumanCode(Secret("70K1-M1XD-93TB-HRWA".to_owned()));
        for typed in [
            "70K1-M1XD-93TB-HRWA",
            " 70k1m1xd93tbhrwa ",
            "7OKI ML XD-93TB HRWA",
        ] {
            assert!(code.matches(typed), "{typed}");
        }
        for typed in [
            "",
            "70K1-M1XD-93TB",
            "70K1-M1XD-93TB-HRWB",
            "70K1-M1XD-93TB-HRWAA",
        ] {
            assert!(!code.matches(typed), "{typed}");
        }
        let random = HumanCode::random();
        assert_eq!(random.as_str().len(), 19);
        assert!(random.matches(random.as_str()));
        assert!(!random.matches(HumanCode::random().as_str()));
    }

    #[test]
    fn every_spelling_of_a_long_code_has_one_hash() {
        let code = HumanCode::long();
        assert_eq!(code.as_str().len(), 29);
        let spelled = code.as_str().to_lowercase().replace('-', " ").replace('0', "o");
        assert_eq!(HumanCode::hash_of(&spelled), HumanCode::hash_of(code.as_str()));
        assert_ne!(
            HumanCode::hash_of(HumanCode::long().as_str()),
            HumanCode::hash_of(code.as_str())
        );
    }

    #[test]
    fn reference_numbers_are_short_and_differ() {
        assert_eq!(reference_number().len(), 8);
        assert_ne!(reference_number(), reference_number());
    }

    proptest! {
        #[test]
        fn b28_a_parsed_token_keeps_its_text(text in "[A-Za-z0-9_-]{42,44}") {
            if let Some(bytes) = decode_32(&text) {
                let written = Token::from_bytes(&bytes);
                prop_assert_eq!(written.as_str(), text);
            }
        }
    }
}
