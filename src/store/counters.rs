//! Rows that transactions update to take turns, and the version that tells caches to read again.

use super::{Error, Tx};

/// The counter of changes that could remove the last owner.
pub const OWNERS: &str = "owners";

/// The counter of new numbers of accounts and teams, and of groups that get into groups.
pub const NUMBERS: &str = "numbers";

/// Counts one up and yields the new value; a second transaction waits here until the first has ended.
pub async fn next(tx: &mut Tx, name: &str) -> Result<i64, Error> {
    query_one!(
        tx,
        (i64,),
        "UPDATE counters SET value = value + 1 WHERE name = $1 RETURNING value",
        name
    )
    .map(|(value,)| value)
}

/// Says that something cached has changed, to this node at the commit and to others when they next look.
pub async fn touch_cache(tx: &mut Tx) -> Result<(), Error> {
    tx.cached_changed = true;
    next(tx, "cache").await.map(|_| ())
}
