//! Sessions: one sign-in of one user in one browser.

use super::{Conn, Error, Tx};
use crate::clock::Time;
use crate::crypto::TokenHash;
use crate::model::one_time::Acting;
use crate::model::session::{EndReason, Session, SessionLimit};
use crate::model::{AccountId, Amr, DeviceId, PasswordVersion, SessionId};

/// The data of a new session.
pub struct NewSession<'a> {
    /// Its id.
    pub id: &'a SessionId,
    /// The hash of the token in the cookie.
    pub token_hash: &'a TokenHash,
    /// The user.
    pub account_id: &'a AccountId,
    /// The authentication methods that were used (RFC 8176).
    pub amr: &'a Amr,
    /// The version of the password that was verified, if one was.
    pub password: Option<PasswordVersion>,
    /// Whether a second factor was proven, without which an account that has one gets no session.
    pub second_factor: bool,
    /// The trusted device that stands in for the second factor.
    pub trusted_device: Option<&'a DeviceId>,
    /// Whether a one-time secret was used, which signs in without a second factor and whatever the password is.
    pub one_time: bool,
    /// Who acts as the user.
    pub acting: Option<&'a Acting>,
    /// When the user authenticated, which is also the current time.
    pub authenticated_at: Time,
    /// When it expires.
    pub expires_at: Time,
    /// The browser's IP address.
    pub client_address: &'a str,
    /// The browser's `User-Agent`.
    pub user_agent: &'a str,
}

read_row! {
    /// A session with what makes its user an administrator, if anything does.
    #[derive(Clone, Debug)]
    FoundSession {
        /// The session.
        session flatten: Session,
        /// The instance roles that its user holds now, separated by spaces.
        granted_roles: Option<String>,
        /// Whether its user is in the root team.
        in_root_team: bool,
    }
}

/// The session with this token in its cookie, even if it has ended.
pub async fn by_token(conn: &mut Conn, token: &TokenHash, now: Time) -> Result<Option<FoundSession>, Error> {
    query_opt!(
        conn,
        FoundSession,
        concat!(
            "SELECT ",
            session_columns!(),
            ", (SELECT string_agg(r.role, ' ') FROM role_grants r WHERE r.account_id = a.id \
             AND r.level = 'instance' AND (r.expires_at IS NULL OR r.expires_at > $2)) AS granted_roles, \
             EXISTS (SELECT 1 FROM memberships m JOIN teams t ON t.id = m.team_id WHERE m.account_id = a.id \
             AND t.kind = 'root' AND (m.expires_at IS NULL OR m.expires_at > $2)) AS in_root_team \
             FROM sessions s JOIN accounts a ON a.id = s.account_id WHERE s.token_hash = $1"
        ),
        token,
        now
    )
}

read_row! {
    /// A session as its owner or an administrator sees it.
    #[derive(Clone, Debug, PartialEq, Eq)]
    SessionSummary {
        /// Its id.
        id: SessionId,
        /// When it began.
        created_at: Time,
        /// When it was last used, accurate to a few minutes.
        seen_at: Time,
        /// The browser's IP address.
        client_address: String,
        /// The browser's `User-Agent`.
        user_agent: String,
    }
}

/// The sessions of an account that are open under this limit, most recently used first, at most 100.
pub async fn open_of(
    conn: &mut Conn,
    account: &AccountId,
    limit: SessionLimit,
    now: Time,
) -> Result<Vec<SessionSummary>, Error> {
    query_all!(
        conn,
        SessionSummary,
        "SELECT id, created_at, seen_at, client_address, user_agent FROM sessions WHERE account_id = $1 \
         AND ended_at IS NULL AND expires_at > $4 AND seen_at > $2 AND authenticated_at > $3 \
         ORDER BY seen_at DESC LIMIT 100",
        account,
        now - limit.idle,
        now - limit.absolute,
        now
    )
}

/// Makes a sign-in wait for a concurrent change of the account, and later changes wait for it. A sign-in that writes to
/// other rows of the account does this first, as changes do, so that the two never deadlock.
pub async fn lock_account(tx: &mut Tx, account: &AccountId, now: Time) -> Result<(), Error> {
    execute!(
        tx,
        "UPDATE accounts SET last_seen_at = $2 WHERE id = $1",
        account,
        now
    )
}

/// Stores a new session; yields false if the account has become unusable, its password has changed since it was
/// verified, it has a second factor that was not proven and for which no trusted device stands in, its owner must
/// choose another password, or a reset by a code is pending, during which the password does not sign in.
///
/// Updating the account first makes this wait for a concurrent change of the account.
pub async fn begin(tx: &mut Tx, new: &NewSession<'_>) -> Result<bool, Error> {
    lock_account(tx, new.account_id, new.authenticated_at).await?;
    any_affected!(
        tx,
        concat!(
            "INSERT INTO sessions (id, token_hash, account_id, amr, created_at, authenticated_at, seen_at, \
             expires_at, client_address, user_agent, acted_by, acted_since, trusted_device) \
             SELECT $1, $2, a.id, $4, $5, $5, $5, $6, $7, $8, $12, $13, $14 FROM accounts a \
             LEFT JOIN passwords p ON p.account_id = a.id WHERE a.id = $3 AND (p.version = $9 OR $9 IS NULL) \
             AND ($9 IS NULL OR NOT EXISTS (SELECT 1 FROM resets r WHERE r.account_id = a.id AND r.kind = 'code' \
             AND r.ended_at IS NULL AND r.expires_at > $5)) AND ($11 OR (($10 OR NOT a.has_second_factor \
             OR EXISTS (SELECT 1 FROM devices d WHERE d.id = $14 AND d.account_id = a.id AND d.trusted_until > $5)) \
             AND a.temporary_password_until IS NULL)) AND ",
            account_usable!("$5")
        ),
        new.id,
        new.token_hash,
        new.account_id,
        new.amr,
        new.authenticated_at,
        new.expires_at,
        new.client_address,
        new.user_agent,
        new.password,
        new.second_factor,
        new.one_time,
        new.acting.map(|acting| acting.by.as_str()),
        new.acting.and_then(|acting| acting.since.as_ref()),
        new.trusted_device
    )
}

