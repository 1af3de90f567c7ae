//! The database: opening it, and running reads and write transactions.

use std::fs::OpenOptions;
use std::io;
use std::num::NonZero;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use sqlx::pool::PoolConnectionMetadata;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{Connection, PgConnection, PgPool};
use tokio::sync::Mutex;

use super::cache::Cache;
use super::conn::{Allowed, Conn, Tx, WriteFuture};
use super::slots::Slots;
use super::sqlite::Access;
use super::writer::Writer;

/// The minimum number of `SQLite` connections for reading, so that one long read does not block the others on a machine
/// with few cores.
const MIN_READERS: usize = 4;

/// Timeouts that `PostgreSQL` enforces, in milliseconds. They end a statement before our own timeout, which would close
/// the connection, and release the locks of a lost node.
const POSTGRES_TIMEOUTS: [(&str, &str); 3] = [
    ("statement_timeout", "4000"),
    ("lock_timeout", "3000"),
    ("idle_in_transaction_session_timeout", "10000"),
];
/// How long a new connection may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a connection may be idle before it is checked at its next use.
const UNCHECKED_IDLE: Duration = Duration::from_secs(2);
/// The timeout of checking an idle connection.
const PING_TIMEOUT: Duration = Duration::from_secs(1);

/// Which database to open.
#[derive(Clone, Debug)]
pub enum DbOptions {
    /// An `SQLite` file, created if it is missing.
    Sqlite {
        /// The path of the file.
        path: PathBuf,
    },
    /// A `PostgreSQL` database.
    Postgres {
        /// `postgres://user:password@host/name`.
        url: String,
        /// The maximum number of connections that this node opens.
        max_connections: u32,
    },
}

impl DbOptions {
    /// Checks the URL, with its parameters.
    ///
    /// # Errors
    /// When it is invalid.
    pub fn check(&self) -> Result<(), sqlx::Error> {
        match self {
            Self::Sqlite { .. } => Ok(()),
            Self::Postgres { url, .. } => PgConnectOptions::from_str(url).map(drop),
        }
    }
}

/// A handle to the database; cheap to clone.
#[derive(Clone)]
pub struct Db {
    pub(super) pool: Pool,
    pub(super) cache: Arc<Cache>,
    /// When a write was last tried for a check, and whether it succeeded.
    pub(super) write_check: Arc<Mutex<Option<(Instant, bool)>>>,
}

#[derive(Clone)]
pub(super) enum Pool {
    Sqlite { readers: Slots, writer: Writer },
    Postgres(PgPool),
}

impl Db {
    /// Opens the database without changing it.
    ///
    /// # Errors
    /// When the database cannot be reached or the URL is invalid.
    pub async fn open(options: &DbOptions) -> Result<Self, sqlx::Error> {
        let pool = match options {
            DbOptions::Sqlite { path } => open_sqlite(path).await?,
            DbOptions::Postgres { url, max_connections } => open_postgres(url, *max_connections).await?,
        };
        Ok(Self {
            pool,
            cache: Arc::default(),
            write_check: Arc::default(),
        })
    }

    /// A connection for reading.
    ///
    /// # Errors
    /// When no connection is free within 5 seconds or the database does not respond.
    pub async fn read(&self) -> Result<Conn, sqlx::Error> {
        Ok(match &self.pool {
            Pool::Sqlite { readers, .. } => Conn::Sqlite(readers.take().await?),
            Pool::Postgres(pool) => Conn::Postgres(pool.acquire().await?),
        })
    }

