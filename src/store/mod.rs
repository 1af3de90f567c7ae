//! All SQL: one file for each family of tables, with its row structs and its queries.
//!
//! Every statement is one literal that `SQLite` and `PostgreSQL` both accept. Reads take a [`Conn`]; writes take a
//! [`Tx`], which only [`Db::write`] creates. This room knows no rules about people or protocols.

#[macro_use]
mod sql;
#[macro_use]
mod conditions;
#[macro_use]
mod rows;
#[macro_use]
mod lease;
mod columns;
mod conn;
mod db;
mod postgres;
mod slots;
mod sqlite;
mod sqlite_migrations;
mod writer;

pub mod account_list;
pub mod accounts;
pub mod app_sessions;
pub mod attempts;
pub mod audit;
pub mod audit_chain;
pub mod audit_list;
pub mod audit_verify;
mod cache;
mod cached;
pub mod claim_data;
pub mod clients;
pub mod consents;
pub mod consequences;
pub mod counters;
pub mod counts;
pub mod device_codes;
pub mod devices;
pub mod email_proofs;
pub mod emails;
pub mod grants;
pub mod groups;
pub mod handovers;
pub mod health;
pub mod instance;
pub mod invitations;
pub mod logouts;
pub mod mail_settings;
pub mod mailed_links;
pub mod migrate;
pub mod one_time;
pub mod outbox;
pub mod passkeys;
pub mod passwords;
pub mod pictures;
pub mod resets;
pub mod roles;
pub mod schemes;
pub mod second_factor_policies;
pub mod second_factors;
pub mod seen_once;
pub mod sessions;
pub mod settings;
pub mod shared_roles;
pub mod shown_secrets;
pub mod signing_keys;
pub mod sweep;
pub mod teams;
pub mod throttles;
pub mod tokens;

pub use columns::Json;
pub use conn::{Conn, Tx, WriteFuture};
pub use db::{Db, DbOptions};
pub use sqlite::{FromSqliteRow, Row as SqliteRow};

/// The client's timeout of a `PostgreSQL` statement; the server cancels the statement a second earlier.
const ANSWER_TIMEOUT: std::time::Duration = std::time::Duration::from_secs(5);

/// A database failure. It never reports a fact about the data, so callers pass it on with `?`.
pub type Error = sqlx::Error;

/// Whether the same statement may succeed later: the database was unreachable or busy, or has no space left.
#[must_use]
pub fn is_transient(error: &Error) -> bool {
    match error {
        Error::PoolTimedOut | Error::PoolClosed | Error::Io(_) | Error::WorkerCrashed => true,
        Error::Database(error) => error.code().is_some_and(|code| is_transient_code(&code)),
        _ => false,
    }
}

/// The codes of `PostgreSQL` have five characters, of which the first two are the class (its appendix A). Those of
/// `SQLite` are numbers whose low byte is the kind.
fn is_transient_code(code: &str) -> bool {
    /// Connection failures, rolled-back transactions, insufficient resources, and operator intervention.
    const CLASSES: &[&str] = &["08", "40", "53", "57"];
    const LOCK_NOT_AVAILABLE: &str = "55P03";
    /// Busy, locked, I/O error and disk full.
    const KINDS: &[u32] = &[5, 6, 10, 13];
    if code.len() == 5 {
        return code == LOCK_NOT_AVAILABLE || CLASSES.iter().any(|class| code.starts_with(class));
    }
    code.parse().is_ok_and(|code: u32| KINDS.contains(&(code & 0xff)))
}

#[cfg(test)]
mod tests {
    use super::is_transient_code;

    #[test]
    fn only_temporary_failures_are_transient() {
        for code in [
            "57P01", "57014", "53300", "40001", "55P03", "08006", "5", "13", "778", "261",
        ] {
            assert!(is_transient_code(code), "{code}");
        }
        for code in ["23505", "42P01", "22021", "1", "19", "2067", "x", ""] {
            assert!(!is_transient_code(code), "{code}");
        }
    }
}
