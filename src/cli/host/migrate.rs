//! `doorward migrate`: runs the migrations.

use serde_json::json;

use super::Host;
use crate::app::open_and_migrate;

/// Opens the database, which migrates it.
pub(in crate::cli) async fn migrate(host: &Host) -> anyhow::Result<()> {
    open_and_migrate(&host.config).await?.close().await;
    host.print("All migrations have run.", &json!({ "migrated": true }));
    Ok(())
}
