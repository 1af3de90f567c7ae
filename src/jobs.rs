//! What goes on in the background: following changes, sweeping what has ended, rotating keys, sealing the audit log.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::MissedTickBehavior;

use crate::app::AppState;
use crate::store::audit_chain::seal_all;
use crate::store::sweep::sweep;

/// How often this node looks for other nodes' changes; well under the 5 seconds in which they must be seen.
const FOLLOW: Duration = Duration::from_secs(1);
/// How many of those looks lie between two rounds of housekeeping.
const HOUSEKEEPING: u32 = 60;
/// How often the audit log's new entries are sealed; until then, whoever holds the database can change them.
const SEALING: Duration = Duration::from_secs(3);

/// Runs the jobs until the task is dropped.
pub async fn run(app: Arc<AppState>) {
    // Sealing goes on beside the rest, since after a long time without it there may be much to seal.
    tokio::join!(follow(&app), seal_regularly(&app));
}

async fn follow(app: &AppState) {
    let mut ticks = tokio::time::interval(FOLLOW);
    for tick in 1_u32.. {
        ticks.tick().await;
        if let Err(error) = app.db.poll_cache_version().await {
            tracing::warn!(%error, "changes could not be followed");
        }
        if tick % HOUSEKEEPING == 0 {
            housekeeping(app).await;
        }
    }
}

async fn seal_regularly(app: &AppState) {
    let mut ticks = tokio::time::interval(SEALING);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        seal(app).await;
    }
}

/// Seals what is not sealed yet of the audit log; many nodes may do so at once.
pub async fn seal(app: &AppState) {
    match seal_all(&app.db, &app.master, app.clock.now()).await {
        Ok(0) => {}
        Ok(rows) => tracing::debug!(rows, "sealed the audit log"),
        Err(error) => tracing::warn!(%error, "the audit log could not be sealed"),
    }
}

async fn housekeeping(app: &AppState) {
    let now = app.clock.now();
    let swept = app
        .db
        .write::<_, crate::store::Error, _>(move |tx| Box::pin(async move { sweep(tx, now).await }));
    match swept.await {
        Ok(rows) => tracing::debug!(rows, "swept what has ended"),
        Err(error) => tracing::warn!(%error, "could not sweep"),
    }
    if let Err(error) = app.refresh_keys().await {
        tracing::warn!(%error, "the signing keys could not be refreshed");
    }
}
