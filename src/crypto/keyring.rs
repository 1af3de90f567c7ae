//! The keyring: an immutable snapshot of the signing keys, with everything that is needed per request made once.
//!
//! Which key signs, which are published and which still verify follows from four moments of each key. Making,
//! storing and rotating keys is done by those who build the snapshot; they build a new one when that changes.

use std::collections::HashMap;

use bytes::Bytes;
use serde_json::{Map, Value, json};

use super::algorithm::{Algorithm, JwsAlgorithm};
use super::secret::Secret;
use super::signing::{KeyError, Signer, SigningKey};
use super::verify::{KeySource, Verifier};
use crate::clock::Time;

/// One signing key as it is stored, with its private part opened.
#[derive(Debug)]
pub struct KeyRecord {
    /// The key's name, which must be its thumbprint.
    pub kid: String,
    /// The algorithm it signs with.
    pub alg: Algorithm,
    /// The private key in DER.
    pub private: Secret<Vec<u8>>,
    /// When it was made.
    pub created_at: Time,
    /// From when on it signs; it is published before.
    pub activates_at: Time,
    /// From when on it no longer signs; it stays published.
    pub retires_at: Option<Time>,
    /// From when on it is neither published nor trusted.
    pub expires_at: Option<Time>,
}

/// Why the keyring could not be built.
#[derive(Debug, thiserror::Error)]
pub enum KeyringError {
    /// A stored key cannot be used.
    #[error("signing key {kid}: {source}")]
    Key {
        /// The key's name.
        kid: String,
        /// What is wrong with it.
        source: KeyError,
    },
    /// A stored key is not the one its name says.
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

/// The signing keys at one moment.
#[derive(Debug)]
pub struct Keyring {
    entries: HashMap<String, Entry>,
    jwks: Bytes,
}

impl Keyring {
    /// Parses all keys that have not expired at `now` and writes the published set.
    ///
    /// # Errors
    /// [`KeyringError`] names the first stored key that cannot be used.
    pub fn new(records: Vec<KeyRecord>, now: Time) -> Result<Self, KeyringError> {
        let mut records: Vec<_> = records
            .into_iter()
            .filter(|record| record.expires_at.is_none_or(|end| now < end))
            .collect();
        // One order on every node, so that the published bytes are the same everywhere.
        records.sort_by(|a, b| (a.alg, b.activates_at, &a.kid).cmp(&(b.alg, a.activates_at, &b.kid)));
        let mut published: Vec<Map<String, Value>> = Vec::with_capacity(records.len());
        let mut entries = HashMap::with_capacity(records.len());
        for record in records {
            let unusable = |source| KeyringError::Key {
                kid: record.kid.clone(),
                source,
            };
            let key = SigningKey::from_der(record.alg, record.private.expose()).map_err(unusable)?;
            if key.kid() != record.kid {
                return Err(KeyringError::Name(record.kid));
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
            jwks: json!({ "keys": published }).to_string().into(),
        })
    }

    /// The newest key that signs with `alg` at `now`.
    ///
    /// Where none is active yet, the one that will be first signs already: clocks of nodes differ, and a token that
    /// relying parties must fetch a key for is better than none. `None` when every key has retired.
    #[must_use]
    pub fn signer(&self, alg: Algorithm, now: Time) -> Option<&Signer> {
        let usable = || {
            self.entries.values().filter(move |entry| {
                entry.signer.algorithm() == alg && entry.retires_at.is_none_or(|end| now < end)
            })
        };
        let order = |entry: &&Entry| {
            (
                entry.activates_at,
                entry.created_at,
                entry.signer.kid().to_owned(),
            )
        };
        usable()
            .filter(|entry| entry.activates_at <= now)
            .max_by_key(order)
            .or_else(|| usable().min_by_key(order))
            .map(|entry| &entry.signer)
    }

    /// The published key set (RFC 7517 section 5), made once; a clone is cheap.
    #[must_use]
    pub fn jwks_json(&self) -> Bytes {
        self.jwks.clone()
    }

    /// The public key with this name, if it is still trusted.
    #[must_use]
    pub fn verifier(&self, kid: &str) -> Option<&Verifier> {
        self.entries.get(kid).map(|entry| &entry.verifier)
    }
}

impl KeySource for Keyring {
    /// Our own tokens always name their key.
    fn candidates(&self, algorithm: JwsAlgorithm, kid: Option<&str>) -> Vec<&Verifier> {
        let named = kid.and_then(|kid| self.verifier(kid));
        named
            .filter(|key| key.algorithm() == algorithm)
            .into_iter()
            .collect()
    }
}
