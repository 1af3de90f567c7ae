//! Statements for work that one node does at a time. A node leases a row until a time; if it has not settled the row by
//! then, another node may lease it. That changes `attempts`, so that the first node can no longer settle the row.

/// Leases the row of a table that has been due longest, among those that meet the condition `$waiting` on the alias
/// `o`. Takes the transaction, the type of the row, the table, `$waiting`, the columns, the current time, the end of
/// the lease and further values.
macro_rules! lease {
    (
        $tx:expr, $row:ty, $table:literal, $waiting:literal, $columns:literal, $now:expr, $until:expr
        $(, $bind:expr)* $(,)?
    ) => {
        query_opt!(
            $tx,
            $row,
            concat!(
                "UPDATE ",
                $table,
                " SET due_at = $2, attempts = attempts + 1 WHERE due_at <= $1 AND id = (SELECT o.id FROM ",
                $table,
                " o WHERE ",
                $waiting,
                " AND o.due_at <= $1 ORDER BY o.due_at, o.id LIMIT 1) RETURNING ",
                $columns
            ),
            $now,
            $until
            $(, $bind)*
        )
    };
}

/// A function that records why leased work of a table was not done, unless another node has leased it since. The work is
/// tried again at `due_at`, or given up at `failed_at`.
macro_rules! record_failure {
    ($(#[$doc:meta])* $name:ident $table:literal) => {
        $(#[$doc])*
        pub async fn $name(
            tx: &mut Tx,
            leased: &Leased,
            error: &str,
            due_at: Time,
            failed_at: Option<Time>,
        ) -> Result<(), Error> {
            execute!(
                tx,
                concat!(
                    "UPDATE ",
                    $table,
                    " SET error = $3, due_at = $4, failed_at = $5 WHERE id = $1 AND attempts = $2"
                ),
                &leased.id,
                leased.attempts,
                error,
                due_at,
                failed_at
            )
        }
    };
}
