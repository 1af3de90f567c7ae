//! The record of who did what.

use super::values::new_id;
use super::{Error, Tx};
use crate::clock::Time;

/// Writes one row, in the transaction of what it records.
///
/// # Errors
/// When the database fails; then what it records does not happen either.
pub async fn insert(
    tx: &mut Tx,
    actor: &str,
    action: &str,
    target: &str,
    detail: &str,
    now: Time,
) -> Result<(), Error> {
    execute!(
        tx,
        "INSERT INTO audit (id, at, actor, action, target, detail) VALUES ($1, $2, $3, $4, $5, $6)",
        new_id(now),
        now,
        actor,
        action,
        target,
        detail
    )
    .map(|_| ())
}
