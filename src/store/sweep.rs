//! Removes rows whose time is over.

use std::time::Duration;

use super::{Error, Tx};
use crate::clock::Time;

/// How long ended sessions are kept, so that their owner can be told why they ended.
const SESSIONS_KEPT: Duration = Duration::from_hours(24);
/// How long ended attempts are kept, so that a clock set back by no more revives none of their sealed copies.
const ATTEMPTS_KEPT: Duration = Duration::from_hours(1);
/// How long after the last failure a throttle is forgotten, if it has not disabled the password.
const THROTTLES_KEPT: Duration = Duration::from_hours(24);

/// Removes what has ended by `now`; yields how many rows went.
pub async fn sweep(tx: &mut Tx, now: Time) -> Result<u64, Error> {
    let mut gone = execute!(
        tx,
        "DELETE FROM attempts WHERE expires_at <= $1",
        now - ATTEMPTS_KEPT
    )?;
    gone += execute!(tx, "DELETE FROM access_tokens WHERE expires_at <= $1", now)?;
    gone += execute!(tx, "DELETE FROM refresh_tokens WHERE expires_at <= $1", now)?;
    gone += execute!(tx, "DELETE FROM grants WHERE expires_at <= $1", now)?;
    gone += execute!(tx, "DELETE FROM seen_once WHERE expires_at <= $1", now)?;
    gone += execute!(
        tx,
        "DELETE FROM sessions WHERE expires_at <= $1",
        now - SESSIONS_KEPT
    )?;
    gone += execute!(
        tx,
        "DELETE FROM throttles WHERE last_failure_at <= $1 AND failures < 100",
        now - THROTTLES_KEPT
    )?;
    gone += execute!(tx, "DELETE FROM signing_keys WHERE expires_at <= $1", now)?;
    Ok(gone)
}
