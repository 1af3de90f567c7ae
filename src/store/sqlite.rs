//! A connection to `SQLite`, whose statements run on the calling thread.
//!
//! Passing a statement to a thread of its own and waiting for it costs several times as much as reading a row by its
//! key.

use std::borrow::Cow;
use std::cell::Cell;
use std::error::Error as StdError;
use std::fmt;
use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::types::{FromSql, ToSql};
use rusqlite::{Connection, OpenFlags, ffi};
use sqlx::error::{DatabaseError, ErrorKind};
use tokio::runtime::{Handle, RuntimeFlavor};

use super::Error;

/// How long a statement waits for a lock of another process.
const BUSY_TIMEOUT: Duration = Duration::from_secs(2);
/// A statement that takes longer is logged.
const SLOW: Duration = Duration::from_secs(1);
/// The maximum number of prepared statements that a connection keeps.
const PREPARED: usize = 256;
/// With `WAL`, readers need not wait for the writer; with `FULL`, a commit returns when it is on disk. Without
/// `temp_store`, savepoints would create and delete a file for every batch of writes. `ANALYZE` never runs: the
/// statistics of an almost empty database would stay, and make `SQLite` scan whole tables once they have grown.
const PRAGMAS: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;
    PRAGMA cache_size = -8192; PRAGMA temp_store = MEMORY;";

/// The values of a statement's parameters `$1`, `$2` and so on.
pub(super) type Values<'v> = &'v [&'v dyn ToSql];

/// What a connection may do.
#[derive(Clone, Copy, Debug)]
pub(super) enum Access {
    /// Read and write; a missing file is created.
    Write,
    /// Read only: a write outside `Db::write` fails instead of waiting for the lock.
    Read,
}

/// A connection to `SQLite`.
pub struct Sqlite(Connection);

impl Sqlite {
    pub(super) fn open(path: &Path, access: Access) -> Result<Self, Error> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX
            | OpenFlags::SQLITE_OPEN_EXRESCODE;
        let opened = Connection::open_with_flags(path, flags).and_then(|connection| {
            connection.busy_timeout(BUSY_TIMEOUT)?;
            connection.set_prepared_statement_cache_capacity(PREPARED);
            connection.execute_batch(PRAGMAS)?;
            if matches!(access, Access::Read) {
                connection.execute_batch("PRAGMA query_only = ON")?;
            }
            Ok(connection)
        });
        opened.map(Self).map_err(to_error)
    }

    /// Whether a transaction is open. Some errors make `SQLite` roll back a whole transaction by itself.
    pub(super) fn is_in_transaction(&self) -> bool {
        !self.0.is_autocommit()
    }

    /// Runs several statements that have no values.
    pub(super) fn run_script(&self, sql: &str) -> Result<(), Error> {
        self.0.execute_batch(sql).map_err(to_error)
    }

    /// All rows. Other tasks move to another thread meanwhile, since there may be many rows.
    pub(super) fn fetch_all<R: FromSqliteRow>(&mut self, sql: &str, values: Values) -> Result<Vec<R>, Error> {
        run_blocking(|| {
            self.run(sql, values, |statement| {
                let (mut rows, mut found) = (statement.raw_query(), Vec::new());
                while let Some(row) = rows.next()? {
                    found.push(R::from_row(&Row::new(row))?);
                }
                Ok(found)
            })
        })
    }

    /// The first row, if there is one.
    pub(super) fn fetch_optional<R: FromSqliteRow>(
        &mut self,
        sql: &str,
        values: Values,
    ) -> Result<Option<R>, Error> {
        self.run(sql, values, |statement| {
            let mut rows = statement.raw_query();
            let row = rows.next()?;
            row.map(|row| R::from_row(&Row::new(row))).transpose()
        })
    }

    /// The row of a query that always yields one, such as a count, which may take long.
    pub(super) fn fetch_one<R: FromSqliteRow>(&mut self, sql: &str, values: Values) -> Result<R, Error> {
        run_blocking(|| self.fetch_optional(sql, values))?.ok_or(Error::RowNotFound)
    }

    /// Runs a statement and yields how many rows it affected.
    pub(super) fn execute(&mut self, sql: &str, values: Values) -> Result<u64, Error> {
        self.run(sql, values, |statement| {
            let affected = statement.raw_execute()?;
            Ok(affected as u64)
        })
    }

    fn run<T>(
        &self,
        sql: &str,
        values: Values,
        step: impl FnOnce(&mut rusqlite::Statement) -> rusqlite::Result<T>,
    ) -> Result<T, Error> {
        let began = Instant::now();
        let outcome = self.0.prepare_cached(sql).and_then(|mut statement| {
            bind(&mut statement, values)?;
            step(&mut statement)
        });
        let took = began.elapsed();
        if took > SLOW {
            tracing::warn!(?took, sql, "a statement was slow");
        } else {
            tracing::debug!(?took, sql, "ran a statement");
        }
        outcome.map_err(to_error)
    }
}

