//! The life of the signing keys: made at the first start, published before use, rotated, and kept in the JWKS until
//! the last token they signed has ended.

use std::time::Duration;

use crate::clock::Time;
use crate::config::Config;
use crate::crypto::{
    Aad, Algorithm, KeyError, KeyRecord, Keyring, KeyringError, MasterKey, SealError, SigningKey,
};
use crate::store::signing_keys::{self, StoredKey};
use crate::store::{Db, Tx, counters};

/// Why the signing keys cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// The database failed.
    #[error(transparent)]
    Database(#[from] sqlx::Error),
    /// A key could not be made.
    #[error(transparent)]
    Made(#[from] KeyError),
    /// A stored key cannot be used.
    #[error(transparent)]
    Stored(#[from] KeyringError),
    /// A stored key does not open under this master key.
    #[error("signing key {0}: {1}")]
    Sealed(String, SealError),
}

fn place(kid: &str) -> Aad<'_> {
    Aad {
        table: "signing_keys",
        row: kid,
        column: "sealed",
    }
}

/// Reads the keys as they are now.
///
/// # Errors
/// When the database fails or a key does not open.
pub async fn load(db: &Db, master: &MasterKey, now: Time) -> Result<Keyring, KeysError> {
    let stored = signing_keys::all(&mut db.read().await?).await?;
    let mut records = Vec::new();
    for key in stored {
        let Ok(alg) = key.algorithm.parse::<Algorithm>() else {
            tracing::warn!(
                kid = key.kid,
                algorithm = key.algorithm,
                "a signing key of an unknown algorithm is passed over"
            );
            continue;
        };
        let private = master
            .open(&key.sealed, place(&key.kid))
            .map_err(|error| KeysError::Sealed(key.kid.clone(), error))?;
        records.push(KeyRecord {
            kid: key.kid,
            alg,
            private,
            created_at: key.created_at,
            activates_at: key.activates_at,
            retires_at: key.retires_at,
            expires_at: key.expires_at,
        });
    }
    Ok(Keyring::new(records, now)?)
}

/// Makes the keys that are missing, and successors of those that are older than the rotation period. Of nodes that
/// do so at once, one does.
///
/// # Errors
/// When the database fails or a key cannot be made.
pub async fn ensure_signing_keys(
    db: &Db,
    master: &MasterKey,
    config: &Config,
    now: Time,
) -> Result<(), KeysError> {
    let due = due(
        &signing_keys::all(&mut db.read().await?).await?,
        config.keys.rotation,
        now,
    );
    rotate_due(db, master, config, now, due, config.keys.rotation).await
}

/// Makes a successor of every key now.
///
/// # Errors
/// When the database fails or a key cannot be made.
pub async fn rotate(db: &Db, master: &MasterKey, config: &Config, now: Time) -> Result<(), KeysError> {
    rotate_due(db, master, config, now, Algorithm::ALL.to_vec(), Duration::ZERO).await
}

/// The algorithms whose newest key is missing or was made `period` ago or earlier.
fn due(stored: &[StoredKey], period: Duration, now: Time) -> Vec<Algorithm> {
    let newest = |alg: Algorithm| {
        stored
            .iter()
            .filter(|key| key.algorithm == alg.as_str())
            .map(|key| key.created_at)
            .max()
    };
    Algorithm::ALL
        .iter()
        .copied()
        .filter(|alg| newest(*alg).is_none_or(|made| made + period <= now))
        .collect()
}

async fn rotate_due(
    db: &Db,
    master: &MasterKey,
    config: &Config,
    now: Time,
    algorithms: Vec<Algorithm>,
    period: Duration,
) -> Result<(), KeysError> {
    if algorithms.is_empty() {
        return Ok(());
    }
    let rsa_bits = config.keys.rsa_bits;
    let made = tokio::task::spawn_blocking(move || {
        algorithms
            .iter()
            .map(|alg| SigningKey::generate(*alg, rsa_bits))
            .collect::<Result<Vec<_>, _>>()
    });
    let made = made.await.map_err(|_| sqlx::Error::WorkerCrashed)??;
    let sealed = made.iter().map(|key| {
        let sealed = master.seal(key.to_der().expose(), place(key.kid()));
        (key.algorithm(), key.kid().to_owned(), sealed)
    });
    let sealed: Vec<SealedKey> = sealed.collect();
    let ahead = config.keys.publish_ahead;
    let longest = config.lifetimes.id_token.max(config.lifetimes.access_token);
    db.write::<_, sqlx::Error, _>(move |tx| {
        Box::pin(async move {
            counters::next(tx, "keys").await?;
            let stored = signing_keys::all(tx).await?;
            let still_due = due(&stored, period, now);
            for key in sealed.into_iter().filter(|(alg, ..)| still_due.contains(alg)) {
                let first = !stored.iter().any(|other| other.algorithm == key.0.as_str());
                let activates_at = if first { now } else { now + ahead };
                succeed(tx, key, activates_at, activates_at + longest + ahead, now).await?;
            }
            Ok(())
        })
    })
    .await?;
    Ok(())
}

/// A key's algorithm, its `kid`, and its private part sealed.
type SealedKey = (Algorithm, String, Vec<u8>);

/// Stores a key that signs from `activates_at` on; until then the older keys of its algorithm do, which stay published
/// until `old_expire_at`.
async fn succeed(
    tx: &mut Tx,
    (algorithm, kid, sealed): SealedKey,
    activates_at: Time,
    old_expire_at: Time,
    now: Time,
) -> Result<(), sqlx::Error> {
    let algorithm = algorithm.as_str();
    signing_keys::retire(tx, algorithm, now, activates_at, old_expire_at).await?;
    let key = StoredKey {
        kid,
        algorithm: algorithm.to_owned(),
        sealed,
        created_at: now,
        activates_at,
        retires_at: None,
        expires_at: None,
    };
    signing_keys::insert(tx, &key).await
}
