//! The mail server and the sender, one JSON document in the table of settings.

use super::{Conn, Error, Tx, settings};
use crate::model::mail::MailSettings;

/// The name of the setting that holds the document. The outbox queues nothing without it.
const MAIL: &str = "mail";

/// The stored settings; `None` if there is no mail server.
pub async fn get(conn: &mut Conn) -> Result<Option<MailSettings>, Error> {
    let text = settings::get(conn, MAIL).await?;
    text.map(|text| serde_json::from_str(&text).map_err(|error| Error::Decode(error.into())))
        .transpose()
}

/// Stores the settings.
pub async fn set(tx: &mut Tx, mail: &MailSettings) -> Result<(), Error> {
    let text = serde_json::to_string(mail).map_err(|error| Error::Encode(error.into()))?;
    settings::set(tx, MAIL, &text).await
}

/// Removes the settings and all waiting mail; yields false if there were no settings.
pub async fn remove(tx: &mut Tx) -> Result<bool, Error> {
    execute!(tx, "DELETE FROM outbox WHERE failed_at IS NULL")?;
    any_affected!(tx, "DELETE FROM settings WHERE name = 'mail'")
}
