//! A connection for reading, and a write transaction.

use futures_util::future::BoxFuture;
use sqlx::Postgres;
use sqlx::pool::PoolConnection;

use super::slots::Slot;

/// A connection to read from.
pub enum Conn {
    /// Connected to `SQLite`.
    Sqlite(Slot),
    /// Connected to `PostgreSQL`.
    Postgres(PoolConnection<Postgres>),
}

/// A write transaction.
pub struct Tx {
    pub(super) conn: Conn,
    /// Set by a write to cached data; the cache is cleared after the commit.
    pub(super) cached_changed: bool,
    pub(super) allowed: Allowed,
}

/// How many more statements the work may run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Allowed {
    Any,
    One,
    None,
}

impl Tx {
    pub(super) const fn new(conn: Conn, allowed: Allowed) -> Self {
        Self {
            conn,
            cached_changed: false,
            allowed,
        }
    }

    /// The connection for one statement, which counts against `allowed`.
    pub(super) fn conn_mut(&mut self) -> &mut Conn {
        assert!(
            self.allowed != Allowed::None,
            "more than one statement in Db::write_one"
        );
        if self.allowed == Allowed::One {
            self.allowed = Allowed::None;
        }
        &mut self.conn
    }
}

impl Conn {
    /// Returns itself, so that the query macros accept a `Conn` and a `Tx`.
    pub(super) const fn conn_mut(&mut self) -> &mut Self {
        self
    }
}

impl std::ops::Deref for Tx {
    type Target = Conn;
    fn deref(&self) -> &Conn {
        &self.conn
    }
}

impl std::ops::DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut Conn {
        &mut self.conn
    }
}

/// The future that a closure given to [`Db::write`](super::Db::write) returns.
pub type WriteFuture<'t, T, E> = BoxFuture<'t, Result<T, E>>;
