//! Access tokens and refresh tokens, by their hashes.

use super::{Conn, Error, Tx};
use crate::clock::Time;
use crate::crypto::TokenHash;
use crate::model::{AccountId, ClientId, GrantId, Scopes, SessionId};

/// A live access token with what its holder may learn.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct AccessToken {
    /// Which app holds it.
    pub client_id: ClientId,
    /// The grant it was born from; `None` when the app acts for itself.
    pub grant_id: Option<GrantId>,
    /// For whom; `None` when the app acts for itself.
    pub account_id: Option<AccountId>,
    /// The `claims` parameter of the grant.
    pub claims: Option<String>,
    /// What it allows.
    pub scopes: Scopes,
    /// When it was made.
    pub created_at: Time,
    /// When it ends.
    pub expires_at: Time,
    /// When the person was last seen.
    pub last_seen_at: Option<Time>,
}

/// The access token with this hash, if it is live: not ended, not taken back, its account active, and its session
/// open unless it was given for use while the person is away (OIDC Core section 11).
///
/// # Errors
/// When the database fails.
pub async fn live(conn: &mut Conn, token: &TokenHash, now: Time) -> Result<Option<AccessToken>, Error> {
    query_opt!(
        conn,
        AccessToken,
        "SELECT t.client_id, t.grant_id, g.account_id, g.claims, t.scopes, t.created_at, t.expires_at, \
         a.last_seen_at FROM access_tokens t LEFT JOIN grants g ON g.id = t.grant_id \
         LEFT JOIN accounts a ON a.id = g.account_id LEFT JOIN sessions s ON s.id = g.session_id \
         WHERE t.token_hash = $1 AND t.expires_at > $2 AND t.revoked_at IS NULL AND (t.grant_id IS NULL OR \
         (g.revoked_at IS NULL AND a.status = 'active' AND (a.valid_until IS NULL OR a.valid_until > $2) \
         AND (s.ended_at IS NULL OR ' ' || g.scopes || ' ' LIKE '% offline_access %')))",
        token,
        now
    )
}

/// Whether an access token was ever taken back; for tokens of ours that are not stored while they live.
///
/// # Errors
/// When the database fails.
pub async fn is_revoked(conn: &mut Conn, token: &TokenHash) -> Result<bool, Error> {
    Ok(query_opt!(
        conn,
        (i64,),
        "SELECT expires_at FROM access_tokens WHERE token_hash = $1 AND revoked_at IS NOT NULL",
        token
    )?
    .is_some())
}

/// What is stored of an access token.
pub struct NewAccessToken<'a> {
    /// Its hash.
    pub hash: &'a TokenHash,
    /// The grant it is born from.
    pub grant_id: Option<&'a GrantId>,
    /// Which app holds it.
    pub client_id: &'a ClientId,
    /// What it allows.
    pub scopes: &'a Scopes,
    /// When it ends.
    pub expires_at: Time,
}

/// Stores an access token.
///
/// # Errors
/// When the database fails.
pub async fn insert_access(tx: &mut Tx, new: &NewAccessToken<'_>, now: Time) -> Result<(), Error> {
    execute!(
        tx,
        "INSERT INTO access_tokens (token_hash, grant_id, client_id, scopes, created_at, expires_at) \
         VALUES ($1, $2, $3, $4, $5, $6)",
        new.hash,
        new.grant_id,
        new.client_id,
        new.scopes,
        now,
        new.expires_at
    )
    .map(|_| ())
}

