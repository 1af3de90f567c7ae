//! Signing keys, with their private parts encrypted under the master key.

use super::{Conn, Error, Tx};
use crate::clock::Time;

read_row! {
    /// One stored key.
    #[derive(Clone, Debug, PartialEq, Eq)]
    StoredKey {
        /// Its key ID.
        kid: String,
        /// The algorithm it signs with.
        algorithm: String,
        /// The private key, encrypted under the master key.
        sealed: Vec<u8>,
        /// When it was created.
        created_at: Time,
        /// When it begins to sign.
        activates_at: Time,
        /// When it stops signing.
        retires_at: Option<Time>,
        /// When it is no longer published or trusted, except for hints.
        expires_at: Option<Time>,
        /// When the ID tokens that it signed are no longer trusted as hints.
        hints_until: Option<Time>,
    }
}

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

/// Deletes a key, which ends every use of it; yields its algorithm, or `None` if there is no such key.
pub async fn delete(tx: &mut Tx, kid: &str) -> Result<Option<String>, Error> {
    let deleted = query_opt!(
        tx,
        (String,),
        "DELETE FROM signing_keys WHERE kid = $1 RETURNING algorithm",
        kid
    )?;
    Ok(deleted.map(|(algorithm,)| algorithm))
}
