//! Deletes expired rows.

use std::time::Duration;

use super::{Error, Tx};
use crate::clock::Time;

/// How long expired sessions are kept, so that the page can tell their user why they ended.
const SESSIONS_KEPT: Duration = Duration::from_hours(24);
/// How long expired attempts are kept, so that turning the clock back by less does not make their sealed
/// copies valid again.
const ATTEMPTS_KEPT: Duration = Duration::from_hours(1);
/// How long a throttle is kept after the last failure, unless it has disabled the password.
const THROTTLES_KEPT: Duration = Duration::from_hours(24);

/// Deletes what has expired by `now`; yields how many rows.
pub async fn sweep(tx: &mut Tx, now: Time) -> Result<u64, Error> {
    let mut gone = rows_affected!(
        tx,
        "DELETE FROM attempts WHERE expires_at <= $1",
        now - ATTEMPTS_KEPT
    )?;
    gone += rows_affected!(tx, "DELETE FROM access_tokens WHERE expires_at <= $1", now)?;
    gone += rows_affected!(tx, "DELETE FROM refresh_tokens WHERE expires_at <= $1", now)?;
    gone += rows_affected!(tx, "DELETE FROM grants WHERE expires_at <= $1", now)?;
    gone += rows_affected!(tx, "DELETE FROM seen_once WHERE expires_at <= $1", now)?;
    gone += rows_affected!(
        tx,
        "DELETE FROM sessions WHERE expires_at <= $1",
        now - SESSIONS_KEPT
    )?;
    gone += rows_affected!(
        tx,
        "DELETE FROM throttles WHERE last_failure_at <= $1 AND failures < 100",
        now - THROTTLES_KEPT
    )?;
    gone += rows_affected!(tx, "DELETE FROM signing_keys WHERE expires_at <= $1", now)?;
    Ok(gone)
}
