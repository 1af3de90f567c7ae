//! The facts of sign-in attempts. A row appears with the first fact and stays until the attempt has expired, so that no
//! sealed copy of a finished attempt is used again.

use super::{Conn, Error, Tx};
use crate::clock::Time;
use crate::model::attempt::{Attempt, Facts};
use crate::model::{AttemptId, SessionId};

/// What has been established in an attempt so far.
pub async fn facts(conn: &mut Conn, id: &AttemptId) -> Result<Facts, Error> {
    let facts = query_opt!(
        conn,
        Facts,
        concat!("SELECT ", facts_columns!(), " FROM attempts f WHERE f.id = $1"),
        id
    )?;
    Ok(facts.unwrap_or_default())
}

/// Notes which session the person goes on with, unless the attempt is finished.
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

/// Notes that the person has consented, unless they have refused or the attempt is finished; yields whether it counts.
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

/// Notes that the person has refused, unless the attempt is finished.
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

/// Finishes an attempt, once; yields whether this call did.
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
