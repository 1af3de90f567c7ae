//! Background jobs: noticing changes by other nodes, deleting expired rows, rotating keys, sealing the audit
//! log.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::MissedTickBehavior;

use crate::app::AppState;
use crate::store::audit_chain::seal_all;
use crate::store::sweep::sweep;

/// How often this node checks for changes by other nodes, which must take effect within 5 seconds.
const POLL: Duration = Duration::from_secs(1);
/// Housekeeping runs after every this many checks.
const POLLS_PER_HOUSEKEEPING: u32 = 60;
/// How often new audit entries are sealed. Until then, somebody with access to the database can change them
/// unnoticed.
const SEALING: Duration = Duration::from_secs(3);

/// Runs the jobs until the task is dropped.
pub async fn run(app: Arc<AppState>) {
    // Sealing runs beside the rest, since it takes long if there is much to seal.
    tokio::join!(poll_and_housekeep(&app), seal_repeatedly(&app));
}

async fn poll_and_housekeep(app: &AppState) {
    let mut ticks = tokio::time::interval(POLL);
    for tick in 1_u32.. {
        ticks.tick().await;
        if let Err(error) = app.db.poll_cache_version().await {
            tracing::warn!(%error, "could not check for changes by other nodes");
        }
        if tick % POLLS_PER_HOUSEKEEPING == 0 {
            housekeeping(app).await;
        }
    }
}

async fn seal_repeatedly(app: &AppState) {
    let mut ticks = tokio::time::interval(SEALING);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        seal(app).await;
    }
}

/// Seals all unsealed audit entries; several nodes may do so at once.
pub async fn seal(app: &AppState) {
    match seal_all(&app.db, &app.master, app.clock.now()).await {
        Ok(0) => {}
        Ok(rows) => tracing::debug!(rows, "sealed the audit log"),
        Err(error) => tracing::warn!(%error, "could not seal the audit log"),
    }
}

async fn housekeeping(app: &AppState) {
    let now = app.clock.now();
    let swept = app
        .db
        .write::<_, crate::store::Error, _>(move |tx| Box::pin(async move { sweep(tx, now).await }));
    match swept.await {
        Ok(rows) => tracing::debug!(rows, "deleted expired rows"),
        Err(error) => tracing::warn!(%error, "could not delete expired rows"),
    }
    if let Err(error) = app.refresh_keys().await {
        tracing::warn!(%error, "could not refresh the signing keys");
    }
}
