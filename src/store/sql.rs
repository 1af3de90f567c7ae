//! Macros that run one SQL literal on either database.

/// Runs a query with the function `$method` of the connection's driver.
macro_rules! fetch {
    ($method:ident, $conn:expr, $row:ty, $sql:expr $(, $bind:expr)* $(,)?) => {
        match $conn.conn_mut() {
            $crate::store::Conn::Sqlite(c) => c.$method::<$row>($sql, &[$(&$bind),*]),
            $crate::store::Conn::Postgres(c) =>
                $crate::store::postgres::$method(c, sqlx::query_as::<_, $row>($sql)$(.bind($bind))*).await,
        }
    };
}

/// All rows of a query, as `Vec<$row>`; takes the connection, the type of a row, the SQL and its values.
macro_rules! query_all {
    ($($query:tt)*) => { fetch!(fetch_all, $($query)*) };
}

/// The row of a query, if there is one, as `Option<$row>`.
macro_rules! query_opt {
    ($($query:tt)*) => { fetch!(fetch_optional, $($query)*) };
}

/// The row of a query that always yields exactly one, as `$row`.
macro_rules! query_one {
    ($($query:tt)*) => { fetch!(fetch_one, $($query)*) };
}

/// Runs a statement and yields the number of affected rows; takes the connection, the SQL and its values.
macro_rules! rows_affected {
    ($conn:expr, $sql:expr $(, $bind:expr)* $(,)?) => {
        match $conn.conn_mut() {
            $crate::store::Conn::Sqlite(c) => c.execute($sql, &[$(&$bind),*]),
            $crate::store::Conn::Postgres(c) =>
                $crate::store::postgres::execute(c, sqlx::query($sql)$(.bind($bind))*).await,
        }
    };
}

/// Runs a statement and yields whether it affected a row.
macro_rules! any_affected {
    ($($statement:tt)*) => { rows_affected!($($statement)*).map(|rows| rows > 0) };
}

/// Runs a statement.
macro_rules! execute {
    ($($statement:tt)*) => { rows_affected!($($statement)*).map(|_| ()) };
}
