//! The outbox: mail that waits to be sent, and mail that was given up.

use super::{Conn, Error, Json, Tx};
use crate::clock::Time;
use crate::model::mail::Mail;

/// The maximum number of waiting mails. Further ones are dropped, so that the database stays small.
pub const MAX_WAITING: i64 = 10_000;

read_row! {
    /// A mail that this node has leased to send it.
    #[derive(Debug)]
    Leased {
        /// Its id.
        id: String,
        /// The address that it goes to.
        recipient: String,
        /// Its content.
        mail json: Mail,
        /// When it was queued.
        queued_at: Time,
        /// How often it was leased, including this time.
        attempts: i64,
    }
}

read_row! {
    /// A mail that was given up.
    #[derive(Clone, Debug, serde::Serialize)]
    Undelivered {
        /// Its id.
        id: String,
        /// The address that it should have gone to.
        recipient: String,
        /// Its content.
        mail json: Mail,
        /// When it was queued.
        queued_at: Time,
        /// How often it was tried.
        attempts: i64,
        /// Why it was given up.
        error: Option<String>,
        /// When it was given up.
        failed_at: Time,
    }
}

/// Queues a mail, if there is a mail server and not too many mails wait; yields whether it did.
pub async fn queue(tx: &mut Tx, id: &str, recipient: &str, mail: &Mail, now: Time) -> Result<bool, Error> {
    any_affected!(
        tx,
        "INSERT INTO outbox (id, recipient, mail, queued_at, due_at) SELECT $1, $2, $3, $4, $4 \
         WHERE EXISTS (SELECT 1 FROM settings s WHERE s.name = 'mail') \
         AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.failed_at IS NULL LIMIT 1 OFFSET $5)",
        id,
        recipient,
        Json(mail),
        now,
        MAX_WAITING - 1
    )
}

/// Leases the mail that has been due longest, until a time; no other node sends it before then.
pub async fn lease(tx: &mut Tx, now: Time, until: Time) -> Result<Option<Leased>, Error> {
    lease!(
        tx,
        Leased,
        "outbox",
        "o.failed_at IS NULL",
        "id, recipient, mail, queued_at, attempts",
        now,
        until
    )
}

/// Deletes a mail that was sent, unless another node has leased it since.
pub async fn delivered(tx: &mut Tx, leased: &Leased) -> Result<(), Error> {
    execute!(
        tx,
        "DELETE FROM outbox WHERE id = $1 AND attempts = $2",
        &leased.id,
        leased.attempts
    )
}

record_failure! {
    /// Records why a mail was not sent, unless another node has leased it since. It is tried again at `due_at`, or given
    /// up if there is a `failed_at`.
    not_delivered "outbox"
}

/// The mails that were given up, the latest first.
pub async fn undelivered(conn: &mut Conn, limit: i64) -> Result<Vec<Undelivered>, Error> {
    query_all!(
        conn,
        Undelivered,
        "SELECT o.id, o.recipient, o.mail, o.queued_at, o.attempts, o.error, o.failed_at FROM outbox o \
         WHERE o.failed_at IS NOT NULL ORDER BY o.failed_at DESC, o.id DESC LIMIT $1",
        limit
    )
}

/// Requeues a mail that was given up; yields false if there is none with this id.
pub async fn retry(tx: &mut Tx, id: &str, now: Time) -> Result<bool, Error> {
    any_affected!(
        tx,
        "UPDATE outbox SET failed_at = NULL, queued_at = $2, due_at = $2 WHERE id = $1 AND failed_at IS NOT NULL",
        id,
        now
    )
}

/// Requeues the mails that were given up, the oldest first, as many as may wait; yields how many.
pub async fn retry_all(tx: &mut Tx, now: Time) -> Result<u64, Error> {
    let (waiting,) = query_one!(tx, (i64,), "SELECT COUNT(*) FROM outbox WHERE failed_at IS NULL")?;
    rows_affected!(
        tx,
        "UPDATE outbox SET failed_at = NULL, queued_at = $1, due_at = $1 WHERE failed_at IS NOT NULL \
         AND id IN (SELECT o.id FROM outbox o WHERE o.failed_at IS NOT NULL ORDER BY o.failed_at, o.id LIMIT $2)",
        now,
        (MAX_WAITING - waiting).max(0)
    )
}

/// Deletes a mail that was given up; yields false if there is none with this id.
pub async fn discard(tx: &mut Tx, id: &str) -> Result<bool, Error> {
    any_affected!(
        tx,
        "DELETE FROM outbox WHERE id = $1 AND failed_at IS NOT NULL",
        id
    )
}
