//! Deletes expired rows in small batches, so that other writes never wait for long.

use std::time::Duration;

use super::{Db, Error, Tx, WriteFuture};
use crate::clock::Time;

/// How long a mailed link counts towards the limit of its address.
const MAILED_LINKS_KEPT: Duration = Duration::from_hours(24);

/// How long expired sessions are kept, so that the sign-in page can tell the user why the session ended.
const SESSIONS_KEPT: Duration = Duration::from_hours(24);
/// How long the apps of expired sessions are kept, so that there is time to queue their logouts.
const APP_SESSIONS_KEPT: Duration = Duration::from_hours(24);
/// How long expired attempts are kept, so that turning the clock back by less does not make their sealed
/// copies valid again.
const ATTEMPTS_KEPT: Duration = Duration::from_hours(1);
/// How long a throttle is kept after the last failure, unless it has disabled the password.
const THROTTLES_KEPT: Duration = Duration::from_hours(24);

/// How long a device is kept after its last sign-in, which is as long as browsers keep a cookie.
const DEVICES_KEPT: Duration = Duration::from_hours(24 * 400);

/// How long the codes of a device are kept, so that it is told that they have expired.
const DEVICE_CODES_KEPT: Duration = Duration::from_mins(5);

/// How long resets are kept, so that their end is in the audit log before they are deleted.
const RESETS_KEPT: Duration = Duration::from_hours(24);

/// How long mail that was given up is kept.
const UNDELIVERED_KEPT: Duration = Duration::from_hours(24 * 30);

/// How long logouts are kept, as a record of what apps were told.
const LOGOUTS_KEPT: Duration = Duration::from_hours(24 * 30);

/// The maximum number of rows that one statement deletes.
const BATCH: i64 = 500;

/// Deletes at most [`BATCH`] rows that expired before a time.
type Delete = for<'t> fn(&'t mut Tx, Time) -> WriteFuture<'t, u64, Error>;

/// The [`Delete`] of a table by its key, for the rows that meet a condition on the time `$1`.
macro_rules! delete {
    ($table:literal, $key:literal, $expired:literal) => {
        |tx, until| {
            Box::pin(async move {
                rows_affected!(
                    tx,
                    concat!(
                        "DELETE FROM ",
                        $table,
                        " WHERE (",
                        $key,
                        ") IN (SELECT ",
                        $key,
                        " FROM ",
                        $table,
                        " WHERE ",
                        $expired,
                        " LIMIT $2)"
                    ),
                    until,
                    BATCH
                )
            })
        }
    };
}

/// The statement that deletes the expired rows of each table, and how long they are kept.
const TABLES: &[(Delete, Duration)] = &[
    (delete!("attempts", "id", "expires_at <= $1"), ATTEMPTS_KEPT),
    (
        delete!("access_tokens", "token_hash", "expires_at <= $1"),
        Duration::ZERO,
    ),
    (
        delete!("refresh_tokens", "token_hash", "expires_at <= $1"),
        Duration::ZERO,
    ),
    (delete!("grants", "id", "expires_at <= $1"), Duration::ZERO),
    (
        delete!("device_codes", "device_hash", "expires_at <= $1"),
        DEVICE_CODES_KEPT,
    ),
    (
        delete!("seen_once", "purpose, value", "expires_at <= $1"),
        Duration::ZERO,
    ),
    (
        delete!("handovers", "token_hash", "expires_at <= $1"),
        Duration::ZERO,
    ),
    (delete!("shown_secrets", "id", "expires_at <= $1"), Duration::ZERO),
    (delete!("sessions", "id", "expires_at <= $1"), SESSIONS_KEPT),
    (
        delete!("app_sessions", "sid, client_id", "expires_at <= $1"),
        APP_SESSIONS_KEPT,
    ),
    (delete!("logouts", "id", "queued_at <= $1"), LOGOUTS_KEPT),
    (
        // A password that 100 failures have disabled stays disabled; every other count ends with its window.
        delete!(
            "throttles",
            "subject",
            "last_failure_at <= $1 AND (failures < 100 OR NOT (subject LIKE 'account:%' OR subject LIKE 'name:%' \
             OR subject LIKE 'device:%'))"
        ),
        THROTTLES_KEPT,
    ),
    (delete!("devices", "id", "seen_at <= $1"), DEVICES_KEPT),
    (
        delete!("one_time_secrets", "id", "expires_at <= $1"),
        Duration::ZERO,
    ),
    (delete!("resets", "id", "expires_at <= $1"), RESETS_KEPT),
    (delete!("email_proofs", "id", "expires_at <= $1"), Duration::ZERO),
    (
        delete!("mailed_links", "id", "mailed_at <= $1"),
        MAILED_LINKS_KEPT,
    ),
    (delete!("outbox", "id", "failed_at <= $1"), UNDELIVERED_KEPT),
    (
        delete!("signing_keys", "kid", "hints_until <= $1"),
        Duration::ZERO,
    ),
];

/// Deletes what has expired by `now`; yields how many rows.
pub async fn sweep(db: &Db, now: Time) -> Result<u64, Error> {
    let mut gone = 0;
    for (delete, kept) in TABLES {
        loop {
            let (delete, until) = (*delete, now - *kept);
            let deleted = db.write_one(move |tx| delete(tx, until)).await?;
            gone += deleted;
            if deleted < BATCH.unsigned_abs() {
                break;
            }
        }
    }
    Ok(gone)
}
