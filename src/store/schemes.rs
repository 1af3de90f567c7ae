//! The applied scheme, which defines the roles and their permissions, as one JSON document in the table of
//! settings.

use crate::model::scheme::Scheme;

use super::counters::invalidate_cache;
use super::{Conn, Error, Tx, settings};

/// The name of the setting that holds the document.
const SCHEME: &str = "scheme";

/// The stored scheme, if one was applied.
pub async fn get(conn: &mut Conn) -> Result<Option<Scheme>, Error> {
    let Some(text) = settings::get(conn, SCHEME).await? else {
        return Ok(None);
    };
    serde_json::from_str(&text)
        .map(Some)
        .map_err(|error| Error::Decode(error.into()))
}

/// Stores the scheme.
pub async fn set(tx: &mut Tx, scheme: &Scheme) -> Result<(), Error> {
    invalidate_cache(tx).await?;
    let text = serde_json::to_string(scheme).map_err(|error| Error::Encode(error.into()))?;
    settings::set(tx, SCHEME, &text).await
}
