//! All SQL: one file for each family of tables, with its row structs and its queries.
//!
//! Every statement is one literal that `SQLite` and `PostgreSQL` both accept. Reads take a [`Conn`]; writes take a
//! [`Tx`], which only [`Db::write`] hands out. This room knows no rules about people or protocols.

#[macro_use]
mod sql;
#[macro_use]
mod conditions;
#[macro_use]
mod rows;
mod columns;
mod db;
mod slots;
mod writer;

pub mod account_list;
pub mod accounts;
pub mod attempts;
pub mod audit;
pub mod audit_chain;
pub mod audit_list;
pub mod audit_verify;
pub mod cache;
pub mod clients;
pub mod consents;
pub mod counters;
pub mod counts;
pub mod emails;
pub mod grants;
pub mod groups;
pub mod health;
pub mod instance;
pub mod invitations;
pub mod migrate;
pub mod passwords;
pub mod people;
pub mod pictures;
pub mod roles;
pub mod schemes;
pub mod seen_once;
pub mod sessions;
pub mod settings;
pub mod signing_keys;
pub mod sweep;
pub mod teams;
pub mod throttles;
pub mod tokens;

pub use columns::Json;
pub use db::{Conn, Db, DbOptions, Tx, WriteFuture};

/// A database failure. It never reports a fact about the data, so callers pass it on with `?`.
pub type Error = sqlx::Error;
