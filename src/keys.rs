//! The life cycle of signing keys: they are generated at the first start, published before use and rotated. They stay
//! in the JWKS until the last token that they signed has expired, and verify hints until the last session whose ID
//! tokens they signed has expired.

use std::time::Duration;

use crate::clock::Time;
use crate::config::Config;
use crate::crypto::{
    Aad, Algorithm, KeyError, KeyRecord, Keyring, KeyringError, MasterKey, SealError, SigningKey,
};
use crate::model::action::Action;
use crate::model::lifetime::Lifetime;
use crate::store::audit::{self, NewEntry};
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
    /// The key to revoke does not exist.
    #[error("there is no signing key {0}; `doorward keys list` shows every key")]
    Unknown(String),
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

/// Deletes a key, so that nothing that it signed is trusted any longer. If no other key of its algorithm continues to
/// sign, a new one signs at once, without being published first.
///
/// # Errors
/// [`KeysError::Unknown`], or when a key cannot be generated.
pub async fn revoke(
    db: &Db,
    master: &MasterKey,
    config: &Config,
    now: Time,
    kid: String,
) -> Result<(), KeysError> {
    let stored = signing_keys::all(&mut db.read().await?).await?;
    let algorithm = stored.iter().find(|key| key.kid == kid);
    let algorithm = algorithm.and_then(|key| key.algorithm.parse().ok());
    let algorithm: Algorithm = algorithm.ok_or_else(|| KeysError::Unknown(kid.clone()))?;
    let spare = generate(master, config, vec![algorithm]).await?;
    db.write::<_, KeysError, _>(move |tx| {
        Box::pin(async move {
            counters::next(tx, "keys").await?;
            if signing_keys::delete(tx, &kid).await?.is_none() {
                return Err(KeysError::Unknown(kid));
            }
            let stored = signing_keys::all(tx).await?;
            let keeps_signing =
                |key: &StoredKey| key.algorithm == algorithm.as_str() && key.retires_at.is_none();
            if !stored.iter().any(keeps_signing) {
                for key in spare {
                    store(tx, key, now, now).await?;
                }
            }
            let action = Action::KeyRevoke.as_str();
            audit::record(tx, &NewEntry::new("host", action, &kid), now).await?;
            Ok(counters::invalidate_cache(tx).await?)
        })
    })
    .await
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
    let sealed = generate(master, config, algorithms).await?;
    let (ahead, retirement) = (config.keys.publish_ahead, retirement(config));
    db.write::<_, sqlx::Error, _>(move |tx| {
        Box::pin(async move {
            counters::next(tx, "keys").await?;
            let stored = signing_keys::all(tx).await?;
            let still_due = due(&stored, period, now);
            let due = sealed.into_iter().filter(|(alg, ..)| still_due.contains(alg));
            for key in due {
                let first = !stored.iter().any(|other| other.algorithm == key.0.as_str());
                let activates_at = if first { now } else { now + ahead };
                signing_keys::retire(tx, key.0.as_str(), now, &retirement(activates_at)).await?;
                store(tx, key, activates_at, now).await?;
            }
            counters::invalidate_cache(tx).await
        })
    })
    .await?;
    Ok(())
}

/// When a key stops signing and expires, if its successor begins to sign at a given time.
fn retirement(config: &Config) -> impl Fn(Time) -> Retirement + Send + use<> {
    let (ahead, lifetimes) = (config.keys.publish_ahead, &config.lifetimes);
    // Apps may have longer lifetimes of their own.
    let configured = lifetimes.id_token.max(lifetimes.access_token);
    let longest = configured.max(Lifetime::LONGEST_TOKEN.duration());
    let session = lifetimes.session;
    move |retires_at| {
        let expires_at = retires_at + longest + ahead;
        Retirement {
            retires_at,
            expires_at,
            // To sign out, an app sends its latest ID token as a hint, which may be as old as the session.
            hints_until: expires_at.max(retires_at + session),
        }
    }
}

/// An algorithm, a `kid` and the sealed private key.
type SealedKey = (Algorithm, String, Vec<u8>);

/// Stores a key that begins to sign at `activates_at`.
async fn store(
    tx: &mut Tx,
    (algorithm, kid, sealed): SealedKey,
    activates_at: Time,
    now: Time,
) -> Result<(), sqlx::Error> {
    let key = StoredKey {
        kid,
        algorithm: algorithm.as_str().to_owned(),
        sealed,
        created_at: now,
        activates_at,
        retires_at: None,
        expires_at: None,
        hints_until: None,
    };
    signing_keys::insert(tx, &key).await
}

/// Generates a key for each of these algorithms.
async fn generate(
    master: &MasterKey,
    config: &Config,
    algorithms: Vec<Algorithm>,
) -> Result<Vec<SealedKey>, KeysError> {
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
    Ok(sealed.collect())
}
