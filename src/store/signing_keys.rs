//! Signing keys, with their private parts encrypted under the master key.

use super::{Conn, Error, Tx};
use crate::clock::Time;

/// One stored key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredKey {
    /// Its key ID.
    pub kid: String,
    /// The algorithm it signs with.
    pub algorithm: String,
    /// The private key, encrypted under the master key.
    pub sealed: Vec<u8>,
    /// When it was created.
    pub created_at: Time,
    /// When it begins to sign.
    pub activates_at: Time,
    /// When it stops signing.
    pub retires_at: Option<Time>,
    /// When it is no longer published or trusted, except for hints.
    pub expires_at: Option<Time>,
    /// When the ID tokens that it signed are no longer trusted as hints.
    pub hints_until: Option<Time>,
}

from_row!(StoredKey {
    kid,
    algorithm,
    sealed,
    created_at,
    activates_at,
    retires_at,
    expires_at,
    hints_until
});

/// Every key, the oldest first.
pub async fn all(conn: &mut Conn) -> Result<Vec<StoredKey>, Error> {
    query_all!(
        conn,
        StoredKey,
        "SELECT kid, algorithm, sealed, created_at, activates_at, retires_at, expires_at, \
         hints_until FROM signing_keys ORDER BY created_at, kid"
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
}

/// The end of a key's use.
pub struct Retirement {
    /// When it stops signing.
    pub retires_at: Time,
    /// When it is no longer published or trusted, except for hints.
    pub expires_at: Time,
    /// When the ID tokens that it signed are no longer trusted as hints.
    pub hints_until: Time,
}

/// Retires the keys of an algorithm that were created before `made_before`.
pub async fn retire(
    tx: &mut Tx,
    algorithm: &str,
    made_before: Time,
    retirement: &Retirement,
) -> Result<(), Error> {
    execute!(
        tx,
        "UPDATE signing_keys SET retires_at = $3, expires_at = $4, hints_until = $5 \
         WHERE algorithm = $1 AND created_at < $2 AND retires_at IS NULL",
        algorithm,
        made_before,
        retirement.retires_at,
        retirement.expires_at,
        retirement.hints_until
    )
}
