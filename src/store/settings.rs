//! The table of settings: documents by name.

use super::{Conn, Error, Tx};

/// The value of a setting.
pub async fn get(conn: &mut Conn, name: &str) -> Result<Option<String>, Error> {
    Ok(query_opt!(
        conn,
        (String,),
        "SELECT value FROM settings WHERE name = $1",
        name
    )?
    .map(|(value,)| value))
}

/// Sets a setting.
pub async fn set(tx: &mut Tx, name: &str, value: &str) -> Result<(), Error> {
    execute!(
        tx,
        "INSERT INTO settings (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        name,
        value
    )
}
