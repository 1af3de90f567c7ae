//! Runs migrations on `SQLite`, as sqlx does on `PostgreSQL`.

use std::time::Instant;

use sqlx::migrate::{MigrateError, Migration, Migrator};

use super::sqlite::Sqlite;

/// The table that sqlx creates on `PostgreSQL`.
const MIGRATIONS_TABLE: &str = "CREATE TABLE IF NOT EXISTS _sqlx_migrations (
    version BIGINT PRIMARY KEY, description TEXT NOT NULL, installed_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    success BOOLEAN NOT NULL, checksum BLOB NOT NULL, execution_time BIGINT NOT NULL)";

/// Applies the pending migrations in one transaction, so that none is applied in part.
pub(super) fn apply(migrator: &Migrator, connection: &mut Sqlite) -> Result<(), MigrateError> {
    connection.run_script("BEGIN IMMEDIATE")?;
    let migrated = apply_pending(migrator, connection).and_then(|()| Ok(connection.run_script("COMMIT")?));
    if connection.is_in_transaction() {
        connection.run_script("ROLLBACK")?;
    }
    migrated
}

fn apply_pending(migrator: &Migrator, connection: &mut Sqlite) -> Result<(), MigrateError> {
    connection.run_script(MIGRATIONS_TABLE)?;
    let applied: Vec<(i64, Vec<u8>)> = connection.fetch_all(
        "SELECT version, checksum FROM _sqlx_migrations ORDER BY version",
        &[],
    )?;
    for (version, checksum) in &applied {
        let known = migrator.iter().find(|migration| migration.version == *version);
        let known = known.ok_or(MigrateError::VersionMissing(*version))?;
        if *known.checksum != **checksum {
            return Err(MigrateError::VersionMismatch(*version));
        }
    }
    let is_pending =
        |migration: &&Migration| applied.iter().all(|(version, _)| *version != migration.version);
    for migration in migrator.iter().filter(is_pending) {
        let began = Instant::now();
        connection
            .run_script(migration.sql.as_str())
            .map_err(|error| MigrateError::ExecuteMigration(error, migration.version))?;
        connection.execute(
            "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
             VALUES ($1, $2, TRUE, $3, $4)",
            &[
                &migration.version,
                &&*migration.description,
                &&*migration.checksum,
                &i64::try_from(began.elapsed().as_nanos()).unwrap_or(i64::MAX),
            ],
        )?;
    }
    Ok(())
}
