//! Grants: a user's authorization of an app, from the authorization code to the last refresh.

use super::{Conn, Error, Tx};
use crate::clock::Time;
use crate::crypto::TokenHash;
use crate::model::grant::{ClaimData, Grant};
use crate::model::{AccountId, ClientId, GrantId, Scopes, SessionId};

read_row! {
    /// A refresh token with its grant, in any state.
    #[derive(Clone, Debug, PartialEq, Eq)]
    RefreshToken {
        /// The grant.
        grant flatten: Grant,
        /// When the refresh token expires.
        token_expires_at: Time,
        /// When it was rotated; `None` if it has not been.
        rotated_at: Option<Time>,
    }
}

/// The refresh token with this hash and its grant, in any state.
pub async fn by_refresh_token(conn: &mut Conn, token: &TokenHash) -> Result<Option<RefreshToken>, Error> {
    query_opt!(
        conn,
        RefreshToken,
        select!(
            grant_columns,
            ", r.expires_at AS token_expires_at, r.rotated_at \
         FROM refresh_tokens r JOIN grants g ON g.id = r.grant_id WHERE r.token_hash = $1"
        ),
        token
    )
}

/// Stores a grant, with the hash of its code if it has one.
pub async fn insert(
    tx: &mut Tx,
    grant: &Grant,
    wanted: ClaimData,
    code: Option<&TokenHash>,
) -> Result<(), Error> {
    execute!(
        tx,
        "INSERT INTO grants (id, client_id, account_id, session_id, scopes, claims, redirect_uri, nonce, code_challenge, \
         auth_time, amr, created_at, code_hash, code_expires_at, expires_at, cnf, act, offline, wants_email, \
         wants_groups, wants_roles, wants_teams, resource) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, \
         $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23)",
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
        grant.expires_at,
        &grant.cnf,
        &grant.act,
        grant.offline,
        wanted.email,
        wanted.groups,
        wanted.roles,
        wanted.teams,
        &grant.resource
    )
}

/// Redeems a grant's code; yields true once, before the code expires, while account and session are usable.
pub async fn redeem(tx: &mut Tx, id: &GrantId, expires_at: Time, now: Time) -> Result<bool, Error> {
    any_affected!(
        tx,
        concat!(
            "UPDATE grants SET redeemed_at = $2, expires_at = $3 \
             WHERE id = $1 AND redeemed_at IS NULL AND revoked_at IS NULL AND code_expires_at > $2 \
             AND EXISTS (SELECT 1 FROM accounts a WHERE a.id = grants.account_id AND ",
            account_usable!("$2"),
            ") AND (SELECT ended_at FROM sessions WHERE id = grants.session_id) IS NULL"
        ),
        id,
        now,
        expires_at
    )
}

/// Revokes a grant, and so every token issued from it.
pub async fn revoke(tx: &mut Tx, id: &GrantId, now: Time) -> Result<(), Error> {
    execute!(
        tx,
        "UPDATE grants SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL",
        id,
        now
    )
}

/// Revokes every grant of an account; yields how many.
pub async fn revoke_all(tx: &mut Tx, account: &AccountId, now: Time) -> Result<u64, Error> {
    rows_affected!(
        tx,
        "UPDATE grants SET revoked_at = $2 WHERE account_id = $1 AND revoked_at IS NULL",
        account,
        now
    )
}

read_row! {
    /// An app's offline access to an account, with the session in which the user granted it.
    #[derive(Clone, Debug, PartialEq, Eq)]
    OfflineGrant {
        /// The app.
        client_id: ClientId,
        /// The user.
        account_id: AccountId,
        /// The session; `None` if no browser was involved.
        session_id: Option<SessionId>,
    }
}

/// The offline access of apps to an account, except what was granted in the session `kept`.
pub async fn offline(
    conn: &mut Conn,
    account: &AccountId,
    kept: Option<&SessionId>,
    now: Time,
) -> Result<Vec<OfflineGrant>, Error> {
    query_all!(
        conn,
        OfflineGrant,
        "SELECT DISTINCT client_id, account_id, session_id FROM grants WHERE account_id = $1 AND offline \
         AND redeemed_at IS NOT NULL AND revoked_at IS NULL AND expires_at > $3 \
         AND (session_id <> $2 OR session_id IS NULL OR $2 IS NULL)",
        account,
        kept,
        now
    )
}

/// Revokes every grant of an account except those of one session; yields how many.
pub async fn revoke_others(
    tx: &mut Tx,
    account: &AccountId,
    kept: &SessionId,
    now: Time,
) -> Result<u64, Error> {
    rows_affected!(
        tx,
        "UPDATE grants SET revoked_at = $3 WHERE account_id = $1 \
         AND (session_id IS NULL OR session_id <> $2) AND revoked_at IS NULL",
        account,
        kept,
        now
    )
}

/// Revokes every grant of an account to an app; yields how many.
pub async fn revoke_for_app(
    tx: &mut Tx,
    account: &AccountId,
    app: &ClientId,
    now: Time,
) -> Result<u64, Error> {
    rows_affected!(
        tx,
        "UPDATE grants SET revoked_at = $3 WHERE account_id = $1 AND client_id = $2 AND revoked_at IS NULL",
        account,
        app,
        now
    )
}

/// Deletes every grant to an app.
pub async fn delete_for_app(tx: &mut Tx, app: &ClientId) -> Result<(), Error> {
    execute!(tx, "DELETE FROM grants WHERE client_id = $1", app)
}

/// Sets when a grant expires.
pub async fn set_expiry(tx: &mut Tx, id: &GrantId, expires_at: Time) -> Result<(), Error> {
    execute!(
        tx,
        "UPDATE grants SET expires_at = $2 WHERE id = $1",
        id,
        expires_at
    )
}

read_row! {
    /// A user's newest grant to an app.
    #[derive(Clone, Debug, PartialEq, Eq)]
    NewestGrant {
        /// The app's client ID.
        client_id: ClientId,
        /// The app's name.
        name: String,
        /// The scopes of the grant.
        scopes: Scopes,
        /// When it was granted.
        created_at: Time,
    }
}

/// The newest grant to each app that is redeemed, unrevoked and unexpired, newest first, at most 100.
pub async fn newest_per_app(
    conn: &mut Conn,
    account: &AccountId,
    now: Time,
) -> Result<Vec<NewestGrant>, Error> {
    query_all!(
        conn,
        NewestGrant,
        "SELECT g.client_id, p.name, g.scopes, g.created_at FROM grants g JOIN clients p ON p.id = g.client_id \
         WHERE g.id IN (SELECT MAX(id) FROM grants WHERE account_id = $1 AND redeemed_at IS NOT NULL \
         AND revoked_at IS NULL AND expires_at > $2 GROUP BY client_id) ORDER BY g.created_at DESC LIMIT 100",
        account,
        now
    )
}
