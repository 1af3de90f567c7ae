//! The single writer of `SQLite`, on a thread of its own, since a commit waits for the disk: waiting jobs share one
//! commit, and a job that fails is rolled back alone.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};

use super::cache::Cache;
use super::conn::{Allowed, Conn, Tx, WriteFuture};
use super::slots::{Slot, Slots};

/// The maximum number of jobs in one commit, which bounds how long the first of them waits.
const BATCH: usize = 256;
/// The maximum number of waiting jobs; further ones are refused, so that memory stays bounded.
const WAITING: usize = 4096;

/// Runs in the writer's task and yields the reply to send once the batch is committed.
type Job = Box<dyn for<'t> FnOnce(&'t mut Batch) -> BoxFuture<'t, Reply> + Send>;
/// Sends the outcome to the caller: called with `None` after the commit, or with the error that lost the
/// batch.
type Reply = Box<dyn FnOnce(Option<&sqlx::Error>) + Send>;

#[derive(Clone)]
pub(super) struct Writer {
    jobs: mpsc::Sender<Job>,
    connection: Slots,
}

impl Writer {
    pub(super) fn start(connection: Slots) -> Result<Self, sqlx::Error> {
        let (jobs, queue) = mpsc::channel(WAITING);
        let running = run(connection.clone(), queue);
        let runtime = Handle::current();
        let thread = std::thread::Builder::new().name("sqlite-writer".into());
        thread.spawn(move || runtime.block_on(running))?;
        Ok(Self { jobs, connection })
    }

    pub(super) async fn write<T, E, F>(&self, work: F, allowed: Allowed, cache: Arc<Cache>) -> Result<T, E>
    where
        F: for<'t> FnOnce(&'t mut Tx) -> WriteFuture<'t, T, E> + Send + 'static,
        T: Send + 'static,
        E: From<sqlx::Error> + Send + 'static,
    {
        let (done, outcome) = oneshot::channel();
        let job: Job = Box::new(move |batch| Box::pin(run_one(batch, work, allowed, cache, done)));
        self.jobs.try_send(job).map_err(|_| sqlx::Error::PoolTimedOut)?;
        outcome
            .await
            .unwrap_or_else(|_| Err(sqlx::Error::WorkerCrashed.into()))
    }

    /// The writing connection, for migrations.
    pub(super) async fn connection(&self) -> Result<Slot, sqlx::Error> {
        self.connection.take().await
    }

    pub(super) async fn close(&self) {
        self.connection.close().await;
    }
}

/// Runs one job in the batch.
async fn run_one<T, E, F>(
    batch: &mut Batch,
    work: F,
    allowed: Allowed,
    cache: Arc<Cache>,
    done: oneshot::Sender<Result<T, E>>,
) -> Reply
where
    F: for<'t> FnOnce(&'t mut Tx) -> WriteFuture<'t, T, E> + Send + 'static,
    T: Send + 'static,
    E: From<sqlx::Error> + Send + 'static,
{
    batch.tx.cached_changed = false;
    let outcome = batch.run_work(work, allowed).await;
    let changed = batch.tx.cached_changed;
    Box::new(move |lost| {
        let outcome = match lost {
            None => outcome,
            Some(_) => outcome.and(Err(sqlx::Error::WorkerCrashed.into())),
        };
        if outcome.is_ok() && changed {
            cache.clear();
        }
        // The caller may have stopped waiting; the work is committed all the same.
        let _ = done.send(outcome);
    })
}

/// The jobs that share one commit.
struct Batch {
    tx: Tx,
    /// Why the whole batch is lost.
    lost: Option<sqlx::Error>,
}

impl Batch {
    async fn begin(connection: &Slots) -> Result<Self, sqlx::Error> {
        let connection = connection.take().await?;
        if connection.is_in_transaction() {
            // A panic has ended the last batch before its end.
            tracing::error!("the transaction of a lost batch of writes was still open");
            connection.run_script("ROLLBACK")?;
        }
        let mut tx = Tx::new(Conn::Sqlite(connection), Allowed::Any);
        execute!(tx.conn, "BEGIN IMMEDIATE")?;
        Ok(Self { tx, lost: None })
    }

