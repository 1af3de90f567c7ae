//! Logouts: the messages that tell apps that somebody has been signed out, and their outcomes.

use super::{Conn, Error, Json, Tx};
use crate::clock::Time;
use crate::model::client::ClientSettings;
use crate::model::{AccountId, ClientId, SessionId};

/// A logout to queue.
pub struct NewLogout<'a> {
    /// Its id.
    pub id: &'a str,
    /// Who is signed out.
    pub account_id: &'a AccountId,
    /// The app.
    pub client_id: &'a ClientId,
    /// The session as the app knows it.
    pub sid: Option<&'a SessionId>,
    /// Whether the app has a URL for such messages.
    pub can_be_told: bool,
    /// When the last access token expires that resource servers accept without introspection.
    pub access_token_until: Option<Time>,
    /// When the app may have received its last ID token.
    pub id_token_at: Time,
}

read_row! {
    /// A logout that this node has leased to tell the app.
    #[derive(Debug)]
    Leased {
        /// Its id.
        id: String,
        /// Who is signed out.
        account_id: AccountId,
        /// The app.
        client_id: ClientId,
        /// The session as the app knows it.
        sid: Option<SessionId>,
        /// When it was queued.
        queued_at: Time,
        /// How often it was leased, including this time.
        attempts: i64,
    }
}

read_row! {
    /// A logout and its outcome so far.
    #[derive(Clone, Debug, PartialEq, Eq)]
    LogoutState {
        /// The app.
        client_id: ClientId,
        /// The app's name.
        name: String,
        /// The app's settings.
        settings: Json<ClientSettings>,
        /// When it was queued.
        queued_at: Time,
        /// When the app is told next; `None` if it has no URL for that.
        due_at: Option<Time>,
        /// When the app confirmed it.
        confirmed_at: Option<Time>,
        /// When it was given up.
        failed_at: Option<Time>,
        /// Why the last attempt to tell the app failed.
        error: Option<String>,
        /// When the last access token expires that resource servers accept without introspection.
        access_token_until: Option<Time>,
        /// When the app may have received its last ID token.
        id_token_at: Time,
        /// Whether the app has access now without a session of the user.
        has_access: bool,
    }
}

/// Queues a logout.
pub async fn queue(tx: &mut Tx, new: &NewLogout<'_>, now: Time) -> Result<(), Error> {
    execute!(
        tx,
        "INSERT INTO logouts (id, account_id, client_id, sid, queued_at, due_at, access_token_until, id_token_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        new.id,
        new.account_id,
        new.client_id,
        new.sid,
        now,
        new.can_be_told.then_some(now),
        new.access_token_until,
        new.id_token_at
    )
}

/// When the last access token expires that an app got in a session and resource servers accept without introspection.
pub async fn access_token_until(
    conn: &mut Conn,
    app: &ClientId,
    sid: Option<&SessionId>,
    now: Time,
) -> Result<Option<Time>, Error> {
    query_one!(
        conn,
        (Option<Time>,),
        "SELECT MAX(t.expires_at) FROM grants g JOIN access_tokens t ON t.grant_id = g.id AND t.audience IS NOT NULL \
         WHERE g.session_id = $1 AND g.client_id = $2 AND t.expires_at > $3",
        sid,
        app,
        now
    )
    .map(|(until,)| until)
}

/// The apps for which a logout is due.
pub async fn due_apps(conn: &mut Conn, now: Time) -> Result<Vec<ClientId>, Error> {
    let found = query_all!(
        conn,
        (ClientId,),
        "SELECT DISTINCT o.client_id FROM logouts o WHERE o.confirmed_at IS NULL AND o.failed_at IS NULL \
         AND o.due_at <= $1 LIMIT 1000",
        now
    )?;
    Ok(found.into_iter().map(|(app,)| app).collect())
}

/// Leases the logout of an app that has been due longest, until a time; no other node tells the app of it before then.
pub async fn lease(tx: &mut Tx, app: &ClientId, now: Time, until: Time) -> Result<Option<Leased>, Error> {
    lease!(
        tx,
        Leased,
        "logouts",
        "o.confirmed_at IS NULL AND o.failed_at IS NULL AND o.client_id = $3",
        "id, account_id, client_id, sid, queued_at, attempts",
        now,
        until,
        app
    )
}

/// Records that the app has confirmed a logout, unless another node has leased it since.
pub async fn confirmed(tx: &mut Tx, leased: &Leased, now: Time) -> Result<(), Error> {
    execute!(
        tx,
        "UPDATE logouts SET confirmed_at = $3, error = NULL WHERE id = $1 AND attempts = $2",
        &leased.id,
        leased.attempts,
        now
    )
}

record_failure! {
    /// Records why the app was not told, unless another node has leased the logout since. It is tried again at `due_at`, or
    /// given up if there is a `failed_at`.
    not_confirmed "logouts"
}

/// Postpones the other due logouts of an app until a time, for the same reason.
pub async fn delay_app(
    tx: &mut Tx,
    app: &ClientId,
    error: &str,
    until: Time,
    now: Time,
) -> Result<(), Error> {
    execute!(
        tx,
        "UPDATE logouts SET due_at = $3, error = $2 WHERE client_id = $1 AND due_at <= $4 \
         AND confirmed_at IS NULL AND failed_at IS NULL",
        app,
        error,
        until,
        now
    )
}

/// The logouts of an account and their outcomes, the latest first, at most 500.
pub async fn of_account(conn: &mut Conn, account: &AccountId, now: Time) -> Result<Vec<LogoutState>, Error> {
    query_all!(
        conn,
        LogoutState,
        "SELECT o.client_id, c.name, c.settings, o.queued_at, o.due_at, o.confirmed_at, o.failed_at, o.error, \
         o.access_token_until, o.id_token_at, EXISTS (SELECT 1 FROM grants g WHERE g.account_id = o.account_id \
         AND g.client_id = o.client_id AND g.offline AND g.redeemed_at IS NOT NULL AND g.revoked_at IS NULL \
         AND g.expires_at > $2) AS has_access FROM logouts o JOIN clients c ON c.id = o.client_id \
         WHERE o.account_id = $1 ORDER BY o.queued_at DESC, o.id DESC LIMIT 500",
        account,
        now
    )
}

/// Deletes every logout of an app.
pub async fn delete_for_app(tx: &mut Tx, app: &ClientId) -> Result<(), Error> {
    execute!(tx, "DELETE FROM logouts WHERE client_id = $1", app)
}
