//! The facts of sign-in attempts. The first fact inserts the row, which stays until the attempt expires, so
//! that a sealed copy of a finished attempt cannot be replayed.

use super::{Conn, Error, Tx};
use crate::clock::Time;
use crate::model::attempt::{Attempt, Facts};
use crate::model::{AttemptId, SessionId};

/// The facts of an attempt so far.
pub async fn facts(conn: &mut Conn, id: &AttemptId) -> Result<Facts, Error> {
    let facts = query_opt!(
        conn,
        Facts,
        concat!("SELECT ", facts_columns!(), " FROM attempts f WHERE f.id = $1"),
        id
    )?;
    Ok(facts.unwrap_or_default())
}

/// Records which session the user chose to continue with, unless the attempt is finished.
pub async fn choose_session(tx: &mut Tx, attempt: &Attempt, session: &SessionId) -> Result<(), Error> {
    execute!(
        tx,
        "INSERT INTO attempts (id, expires_at, chosen_session) VALUES ($1, $2, $3) ON CONFLICT (id) \
         DO UPDATE SET chosen_session = excluded.chosen_session WHERE attempts.finished_at IS NULL",
        &attempt.id,
        attempt.expires_at,
        session
    )
    .map(|_| ())
}

/// Records the user's consent; yields false if they have denied it or the attempt is finished.
pub async fn consent(tx: &mut Tx, attempt: &Attempt, session: &SessionId) -> Result<bool, Error> {
    let noted = execute!(
        tx,
        "INSERT INTO attempts (id, expires_at, consented_by) VALUES ($1, $2, $3) ON CONFLICT (id) \
         DO UPDATE SET consented_by = excluded.consented_by \
         WHERE attempts.finished_at IS NULL AND attempts.denied_at IS NULL",
        &attempt.id,
        attempt.expires_at,
        session
    )?;
    Ok(noted == 1)
}

/// Records that the user denied the request, unless the attempt is finished.
pub async fn deny(tx: &mut Tx, attempt: &Attempt, now: Time) -> Result<(), Error> {
    execute!(
        tx,
        "INSERT INTO attempts (id, expires_at, denied_at) VALUES ($1, $2, $3) ON CONFLICT (id) \
         DO UPDATE SET denied_at = excluded.denied_at WHERE attempts.finished_at IS NULL",
        &attempt.id,
        attempt.expires_at,
        now
    )
    .map(|_| ())
}

/// Finishes an attempt; yields true for the one call that does.
pub async fn finish(tx: &mut Tx, attempt: &Attempt, now: Time) -> Result<bool, Error> {
    let finished = execute!(
        tx,
        "INSERT INTO attempts (id, expires_at, finished_at) VALUES ($1, $2, $3) ON CONFLICT (id) \
         DO UPDATE SET finished_at = excluded.finished_at WHERE attempts.finished_at IS NULL",
        &attempt.id,
        attempt.expires_at,
        now
    )?;
    Ok(finished == 1)
}
