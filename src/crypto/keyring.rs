//! The keyring: an immutable snapshot of the signing keys, parsed once for all requests.
//!
//! Four times of each key decide which key signs, which are published and which still verify. `src/keys.rs`
//! creates, stores and rotates keys, and builds a new snapshot after each change.

use std::cmp::Ordering;
use std::collections::HashMap;

use bytes::Bytes;
use serde_json::{Map, Value, json};

use super::algorithm::{Algorithm, JwsAlgorithm};
use super::secret::Secret;
use super::signing::{KeyError, Signer, SigningKey};
use super::verify::{KeySource, Verifier};
use crate::clock::Time;

/// A stored signing key, with its private part decrypted.
#[derive(Debug)]
pub struct KeyRecord {
    /// The key's `kid`, which must be its thumbprint.
    pub kid: String,
    /// The algorithm it signs with.
    pub alg: Algorithm,
    /// The private key in DER.
    pub private: Secret<Vec<u8>>,
    /// When it was created.
    pub created_at: Time,
    /// When it begins to sign; it is published earlier.
    pub activates_at: Time,
    /// When it stops signing; it stays published.
    pub retires_at: Option<Time>,
    /// When it is no longer published or trusted, except for hints.
    pub expires_at: Option<Time>,
    /// When the ID tokens that it signed are no longer trusted as hints.
    pub hints_until: Option<Time>,
}

/// Why the keyring could not be built.
#[derive(Debug, thiserror::Error)]
pub enum KeyringError {
    /// A stored key cannot be used.
    #[error("signing key {kid}: {source}")]
    Key {
        /// The key's `kid`.
        kid: String,
        /// Why it cannot be used.
        source: KeyError,
    },
    /// A stored key does not match its `kid`.
    #[error(
        "signing key {0} does not have the thumbprint that is its name; restore the database from a backup"
    )]
    Name(String),
}

#[derive(Debug)]
struct Entry {
    signer: Signer,
    verifier: Verifier,
    created_at: Time,
    activates_at: Time,
    retires_at: Option<Time>,
}

impl Entry {
    /// By activation time; the other fields make every node choose the same key.
    fn order(&self, other: &Self) -> Ordering {
        let rank = |entry: &Self| (entry.activates_at, entry.created_at);
        rank(self)
            .cmp(&rank(other))
            .then_with(|| self.signer.kid().cmp(other.signer.kid()))
    }
}

/// The signing keys at one point in time.
#[derive(Debug)]
pub struct Keyring {
    entries: HashMap<String, Entry>,
    /// Keys that are no longer published and verify hints only.
    for_hints: HashMap<String, Verifier>,
    jwks: Bytes,
}

impl Keyring {
    /// Parses all keys that verify anything at `now` and serialises the published set.
    ///
    /// # Errors
    /// [`KeyringError`] names the first stored key that cannot be used.
    pub fn new(records: Vec<KeyRecord>, now: Time) -> Result<Self, KeyringError> {
        let mut records: Vec<_> = records
            .into_iter()
            .filter(|record| record.hints_until.is_none_or(|end| now < end))
            .collect();
        // The same order on every node, so that all publish the same bytes.
        records.sort_by(|a, b| (a.alg, b.activates_at, &a.kid).cmp(&(b.alg, a.activates_at, &b.kid)));
        let mut published: Vec<Map<String, Value>> = Vec::with_capacity(records.len());
        let mut entries = HashMap::with_capacity(records.len());
        let mut for_hints = HashMap::new();
        for record in records {
            let unusable = |source| KeyringError::Key {
                kid: record.kid.clone(),
                source,
            };
            let key = SigningKey::from_der(record.alg, record.private.expose()).map_err(unusable)?;
            if key.kid() != record.kid {
                return Err(KeyringError::Name(record.kid));
            }
            if record.expires_at.is_some_and(|end| end <= now) {
                for_hints.insert(record.kid.clone(), key.verifier().map_err(unusable)?);
                continue;
            }
            published.push(key.public_jwk());
            let entry = Entry {
                signer: key.signer().map_err(unusable)?,
                verifier: key.verifier().map_err(unusable)?,
                created_at: record.created_at,
                activates_at: record.activates_at,
                retires_at: record.retires_at,
            };
            entries.insert(record.kid, entry);
        }
        Ok(Self {
            entries,
            for_hints,
            jwks: json!({ "keys": published }).to_string().into(),
        })
    }

    /// The newest key that signs with `alg` at `now`.
    ///
    /// If none is active yet, the next one signs early: the clocks of nodes differ, and a token is better than an error
    /// even if relying parties must fetch its key first. `None` if every key has retired.
    #[must_use]
    pub fn signer(&self, alg: Algorithm, now: Time) -> Option<&Signer> {
        let usable = || {
            self.entries.values().filter(move |entry| {
                entry.signer.algorithm() == alg && entry.retires_at.is_none_or(|end| now < end)
            })
        };
        usable()
            .filter(|entry| entry.activates_at <= now)
            .max_by(|a, b| a.order(b))
            .or_else(|| usable().min_by(|a, b| a.order(b)))
            .map(|entry| &entry.signer)
    }

    /// The published key set (RFC 7517 section 5); cheap to clone.
    #[must_use]
    pub fn jwks_json(&self) -> Bytes {
        self.jwks.clone()
    }

    /// The public key with this `kid`, if it is still trusted.
    #[must_use]
    pub fn verifier(&self, kid: &str) -> Option<&Verifier> {
        self.entries.get(kid).map(|entry| &entry.verifier)
    }

    /// The keys that verify hints: the published ones, and those that signed ID tokens of sessions that may still be
    /// open.
    #[must_use]
    pub const fn for_hints(&self) -> HintKeys<'_> {
        HintKeys(self)
    }
}

