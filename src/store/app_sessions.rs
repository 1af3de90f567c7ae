//! The apps that people have signed in to during their sessions.

use super::{Conn, Error, Tx, sessions};
use crate::clock::Time;
use crate::model::{AccountId, ClientId, GroupId, SessionId, TeamId};

read_row! {
    /// An app that somebody has signed in to during a session.
    #[derive(Clone, Debug, PartialEq, Eq)]
    AppSession {
        /// The session as the app knows it.
        sid: SessionId,
        /// The app.
        client_id: ClientId,
        /// The user.
        account_id: AccountId,
        /// When the user last signed in to it in this session.
        signed_in_at: Time,
    }
}

/// Records that the user of an open session has signed in to an app; yields false if the session has ended.
pub async fn begin(tx: &mut Tx, session: &SessionId, app: &ClientId, now: Time) -> Result<bool, Error> {
    // On SQLite, nothing else can write meanwhile.
    if matches!(tx.conn, Conn::Postgres(_)) {
        sessions::lock(tx, session).await?;
    }
    any_affected!(
        tx,
        "INSERT INTO app_sessions (session_id, sid, client_id, account_id, signed_in_at, expires_at) \
         SELECT s.id, s.id, $2, s.account_id, $3, s.expires_at FROM sessions s \
         WHERE s.id = $1 AND s.ended_at IS NULL ON CONFLICT (sid, client_id) DO UPDATE SET signed_in_at = excluded.signed_in_at",
        session,
        app,
        now
    )
}

/// Hands the apps of a session over to the one that replaces it.
pub async fn hand_over(tx: &mut Tx, from: &SessionId, to: &SessionId) -> Result<(), Error> {
    execute!(
        tx,
        "UPDATE app_sessions SET session_id = $2, expires_at = (SELECT s.expires_at FROM sessions s WHERE s.id = $2) \
         WHERE session_id = $1",
        from,
        to
    )
}

/// The apps of a session.
pub async fn of_session(conn: &mut Conn, session: &SessionId) -> Result<Vec<AppSession>, Error> {
    query_all!(
        conn,
        AppSession,
        "SELECT sid, client_id, account_id, signed_in_at FROM app_sessions WHERE session_id = $1 \
         ORDER BY client_id, sid LIMIT 1000",
        session
    )
}

/// Takes the apps of the ended sessions of an account, and of those in which it acted as somebody else. Each is taken
/// once.
pub async fn take_ended(tx: &mut Tx, account: &AccountId) -> Result<Vec<AppSession>, Error> {
    query_all!(
        tx,
        AppSession,
        "DELETE FROM app_sessions WHERE session_id IN (SELECT s.id FROM sessions s WHERE s.ended_at IS NOT NULL \
         AND (s.account_id = $1 OR s.acted_by = $1)) RETURNING sid, client_id, account_id, signed_in_at",
        account
    )
}

/// Like [`take_ended`], for one session and those that began in it by acting as somebody else.
pub async fn take_ended_in(tx: &mut Tx, session: &SessionId) -> Result<Vec<AppSession>, Error> {
    query_all!(
        tx,
        AppSession,
        "DELETE FROM app_sessions WHERE session_id IN (SELECT s.id FROM sessions s WHERE s.ended_at IS NOT NULL \
         AND (s.id = $1 OR s.acted_since = $1)) RETURNING sid, client_id, account_id, signed_in_at",
        session
    )
}

/// Takes at most this many apps of sessions that have expired. Each is taken once.
pub async fn take_expired(tx: &mut Tx, limit: i64, now: Time) -> Result<Vec<AppSession>, Error> {
    query_all!(
        tx,
        AppSession,
        "DELETE FROM app_sessions WHERE (sid, client_id) IN (SELECT sid, client_id FROM app_sessions \
         WHERE expires_at <= $1 LIMIT $2) RETURNING sid, client_id, account_id, signed_in_at",
        now,
        limit
    )
}

/// The apps that an account has signed in to in its sessions, at most 1000.
pub async fn apps_of(conn: &mut Conn, account: &AccountId) -> Result<Vec<ClientId>, Error> {
    let found = query_all!(
        conn,
        (ClientId,),
        "SELECT DISTINCT a.client_id FROM app_sessions a JOIN sessions s ON s.id = a.session_id \
         WHERE s.account_id = $1 LIMIT 1000",
        account
    )?;
    Ok(found.into_iter().map(|(app,)| app).collect())
}

/// The accounts that have signed in to an app in their sessions, at most 1000.
pub async fn accounts_at(conn: &mut Conn, app: &ClientId) -> Result<Vec<AccountId>, Error> {
    let found = query_all!(
        conn,
        (AccountId,),
        "SELECT DISTINCT account_id FROM app_sessions WHERE client_id = $1 LIMIT 1000",
        app
    )?;
    Ok(found.into_iter().map(|(account,)| account).collect())
}

/// The current members of a team who have signed in to some app in their sessions, at most 1000.
pub async fn members_of_team(conn: &mut Conn, team: &TeamId, now: Time) -> Result<Vec<AccountId>, Error> {
    let found = query_all!(
        conn,
        (AccountId,),
        "SELECT DISTINCT s.account_id FROM memberships m JOIN sessions s ON s.account_id = m.account_id \
         JOIN app_sessions a ON a.session_id = s.id WHERE m.team_id = $1 \
         AND (m.expires_at IS NULL OR m.expires_at > $2) LIMIT 1000",
        team,
        now
    )?;
    Ok(found.into_iter().map(|(account,)| account).collect())
}

/// The members of a group, also those of the groups inside it, who have signed in to some app in their sessions, at
/// most 1000.
pub async fn members_of_group(conn: &mut Conn, group: &GroupId) -> Result<Vec<AccountId>, Error> {
    let found = query_all!(
        conn,
        (AccountId,),
        "WITH RECURSIVE within(id) AS (SELECT g.id FROM groups g WHERE g.id = $1 \
         UNION SELECT n.inner_id FROM group_groups n JOIN within w ON n.group_id = w.id) \
         SELECT DISTINCT s.account_id FROM within w JOIN group_members m ON m.group_id = w.id \
         JOIN sessions s ON s.account_id = m.account_id JOIN app_sessions a ON a.session_id = s.id LIMIT 1000",
        group
    )?;
    Ok(found.into_iter().map(|(account,)| account).collect())
}

/// Takes the sessions of an account at an app, while those here stay open. Each is taken once.
pub async fn take_at(tx: &mut Tx, account: &AccountId, app: &ClientId) -> Result<Vec<AppSession>, Error> {
    query_all!(
        tx,
        AppSession,
        "DELETE FROM app_sessions WHERE client_id = $2 AND session_id IN (SELECT s.id FROM sessions s \
         WHERE s.account_id = $1) RETURNING sid, client_id, account_id, signed_in_at",
        account,
        app
    )
}

/// Deletes every row of an app.
pub async fn delete_for_app(tx: &mut Tx, app: &ClientId) -> Result<(), Error> {
    execute!(tx, "DELETE FROM app_sessions WHERE client_id = $1", app)
}
