//! The single writer of `SQLite`: waiting writers share one commit, each in a savepoint of its own.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::sync::{mpsc, oneshot};

use super::cache::Cache;
use super::db::{Conn, Tx, WriteFuture};
use super::slots::{Slot, Slots};

/// The most writers that share one commit; bounds how long the first of them waits.
const BATCH: usize = 256;
/// The most writers that may wait; more are turned away, so that memory stays bounded.
const WAITING: usize = 4096;

/// Runs inside the writer and yields what is to be told once the batch is on disk.
type Job = Box<dyn for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Told> + Send>;
/// Tells the caller how it went: called with `None` after the commit, or with the error that lost the batch.
type Told = Box<dyn FnOnce(Option<&sqlx::Error>) + Send>;

#[derive(Clone)]
pub(super) struct Writer {
    jobs: mpsc::Sender<Job>,
    connection: Slots,
}

impl Writer {
    pub(super) fn start(connection: Slots) -> Self {
        let (jobs, queue) = mpsc::channel(WAITING);
        tokio::spawn(run(connection.clone(), queue));
        Self { jobs, connection }
    }

    pub(super) async fn write<T, E, F>(&self, work: F, cache: Arc<Cache>) -> Result<T, E>
    where
        F: for<'t> FnOnce(&'t mut Tx) -> WriteFuture<'t, T, E> + Send + 'static,
        T: Send + 'static,
        E: From<sqlx::Error> + Send + 'static,
    {
        let (done, outcome) = oneshot::channel();
        let job: Job = Box::new(move |tx| Box::pin(run_one(tx, work, cache, done)));
        self.jobs.try_send(job).map_err(|_| sqlx::Error::PoolTimedOut)?;
        outcome
            .await
            .unwrap_or_else(|_| Err(sqlx::Error::WorkerCrashed.into()))
    }

    /// The one connection that writes, for what is no transaction of its own.
    pub(super) async fn connection(&self) -> Result<Slot, sqlx::Error> {
        self.connection.take().await
    }

    pub(super) async fn close(&self) {
        self.connection.close().await;
    }
}

/// One writer's work in its savepoint.
async fn run_one<T, E, F>(
    tx: &mut Tx,
    work: F,
    cache: Arc<Cache>,
    done: oneshot::Sender<Result<T, E>>,
) -> Told
where
    F: for<'t> FnOnce(&'t mut Tx) -> WriteFuture<'t, T, E> + Send + 'static,
    T: Send + 'static,
    E: From<sqlx::Error> + Send + 'static,
{
    tx.cached_changed = false;
    let outcome = in_savepoint(tx, work).await;
    let changed = tx.cached_changed;
    Box::new(move |lost| {
        let outcome = match lost {
            None => outcome,
            Some(_) => outcome.and(Err(sqlx::Error::WorkerCrashed.into())),
        };
        if outcome.is_ok() && changed {
            cache.clear();
        }
        // The caller may have stopped waiting; the work is done all the same.
        let _ = done.send(outcome);
    })
}

async fn in_savepoint<T, E, F>(tx: &mut Tx, work: F) -> Result<T, E>
where
    F: for<'t> FnOnce(&'t mut Tx) -> WriteFuture<'t, T, E>,
    E: From<sqlx::Error>,
{
    execute!(tx.conn, "SAVEPOINT job")?;
    let worked = AssertUnwindSafe(work(tx)).catch_unwind().await;
    let outcome = worked.unwrap_or_else(|_| Err(sqlx::Error::WorkerCrashed.into()));
    if outcome.is_err() {
        execute!(tx.conn, "ROLLBACK TO job")?;
    }
    execute!(tx.conn, "RELEASE job")?;
    outcome
}

async fn run(connection: Slots, mut queue: mpsc::Receiver<Job>) {
    while let Some(first) = queue.recv().await {
        let mut told = Vec::new();
        let committed = batch(&connection, first, &mut queue, &mut told).await;
        if let Err(error) = &committed {
            tracing::error!(%error, writers = told.len(), "a batch of writes was lost");
        }
        for tell in told {
            tell(committed.as_ref().err());
        }
    }
}

async fn batch(
    connection: &Slots,
    first: Job,
    queue: &mut mpsc::Receiver<Job>,
    told: &mut Vec<Told>,
) -> Result<(), sqlx::Error> {
    let mut tx = Tx {
        conn: Conn::Sqlite(connection.take().await?),
        cached_changed: false,
    };
    execute!(tx.conn, "BEGIN IMMEDIATE")?;
    let mut next = Some(first);
    while let Some(job) = next {
        told.push(job(&mut tx).await);
        next = if told.len() < BATCH {
            queue.try_recv().ok()
        } else {
            None
        };
    }
    let committed = execute!(tx.conn, "COMMIT").map(|_| ());
    if committed.is_err() {
        let _ = execute!(tx.conn, "ROLLBACK");
    }
    committed
}