/// Binds each parameter `$n`. `SQLite` takes `$n` for a name and numbers the names in the order of their appearance.
fn bind(statement: &mut rusqlite::Statement, values: Values) -> rusqlite::Result<()> {
    for index in 1..=statement.parameter_count() {
        let number = statement
            .parameter_name(index)
            .and_then(|name| name[1..].parse().ok());
        let value = values.get(number.unwrap_or(index) - 1);
        let value = value.ok_or(rusqlite::Error::InvalidParameterCount(values.len(), index))?;
        statement.raw_bind_parameter(index, value)?;
    }
    Ok(())
}

/// Runs work that may take long. Where the runtime has several threads, other tasks continue meanwhile.
pub(super) fn run_blocking<T>(work: impl FnOnce() -> T) -> T {
    match Handle::try_current().map(|runtime| runtime.runtime_flavor()) {
        Ok(RuntimeFlavor::MultiThread) => tokio::task::block_in_place(work),
        _ => work(),
    }
}

/// A row that a statement yields.
pub struct Row<'r> {
    row: &'r rusqlite::Row<'r>,
    /// The column after the last one that was read. Columns are mostly read in order, and looking up a name takes
    /// longer than reading its value.
    next: Cell<usize>,
}

impl<'r> Row<'r> {
    const fn new(row: &'r rusqlite::Row<'r>) -> Self {
        Self {
            row,
            next: Cell::new(0),
        }
    }

    /// Reads the column of this name.
    pub(super) fn get<T: FromSql>(&self, name: &str) -> rusqlite::Result<T> {
        let (statement, next) = (self.row.as_ref(), self.next.get());
        let index = match statement.column_name(next) {
            Ok(found) if found == name => next,
            _ => statement.column_index(name)?,
        };
        self.next.set(index + 1);
        self.row.get(index)
    }

    /// Reads the next column.
    fn get_next<T: FromSql>(&self) -> rusqlite::Result<T> {
        let index = self.next.replace(self.next.get() + 1);
        self.row.get(index)
    }
}

/// A type that is read from a row.
pub trait FromSqliteRow: Sized {
    /// Reads a row.
    ///
    /// # Errors
    /// When a column is missing or has another type.
    fn from_row(row: &Row<'_>) -> rusqlite::Result<Self>;
}

macro_rules! tuples {
    ($($first:ident $($rest:ident)*)?) => {$(
        impl<$first: FromSql, $($rest: FromSql),*> FromSqliteRow for ($first, $($rest,)*) {
            fn from_row(row: &Row<'_>) -> rusqlite::Result<Self> {
                Ok((row.get_next::<$first>()?, $(row.get_next::<$rest>()?,)*))
            }
        }
        tuples!($($rest)*);
    )?};
}

tuples!(A B C D E F G H I);

/// The error of `SQLite` for a failed statement.
#[derive(Debug)]
struct Failure {
    code: i32,
    message: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "(code: {}) {}", self.code, self.message)
    }
}

impl StdError for Failure {}

impl DatabaseError for Failure {
    fn message(&self) -> &str {
        &self.message
    }

    fn code(&self) -> Option<Cow<'_, str>> {
        Some(self.code.to_string().into())
    }

    fn kind(&self) -> ErrorKind {
        match self.code {
            ffi::SQLITE_CONSTRAINT_UNIQUE | ffi::SQLITE_CONSTRAINT_PRIMARYKEY => ErrorKind::UniqueViolation,
            ffi::SQLITE_CONSTRAINT_FOREIGNKEY => ErrorKind::ForeignKeyViolation,
            ffi::SQLITE_CONSTRAINT_NOTNULL => ErrorKind::NotNullViolation,
            ffi::SQLITE_CONSTRAINT_CHECK => ErrorKind::CheckViolation,
            _ => ErrorKind::Other,
        }
    }

    fn as_error(&self) -> &(dyn StdError + Send + Sync + 'static) {
        self
    }

    fn as_error_mut(&mut self) -> &mut (dyn StdError + Send + Sync + 'static) {
        self
    }

    fn into_error(self: Box<Self>) -> Box<dyn StdError + Send + Sync + 'static> {
        self
    }
}

fn to_error(error: rusqlite::Error) -> Error {
    let (failure, message) = match error {
        rusqlite::Error::SqliteFailure(failure, message) => (failure, message),
        rusqlite::Error::SqlInputError { error, msg, .. } => (error, Some(msg)),
        other => return Error::Decode(other.into()),
    };
    Error::Database(Box::new(Failure {
        code: failure.extended_code,
        message: message.unwrap_or_else(|| failure.to_string()),
    }))
}
