//! `doorward migrate`: brings the database to this version's schema.

use serde_json::json;

use super::Host;

/// Opens the database, which migrates it.
pub(in crate::cli) async fn migrate(host: &Host) -> anyhow::Result<()> {
    host.database().await?.close().await;
    host.print(
        "The database has this version's schema.",
        &json!({ "migrated": true }),
    );
    Ok(())
}
