//! The connections to `SQLite`, handed out one at a time.
//!
//! A pool that tests a connection before it reuses it would cost as much as a query. Here taking a connection and
//! returning it are one lock each: a connection to a file cannot break, and an abandoned read leaves nothing behind.

use std::sync::Arc;
use std::time::Duration;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, SqliteConnection};
use tokio::sync::{Mutex, OwnedMappedMutexGuard, OwnedMutexGuard, OwnedSemaphorePermit, Semaphore};

/// How long to wait for a connection.
const PATIENCE: Duration = Duration::from_secs(5);

/// A number of connections, each opened when it is first needed.
#[derive(Clone)]
pub(super) struct Slots {
    options: Arc<SqliteConnectOptions>,
    connections: Arc<[Arc<Mutex<Option<SqliteConnection>>>]>,
    free: Arc<Semaphore>,
}

/// A connection that is free again when this is dropped.
pub struct Slot {
    // Dropped first, so that whoever gets the permit finds the slot unlocked.
    connection: OwnedMappedMutexGuard<Option<SqliteConnection>, SqliteConnection>,
    _permit: OwnedSemaphorePermit,
}

impl Slots {
    pub(super) fn new(options: SqliteConnectOptions, count: usize) -> Self {
        Self {
            options: Arc::new(options),
            connections: (0..count).map(|_| Arc::default()).collect(),
            free: Arc::new(Semaphore::new(count)),
        }
    }

    /// A connection that nobody else uses.
    pub(super) async fn take(&self) -> Result<Slot, sqlx::Error> {
        let permit = match self.free.clone().try_acquire_owned() {
            Ok(permit) => permit,
            Err(_) => tokio::time::timeout(PATIENCE, self.free.clone().acquire_owned())
                .await
                .map_err(|_| sqlx::Error::PoolTimedOut)?
                .map_err(|_| sqlx::Error::PoolClosed)?,
        };
        let mut found = self
            .connections
            .iter()
            .filter_map(|slot| slot.clone().try_lock_owned().ok());
        // There are as many slots as permits.
        let mut slot = found.next().ok_or(sqlx::Error::PoolTimedOut)?;
        if slot.is_none() {
            *slot = Some(self.options.connect().await?);
        }
        let connection =
            OwnedMutexGuard::try_map(slot, Option::as_mut).map_err(|_| sqlx::Error::PoolClosed)?;
        Ok(Slot {
            connection,
            _permit: permit,
        })
    }

    /// Closes every connection, each when it is returned.
    pub(super) async fn close(&self) {
        self.free.close();
        for slot in self.connections.iter() {
            if let Some(connection) = slot.lock().await.take()
                && let Err(error) = connection.close().await
            {
                tracing::warn!(%error, "a connection to the database could not be closed");
            }
        }
    }
}

impl std::ops::Deref for Slot {
    type Target = SqliteConnection;
    fn deref(&self) -> &SqliteConnection {
        &self.connection
    }
}

impl std::ops::DerefMut for Slot {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        &mut self.connection
    }
}
