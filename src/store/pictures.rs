//! Pictures of accounts and logos of apps, as PNG files that this program has encoded.

use super::counters::invalidate_cache;
use super::{Conn, Error, Tx};
use crate::model::{AccountId, ClientId};

/// The picture with this version, a random string that serves as its public address.
pub async fn by_version(conn: &mut Conn, version: &str) -> Result<Option<Vec<u8>>, Error> {
    let found = query_opt!(
        conn,
        (Vec<u8>,),
        "SELECT png FROM avatars WHERE version = $1 UNION ALL SELECT png FROM app_logos WHERE version = $1",
        version
    )?;
    Ok(found.map(|(png,)| png))
}

/// Sets the picture of an account.
pub async fn set(tx: &mut Tx, account: &AccountId, version: &str, png: &[u8]) -> Result<(), Error> {
    execute!(
        tx,
        "INSERT INTO avatars (account_id, version, png) VALUES ($1, $2, $3) \
         ON CONFLICT (account_id) DO UPDATE SET version = excluded.version, png = excluded.png",
        account,
        version,
        png
    )
}

/// Removes the picture of an account.
pub async fn remove(tx: &mut Tx, account: &AccountId) -> Result<(), Error> {
    execute!(tx, "DELETE FROM avatars WHERE account_id = $1", account)
}

/// Sets the logo of an app.
pub async fn set_logo(tx: &mut Tx, app: &ClientId, version: &str, png: &[u8]) -> Result<(), Error> {
    invalidate_cache(tx).await?;
    execute!(
        tx,
        "INSERT INTO app_logos (client_id, version, png) VALUES ($1, $2, $3) \
         ON CONFLICT (client_id) DO UPDATE SET version = excluded.version, png = excluded.png",
        app,
        version,
        png
    )
}

/// Removes the logo of an app.
pub async fn remove_logo(tx: &mut Tx, app: &ClientId) -> Result<(), Error> {
    invalidate_cache(tx).await?;
    execute!(tx, "DELETE FROM app_logos WHERE client_id = $1", app)
}
