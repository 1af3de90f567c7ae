//! Statements on `PostgreSQL`, each with a timeout.
//!
//! The futures are boxed, so that the binary contains the code for a type of row once instead of at every statement.

use futures_util::future::BoxFuture;
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::query::{Query, QueryAs};
use sqlx::{FromRow, Postgres};
use tokio::time::error::Elapsed;
use tokio::time::timeout;

use super::{ANSWER_TIMEOUT, Error};

/// The outcome of a statement.
type Outcome<'c, T> = BoxFuture<'c, Result<T, Error>>;

/// Passes the response on. After a timeout, closes the connection, since the late response could be taken for that of
/// the next statement.
fn settle<T>(
    connection: &mut PoolConnection<Postgres>,
    answer: Result<Result<T, Error>, Elapsed>,
) -> Result<T, Error> {
    answer.unwrap_or_else(|_| {
        connection.close_on_drop();
        Err(Error::PoolTimedOut)
    })
}

macro_rules! fetch_functions {
    ($($(#[$about:meta])* $name:ident -> $found:ty;)*) => {$(
        $(#[$about])*
        pub(super) fn $name<'c, R>(
            connection: &'c mut PoolConnection<Postgres>,
            query: QueryAs<'c, Postgres, R, PgArguments>,
        ) -> Outcome<'c, $found>
        where
            R: for<'r> FromRow<'r, PgRow> + Send + Unpin + 'c,
        {
            Box::pin(async move {
                let answer = timeout(ANSWER_TIMEOUT, query.$name(&mut **connection)).await;
                settle(connection, answer)
            })
        }
    )*};
}

fetch_functions! {
    /// All rows.
    fetch_all -> Vec<R>;
    /// The first row, if there is one.
    fetch_optional -> Option<R>;
    /// The row of a query that always yields one.
    fetch_one -> R;
}

/// Runs a statement and yields how many rows it affected.
pub(super) fn execute<'c>(
    connection: &'c mut PoolConnection<Postgres>,
    query: Query<'c, Postgres, PgArguments>,
) -> Outcome<'c, u64> {
    Box::pin(async move {
        let answer = timeout(ANSWER_TIMEOUT, query.execute(&mut **connection)).await;
        settle(connection, answer).map(|done| done.rows_affected())
    })
}
