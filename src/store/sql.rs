//! Macros that run one SQL literal on either database.

/// All rows of a query, as `Vec<$row>`.
macro_rules! query_all {
    ($conn:expr, $row:ty, $sql:expr $(, $bind:expr)* $(,)?) => {
        match $conn.conn_mut() {
            $crate::store::Conn::Sqlite(c) =>
                sqlx::query_as::<_, $row>($sql)$(.bind($bind))*.fetch_all(&mut **c).await,
            $crate::store::Conn::Postgres(c) =>
                sqlx::query_as::<_, $row>($sql)$(.bind($bind))*.fetch_all(&mut **c).await,
        }
    };
}

/// The row of a query, if there is one, as `Option<$row>`.
macro_rules! query_opt {
    ($conn:expr, $row:ty, $sql:expr $(, $bind:expr)* $(,)?) => {
        match $conn.conn_mut() {
            $crate::store::Conn::Sqlite(c) =>
                sqlx::query_as::<_, $row>($sql)$(.bind($bind))*.fetch_optional(&mut **c).await,
            $crate::store::Conn::Postgres(c) =>
                sqlx::query_as::<_, $row>($sql)$(.bind($bind))*.fetch_optional(&mut **c).await,
        }
    };
}

/// The row of a query that always yields exactly one, as `$row`.
macro_rules! query_one {
    ($conn:expr, $row:ty, $sql:expr $(, $bind:expr)* $(,)?) => {
        match $conn.conn_mut() {
            $crate::store::Conn::Sqlite(c) =>
                sqlx::query_as::<_, $row>($sql)$(.bind($bind))*.fetch_one(&mut **c).await,
            $crate::store::Conn::Postgres(c) =>
                sqlx::query_as::<_, $row>($sql)$(.bind($bind))*.fetch_one(&mut **c).await,
        }
    };
}

/// Runs a statement and yields the number of affected rows.
macro_rules! execute {
    ($conn:expr, $sql:expr $(, $bind:expr)* $(,)?) => {
        match $conn.conn_mut() {
            $crate::store::Conn::Sqlite(c) =>
                sqlx::query($sql)$(.bind($bind))*.execute(&mut **c).await.map(|done| done.rows_affected()),
            $crate::store::Conn::Postgres(c) =>
                sqlx::query($sql)$(.bind($bind))*.execute(&mut **c).await.map(|done| done.rows_affected()),
        }
    };
}
