//! Access tokens and refresh tokens, by their hashes.

use super::{Conn, Error, Tx};
use crate::clock::Time;
use crate::crypto::TokenHash;
use crate::model::grant::Wanted;
use crate::model::{AccountId, ClientId, GrantId, Scopes};

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

/// The access token with this hash, if neither it nor its grant has expired or been revoked.
pub async fn live(conn: &mut Conn, token: &TokenHash, now: Time) -> Result<Option<AccessToken>, Error> {
    query_opt!(
        conn,
        AccessToken,
        concat!(
            "SELECT t.client_id, t.grant_id, g.account_id, g.claims, t.scopes, t.created_at, t.expires_at, \
             a.last_seen_at FROM access_tokens t LEFT JOIN grants g ON g.id = t.grant_id \
             LEFT JOIN accounts a ON a.id = g.account_id LEFT JOIN sessions s ON s.id = g.session_id \
             WHERE t.token_hash = $1 AND t.expires_at > $2 AND t.revoked_at IS NULL AND (t.grant_id IS NULL OR (",
            grant_live!("$2"),
            "))"
        ),
        token,
        now
    )
}

/// Whether an access token was ever revoked; for tokens of ours that are not stored while they live.
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
    /// What is looked up of the person for it.
    pub wanted: Wanted,
    /// When it ends.
    pub expires_at: Time,
}

/// Stores an access token.
pub async fn insert_access(tx: &mut Tx, new: &NewAccessToken<'_>, now: Time) -> Result<(), Error> {
    execute!(
        tx,
        "INSERT INTO access_tokens (token_hash, grant_id, client_id, scopes, created_at, expires_at, wants_email, \
         wants_groups, wants_roles, wants_teams) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        new.hash,
        new.grant_id,
        new.client_id,
        new.scopes,
        now,
        new.expires_at,
        new.wanted.email,
        new.wanted.groups,
        new.wanted.roles,
        new.wanted.teams
    )
    .map(|_| ())
}

/// Stores an access token of a grant that is live; yields whether it was.
pub async fn insert_access_of_live(tx: &mut Tx, new: &NewAccessToken<'_>, now: Time) -> Result<bool, Error> {
    let added = execute!(
        tx,
        concat!(
            "INSERT INTO access_tokens (token_hash, grant_id, client_id, scopes, created_at, expires_at, wants_email, \
             wants_groups, wants_roles, wants_teams) SELECT $1, g.id, $3, $4, $5, $6, $7, $8, $9, $10 FROM grants g \
             JOIN accounts a ON a.id = g.account_id LEFT JOIN sessions s ON s.id = g.session_id WHERE g.id = $2 AND ",
            grant_live!("$5")
        ),
        new.hash,
        new.grant_id,
        new.client_id,
        new.scopes,
        now,
        new.expires_at,
        new.wanted.email,
        new.wanted.groups,
        new.wanted.roles,
        new.wanted.teams
    )?;
    Ok(added == 1)
}

/// Revokes an access token, also one that is not stored.
pub async fn revoke_access(tx: &mut Tx, token: &NewAccessToken<'_>, now: Time) -> Result<(), Error> {
    execute!(
        tx,
        "INSERT INTO access_tokens (token_hash, grant_id, client_id, scopes, created_at, expires_at, revoked_at, \
         wants_email, wants_groups, wants_roles, wants_teams) \
         VALUES ($1, $2, $3, $4, $5, $6, $5, FALSE, FALSE, FALSE, FALSE) ON CONFLICT (token_hash) DO UPDATE SET revoked_at = excluded.revoked_at",
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
pub async fn refresh_is_fresh(conn: &mut Conn, hash: &TokenHash) -> Result<bool, Error> {
    Ok(query_opt!(
        conn,
        (i64,),
        "SELECT expires_at FROM refresh_tokens WHERE token_hash = $1 AND rotated_at IS NULL",
        hash
    )?
    .is_some())
}

/// Whether a grant is live: tokens may be issued from it.
pub async fn grant_is_live(conn: &mut Conn, grant: &GrantId, now: Time) -> Result<bool, Error> {
    Ok(query_opt!(
        conn,
        (GrantId,),
        concat!(
            "SELECT g.id FROM grants g JOIN accounts a ON a.id = g.account_id \
             LEFT JOIN sessions s ON s.id = g.session_id WHERE g.id = $1 AND ",
            grant_live!("$2")
        ),
        grant,
        now
    )?
    .is_some())
}
