//! The database under test: running statements, and creating a `PostgreSQL` database.

use std::path::Path;

use doorward::model::AccountId;
use doorward::model::audit::{AuditFilter, StoredEntry};
use doorward::store::audit_list::newest;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

use super::TestApp;

impl TestApp {
    fn is_on_postgres(&self) -> bool {
        self.database.starts_with("postgres")
    }

    /// Runs a statement on the database under test.
    pub async fn sql(&self, statement: &str) {
        if self.is_on_postgres() {
            let mut connection = PgConnection::connect(&self.database).await.unwrap();
            let statement = AssertSqlSafe(statement.to_owned());
            connection.execute(statement).await.unwrap();
        } else {
            sqlite(&self.database).execute_batch(statement).unwrap();
        }
    }

    /// The number of rows of a table.
    pub async fn count(&self, table: &str) -> i64 {
        let statement = format!("SELECT COUNT(*) FROM {table}");
        if self.is_on_postgres() {
            let mut connection = PgConnection::connect(&self.database).await.unwrap();
            let count = sqlx::query_scalar(AssertSqlSafe(statement)).fetch_one(&mut connection);
            count.await.unwrap()
        } else {
            let connection = sqlite(&self.database);
            connection.query_row(&statement, [], |row| row.get(0)).unwrap()
        }
    }

    /// These bytes as a literal of the database under test.
    pub fn bytes_literal(&self, bytes: &[u8]) -> String {
        let digits = hex::encode(bytes);
        if self.is_on_postgres() {
            format!("'\\x{digits}'::bytea")
        } else {
            format!("x'{digits}'")
        }
    }

    /// The type of a column of bytes.
    pub fn bytes_type(&self) -> &'static str {
        if self.is_on_postgres() { "BYTEA" } else { "BLOB" }
    }

    /// The audit entries about an account.
    pub async fn audit_of(&self, account: &AccountId) -> Vec<StoredEntry> {
        let filter = AuditFilter {
            target: account.0.clone(),
            ..AuditFilter::default()
        };
        let mut conn = self.app.db.read().await.unwrap();
        newest(&mut conn, &filter, 100).await.unwrap()
    }
}

/// Opens this `SQLite` file, which the server may have open too.
pub fn sqlite(file: impl AsRef<Path>) -> rusqlite::Connection {
    rusqlite::Connection::open(file).unwrap()
}

/// A new database on the server that `tests/run` has started.
pub async fn fresh_postgres() -> String {
    let server = std::env::vars()
        .find(|(name, _)| name == "DOORWARD_TEST_POSTGRES")
        .map(|(_, value)| value);
    let server = server.expect("DOORWARD_TEST_POSTGRES is not set: run the tests with tests/run");
    let name = format!("t{}", doorward::crypto::reference_number().to_lowercase());
    let mut connection = PgConnection::connect(&server).await.unwrap();
    let create = AssertSqlSafe(format!("CREATE DATABASE {name}"));
    connection.execute(create).await.unwrap();
    let at = server.rfind('/').unwrap();
    format!("{}/{name}", &server[..at])
}
