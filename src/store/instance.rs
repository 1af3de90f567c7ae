//! The instance settings, one JSON document in the table of settings.

use crate::model::settings::InstanceSettings;

use super::counters::invalidate_cache;
use super::{Conn, Error, Tx, settings};

/// The name of the setting that holds the document.
const INSTANCE: &str = "instance";

/// The stored settings; the defaults while none are stored.
pub async fn get(conn: &mut Conn) -> Result<InstanceSettings, Error> {
    let Some(text) = settings::get(conn, INSTANCE).await? else {
        return Ok(InstanceSettings::default());
    };
    serde_json::from_str(&text).map_err(|error| Error::Decode(error.into()))
}

/// Stores the settings.
pub async fn set(tx: &mut Tx, instance: &InstanceSettings) -> Result<(), Error> {
    invalidate_cache(tx).await?;
    let text = serde_json::to_string(instance).map_err(|error| Error::Encode(error.into()))?;
    settings::set(tx, INSTANCE, &text).await
}
