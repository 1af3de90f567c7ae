//! Authorization requests that wait for a person.

use super::{Conn, Error, Tx};
use crate::clock::Time;
use crate::crypto::TokenHash;
use crate::model::{ClientId, RequestId, SessionId};

/// A stored request with the facts that pages have written onto it.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Request {
    /// Its id, part of its URL.
    pub id: RequestId,
    /// Which app asks.
    pub client_id: ClientId,
    /// The request's parameters, encoded as they came.
    pub params: String,
    /// When it came.
    pub created_at: Time,
    /// The session that the person has chosen to go on with.
    pub chosen_session: Option<SessionId>,
    /// The session in which the person has agreed.
    pub consented_by: Option<SessionId>,
    /// When the person refused.
    pub denied_at: Option<Time>,
}

/// A request that is open, in the browser that began it.
///
/// # Errors
/// When the database fails.
pub async fn open(
    conn: &mut Conn,
    id: &RequestId,
    browser: &TokenHash,
    now: Time,
) -> Result<Option<Request>, Error> {
    query_opt!(
        conn,
        Request,
        "SELECT id, client_id, params, created_at, chosen_session, consented_by, denied_at FROM requests \
         WHERE id = $1 AND browser_hash = $2 AND issued_at IS NULL AND expires_at > $3",
        id,
        browser,
        now
    )
}

/// Stores a request.
///
/// # Errors
/// When the database fails.
pub async fn insert(
    tx: &mut Tx,
    request: &Request,
    browser: &TokenHash,
    expires_at: Time,
) -> Result<(), Error> {
    execute!(
        tx,
        "INSERT INTO requests (id, client_id, params, browser_hash, created_at, expires_at) \
         VALUES ($1, $2, $3, $4, $5, $6)",
        &request.id,
        &request.client_id,
        &request.params,
        browser,
        request.created_at,
        expires_at
    )
    .map(|_| ())
}

/// Writes down which session the person goes on with.
///
/// # Errors
/// When the database fails.
pub async fn choose_session(tx: &mut Tx, id: &RequestId, session: &SessionId) -> Result<(), Error> {
    execute!(
        tx,
        "UPDATE requests SET chosen_session = $2 WHERE id = $1 AND issued_at IS NULL",
        id,
        session
    )
    .map(|_| ())
}

/// Writes down that the person has agreed.
///
/// # Errors
/// When the database fails.
pub async fn consent(tx: &mut Tx, id: &RequestId, session: &SessionId) -> Result<(), Error> {
    execute!(
        tx,
        "UPDATE requests SET consented_by = $2 WHERE id = $1 AND issued_at IS NULL AND denied_at IS NULL",
        id,
        session
    )
    .map(|_| ())
}

/// Writes down that the person refused.
///
/// # Errors
/// When the database fails.
pub async fn deny(tx: &mut Tx, id: &RequestId, now: Time) -> Result<(), Error> {
    execute!(
        tx,
        "UPDATE requests SET denied_at = $2 WHERE id = $1 AND issued_at IS NULL",
        id,
        now
    )
    .map(|_| ())
}

/// Closes a request, once; yields whether this call did.
///
/// # Errors
/// When the database fails.
pub async fn close(tx: &mut Tx, id: &RequestId, now: Time) -> Result<bool, Error> {
    let closed = execute!(
        tx,
        "UPDATE requests SET issued_at = $2 WHERE id = $1 AND issued_at IS NULL",
        id,
        now
    )?;
    Ok(closed == 1)
}
