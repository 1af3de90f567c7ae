//! Password resets, which the owner of the account completes.

use super::{Conn, Error, Tx};
use crate::clock::Time;
use crate::crypto::TokenHash;
use crate::model::AccountId;
use crate::model::reset::{Reset, ResetKind};

/// The reset with this secret, unless it has ended.
pub async fn pending(
    conn: &mut Conn,
    secret: &TokenHash,
    kind: ResetKind,
    now: Time,
) -> Result<Option<Reset>, Error> {
    query_opt!(
        conn,
        Reset,
        select!(
            reset_columns,
            "FROM resets r WHERE r.secret_hash = $1 AND r.kind = $2 AND r.ended_at IS NULL AND r.expires_at > $3"
        ),
        secret,
        kind,
        now
    )
}

/// When the pending reset of an account by a code expires, if there is one.
pub async fn code_pending_until(
    conn: &mut Conn,
    account: &AccountId,
    now: Time,
) -> Result<Option<Time>, Error> {
    let found = query_opt!(
        conn,
        (Time,),
        "SELECT expires_at FROM resets WHERE account_id = $1 AND kind = 'code' AND ended_at IS NULL \
         AND expires_at > $2",
        account,
        now
    )?;
    Ok(found.map(|(until,)| until))
}

/// Whether the owner of an account has asked for a link since then.
pub async fn link_requested_since(conn: &mut Conn, account: &AccountId, since: Time) -> Result<bool, Error> {
    let found = query_opt!(
        conn,
        (i64,),
        "SELECT created_at FROM resets WHERE account_id = $1 AND made_by = $1 AND created_at > $2 LIMIT 1",
        account,
        since
    )?;
    Ok(found.is_some())
}

/// Adds a reset.
pub async fn insert(tx: &mut Tx, reset: &Reset, secret: &TokenHash) -> Result<(), Error> {
    execute!(
        tx,
        "INSERT INTO resets (id, account_id, kind, secret_hash, made_by, created_at, expires_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        &reset.id,
        &reset.account_id,
        reset.kind,
        secret,
        &reset.made_by,
        reset.created_at,
        reset.expires_at
    )
}

/// Ends a reset that is being completed; yields true for the one call that does.
pub async fn complete(tx: &mut Tx, id: &str, now: Time) -> Result<bool, Error> {
    any_affected!(
        tx,
        "UPDATE resets SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL AND expires_at > $2",
        id,
        now
    )
}

/// Ends every reset of an account.
pub async fn end_all_of(tx: &mut Tx, account: &AccountId, now: Time) -> Result<(), Error> {
    execute!(
        tx,
        "UPDATE resets SET ended_at = $2 WHERE account_id = $1 AND ended_at IS NULL",
        account,
        now
    )
}

/// Resets that have expired and were not ended, oldest first, at most `limit`.
pub async fn expired(conn: &mut Conn, limit: i64, now: Time) -> Result<Vec<Reset>, Error> {
    query_all!(
        conn,
        Reset,
        select!(
            reset_columns,
            "FROM resets r WHERE r.ended_at IS NULL AND r.expires_at <= $2 ORDER BY r.expires_at LIMIT $1"
        ),
        limit,
        now
    )
}

/// Ends a reset that has expired; yields true for the one call that does.
pub async fn expire(tx: &mut Tx, id: &str, now: Time) -> Result<bool, Error> {
    any_affected!(
        tx,
        "UPDATE resets SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL AND expires_at <= $2",
        id,
        now
    )
}
