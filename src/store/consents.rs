//! Consents: the scopes that users have approved for each app.

use super::{Conn, Error, Tx};
use crate::clock::Time;
use crate::model::{AccountId, ClientId, Scopes};

/// The scopes that a user has approved for an app; empty if none.
pub async fn of(conn: &mut Conn, account: &AccountId, app: &ClientId) -> Result<Scopes, Error> {
    let row = query_opt!(
        conn,
        (Scopes,),
        "SELECT scopes FROM consents WHERE account_id = $1 AND client_id = $2",
        account,
        app
    )?;
    Ok(row.map(|(scopes,)| scopes).unwrap_or_default())
}

/// Stores the scopes that a user has approved for an app.
pub async fn set(
    tx: &mut Tx,
    account: &AccountId,
    app: &ClientId,
    scopes: &Scopes,
    now: Time,
) -> Result<(), Error> {
    execute!(
        tx,
        "INSERT INTO consents (account_id, client_id, scopes, updated_at) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (account_id, client_id) DO UPDATE SET scopes = excluded.scopes, updated_at = excluded.updated_at",
        account,
        app,
        scopes,
        now
    )
}

/// Deletes a user's consent for an app.
pub async fn delete(tx: &mut Tx, account: &AccountId, app: &ClientId) -> Result<(), Error> {
    execute!(
        tx,
        "DELETE FROM consents WHERE account_id = $1 AND client_id = $2",
        account,
        app
    )
}

/// Deletes every consent for an app.
pub async fn delete_for_app(tx: &mut Tx, app: &ClientId) -> Result<(), Error> {
    execute!(tx, "DELETE FROM consents WHERE client_id = $1", app)
}
