//! Signing keys, their private parts sealed.

use super::{Conn, Error, Tx};
use crate::clock::Time;

/// One stored key.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct StoredKey {
    /// Its name.
    pub kid: String,
    /// The algorithm it signs with.
    pub algorithm: String,
    /// The private key, sealed under the master key.
    pub sealed: Vec<u8>,
    /// When it was made.
    pub created_at: Time,
    /// From when on it signs.
    pub activates_at: Time,
    /// From when on it no longer signs.
    pub retires_at: Option<Time>,
    /// From when on it is neither published nor trusted.
    pub expires_at: Option<Time>,
}

/// Every key, the oldest first.
pub async fn all(conn: &mut Conn) -> Result<Vec<StoredKey>, Error> {
    query_all!(
        conn,
        StoredKey,
        "SELECT kid, algorithm, sealed, created_at, activates_at, retires_at, expires_at \
         FROM signing_keys ORDER BY created_at, kid"
    )
}

/// Adds a key.
pub async fn insert(tx: &mut Tx, key: &StoredKey) -> Result<(), Error> {
    execute!(
        tx,
        "INSERT INTO signing_keys (kid, algorithm, sealed, created_at, activates_at) VALUES ($1, $2, $3, $4, $5)",
        &key.kid,
        &key.algorithm,
        &key.sealed,
        key.created_at,
        key.activates_at
    )
    .map(|_| ())
}

/// Says when the keys of an algorithm that were made before `made_before` stop signing and stop being published.
pub async fn retire(
    tx: &mut Tx,
    algorithm: &str,
    made_before: Time,
    retires_at: Time,
    expires_at: Time,
) -> Result<(), Error> {
    execute!(
        tx,
        "UPDATE signing_keys SET retires_at = $3, expires_at = $4 \
         WHERE algorithm = $1 AND created_at < $2 AND retires_at IS NULL",
        algorithm,
        made_before,
        retires_at,
        expires_at
    )
    .map(|_| ())
}
