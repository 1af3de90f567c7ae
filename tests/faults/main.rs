//! Faults under load: kills, power cuts, a lost PostgreSQL, a full disk and slow clients. Whatever the server has
//! acknowledged must be there afterwards, and nothing may be spent twice.
//!
//! `cargo test --test faults` runs a short form of a few minutes. `DOORWARD_FAULTS=10 cargo test --test faults` runs ten
//! times as many faults.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod disk;
mod kills;
mod ledger;
mod own_disk;
mod postgres;
mod power;
mod server;
mod slow;
mod stops;
#[path = "../it/support/mod.rs"]
#[allow(
    dead_code,
    unused_imports,
    unused_macros,
    reason = "shared with the tests over HTTP, which use the rest of it"
)]
mod support;

/// The number of faults of a kind: `short`, times the factor in `DOORWARD_FAULTS`.
fn number(short: u64) -> u64 {
    let factor = std::env::vars().find(|(name, _)| name == "DOORWARD_FAULTS");
    short
        * factor.map_or(1, |(_, factor)| {
            factor.parse().expect("DOORWARD_FAULTS is a number")
        })
}
