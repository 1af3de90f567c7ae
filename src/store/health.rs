//! Whether the database lets this node serve requests.

use std::time::{Duration, Instant};

use tokio::time::timeout;

use super::{Db, Error, counters};

/// How long the outcome of a check is reused, which bounds the writes that strangers can cause.
const REUSED_FOR: Duration = Duration::from_secs(2);
/// The timeout of a check.
const CHECK_TIMEOUT: Duration = Duration::from_secs(3);

impl Db {
    /// Why this node cannot serve requests now; `None` if it can.
    pub async fn unready_reason(&self) -> Option<&'static str> {
        if !self.follows_changes() {
            return Some("this node cannot check for changes by other nodes");
        }
        if !self.accepts_writes().await {
            return Some("the database cannot be written");
        }
        None
    }

    /// Whether a write succeeds, which alone detects a full disk, a lost database and a stuck writer.
    async fn accepts_writes(&self) -> bool {
        let mut last = self.write_check.lock().await;
        if let Some((at, outcome)) = *last
            && at.elapsed() < REUSED_FOR
        {
            return outcome;
        }
        let write = self.write::<_, Error, _>(|tx| Box::pin(counters::next(tx, counters::HEALTH)));
        let outcome = matches!(timeout(CHECK_TIMEOUT, write).await, Ok(Ok(_)));
        *last = Some((Instant::now(), outcome));
        outcome
    }
}
