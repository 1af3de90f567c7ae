//! Background jobs: following changes by other nodes, deleting expired rows, rotating keys, sealing the audit
//! log.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::time::MissedTickBehavior;

use crate::app::AppState;
use crate::store::audit_chain::seal_all;
use crate::store::sweep::sweep;

/// How often this node checks for changes by other nodes.
const FOLLOWING: Duration = Duration::from_secs(1);
/// How often expired rows are deleted and signing keys are refreshed.
const HOUSEKEEPING: Duration = Duration::from_mins(1);
/// How often new audit entries are sealed. Until then, somebody with access to the database can change them
/// unnoticed.
const SEALING: Duration = Duration::from_secs(3);
/// The timeout of a check for changes, so that a lost connection does not make this node miss them.
const LONGEST_CHECK: Duration = Duration::from_secs(4);
/// The timeout of a run of any other job.
const RUN_TIMEOUT: Duration = Duration::from_mins(10);

/// Runs the jobs until the task is dropped.
pub async fn run(app: Arc<AppState>) {
    let app = app.as_ref();
    tokio::join!(
        repeat("follow", FOLLOWING, LONGEST_CHECK, || follow(app)),
        repeat("housekeeping", HOUSEKEEPING, RUN_TIMEOUT, || housekeeping(app)),
        repeat("sealing", SEALING, RUN_TIMEOUT, || seal(app)),
    );
}

/// Runs a job repeatedly. A run that panics or takes too long is abandoned, and the next one starts from the beginning.
async fn repeat<F: Future<Output = ()>>(job: &str, every: Duration, longest: Duration, turn: impl Fn() -> F) {
    let mut ticks = tokio::time::interval(every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        match tokio::time::timeout(longest, AssertUnwindSafe(turn()).catch_unwind()).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) => tracing::error!(job, "a background job panicked"),
            Err(_) => tracing::error!(job, "a background job took too long"),
        }
    }
}

async fn follow(app: &AppState) {
    if let Err(error) = app.db.poll_cache_version().await {
        tracing::warn!(%error, "could not check for changes by other nodes");
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
    match sweep(&app.db, app.clock.now()).await {
        Ok(rows) => tracing::debug!(rows, "deleted expired rows"),
        Err(error) => tracing::warn!(%error, "could not delete expired rows"),
    }
    if let Err(error) = app.refresh_keys().await {
        tracing::warn!(%error, "could not refresh the signing keys");
    }
}
