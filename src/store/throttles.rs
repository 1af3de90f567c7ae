//! Counters of failed sign-ins; `auth::throttle` has the rules.

use super::{Conn, Error, Tx};
use crate::clock::Time;
use crate::model::{AccountId, DeviceId};

read_row! {
    /// What was counted for one subject, such as the failures of an account.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    Throttle {
        /// How many failures.
        failures: i64,
        /// When the first of them happened.
        window_started_at: Time,
        /// When the last of them happened.
        last_failure_at: Time,
    }
}

/// The subject under which an account's failures are counted.
#[must_use]
pub fn account_subject(account: &AccountId) -> String {
    format!("account:{account}")
}

/// The subject under which the failures of an account in one of its devices are counted.
#[must_use]
pub fn device_subject(device: &DeviceId) -> String {
    format!("device:{device}")
}

/// The subject under which the registrations from a network are counted.
#[must_use]
pub fn registration_subject(network: &str) -> String {
    format!("register:{network}")
}

/// Takes back one count of a subject, made at `counted_at`, unless that was in an earlier window.
pub async fn take_back(tx: &mut Tx, subject: &str, counted_at: Time) -> Result<(), Error> {
    execute!(
        tx,
        "UPDATE throttles SET failures = failures - 1 WHERE subject = $1 AND failures > 0 \
         AND window_started_at <= $2",
        subject,
        counted_at
    )
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

/// Replaces the counter of a subject; yields false if it is no longer the one that was read.
pub async fn replace(
    tx: &mut Tx,
    subject: &str,
    read: Option<Throttle>,
    throttle: Throttle,
) -> Result<bool, Error> {
    let Some(read) = read else {
        return any_affected!(
            tx,
            "INSERT INTO throttles (subject, failures, window_started_at, last_failure_at) \
             VALUES ($1, $2, $3, $4) ON CONFLICT (subject) DO NOTHING",
            subject,
            throttle.failures,
            throttle.window_started_at,
            throttle.last_failure_at
        );
    };
    any_affected!(
        tx,
        "UPDATE throttles SET failures = $2, window_started_at = $3, last_failure_at = $4 WHERE subject = $1 \
         AND failures = $5 AND window_started_at = $6",
        subject,
        throttle.failures,
        throttle.window_started_at,
        throttle.last_failure_at,
        read.failures,
        read.window_started_at
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

/// Deletes the counters of an account and of its devices.
pub async fn clear_account(tx: &mut Tx, account: &AccountId) -> Result<(), Error> {
    execute!(
        tx,
        "DELETE FROM throttles WHERE subject = 'account:' || $1 OR subject IN (SELECT 'device:' || d.id \
         FROM devices d WHERE d.account_id = $1)",
        account
    )
}

/// Deletes the counter of a subject.
pub async fn clear(tx: &mut Tx, subject: &str) -> Result<(), Error> {
    execute!(tx, "DELETE FROM throttles WHERE subject = $1", subject)
}
