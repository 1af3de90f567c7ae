//! `doorward migrate`: runs the migrations.

use serde_json::json;

use super::Host;

/// Opens the database, which migrates it.
pub(in crate::cli) async fn migrate(host: &Host) -> anyhow::Result<()> {
    host.database().await?.close().await;
    host.print("All migrations have run.", &json!({ "migrated": true }));
    Ok(())
}
