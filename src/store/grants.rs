//! Grants: what an app holds for a person, from the authorization code to the last refresh.

use super::{Conn, Error, Tx};
use crate::clock::Time;
use crate::crypto::TokenHash;
use crate::model::grant::Grant;
use crate::model::{AccountId, ClientId, GrantId, Scopes, SessionId};

/// The grant of a refresh token with the token's own times, whatever their state.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Refreshable {
    /// The grant.
    #[sqlx(flatten)]
    pub grant: Grant,
    /// Until when the refresh token may be used.
    pub token_expires_at: Time,
    /// When it was replaced by its child.
    pub rotated_at: Option<Time>,
}

/// The grant that a refresh token belongs to, whatever their state.
///
/// # Errors
/// When the database fails.
pub async fn by_refresh_token(conn: &mut Conn, token: &TokenHash) -> Result<Option<Refreshable>, Error> {
    query_opt!(
        conn,
        Refreshable,
        concat!(
            "SELECT ",
            grant_columns!(),
            ", r.expires_at AS token_expires_at, r.rotated_at \
         FROM refresh_tokens r JOIN grants g ON g.id = r.grant_id WHERE r.token_hash = $1"
        ),
        token
    )
}

/// Stores a grant with the hash of its code.
///
/// # Errors
/// When the database fails.
pub async fn insert(tx: &mut Tx, grant: &Grant, code: &TokenHash) -> Result<(), Error> {
    execute!(
        tx,
        "INSERT INTO grants (id, client_id, account_id, session_id, scopes, claims, redirect_uri, nonce, code_challenge, \
         auth_time, amr, created_at, code_hash, code_expires_at, expires_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
        &grant.id,
        &grant.client_id,
        &grant.account_id,
        &grant.session_id,
        &grant.scopes,
        &grant.claims,
        &grant.redirect_uri,
        &grant.nonce,
        &grant.code_challenge,
        grant.auth_time,
        &grant.amr,
        grant.created_at,
        code,
        grant.code_expires_at,
        grant.expires_at
    )
    .map(|_| ())
}

/// Redeems a grant's code, once and in time, while the account may be used; yields whether this call did.
///
/// # Errors
/// When the database fails.
pub async fn redeem(tx: &mut Tx, id: &GrantId, expires_at: Time, now: Time) -> Result<bool, Error> {
    let redeemed = execute!(
        tx,
        "UPDATE grants SET redeemed_at = $2, expires_at = $3 \
         WHERE id = $1 AND redeemed_at IS NULL AND revoked_at IS NULL AND code_expires_at > $2 \
         AND EXISTS (SELECT 1 FROM accounts a WHERE a.id = grants.account_id AND a.status = 'active' \
         AND (a.valid_until IS NULL OR a.valid_until > $2)) \
         AND (SELECT ended_at FROM sessions WHERE id = grants.session_id) IS NULL",
        id,
        now,
        expires_at
    )?;
    Ok(redeemed == 1)
}

/// Takes a grant back, with every token born from it.
///
/// # Errors
/// When the database fails.
pub async fn revoke(tx: &mut Tx, id: &GrantId, now: Time) -> Result<(), Error> {
    execute!(
        tx,
        "UPDATE grants SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL",
        id,
        now
    )
    .map(|_| ())
}

/// Takes back every grant of an account; yields how many.
///
/// # Errors
/// When the database fails.
pub async fn revoke_all(tx: &mut Tx, account: &AccountId, now: Time) -> Result<u64, Error> {
    execute!(
        tx,
        "UPDATE grants SET revoked_at = $2 WHERE account_id = $1 AND revoked_at IS NULL",
        account,
        now
    )
}

/// Takes back every grant of an account but those given in one session; yields how many.
///
/// # Errors
/// When the database fails.
pub async fn revoke_others(
    tx: &mut Tx,
    account: &AccountId,
    kept: &SessionId,
    now: Time,
) -> Result<u64, Error> {
    execute!(
        tx,
        "UPDATE grants SET revoked_at = $3 WHERE account_id = $1 AND session_id <> $2 AND revoked_at IS NULL",
        account,
        kept,
        now
    )
}

/// Takes back every grant that an app holds for an account; yields how many.
///
/// # Errors
/// When the database fails.
pub async fn revoke_for_app(
    tx: &mut Tx,
    account: &AccountId,
    app: &ClientId,
    now: Time,
) -> Result<u64, Error> {
    execute!(
        tx,
        "UPDATE grants SET revoked_at = $3 WHERE account_id = $1 AND client_id = $2 AND revoked_at IS NULL",
        account,
        app,
        now
    )
}

/// Moves the end of a grant that is in use.
///
/// # Errors
/// When the database fails.
pub async fn keep_until(tx: &mut Tx, id: &GrantId, expires_at: Time) -> Result<(), Error> {
    execute!(
        tx,
        "UPDATE grants SET expires_at = $2 WHERE id = $1",
        id,
        expires_at
    )
    .map(|_| ())
}

/// An app that holds something for a person now.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Held {
    /// The app's client id.
    pub id: ClientId,
    /// The app's name.
    pub app: String,
    /// What the newest grant allows.
    pub scopes: Scopes,
    /// When the newest grant was given.
    pub created_at: Time,
}

/// The newest live grant of each app for a person, the newest first.
///
/// # Errors
/// When the database fails.
pub async fn held_for(conn: &mut Conn, account: &AccountId, now: Time) -> Result<Vec<Held>, Error> {
    query_all!(
        conn,
        Held,
        "SELECT p.id, p.name AS app, g.scopes, g.created_at FROM grants g JOIN clients p ON p.id = g.client_id \
         WHERE g.id IN (SELECT MAX(id) FROM grants WHERE account_id = $1 AND redeemed_at IS NOT NULL \
         AND revoked_at IS NULL AND expires_at > $2 GROUP BY client_id) ORDER BY g.created_at DESC LIMIT 100",
        account,
        now
    )
}
