//! The facts of sign-in attempts. The first fact inserts the row, which stays until the attempt expires, so
//! that a sealed copy of a finished attempt cannot be replayed.

use super::{Conn, Error, Tx};
use crate::clock::Time;
use crate::model::attempt::{Attempt, Facts};
use crate::model::{AccountId, Amr, AttemptId, PasswordVersion, SessionId};

/// The facts of an attempt so far.
pub async fn facts(conn: &mut Conn, id: &AttemptId) -> Result<Facts, Error> {
    let facts = query_opt!(
        conn,
        Facts,
        select!(facts_columns, "FROM attempts f WHERE f.id = $1"),
        id
    )?;
    Ok(facts.unwrap_or_default())
}

/// Sets a fact of an attempt that is not finished, on a further condition if there is one.
macro_rules! set_fact {
    ($tx:expr, $attempt:expr, $fact:literal, $value:expr, $condition:literal) => {
        any_affected!(
            $tx,
            concat!(
                "INSERT INTO attempts (id, expires_at, ",
                $fact,
                ") VALUES ($1, $2, $3) ON CONFLICT (id) DO UPDATE SET ",
                $fact,
                " = excluded.",
                $fact,
                " WHERE attempts.finished_at IS NULL",
                $condition
            ),
            &$attempt.id,
            $attempt.expires_at,
            $value
        )
    };
}

/// Records which session the user chose to continue with, unless the attempt is finished.
pub async fn choose_session(tx: &mut Tx, attempt: &Attempt, session: &SessionId) -> Result<(), Error> {
    set_fact!(tx, attempt, "chosen_session", session, "").map(|_| ())
}

/// Records a proof that does not yet suffice for a session; yields false if the attempt is finished.
pub async fn prove(
    tx: &mut Tx,
    attempt: &Attempt,
    account: &AccountId,
    methods: &Amr,
    password: Option<PasswordVersion>,
) -> Result<bool, Error> {
    any_affected!(
        tx,
        "INSERT INTO attempts (id, expires_at, proven_account, proven_methods, proven_password) \
         VALUES ($1, $2, $3, $4, $5) ON CONFLICT (id) DO UPDATE SET proven_account = excluded.proven_account, \
         proven_methods = excluded.proven_methods, proven_password = excluded.proven_password \
         WHERE attempts.finished_at IS NULL",
        &attempt.id,
        attempt.expires_at,
        account,
        methods,
        password
    )
}

/// Clears the proof of this account, once a session begins with it; yields false if there is none.
pub async fn use_proof(tx: &mut Tx, attempt: &AttemptId, account: &AccountId) -> Result<bool, Error> {
    any_affected!(
        tx,
        "UPDATE attempts SET proven_account = NULL, proven_methods = NULL, proven_password = NULL WHERE id = $1 \
         AND proven_account = $2 AND finished_at IS NULL",
        attempt,
        account
    )
}

/// Clears a proof, so that the user can begin with another account.
pub async fn forget_proof(tx: &mut Tx, attempt: &AttemptId) -> Result<(), Error> {
    execute!(
        tx,
        "UPDATE attempts SET proven_account = NULL, proven_methods = NULL, proven_password = NULL WHERE id = $1",
        attempt
    )
}

/// Records the user's consent; yields false if they have denied it or the attempt is finished.
pub async fn consent(tx: &mut Tx, attempt: &Attempt, session: &SessionId) -> Result<bool, Error> {
    set_fact!(
        tx,
        attempt,
        "consented_by",
        session,
        " AND attempts.denied_at IS NULL"
    )
}

/// Records that the user denied the request, unless the attempt is finished.
pub async fn deny(tx: &mut Tx, attempt: &Attempt, now: Time) -> Result<(), Error> {
    set_fact!(tx, attempt, "denied_at", now, "").map(|_| ())
}

/// Finishes an attempt; yields true for the one call that does.
pub async fn finish(tx: &mut Tx, attempt: &Attempt, now: Time) -> Result<bool, Error> {
    set_fact!(tx, attempt, "finished_at", now, "")
}
