//! Encrypted secrets, each at a link that its recipient can open once.

use super::{Conn, Error, Tx};
use crate::clock::Time;
use crate::crypto::TokenHash;

/// Stores an encrypted secret until `expires_at`.
pub async fn insert(tx: &mut Tx, token: &TokenHash, sealed: &[u8], expires_at: Time) -> Result<(), Error> {
    execute!(
        tx,
        "INSERT INTO handovers (token_hash, sealed, expires_at) VALUES ($1, $2, $3)",
        token,
        sealed,
        expires_at
    )
}

/// Whether a secret waits at this link.
pub async fn is_waiting(conn: &mut Conn, token: &TokenHash, now: Time) -> Result<bool, Error> {
    let found = query_opt!(
        conn,
        (i64,),
        "SELECT expires_at FROM handovers WHERE token_hash = $1 AND expires_at > $2",
        token,
        now
    )?;
    Ok(found.is_some())
}

/// Takes the encrypted secret out; yields it to the one call that does.
pub async fn take(tx: &mut Tx, token: &TokenHash, now: Time) -> Result<Option<Vec<u8>>, Error> {
    let found = query_opt!(
        tx,
        (Vec<u8>,),
        "DELETE FROM handovers WHERE token_hash = $1 AND expires_at > $2 RETURNING sealed",
        token,
        now
    )?;
    Ok(found.map(|(sealed,)| sealed))
}
