//! Counters of failed sign-ins; `auth::throttle` has the rules.

use super::{Conn, Error, Tx};
use crate::clock::Time;
use crate::model::AccountId;

/// The failures of one account or client address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Throttle {
    /// How many failures.
    pub failures: i64,
    /// When the first of them happened.
    pub window_started_at: Time,
    /// When the last of them happened.
    pub last_failure_at: Time,
}

from_row!(Throttle {
    failures,
    window_started_at,
    last_failure_at
});

/// The subject under which an account's failures are counted.
#[must_use]
pub fn account_subject(account: &AccountId) -> String {
    format!("account:{account}")
}

/// The counter of a subject.
pub async fn get(conn: &mut Conn, subject: &str) -> Result<Option<Throttle>, Error> {
    query_opt!(
        conn,
        Throttle,
        "SELECT failures, window_started_at, last_failure_at FROM throttles WHERE subject = $1",
        subject
    )
}

/// Sets the counter of a subject.
pub async fn set(tx: &mut Tx, subject: &str, throttle: Throttle) -> Result<(), Error> {
    execute!(
        tx,
        "INSERT INTO throttles (subject, failures, window_started_at, last_failure_at) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (subject) DO UPDATE SET failures = excluded.failures, \
         window_started_at = excluded.window_started_at, last_failure_at = excluded.last_failure_at",
        subject,
        throttle.failures,
        throttle.window_started_at,
        throttle.last_failure_at
    )
}

/// Deletes the counter of a subject.
pub async fn clear(tx: &mut Tx, subject: &str) -> Result<(), Error> {
    execute!(tx, "DELETE FROM throttles WHERE subject = $1", subject)
}
