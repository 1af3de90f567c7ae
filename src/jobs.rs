//! Background jobs: checking for changes by other nodes, deleting expired rows, rotating keys, sealing the audit
//! log, sending mail, and telling apps who has been signed out.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::time::MissedTickBehavior;

use crate::app::AppState;
use crate::directory::logouts::queue_expired;
use crate::directory::resets::expire_resets;
use crate::endpoints::logouts;
use crate::mail::deliver;
use crate::store::audit_chain::seal_all;
use crate::store::sweep::sweep;

/// How often this node checks for changes by other nodes.
const POLL_EVERY: Duration = Duration::from_secs(1);
/// How often expired rows are deleted and signing keys are refreshed.
const HOUSEKEEPING_EVERY: Duration = Duration::from_mins(1);
/// How often new audit entries are sealed. Until then, somebody with access to the database can change them
/// unnoticed.
const SEAL_EVERY: Duration = Duration::from_secs(3);
/// How often due mail is sent, and apps are told who has been signed out.
const DELIVER_EVERY: Duration = Duration::from_secs(2);
/// The timeout of a check for changes. A check on a lost connection is abandoned before the cache becomes invalid.
const POLL_TIMEOUT: Duration = Duration::from_secs(4);
/// The timeout of a run of any other job.
const RUN_TIMEOUT: Duration = Duration::from_mins(10);

/// Runs the jobs until the task is dropped.
pub async fn run(app: Arc<AppState>) {
    let app = app.as_ref();
    tokio::join!(
        repeat("polling", POLL_EVERY, POLL_TIMEOUT, || poll(app)),
        repeat("housekeeping", HOUSEKEEPING_EVERY, RUN_TIMEOUT, || housekeeping(
            app
        )),
        repeat("sealing", SEAL_EVERY, RUN_TIMEOUT, || seal(app)),
        repeat("mail", DELIVER_EVERY, RUN_TIMEOUT, || send_mail(app)),
        repeat("logouts", DELIVER_EVERY, RUN_TIMEOUT, || deliver_logouts(app)),
    );
}

/// Runs a job repeatedly. A run that panics or takes too long is abandoned, and the next one starts from the beginning.
async fn repeat<F: Future<Output = ()>>(job: &str, every: Duration, timeout: Duration, run: impl Fn() -> F) {
    let mut ticks = tokio::time::interval(every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        match tokio::time::timeout(timeout, AssertUnwindSafe(run()).catch_unwind()).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) => tracing::error!(job, "a background job panicked"),
            Err(_) => tracing::error!(job, "a background job took too long"),
        }
    }
}

async fn poll(app: &AppState) {
    match app.db.poll_cache_version().await {
        Ok(false) => {}
        Ok(true) => {
            if let Err(error) = app.load_keys().await {
                tracing::warn!(%error, "could not load the signing keys");
            }
        }
        Err(error) => tracing::warn!(%error, "could not check for changes by other nodes"),
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
    match expire_resets(&app.db, app.clock.now()).await {
        Ok(count) => tracing::debug!(count, "ended expired password resets"),
        Err(error) => tracing::warn!(%error, "could not end expired password resets"),
    }
    match queue_expired(&app.db, app.clock.now()).await {
        Ok(count) => tracing::debug!(count, "queued logouts of expired sessions"),
        Err(error) => tracing::warn!(%error, "could not queue logouts of expired sessions"),
    }
    match sweep(&app.db, app.clock.now()).await {
        Ok(rows) => tracing::debug!(rows, "deleted expired rows"),
        Err(error) => tracing::warn!(%error, "could not delete expired rows"),
    }
    if let Err(error) = app.refresh_keys().await {
        tracing::warn!(%error, "could not refresh the signing keys");
    }
}

async fn send_mail(app: &AppState) {
    match deliver(app).await {
        Ok(run) => tracing::trace!(run.sent, run.failed, "sent mail"),
        Err(error) => tracing::warn!(error = format!("{error:#}"), "could not send mail"),
    }
}

async fn deliver_logouts(app: &AppState) {
    match logouts::deliver(app).await {
        Ok(run) => tracing::trace!(run.confirmed, run.failed, "told apps who has been signed out"),
        Err(error) => tracing::warn!(%error, "could not tell apps who has been signed out"),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[tokio::test]
    async fn a_run_that_panics_or_hangs_is_abandoned_and_the_next_one_begins() {
        let short = Duration::from_millis(5);
        let runs = AtomicU32::new(0);
        let third = tokio::sync::Notify::new();
        let job = repeat("test", short, short, || async {
            match runs.fetch_add(1, Ordering::Relaxed) {
                0 => panic!("as a fault in our own code would"),
                1 => std::future::pending().await,
                _ => third.notify_one(),
            }
        });
        tokio::select! {
            () = job => {}
            () = third.notified() => {}
            () = tokio::time::sleep(Duration::from_secs(20)) => panic!("no third run"),
        }
    }
}
