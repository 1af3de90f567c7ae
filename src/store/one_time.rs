//! Secrets that sign in once, by their hashes.

use super::{Conn, Error, Tx};
use crate::clock::Time;
use crate::crypto::TokenHash;
use crate::model::one_time::{OneTimeKind, OneTimeSecret};
use crate::model::{AccountId, SessionId};

/// The secret with this hash, unless it was used or revoked or has expired.
pub async fn unused(conn: &mut Conn, secret: &TokenHash, now: Time) -> Result<Option<OneTimeSecret>, Error> {
    query_opt!(
        conn,
        OneTimeSecret,
        select!(
            one_time_columns,
            "FROM one_time_secrets o WHERE o.secret_hash = $1 AND o.ended_at IS NULL AND o.expires_at > $2"
        ),
        secret,
        now
    )
}

/// Adds a secret.
pub async fn insert(tx: &mut Tx, one_time: &OneTimeSecret, secret: &TokenHash) -> Result<(), Error> {
    execute!(
        tx,
        "INSERT INTO one_time_secrets (id, account_id, kind, secret_hash, made_by, made_in, expires_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        &one_time.id,
        &one_time.account_id,
        one_time.kind,
        secret,
        &one_time.made_by,
        &one_time.made_in,
        one_time.expires_at
    )
}

/// Uses a secret; yields true for the one call that does.
pub async fn spend(tx: &mut Tx, id: &str, now: Time) -> Result<bool, Error> {
    any_affected!(
        tx,
        "UPDATE one_time_secrets SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL AND expires_at > $2",
        id,
        now
    )
}

/// Revokes every unused secret of a kind; yields how many.
pub async fn revoke_kind(tx: &mut Tx, kind: OneTimeKind, now: Time) -> Result<u64, Error> {
    rows_affected!(
        tx,
        "UPDATE one_time_secrets SET ended_at = $2 WHERE kind = $1 AND ended_at IS NULL AND expires_at > $2",
        kind,
        now
    )
}

/// Revokes every unused secret that was made in a session.
pub async fn revoke_made_in(tx: &mut Tx, session: &SessionId, now: Time) -> Result<(), Error> {
    execute!(
        tx,
        "UPDATE one_time_secrets SET ended_at = $2 WHERE made_in = $1 AND ended_at IS NULL",
        session,
        now
    )
}

/// Revokes every unused secret that an account has made.
pub async fn revoke_made_by(tx: &mut Tx, account: &AccountId, now: Time) -> Result<(), Error> {
    execute!(
        tx,
        "UPDATE one_time_secrets SET ended_at = $2 WHERE made_by = $1 AND ended_at IS NULL",
        account,
        now
    )
}
