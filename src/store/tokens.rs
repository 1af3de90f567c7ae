//! Access tokens and refresh tokens, by their hashes.

use super::{Conn, Error, Tx};
use crate::clock::Time;
use crate::crypto::TokenHash;
use crate::model::grant::ClaimData;
use crate::model::{ClientId, GrantId, Scopes};

read_row! {
    /// A valid access token.
    #[derive(Clone, Debug, PartialEq, Eq)]
    AccessToken {
        /// The app that it was issued to.
        client_id: ClientId,
        /// Its scopes.
        scopes: Scopes,
        /// The resource servers that it is for, separated by spaces; `None` for our own endpoints.
        audience: Option<String>,
        /// When it was issued.
        created_at: Time,
        /// When it expires.
        expires_at: Time,
    }
}

/// The columns of [`AccessToken`] for the access token `t`.
macro_rules! access_token_columns {
    () => {
        "t.client_id, t.scopes, t.audience, t.created_at, t.expires_at"
    };
}
pub(super) use access_token_columns;

/// The access token of the client credentials grant with this hash, if it has neither expired nor been revoked.
pub async fn of_client(conn: &mut Conn, token: &TokenHash, now: Time) -> Result<Option<AccessToken>, Error> {
    query_opt!(
        conn,
        AccessToken,
        concat!(
            "SELECT ",
            access_token_columns!(),
            " FROM access_tokens t WHERE t.token_hash = $1 AND t.expires_at > $2 AND t.revoked_at IS NULL \
             AND t.grant_id IS NULL"
        ),
        token,
        now
    )
}

/// The data of a new access token.
pub struct NewAccessToken<'a> {
    /// Its hash.
    pub hash: &'a TokenHash,
    /// Its grant; `None` for the client credentials grant.
    pub grant_id: Option<&'a GrantId>,
    /// The app that it was issued to.
    pub client_id: &'a ClientId,
    /// Its scopes.
    pub scopes: &'a Scopes,
    /// As in [`AccessToken`].
    pub audience: Option<&'a str>,
    /// Which of the user's data are looked up for it.
    pub wanted: ClaimData,
    /// When it expires.
    pub expires_at: Time,
}

/// Inserts an access token with the values of `$values`, a VALUES clause or a SELECT, for which `$1` to `$11` are
/// bound.
macro_rules! insert_access {
    ($tx:expr, $new:expr, $now:expr, $values:expr) => {
        any_affected!(
            $tx,
            concat!(
                "INSERT INTO access_tokens (token_hash, grant_id, client_id, scopes, created_at, expires_at, \
                 wants_email, wants_groups, wants_roles, wants_teams, audience) ",
                $values
            ),
            $new.hash,
            $new.grant_id,
            $new.client_id,
            $new.scopes,
            $now,
            $new.expires_at,
            $new.wanted.email,
            $new.wanted.groups,
            $new.wanted.roles,
            $new.wanted.teams,
            $new.audience
        )
    };
}

/// Stores an access token.
pub async fn insert_access(tx: &mut Tx, new: &NewAccessToken<'_>, now: Time) -> Result<(), Error> {
    insert_access!(
        tx,
        new,
        now,
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
    )
    .map(|_| ())
}

/// Stores an access token if its grant is live; yields whether it is.
pub async fn insert_access_of_live(tx: &mut Tx, new: &NewAccessToken<'_>, now: Time) -> Result<bool, Error> {
    insert_access!(
        tx,
        new,
        now,
        concat!(
            "SELECT $1, g.id, $3, $4, $5, $6, $7, $8, $9, $10, $11 FROM grants g JOIN accounts a ON a.id = g.account_id \
             LEFT JOIN sessions s ON s.id = g.session_id WHERE g.id = $2 AND ",
            grant_live!("$5")
        )
    )
}

/// Revokes an access token of an app.
pub async fn revoke_access(tx: &mut Tx, token: &TokenHash, app: &ClientId, now: Time) -> Result<(), Error> {
    execute!(
        tx,
        "UPDATE access_tokens SET revoked_at = $3 WHERE token_hash = $1 AND client_id = $2 AND revoked_at IS NULL",
        token,
        app,
        now
    )
}

/// Deletes every access token of an app.
pub async fn delete_for_app(tx: &mut Tx, app: &ClientId) -> Result<(), Error> {
    execute!(tx, "DELETE FROM access_tokens WHERE client_id = $1", app)
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
}

/// Marks a refresh token as rotated; yields true for the one call that does.
pub async fn rotate_refresh(tx: &mut Tx, hash: &TokenHash, now: Time) -> Result<bool, Error> {
    any_affected!(
        tx,
        "UPDATE refresh_tokens SET rotated_at = $2 WHERE token_hash = $1 AND rotated_at IS NULL",
        hash,
        now
    )
}

/// Extends a refresh token.
pub async fn extend_refresh(tx: &mut Tx, hash: &TokenHash, until: Time) -> Result<(), Error> {
    execute!(
        tx,
        "UPDATE refresh_tokens SET expires_at = $2 WHERE token_hash = $1 AND expires_at < $2",
        hash,
        until
    )
}

/// Whether a refresh token exists and has not been rotated.
pub async fn refresh_is_fresh(conn: &mut Conn, hash: &TokenHash) -> Result<bool, Error> {
    Ok(query_opt!(
        conn,
        (i64,),
        "SELECT expires_at FROM refresh_tokens WHERE token_hash = $1 AND rotated_at IS NULL",
        hash
    )?
    .is_some())
}

/// Whether tokens may be issued from a grant.
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
