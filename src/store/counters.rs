//! Counter rows that serialize transactions, and the version that invalidates caches.

use super::{Error, Tx};

/// Serializes changes that could remove the last owner.
pub const OWNERS: &str = "owners";

/// Serializes the numbering of accounts and teams, and adding groups to groups.
pub const NUMBERS: &str = "numbers";

/// Written to see whether the database accepts writes.
pub const HEALTH: &str = "health";

/// Increments a counter and yields its new value; another transaction that does so waits until this one ends.
pub async fn next(tx: &mut Tx, name: &str) -> Result<i64, Error> {
    query_one!(
        tx,
        (i64,),
        "UPDATE counters SET value = value + 1 WHERE name = $1 RETURNING value",
        name
    )
    .map(|(value,)| value)
}

/// Invalidates the cache: on this node at commit, on other nodes at their next poll.
pub async fn invalidate_cache(tx: &mut Tx) -> Result<(), Error> {
    tx.cached_changed = true;
    next(tx, "cache").await.map(|_| ())
}
