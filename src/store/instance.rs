//! What an administrator changes at run time, one document among the settings.

use crate::model::settings::InstanceSettings;

use super::counters::touch_cache;
use super::{Conn, Error, Tx, settings};

/// The setting that holds the document.
const INSTANCE: &str = "instance";

/// The stored document; the default one while none is stored.
pub async fn get(conn: &mut Conn) -> Result<InstanceSettings, Error> {
    let Some(text) = settings::get(conn, INSTANCE).await? else {
        return Ok(InstanceSettings::default());
    };
    serde_json::from_str(&text).map_err(|error| Error::Decode(error.into()))
}

/// Stores the document.
pub async fn set(tx: &mut Tx, instance: &InstanceSettings) -> Result<(), Error> {
    touch_cache(tx).await?;
    let text = serde_json::to_string(instance).map_err(|error| Error::Encode(error.into()))?;
    settings::set(tx, INSTANCE, &text).await
}