/// Whether a session has neither ended nor expired.
pub async fn is_live(conn: &mut Conn, id: &SessionId, now: Time) -> Result<bool, Error> {
    let found = query_opt!(
        conn,
        (i64,),
        "SELECT expires_at FROM sessions WHERE id = $1 AND ended_at IS NULL AND expires_at > $2",
        id,
        now
    )?;
    Ok(found.is_some())
}

/// Makes a sign-in to an app wait for a concurrent end of its session, and a later end wait for the sign-in.
pub(super) async fn lock(tx: &mut Tx, id: &SessionId) -> Result<(), Error> {
    execute!(tx, "UPDATE sessions SET seen_at = seen_at WHERE id = $1", id)
}

/// The accounts that act as somebody else in an open session.
pub async fn acting_accounts(conn: &mut Conn) -> Result<Vec<AccountId>, Error> {
    let found = query_all!(
        conn,
        (AccountId,),
        "SELECT DISTINCT a.id FROM sessions s JOIN accounts a ON a.id = s.acted_by \
         WHERE s.acted_by IS NOT NULL AND s.ended_at IS NULL"
    )?;
    Ok(found.into_iter().map(|(account,)| account).collect())
}

/// Ends every session in which an account acts as somebody else.
pub async fn end_acted_by(tx: &mut Tx, account: &AccountId, now: Time) -> Result<(), Error> {
    execute!(
        tx,
        "UPDATE sessions SET ended_at = $2, end_reason = 'acting_ended' WHERE acted_by = $1 AND ended_at IS NULL",
        account,
        now
    )
}

/// Ends every session in which another account acts as the owner of this one.
pub async fn end_acted_as(tx: &mut Tx, account: &AccountId, now: Time) -> Result<(), Error> {
    execute!(
        tx,
        "UPDATE sessions SET ended_at = $2, end_reason = 'acting_ended' WHERE account_id = $1 AND ended_at IS NULL \
         AND EXISTS (SELECT 1 FROM accounts a WHERE a.id = sessions.acted_by)",
        account,
        now
    )
}

/// Ends every session that began in another one, by acting as somebody else.
pub async fn end_acted_since(tx: &mut Tx, session: &SessionId, now: Time) -> Result<(), Error> {
    execute!(
        tx,
        "UPDATE sessions SET ended_at = $2, end_reason = 'acting_ended' WHERE acted_since = $1 AND ended_at IS NULL",
        session,
        now
    )
}

/// Updates when a session was last used.
pub async fn mark_seen(tx: &mut Tx, id: &SessionId, now: Time) -> Result<(), Error> {
    execute!(
        tx,
        "UPDATE sessions SET seen_at = $2 WHERE id = $1 AND seen_at < $2",
        id,
        now
    )
}

/// Ends a session; yields false if it had ended.
pub async fn end(tx: &mut Tx, id: &SessionId, reason: EndReason, now: Time) -> Result<bool, Error> {
    any_affected!(
        tx,
        "UPDATE sessions SET ended_at = $2, end_reason = $3 WHERE id = $1 AND ended_at IS NULL",
        id,
        now,
        reason
    )
}

/// Ends every session of an account; yields how many were open.
pub async fn end_all(tx: &mut Tx, account: &AccountId, reason: EndReason, now: Time) -> Result<u64, Error> {
    rows_affected!(
        tx,
        "UPDATE sessions SET ended_at = $2, end_reason = $3 WHERE account_id = $1 AND ended_at IS NULL",
        account,
        now,
        reason
    )
}

/// Ends a session if it belongs to this account; yields false if not or if it had ended.
pub async fn end_one(
    tx: &mut Tx,
    account: &AccountId,
    id: &SessionId,
    reason: EndReason,
    now: Time,
) -> Result<bool, Error> {
    any_affected!(
        tx,
        "UPDATE sessions SET ended_at = $3, end_reason = $4 WHERE account_id = $1 AND id = $2 AND ended_at IS NULL",
        account,
        id,
        now,
        reason
    )
}

/// Ends every session of an account except one; yields how many were open.
pub async fn end_others(
    tx: &mut Tx,
    account: &AccountId,
    kept: &SessionId,
    reason: EndReason,
    now: Time,
) -> Result<u64, Error> {
    rows_affected!(
        tx,
        "UPDATE sessions SET ended_at = $3, end_reason = $4 WHERE account_id = $1 AND id <> $2 \
         AND ended_at IS NULL",
        account,
        kept,
        now,
        reason
    )
}