    /// Runs `work` in a write transaction: commits if it succeeds, rolls back if it fails.
    ///
    /// On `SQLite`, waiting writers share one commit, each in its own savepoint, so that one disk sync serves
    /// many. The work continues if the caller is dropped, so an aborted request never leaves a transaction
    /// open.
    ///
    /// # Errors
    /// The error of `work`, or the database's when the transaction cannot begin or commit.
    pub async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: for<'t> FnOnce(&'t mut Tx) -> WriteFuture<'t, T, E> + Send + 'static,
        T: Send + 'static,
        E: From<sqlx::Error> + Send + 'static,
    {
        self.run(work, Allowed::Any).await
    }

    /// Like [`Self::write`], for work of one statement, which needs neither transaction nor savepoint to be
    /// atomic.
    ///
    /// # Errors
    /// Like [`Self::write`].
    ///
    /// # Panics
    /// If the work runs a second statement.
    pub async fn write_one<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: for<'t> FnOnce(&'t mut Tx) -> WriteFuture<'t, T, E> + Send + 'static,
        T: Send + 'static,
        E: From<sqlx::Error> + Send + 'static,
    {
        self.run(work, Allowed::One).await
    }

    async fn run<T, E, F>(&self, work: F, allowed: Allowed) -> Result<T, E>
    where
        F: for<'t> FnOnce(&'t mut Tx) -> WriteFuture<'t, T, E> + Send + 'static,
        T: Send + 'static,
        E: From<sqlx::Error> + Send + 'static,
    {
        match &self.pool {
            Pool::Sqlite { writer, .. } => writer.write(work, allowed, self.cache.clone()).await,
            Pool::Postgres(pool) => {
                let (pool, cache) = (pool.clone(), self.cache.clone());
                tokio::spawn(write_postgres(pool, cache, work, allowed))
                    .await
                    .unwrap_or_else(|_| Err(sqlx::Error::WorkerCrashed.into()))
            }
        }
    }

    /// The kind of database, for logs.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self.pool {
            Pool::Sqlite { .. } => "SQLite",
            Pool::Postgres(_) => "PostgreSQL",
        }
    }

    /// Finishes running work and closes every connection.
    pub async fn close(&self) {
        match &self.pool {
            Pool::Sqlite { readers, writer } => {
                readers.close().await;
                writer.close().await;
            }
            Pool::Postgres(pool) => pool.close().await,
        }
    }
}

async fn open_sqlite(path: &Path) -> Result<Pool, sqlx::Error> {
    create_private(path)?;
    let writer = Slots::new(path.to_owned(), Access::Write, 1);
    // Fail here, not at the first request, if the file cannot be created or opened.
    drop(writer.take().await?);
    // A statement occupies its thread, so more connections than cores would not help.
    let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
    let readers = Slots::new(path.to_owned(), Access::Read, cores.max(MIN_READERS));
    Ok(Pool::Sqlite {
        readers,
        writer: Writer::start(writer)?,
    })
}

async fn open_postgres(url: &str, max_connections: u32) -> Result<Pool, sqlx::Error> {
    let connect = PgConnectOptions::from_str(url)?
        .application_name("doorward")
        .options(POSTGRES_TIMEOUTS);
    // Connects once without the pool, which would report every failure as its own timeout.
    let first = tokio::time::timeout(CONNECT_TIMEOUT, PgConnection::connect_with(&connect)).await;
    let first = first.unwrap_or_else(|_| Err(io::Error::from(io::ErrorKind::TimedOut).into()))?;
    first.close().await?;
    let pool = PgPoolOptions::new()
        .max_connections(max_connections)
        .acquire_timeout(CONNECT_TIMEOUT)
        .test_before_acquire(false)
        .before_acquire(|connection, state| Box::pin(is_alive(connection, state)))
        .connect_with(connect)
        .await?;
    Ok(Pool::Postgres(pool))
}

/// Whether an idle connection still works. A recently used one is not checked, since the check would cost as much as
/// its statement.
async fn is_alive(connection: &mut PgConnection, state: PoolConnectionMetadata) -> Result<bool, sqlx::Error> {
    if state.idle_for < UNCHECKED_IDLE {
        return Ok(true);
    }
    let answered = tokio::time::timeout(PING_TIMEOUT, connection.ping()).await;
    Ok(matches!(answered, Ok(Ok(()))))
}

/// Creates a missing file for its owner alone; `SQLite` gives its other files the same mode.
fn create_private(path: &Path) -> io::Result<()> {
    let mut create = OpenOptions::new();
    create.create(true).append(true).mode(0o600).open(path).map(drop)
}

async fn write_postgres<T, E, F>(pool: PgPool, cache: Arc<Cache>, work: F, allowed: Allowed) -> Result<T, E>
where
    F: for<'t> FnOnce(&'t mut Tx) -> WriteFuture<'t, T, E> + Send + 'static,
    E: From<sqlx::Error>,
{
    let mut tx = Tx::new(Conn::Postgres(pool.acquire().await?), allowed);
    let outcome = if allowed == Allowed::One {
        // A single statement commits by itself.
        work(&mut tx).await
    } else {
        execute!(tx.conn, "BEGIN")?;
        match work(&mut tx).await {
            Ok(value) => execute!(tx.conn, "COMMIT").map(|()| value).map_err(E::from),
            Err(error) => execute!(tx.conn, "ROLLBACK").map_err(E::from).and(Err(error)),
        }
    };
    if outcome.is_err()
        && let Conn::Postgres(conn) = tx.conn
    {
        // After a failed commit or rollback the state of the connection is unknown. Replacing it is cheap.
        drop(conn.detach());
    } else if tx.cached_changed {
        cache.clear();
    }
    outcome
}
