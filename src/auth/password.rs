//! Hashes passwords with argon2id and stores them as PHC strings, in memory blocks that the caller reuses.
//!
//! `pool` decides which threads do this, and how many at once.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use argon2::password_hash::phc::{Output, PasswordHash, Salt};
use argon2::{ARGON2ID_IDENT, Algorithm, Argon2, Block, Params, Version};
use subtle::ConstantTimeEq;
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

/// The length of a new salt in bytes (RFC 9106 section 3.1 recommends 16).
pub const SALT_BYTES: usize = 16;

const OUTPUT_BYTES: usize = 32;

/// The highest accepted cost of a stored hash: KiB of memory, passes and lanes. A hash of higher cost is not
/// computed.
const MAX_COST: (u32, u32, u32) = (128 * 1024, 16, 16);

/// The cost of one hash; parallelism is always 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    /// Memory in KiB, at least 8.
    pub memory_kib: u32,
    /// Passes over the memory, at least 1.
    pub iterations: u32,
}

impl Default for Cost {
    fn default() -> Self {
        Self {
            memory_kib: 19 * 1024,
            iterations: 2,
        }
    }
}

/// A password hash in the PHC string format.
#[derive(Clone, PartialEq, Eq)]
pub struct PhcString(String);

impl PhcString {
    /// The text to store.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text to store.
    #[must_use]
    pub fn into_string(self) -> String {
        self.0
    }
}

impl From<String> for PhcString {
    /// Wraps a stored hash; a malformed one matches no password.
    fn from(stored: String) -> Self {
        Self(stored)
    }
}

impl fmt::Debug for PhcString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PhcString(..)")
    }
}

/// The result of comparing a password with a stored hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The password matches.
    Right,
    /// The password matches, but the hash has other parameters than ours and should be replaced.
    RightButOld,
    /// The password does not match, or the hash cannot be parsed.
    Wrong,
}

/// Computes hashes of one cost, and verifies hashes of any accepted cost.
pub(super) struct Hasher {
    params: Params,
    /// Locked while a hash that needs more memory than ours is computed, so that there is at most one.
    oversized: Mutex<()>,
}

impl Hasher {
    pub(super) fn new(cost: Cost) -> Result<Self, argon2::Error> {
        let params = Params::new(cost.memory_kib, cost.iterations, 1, Some(OUTPUT_BYTES))?;
        Ok(Self {
            params,
            oversized: Mutex::new(()),
        })
    }

    /// Hashes `password` with `salt`; `blocks` is working memory to reuse in the next call.
    pub(super) fn hash(
        &self,
        password: &str,
        salt: [u8; SALT_BYTES],
        blocks: &mut Vec<Block>,
    ) -> Result<PhcString, argon2::password_hash::Error> {
        blocks.resize(self.params.block_count(), Block::new());
        let mut output = [0; OUTPUT_BYTES];
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, self.params.clone());
        argon2.hash_password_into_with_memory(normalised(password).as_bytes(), &salt, &mut output, blocks)?;
        self.to_phc(salt, &output)
    }

    /// A hash that no password matches: its output is random bytes.
    pub(super) fn unmatchable_hash(
        &self,
        salt: [u8; SALT_BYTES],
        random: [[u8; SALT_BYTES]; 2],
    ) -> Result<PhcString, argon2::password_hash::Error> {
        self.to_phc(salt, random.as_flattened())
    }

    fn to_phc(
        &self,
        salt: [u8; SALT_BYTES],
        output: &[u8],
    ) -> Result<PhcString, argon2::password_hash::Error> {
        let hash = PasswordHash {
            algorithm: ARGON2ID_IDENT,
            version: Some(Version::V0x13.into()),
            params: (&self.params).try_into()?,
            salt: Some(Salt::new(&salt)?),
            hash: Some(Output::new(output)?),
        };
        Ok(PhcString(hash.to_string()))
    }

    /// Compares `password` with a stored hash; `blocks` is working memory as for [`Self::hash`].
    pub(super) fn verify(&self, password: &str, phc: &PhcString, blocks: &mut Vec<Block>) -> Verdict {
        let Some(stored) = Stored::parse(phc) else {
            return Verdict::Wrong;
        };
        let password = normalised(password);
        let matches = if stored.params.block_count() <= self.params.block_count() {
            blocks.resize(self.params.block_count(), Block::new());
            stored.is_of(&password, blocks)
        } else {
            let _one = self.oversized.lock().unwrap_or_else(PoisonError::into_inner);
            stored.is_of(&password, &mut vec![Block::new(); stored.params.block_count()])
        };
        match matches {
            false => Verdict::Wrong,
            true if stored.version == Version::V0x13 && stored.params == self.params => Verdict::Right,
            true => Verdict::RightButOld,
        }
    }
}

/// A well-formed argon2id hash whose cost is at most [`MAX_COST`].
struct Stored {
    version: Version,
    params: Params,
    salt: Salt,
    output: Output,
}

impl Stored {
    fn parse(phc: &PhcString) -> Option<Self> {
        let hash = PasswordHash::new(&phc.0).ok()?;
        let params = Params::try_from(&hash).ok()?;
        let (memory, iterations, lanes) = MAX_COST;
        let sane = hash.algorithm == ARGON2ID_IDENT
            && params.m_cost() <= memory
            && params.t_cost() <= iterations
            && params.p_cost() <= lanes;
        let version = hash.version.map_or(Ok(Version::V0x10), Version::try_from).ok()?;
        sane.then_some(Self {
            version,
            params,
            salt: hash.salt?,
            output: hash.hash?,
        })
    }

