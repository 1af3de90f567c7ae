//! Devices that wait for somebody to allow them access, by the hashes of their two codes.

use std::time::Duration;

use super::{Conn, Error, Tx};
use crate::clock::Time;
use crate::crypto::TokenHash;
use crate::model::device_code::DeviceCode;
use crate::model::{ClientId, GrantId, SessionId};

/// Stores the request of a device; yields false if another one has the same user code.
pub async fn insert(
    tx: &mut Tx,
    code: &DeviceCode,
    user_hash: &TokenHash,
    interval: Duration,
) -> Result<bool, Error> {
    any_affected!(
        tx,
        "INSERT INTO device_codes (device_hash, user_hash, client_id, scopes, resource, client_address, created_at, \
         expires_at, poll_interval) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING",
        &code.device_hash,
        user_hash,
        &code.client_id,
        &code.scopes,
        &code.resource,
        &code.client_address,
        code.created_at,
        code.expires_at,
        micros(interval)
    )
}

/// The request of the device with this code, in any state.
pub async fn by_device_hash(conn: &mut Conn, hash: &TokenHash) -> Result<Option<DeviceCode>, Error> {
    query_opt!(
        conn,
        DeviceCode,
        select!(
            device_code_columns,
            "FROM device_codes c WHERE c.device_hash = $1"
        ),
        hash
    )
}

/// The pending request with this user code.
pub async fn waiting(conn: &mut Conn, user_hash: &TokenHash, now: Time) -> Result<Option<DeviceCode>, Error> {
    query_opt!(
        conn,
        DeviceCode,
        select!(
            device_code_columns,
            "FROM device_codes c WHERE c.user_hash = $1 AND c.answered_at IS NULL AND c.expires_at > $2"
        ),
        user_hash,
        now
    )
}

/// Stores the answer given in a session: a grant, or `None` for a refusal. Yields true for the one call that answers,
/// while the code is valid, the session is open and its account is usable.
pub async fn answer(
    tx: &mut Tx,
    device_hash: &TokenHash,
    session: &SessionId,
    grant: Option<&GrantId>,
    now: Time,
) -> Result<bool, Error> {
    any_affected!(
        tx,
        concat!(
            "UPDATE device_codes SET answered_at = $2, grant_id = $3 WHERE device_hash = $1 AND answered_at IS NULL \
             AND expires_at > $2 AND EXISTS (SELECT 1 FROM sessions s JOIN accounts a ON a.id = s.account_id \
             WHERE s.id = $4 AND s.ended_at IS NULL AND ",
            account_usable!("$2"),
            ")"
        ),
        device_hash,
        now,
        grant,
        session
    )
}

/// Records a request for tokens; yields false if it came too early.
pub async fn poll(tx: &mut Tx, device_hash: &TokenHash, now: Time) -> Result<bool, Error> {
    any_affected!(
        tx,
        "UPDATE device_codes SET polled_at = $2 WHERE device_hash = $1 \
         AND (polled_at IS NULL OR polled_at + poll_interval <= $2)",
        device_hash,
        now
    )
}

/// Makes a device wait longer between two requests.
pub async fn slow_down(tx: &mut Tx, device_hash: &TokenHash, by: Duration, now: Time) -> Result<(), Error> {
    execute!(
        tx,
        "UPDATE device_codes SET polled_at = $2, poll_interval = poll_interval + $3 WHERE device_hash = $1",
        device_hash,
        now,
        micros(by)
    )
}

/// Deletes the requests of every device for an app.
pub async fn delete_for_app(tx: &mut Tx, app: &ClientId) -> Result<(), Error> {
    execute!(tx, "DELETE FROM device_codes WHERE client_id = $1", app)
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}
