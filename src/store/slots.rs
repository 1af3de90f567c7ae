//! A pool of `SQLite` connections. A connection to a file cannot break, so none is tested before it is used again.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Mutex, OwnedMappedMutexGuard, OwnedMutexGuard, OwnedSemaphorePermit, Semaphore};

use super::sqlite::{Access, Sqlite};

/// The maximum wait for a connection.
const WAIT: Duration = Duration::from_secs(5);

/// A fixed number of connections, each opened at its first use.
#[derive(Clone)]
pub(super) struct Slots {
    path: Arc<PathBuf>,
    access: Access,
    connections: Arc<[Arc<Mutex<Option<Sqlite>>>]>,
    free: Arc<Semaphore>,
}

/// A connection, returned to the pool when this is dropped.
pub struct Slot {
    // Declared first and so dropped first: the next holder of the permit must find the slot unlocked.
    connection: OwnedMappedMutexGuard<Option<Sqlite>, Sqlite>,
    _permit: OwnedSemaphorePermit,
}

impl Slots {
    pub(super) fn new(path: PathBuf, access: Access, count: usize) -> Self {
        Self {
            path: Arc::new(path),
            access,
            connections: (0..count).map(|_| Arc::default()).collect(),
            free: Arc::new(Semaphore::new(count)),
        }
    }

    /// Waits for a free connection.
    pub(super) async fn take(&self) -> Result<Slot, sqlx::Error> {
        let permit = match self.free.clone().try_acquire_owned() {
            Ok(permit) => permit,
            Err(_) => tokio::time::timeout(WAIT, self.free.clone().acquire_owned())
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
            *slot = Some(Sqlite::open(&self.path, self.access)?);
        }
        let connection =
            OwnedMutexGuard::try_map(slot, Option::as_mut).map_err(|_| sqlx::Error::PoolClosed)?;
        Ok(Slot {
            connection,
            _permit: permit,
        })
    }

    /// Closes every connection as soon as it is returned.
    pub(super) async fn close(&self) {
        self.free.close();
        for slot in self.connections.iter() {
            drop(slot.lock().await.take());
        }
    }
}

impl std::ops::Deref for Slot {
    type Target = Sqlite;
    fn deref(&self) -> &Sqlite {
        &self.connection
    }
}

impl std::ops::DerefMut for Slot {
    fn deref_mut(&mut self) -> &mut Sqlite {
        &mut self.connection
    }
}