    fn is_of(&self, password: &str, blocks: &mut [Block]) -> bool {
        let mut computed = [0; Output::MAX_LENGTH];
        let Some(computed) = computed.get_mut(..self.output.len()) else {
            return false;
        };
        Argon2::new(Algorithm::Argon2id, self.version, self.params.clone())
            .hash_password_into_with_memory(password.as_bytes(), &self.salt, computed, blocks)
            .is_ok_and(|()| computed.ct_eq(self.output.as_bytes()).into())
    }
}

/// The password in Unicode NFC, since keyboards encode the same characters differently (NIST SP 800-63B-4
/// section 3.1.1.2).
#[must_use]
pub fn normalised(password: &str) -> Zeroizing<String> {
    Zeroizing::new(password.nfc().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: Cost = Cost {
        memory_kib: 64,
        iterations: 1,
    };
    const SALT: [u8; SALT_BYTES] = *b"0123456789abcdef";

    fn hasher(cost: Cost) -> Hasher {
        Hasher::new(cost).unwrap()
    }

    #[test]
    fn a_hash_is_a_phc_string_with_our_parameters() {
        let phc = hasher(Cost::default())
            .hash("tea for two at noon", SALT, &mut Vec::new())
            .unwrap();
        assert!(
            phc.as_str().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{}",
            phc.as_str()
        );
    }

    #[test]
    fn only_the_exact_whole_password_matches() {
        let long = "x".repeat(5000);
        let hasher = hasher(SMALL);
        let mut blocks = Vec::new();
        let phc = hasher.hash(&format!("{long}y"), SALT, &mut blocks).unwrap();
        for (password, expected) in [
            (format!("{long}y"), Verdict::Right),
            (format!("{long}z"), Verdict::Wrong),
            (long.clone(), Verdict::Wrong),
            (format!(" {long}y"), Verdict::Wrong),
            (String::new(), Verdict::Wrong),
        ] {
            assert_eq!(hasher.verify(&password, &phc, &mut blocks), expected);
        }
    }

    #[test]
    fn composed_and_decomposed_characters_are_the_same_password() {
        let hasher = hasher(SMALL);
        let mut blocks = Vec::new();
        let phc = hasher
            .hash("caf\u{e9} au lait \u{1f375}", SALT, &mut blocks)
            .unwrap();
        assert_eq!(
            hasher.verify("cafe\u{301} au lait \u{1f375}", &phc, &mut blocks),
            Verdict::Right
        );
    }

    #[test]
    fn a_hash_of_other_parameters_is_right_but_old() {
        let mut blocks = Vec::new();
        for old in [
            Cost {
                memory_kib: 32,
                iterations: 1,
            },
            Cost {
                memory_kib: 128,
                iterations: 1,
            },
            Cost {
                memory_kib: 64,
                iterations: 3,
            },
        ] {
            let phc = hasher(old).hash("password", SALT, &mut blocks).unwrap();
            assert_eq!(
                hasher(SMALL).verify("password", &phc, &mut blocks),
                Verdict::RightButOld,
                "{old:?}"
            );
            assert_eq!(
                hasher(SMALL).verify("passwort", &phc, &mut blocks),
                Verdict::Wrong,
                "{old:?}"
            );
        }
    }

    #[test]
    fn hashes_of_the_reference_implementation_verify() {
        // Test vectors of the C reference implementation: argon2id, v=19, password "password", salt "somesalt".
        let phc =
            "$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc".to_owned();
        let verdict = hasher(SMALL).verify("password", &phc.into(), &mut Vec::new());
        assert_eq!(verdict, Verdict::RightButOld);
    }

    #[test]
    fn malformed_or_huge_hashes_are_wrong() {
        let tail = "$c29tZXNhbHRzb21lc2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
        let hasher = hasher(SMALL);
        for phc in [
            String::new(),
            "password".to_owned(),
            "$argon2id$".to_owned(),
            "$argon2id$v=19$m=64,t=1,p=1".to_owned(),
            "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHRzb21lc2FsdA".to_owned(),
            format!("$argon2id$v=19$m=4294967295,t=1,p=1{tail}"),
            format!("$argon2id$v=19$m=64,t=4294967295,p=1{tail}"),
            format!("$argon2id$v=19$m=131072,t=1,p=16777215{tail}"),
            format!("$argon2id$v=19$m=8,t=1,p=16{tail}"),
            format!("$argon2id$v=19$m=0,t=0,p=0{tail}"),
            format!("$argon2id$v=20$m=64,t=1,p=1{tail}"),
            format!("$argon2i$v=19$m=64,t=1,p=1{tail}"),
            format!("$argon2id$v=19$m=64,t=1,p=1{tail}$more"),
        ] {
            assert_eq!(
                hasher.verify("password", &phc.clone().into(), &mut Vec::new()),
                Verdict::Wrong,
                "{phc}"
            );
        }
    }

    #[test]
    fn the_unmatchable_hash_has_the_same_form() {
        let hasher = hasher(SMALL);
        let real = hasher.hash("password", SALT, &mut Vec::new()).unwrap();
        let nothing = hasher.unmatchable_hash(SALT, [SALT, SALT]).unwrap();
        assert_eq!(real.as_str().len(), nothing.as_str().len());
        assert_eq!(hasher.verify("", &nothing, &mut Vec::new()), Verdict::Wrong);
    }
}
