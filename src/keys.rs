//! The life cycle of signing keys: generated at the first start, published before use, rotated, kept in the JWKS until
//! the last token that they signed has expired, and trusted for hints until the last session that they signed for has.

use std::time::Duration;

use crate::clock::Time;
use crate::config::Config;
use crate::crypto::{
    Aad, Algorithm, KeyError, KeyRecord, Keyring, KeyringError, MasterKey, SealError, SigningKey,
};
use crate::store::signing_keys::{self, Retirement, StoredKey};
use crate::store::{Db, Tx, counters};

/// Why the signing keys cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// A query failed.
    #[error(transparent)]
    Database(#[from] sqlx::Error),
    /// A key could not be generated.
    #[error(transparent)]
    Generate(#[from] KeyError),
    /// A stored key cannot be used.
    #[error(transparent)]
    Stored(#[from] KeyringError),
    /// A stored key cannot be decrypted.
    #[error("signing key {0}: {1}")]
    Sealed(String, SealError),
}

fn aad(kid: &str) -> Aad<'_> {
    Aad {
        table: "signing_keys",
        row: kid,
        column: "sealed",
    }
}

/// Loads the current keys.
///
/// # Errors
/// When a key cannot be decrypted or parsed.
pub async fn load(db: &Db, master: &MasterKey, now: Time) -> Result<Keyring, KeysError> {
    let stored = signing_keys::all(&mut db.read().await?).await?;
    let mut records = Vec::new();
    for key in stored {
        let Ok(alg) = key.algorithm.parse::<Algorithm>() else {
            tracing::warn!(
                kid = key.kid,
                algorithm = key.algorithm,
                "ignored a signing key with an unknown algorithm"
            );
            continue;
        };
        let private = master
            .open(&key.sealed, aad(&key.kid))
            .map_err(|error| KeysError::Sealed(key.kid.clone(), error))?;
        records.push(KeyRecord {
            kid: key.kid,
            alg,
            private,
            created_at: key.created_at,
            activates_at: key.activates_at,
            retires_at: key.retires_at,
            expires_at: key.expires_at,
            hints_until: key.hints_until,
        });
    }
    Ok(Keyring::new(records, now)?)
}

/// Generates missing keys, and successors of keys that are older than the rotation period. If several nodes
/// do so at once, only one takes effect.
///
/// # Errors
/// When a key cannot be generated.
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

/// Generates successors of the keys of these algorithms now.
///
/// # Errors
/// When a key cannot be generated.
pub async fn rotate(
    db: &Db,
    master: &MasterKey,
    config: &Config,
    now: Time,
    algorithms: Vec<Algorithm>,
) -> Result<(), KeysError> {
    rotate_due(db, master, config, now, algorithms, Duration::ZERO).await
}

/// The algorithms without a key, or whose newest key was created `period` ago or earlier.
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
        .filter(|alg| newest(*alg).is_none_or(|generated| generated + period <= now))
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
    let generated = tokio::task::spawn_blocking(move || {
        algorithms
            .iter()
            .map(|alg| SigningKey::generate(*alg, rsa_bits))
            .collect::<Result<Vec<_>, _>>()
    });
    let generated = generated.await.map_err(|_| sqlx::Error::WorkerCrashed)??;
    let sealed = generated.iter().map(|key| {
        let sealed = master.seal(key.to_der().expose(), aad(key.kid()));
        (key.algorithm(), key.kid().to_owned(), sealed)
    });
    let sealed: Vec<SealedKey> = sealed.collect();
    let (ahead, retirement) = (config.keys.publish_ahead, retirement(config));
    db.write::<_, sqlx::Error, _>(move |tx| {
        Box::pin(async move {
            counters::next(tx, "keys").await?;
            let stored = signing_keys::all(tx).await?;
            let still_due = due(&stored, period, now);
            for key in sealed.into_iter().filter(|(alg, ..)| still_due.contains(alg)) {
                let first = !stored.iter().any(|other| other.algorithm == key.0.as_str());
                let activates_at = if first { now } else { now + ahead };
                store_successor(tx, key, activates_at, &retirement(activates_at), now).await?;
            }
            Ok(())
        })
    })
    .await?;
    Ok(())
}

/// The end of a key's use, by the time at which its successor begins to sign.
fn retirement(config: &Config) -> impl Fn(Time) -> Retirement + Send + use<> {
    let (ahead, lifetimes) = (config.keys.publish_ahead, &config.lifetimes);
    let (longest, session) = (lifetimes.id_token.max(lifetimes.access_token), lifetimes.session);
    move |retires_at| {
        let expires_at = retires_at + longest + ahead;
        Retirement {
            retires_at,
            expires_at,
            // An app shows its latest ID token to sign out, however long ago the session's key signed.
            hints_until: expires_at.max(retires_at + session),
        }
    }
}

/// An algorithm, a `kid` and the sealed private key.
type SealedKey = (Algorithm, String, Vec<u8>);

/// Stores a key that begins to sign at `activates_at`, and retires the older keys of its algorithm.
async fn store_successor(
    tx: &mut Tx,
    (algorithm, kid, sealed): SealedKey,
    activates_at: Time,
    of_older: &Retirement,
    now: Time,
) -> Result<(), sqlx::Error> {
    let algorithm = algorithm.as_str();
    signing_keys::retire(tx, algorithm, now, of_older).await?;
    let key = StoredKey {
        kid,
        algorithm: algorithm.to_owned(),
        sealed,
        created_at: now,
        activates_at,
        retires_at: None,
        expires_at: None,
        hints_until: None,
    };
    signing_keys::insert(tx, &key).await
}
