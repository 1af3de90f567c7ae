//! What goes on in the background: following changes, sweeping what has ended, rotating keys.

use std::sync::Arc;
use std::time::Duration;

use crate::app::App;
use crate::store::sweep::sweep;

/// How often this node looks for other nodes' changes; well under the 5 seconds in which they must be seen.
const FOLLOW: Duration = Duration::from_secs(1);
/// How many of those looks lie between two rounds of housekeeping.
const HOUSEKEEPING: u32 = 60;

/// Runs the jobs until the task is dropped.
pub async fn run(app: Arc<App>) {
    let mut ticks = tokio::time::interval(FOLLOW);
    for tick in 1_u32.. {
        ticks.tick().await;
        if let Err(error) = app.db.follow_changes().await {
            tracing::warn!(%error, "changes could not be followed");
        }
        if tick % HOUSEKEEPING == 0 {
            keep_house(&app).await;
        }
    }
}

async fn keep_house(app: &App) {
    let now = app.clock.now();
    let swept = app
        .db
        .write::<_, crate::store::Error, _>(move |tx| Box::pin(async move { sweep(tx, now).await }));
    match swept.await {
        Ok(rows) => tracing::debug!(rows, "swept what has ended"),
        Err(error) => tracing::warn!(%error, "could not sweep"),
    }
    if let Err(error) = app.read_organisation().await {
        tracing::warn!(%error, "the organisation's name could not be read");
    }
    if let Err(error) = app.refresh_keys().await {
        tracing::warn!(%error, "the signing keys could not be refreshed");
    }
}
