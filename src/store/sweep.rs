//! Deletes expired rows, a few at a time, so that other writes wait for none of them long.

use std::time::Duration;

use super::{Db, Error, Tx, WriteFuture};
use crate::clock::Time;

/// How long expired sessions are kept, so that the page can tell their user why they ended.
const SESSIONS_KEPT: Duration = Duration::from_hours(24);
/// How long expired attempts are kept, so that turning the clock back by less does not make their sealed
/// copies valid again.
const ATTEMPTS_KEPT: Duration = Duration::from_hours(1);
/// How long a throttle is kept after the last failure, unless it has disabled the password.
const THROTTLES_KEPT: Duration = Duration::from_hours(24);

/// The most rows that one statement deletes.
const MOST: i64 = 500;

/// Deletes at most [`MOST`] rows that expired before a time.
type Delete = for<'t> fn(&'t mut Tx, Time) -> WriteFuture<'t, u64, Error>;

/// What deletes the expired rows of each table, and how long they are kept.
const TABLES: &[(Delete, Duration)] = &[
    (
        |tx, until| {
            Box::pin(async move {
                rows_affected!(
                    tx,
                    "DELETE FROM attempts WHERE id IN \
                     (SELECT id FROM attempts WHERE expires_at <= $1 LIMIT $2)",
                    until,
                    MOST
                )
            })
        },
        ATTEMPTS_KEPT,
    ),
    (
        |tx, until| {
            Box::pin(async move {
                rows_affected!(
                    tx,
                    "DELETE FROM access_tokens WHERE token_hash IN \
                     (SELECT token_hash FROM access_tokens WHERE expires_at <= $1 LIMIT $2)",
                    until,
                    MOST
                )
            })
        },
        Duration::ZERO,
    ),
    (
        |tx, until| {
            Box::pin(async move {
                rows_affected!(
                    tx,
                    "DELETE FROM refresh_tokens WHERE token_hash IN \
                     (SELECT token_hash FROM refresh_tokens WHERE expires_at <= $1 LIMIT $2)",
                    until,
                    MOST
                )
            })
        },
        Duration::ZERO,
    ),
    (
        |tx, until| {
            Box::pin(async move {
                rows_affected!(
                    tx,
                    "DELETE FROM grants WHERE id IN \
                     (SELECT id FROM grants WHERE expires_at <= $1 LIMIT $2)",
                    until,
                    MOST
                )
            })
        },
        Duration::ZERO,
    ),
    (
        |tx, until| {
            Box::pin(async move {
                rows_affected!(
                    tx,
                    "DELETE FROM seen_once WHERE (purpose, value) IN \
                     (SELECT purpose, value FROM seen_once WHERE expires_at <= $1 LIMIT $2)",
                    until,
                    MOST
                )
            })
        },
        Duration::ZERO,
    ),
    (
        |tx, until| {
            Box::pin(async move {
                rows_affected!(
                    tx,
                    "DELETE FROM sessions WHERE id IN \
                     (SELECT id FROM sessions WHERE expires_at <= $1 LIMIT $2)",
                    until,
                    MOST
                )
            })
        },
        SESSIONS_KEPT,
    ),
    (
        |tx, until| {
            Box::pin(async move {
                rows_affected!(
                    tx,
                    "DELETE FROM throttles WHERE subject IN \
                     (SELECT subject FROM throttles WHERE last_failure_at <= $1 AND failures < 100 LIMIT $2)",
                    until,
                    MOST
                )
            })
        },
        THROTTLES_KEPT,
    ),
    (
        |tx, until| {
            Box::pin(async move {
                rows_affected!(
                    tx,
                    "DELETE FROM signing_keys WHERE kid IN \
                     (SELECT kid FROM signing_keys WHERE expires_at <= $1 LIMIT $2)",
                    until,
                    MOST
                )
            })
        },
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
            if deleted < MOST.unsigned_abs() {
                break;
            }
        }
    }
    Ok(gone)
}
