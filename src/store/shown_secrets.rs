//! Secrets that a page shows after a form, encrypted under the master key, for one session and a few minutes.

use super::{Conn, Error, Tx};
use crate::clock::Time;
use crate::model::SessionId;

/// Stores encrypted secrets for a session until `expires_at`.
pub async fn insert(
    tx: &mut Tx,
    id: &str,
    session: &SessionId,
    sealed: &[u8],
    expires_at: Time,
) -> Result<(), Error> {
    execute!(
        tx,
        "INSERT INTO shown_secrets (id, session_id, sealed, expires_at) VALUES ($1, $2, $3, $4)",
        id,
        session,
        sealed,
        expires_at
    )
}

/// The encrypted secrets with this id, if this session stored them and they have not expired.
pub async fn get(
    conn: &mut Conn,
    id: &str,
    session: &SessionId,
    now: Time,
) -> Result<Option<Vec<u8>>, Error> {
    let found = query_opt!(
        conn,
        (Vec<u8>,),
        "SELECT sealed FROM shown_secrets WHERE id = $1 AND session_id = $2 AND expires_at > $3",
        id,
        session,
        now
    )?;
    Ok(found.map(|(sealed,)| sealed))
}

/// Deletes the secrets with this id, if this session stored them.
pub async fn delete(tx: &mut Tx, id: &str, session: &SessionId) -> Result<(), Error> {
    execute!(
        tx,
        "DELETE FROM shown_secrets WHERE id = $1 AND session_id = $2",
        id,
        session
    )
}