/// Stores an access token of a grant that may still give tokens, as [`grant_is_live`] says; yields whether it may.
///
/// # Errors
/// When the database fails.
pub async fn insert_access_of_live(tx: &mut Tx, new: &NewAccessToken<'_>, now: Time) -> Result<bool, Error> {
    let added = execute!(
        tx,
        "INSERT INTO access_tokens (token_hash, grant_id, client_id, scopes, created_at, expires_at) \
         SELECT $1, g.id, $3, $4, $5, $6 FROM grants g JOIN accounts a ON a.id = g.account_id \
         LEFT JOIN sessions s ON s.id = g.session_id \
         WHERE g.id = $2 AND g.revoked_at IS NULL AND g.expires_at > $5 AND a.status = 'active' \
         AND (a.valid_until IS NULL OR a.valid_until > $5) \
         AND (s.ended_at IS NULL OR ' ' || g.scopes || ' ' LIKE '% offline_access %')",
        new.hash,
        new.grant_id,
        new.client_id,
        new.scopes,
        now,
        new.expires_at
    )?;
    Ok(added == 1)
}

/// Takes an access token back, also one that is not stored.
///
/// # Errors
/// When the database fails.
pub async fn revoke_access(tx: &mut Tx, token: &NewAccessToken<'_>, now: Time) -> Result<(), Error> {
    execute!(
        tx,
        "INSERT INTO access_tokens (token_hash, grant_id, client_id, scopes, created_at, expires_at, revoked_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $5) ON CONFLICT (token_hash) DO UPDATE SET revoked_at = excluded.revoked_at",
        token.hash,
        token.grant_id,
        token.client_id,
        token.scopes,
        now,
        token.expires_at
    )
    .map(|_| ())
}

/// Stores a refresh token.
///
/// # Errors
/// When the database fails.
pub async fn insert_refresh(
    tx: &mut Tx,
    hash: &TokenHash,
    grant: &GrantId,
    expires_at: Time,
    now: Time,
) -> Result<(), Error> {
    execute!(
        tx,
        "INSERT INTO refresh_tokens (token_hash, grant_id, created_at, expires_at) VALUES ($1, $2, $3, $4)",
        hash,
        grant,
        now,
        expires_at
    )
    .map(|_| ())
}

/// Marks a refresh token as replaced, once; yields whether this call did.
///
/// # Errors
/// When the database fails.
pub async fn rotate_refresh(tx: &mut Tx, hash: &TokenHash, now: Time) -> Result<bool, Error> {
    let rotated = execute!(
        tx,
        "UPDATE refresh_tokens SET rotated_at = $2 WHERE token_hash = $1 AND rotated_at IS NULL",
        hash,
        now
    )?;
    Ok(rotated == 1)
}

/// Lets a refresh token live until a later moment.
///
/// # Errors
/// When the database fails.
pub async fn extend_refresh(tx: &mut Tx, hash: &TokenHash, until: Time) -> Result<(), Error> {
    execute!(
        tx,
        "UPDATE refresh_tokens SET expires_at = $2 WHERE token_hash = $1 AND expires_at < $2",
        hash,
        until
    )
    .map(|_| ())
}

/// Whether a refresh token is there and has not been replaced.
///
/// # Errors
/// When the database fails.
pub async fn refresh_is_fresh(conn: &mut Conn, hash: &TokenHash) -> Result<bool, Error> {
    Ok(query_opt!(
        conn,
        (i64,),
        "SELECT expires_at FROM refresh_tokens WHERE token_hash = $1 AND rotated_at IS NULL",
        hash
    )?
    .is_some())
}

/// Whether a grant may still give tokens: not taken back, its account active, its session open unless it was given
/// for use while the person is away.
///
/// # Errors
/// When the database fails.
pub async fn grant_is_live(conn: &mut Conn, grant: &GrantId, now: Time) -> Result<Option<SessionId>, Error> {
    Ok(query_opt!(
        conn,
        (SessionId,),
        "SELECT g.session_id FROM grants g JOIN accounts a ON a.id = g.account_id \
         LEFT JOIN sessions s ON s.id = g.session_id \
         WHERE g.id = $1 AND g.revoked_at IS NULL AND g.expires_at > $2 AND a.status = 'active' \
         AND (a.valid_until IS NULL OR a.valid_until > $2) \
         AND (s.ended_at IS NULL OR ' ' || g.scopes || ' ' LIKE '% offline_access %')",
        grant,
        now
    )?
    .map(|(session,)| session))
}