/// The keys that verify ID tokens as hints.
#[derive(Clone, Copy, Debug)]
pub struct HintKeys<'a>(&'a Keyring);

impl KeySource for HintKeys<'_> {
    fn candidates(&self, algorithm: JwsAlgorithm, kid: Option<&str>) -> Vec<&Verifier> {
        let named = kid.and_then(|kid| self.0.verifier(kid).or_else(|| self.0.for_hints.get(kid)));
        named
            .filter(|key| key.algorithm() == algorithm)
            .into_iter()
            .collect()
    }
}

impl KeySource for Keyring {
    /// Tokens that we sign always have a `kid`.
    fn candidates(&self, algorithm: JwsAlgorithm, kid: Option<&str>) -> Vec<&Verifier> {
        let named = kid.and_then(|kid| self.verifier(kid));
        named
            .filter(|key| key.algorithm() == algorithm)
            .into_iter()
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(key: &SigningKey, activates_at: i64, retires_at: Option<i64>) -> KeyRecord {
        KeyRecord {
            kid: key.kid().to_owned(),
            alg: key.algorithm(),
            private: Secret::new(key.to_der().expose().clone()),
            created_at: Time(0),
            activates_at: Time(activates_at),
            retires_at: retires_at.map(Time),
            expires_at: retires_at.map(|at| Time(at + 100)),
            hints_until: retires_at.map(|at| Time(at + 200)),
        }
    }

    fn key(algorithm: Algorithm) -> SigningKey {
        SigningKey::generate(algorithm, 2048).unwrap()
    }

    fn published(keyring: &Keyring) -> Vec<Value> {
        let set: Value = serde_json::from_slice(&keyring.jwks_json()).unwrap();
        set["keys"].as_array().unwrap().clone()
    }

    #[test]
    fn the_newest_active_key_signs_and_all_are_published_until_they_expire() {
        let (old, new) = (key(Algorithm::EdDSA), key(Algorithm::EdDSA));
        let at = |now| {
            let records = vec![record(&old, 100, Some(300)), record(&new, 200, None)];
            Keyring::new(records, Time(now)).unwrap()
        };
        let cases = [
            // Before either is active, the one that will be first.
            (50, Some(&old), 2),
            (100, Some(&old), 2),
            (199, Some(&old), 2),
            (200, Some(&new), 2),
            (300, Some(&new), 2),
            (399, Some(&new), 2),
            (400, Some(&new), 1),
        ];
        for (now, signer, count) in cases {
            let keyring = at(now);
            let kid = keyring.signer(Algorithm::EdDSA, Time(now)).map(Signer::kid);
            assert_eq!(kid, signer.map(SigningKey::kid), "at {now}");
            assert_eq!(published(&keyring).len(), count, "at {now}");
            assert_eq!(keyring.verifier(old.kid()).is_some(), count == 2, "at {now}");
            assert!(keyring.signer(Algorithm::ES256, Time(now)).is_none());
        }
        for (now, count) in [(399, 1), (400, 1), (499, 1), (500, 0)] {
            let (keyring, kid) = (at(now), Some(old.kid()));
            let found = keyring.for_hints().candidates(JwsAlgorithm::EdDSA, kid).len();
            assert_eq!(found, count, "for hints at {now}");
        }
        let alone = Keyring::new(vec![record(&old, 100, Some(300))], Time(300)).unwrap();
        assert!(
            alone.signer(Algorithm::EdDSA, Time(300)).is_none(),
            "a retired key never signs"
        );
        assert!(alone.verifier(old.kid()).is_some());
    }

    #[test]
    fn the_published_set_has_only_public_members_and_does_not_depend_on_the_order() {
        let keys = Algorithm::ALL.map(key);
        let records = || keys.iter().map(|key| record(key, 1, None)).collect::<Vec<_>>();
        let keyring = Keyring::new(records(), Time(1)).unwrap();
        let reversed = Keyring::new(records().into_iter().rev().collect(), Time(1)).unwrap();
        assert_eq!(keyring.jwks_json(), reversed.jwks_json());
        for (jwk, key) in published(&keyring).iter().zip(&keys) {
            let members: Vec<&str> = jwk.as_object().unwrap().keys().map(String::as_str).collect();
            let expected: &[&str] = match key.algorithm() {
                Algorithm::RS256 | Algorithm::PS256 => &["e", "kty", "n", "kid", "use", "alg"],
                Algorithm::ES256 => &["crv", "kty", "x", "y", "kid", "use", "alg"],
                Algorithm::EdDSA => &["crv", "kty", "x", "kid", "use", "alg"],
            };
            assert_eq!(members, expected);
            assert_eq!(jwk["kid"], key.kid());
            assert_eq!(jwk["alg"], key.algorithm().as_str());
            assert_eq!(jwk["use"], "sig");
        }
    }

    #[test]
    fn a_key_that_does_not_match_its_row_is_refused_with_its_kid() {
        let key = key(Algorithm::ES256);
        let renamed = KeyRecord {
            kid: "other".to_owned(),
            ..record(&key, 1, None)
        };
        let error = Keyring::new(vec![renamed], Time(1)).unwrap_err();
        assert!(
            matches!(&error, KeyringError::Name(kid) if kid == "other"),
            "{error}"
        );
        for (alg, private) in [
            (Algorithm::RS256, key.to_der().clone()),
            (Algorithm::ES256, vec![1, 2].into()),
        ] {
            let broken = KeyRecord {
                alg,
                private,
                ..record(&key, 1, None)
            };
            let error = Keyring::new(vec![broken], Time(1)).unwrap_err();
            assert!(
                matches!(&error, KeyringError::Key { kid, .. } if kid == key.kid()),
                "{error}"
            );
        }
    }
}