    /// Runs one job's work and rolls it back if it fails.
    async fn run_work<T, E, F>(&mut self, work: F, allowed: Allowed) -> Result<T, E>
    where
        F: for<'t> FnOnce(&'t mut Tx) -> WriteFuture<'t, T, E>,
        E: From<sqlx::Error>,
    {
        // A failed statement has no effect by itself.
        let needs_savepoint = allowed == Allowed::Any;
        if needs_savepoint && let Err(error) = execute!(self.tx.conn, "SAVEPOINT job") {
            self.lost = Some(error);
            return Err(sqlx::Error::WorkerCrashed.into());
        }
        self.tx.allowed = allowed;
        let worked = AssertUnwindSafe(work(&mut self.tx)).catch_unwind().await;
        let outcome = worked.unwrap_or_else(|_| Err(sqlx::Error::WorkerCrashed.into()));
        let settled = match (&outcome, needs_savepoint) {
            (Ok(_), true) => execute!(self.tx.conn, "RELEASE job"),
            (Err(_), true) => self.undo().await,
            (_, false) => self.require_transaction(),
        };
        self.lost = settled.err();
        outcome
    }

    async fn undo(&mut self) -> Result<(), sqlx::Error> {
        execute!(self.tx.conn, "ROLLBACK TO job")?;
        execute!(self.tx.conn, "RELEASE job")
    }

    /// Fails if the database has rolled back the whole transaction by itself.
    fn require_transaction(&self) -> Result<(), sqlx::Error> {
        match &self.tx.conn {
            Conn::Sqlite(connection) if !connection.is_in_transaction() => Err(sqlx::Error::WorkerCrashed),
            _ => Ok(()),
        }
    }

    /// Commits the batch, or rolls all of it back.
    async fn end(mut self) -> Result<(), sqlx::Error> {
        let ended = match self.lost.take() {
            Some(error) => Err(error),
            None => execute!(self.tx.conn, "COMMIT"),
        };
        if ended.is_err() {
            let _ = execute!(self.tx.conn, "ROLLBACK");
        }
        ended
    }
}

async fn run(connection: Slots, mut queue: mpsc::Receiver<Job>) {
    while let Some(first) = queue.recv().await {
        let mut replies = Vec::new();
        let work = AssertUnwindSafe(batch(&connection, first, &mut queue, &mut replies));
        // A panic loses this batch, but does not end the writer's thread.
        let committed = work
            .catch_unwind()
            .await
            .unwrap_or(Err(sqlx::Error::WorkerCrashed));
        if let Err(error) = &committed {
            tracing::error!(%error, writers = replies.len(), "a batch of writes was lost");
        }
        for reply in replies {
            reply(committed.as_ref().err());
        }
    }
}

async fn batch(
    connection: &Slots,
    first: Job,
    queue: &mut mpsc::Receiver<Job>,
    replies: &mut Vec<Reply>,
) -> Result<(), sqlx::Error> {
    let mut batch = match Batch::begin(connection).await {
        Ok(batch) => batch,
        Err(error) => {
            // Drops the waiting jobs, whose callers get an error: while another process holds the lock, each of them
            // would wait as long again.
            while queue.try_recv().is_ok() {}
            return Err(error);
        }
    };
    let mut next = Some(first);
    while let Some(job) = next {
        replies.push(job(&mut batch).await);
        next = if replies.len() < BATCH && batch.lost.is_none() {
            queue.try_recv().ok()
        } else {
            None
        };
    }
    batch.end().await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::sqlite::Access;

    #[tokio::test]
    async fn a_batch_that_a_panic_left_open_is_rolled_back_by_the_next_one() {
        let folder = tempfile::tempdir().unwrap();
        let connection = Slots::new(folder.path().join("test.sqlite"), Access::Write, 1);
        let create = "CREATE TABLE left_open (id)";
        let left = connection.take().await.unwrap();
        left.run_script(&format!("BEGIN IMMEDIATE; {create}")).unwrap();
        drop(left);
        let batch = Batch::begin(&connection).await.unwrap();
        batch.end().await.unwrap();
        let next = connection.take().await.unwrap();
        assert!(next.run_script(create).is_ok(), "the table was not created");
    }
}
