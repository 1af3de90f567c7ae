//! Runs the migrations, and refuses a database of a newer version.

use std::sync::LazyLock;

use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::{ConnectOptions, SqlSafeStr};

use super::Db;
use super::db::Pool;
use super::sqlite_migrations;

/// The version of the last migration.
const VERSION: i64 = 1;

static MIGRATOR: LazyLock<Migrator> = LazyLock::new(|| {
    Migrator::with_migrations(vec![migration(
        VERSION,
        "schema",
        include_str!("../../migrations/0001_schema.sql"),
    )])
});

fn migration(version: i64, name: &'static str, sql: &'static str) -> Migration {
    let sql = sql.into_sql_str();
    Migration::new(version, name.into(), MigrationType::Simple, sql, false)
}

/// Why the schema cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SchemaError {
    /// Migrations that this version does not know have been applied.
    #[error(
        "the database has a newer schema (version {0}) than this doorward knows; start the newer doorward again"
    )]
    Newer(i64),
    /// Migrations of this version have not been applied.
    #[error(
        "the database has an older schema (version {0}) than this doorward needs; run: doorward migrate, or start the server"
    )]
    Older(i64),
    /// A migration failed and was rolled back.
    #[error("the database could not be migrated: {0}")]
    Failed(#[from] MigrateError),
    /// A query failed.
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

impl Db {
    /// Requires the schema of this version; only an empty database is migrated.
    ///
    /// # Errors
    /// When the schema is of another version, or a migration fails.
    pub async fn require_schema(&self) -> Result<(), SchemaError> {
        let mut conn = self.read().await?;
        let newest = query_opt!(
            conn,
            (i64,),
            "SELECT version FROM _sqlx_migrations ORDER BY version DESC LIMIT 1"
        );
        drop(conn);
        match newest {
            Ok(Some((VERSION,))) => Ok(()),
            Ok(Some((version,))) if version > VERSION => Err(SchemaError::Newer(version)),
            Ok(Some((version,))) => Err(SchemaError::Older(version)),
            Ok(None) => self.migrate().await,
            Err(error) if is_missing_table(&error) => self.migrate().await,
            Err(error) => Err(error.into()),
        }
    }

    /// Applies all pending migrations; several nodes may do so at once.
    ///
    /// # Errors
    /// When the schema is newer than this version, or a migration fails.
    pub async fn migrate(&self) -> Result<(), SchemaError> {
        let done = match &self.pool {
            Pool::Sqlite { writer, .. } => {
                sqlite_migrations::apply(&MIGRATOR, &mut *writer.connection().await?)
            }
            Pool::Postgres(pool) => {
                // A migration may take long, and other nodes wait for it.
                let unlimited = [("statement_timeout", "0"), ("lock_timeout", "0")];
                let options = pool.connect_options().as_ref().clone().options(unlimited);
                let mut connection = options.connect().await?;
                MIGRATOR.run(&mut connection).await
            }
        };
        match done {
            Err(MigrateError::VersionMissing(version)) => Err(SchemaError::Newer(version)),
            other => Ok(other?),
        }
    }
}

fn is_missing_table(error: &sqlx::Error) -> bool {
    let sqlx::Error::Database(error) = error else {
        return false;
    };
    error.code().is_some_and(|code| code == "42P01") || error.message().starts_with("no such table")
}
