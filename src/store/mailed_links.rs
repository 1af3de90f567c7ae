//! The links that were mailed to each address, so that their number can be limited.

use super::{Conn, Error, Tx};
use crate::clock::Time;

/// Takes one of the slots of a folded address for a link that is mailed to it; yields false if a link mailed after
/// `since` has the slot. Another transaction that wants the same slot waits until this one ends.
pub async fn claim(tx: &mut Tx, slot: i64, address_key: &str, now: Time, since: Time) -> Result<bool, Error> {
    any_affected!(
        tx,
        "INSERT INTO mailed_links (id, address_key, mailed_at) VALUES ($1, $2, $3) ON CONFLICT (id) DO UPDATE \
         SET mailed_at = excluded.mailed_at WHERE mailed_links.mailed_at <= $4",
        id(slot, address_key),
        address_key,
        now,
        since
    )
}

/// Frees a slot again.
pub async fn release(tx: &mut Tx, slot: i64, address_key: &str) -> Result<(), Error> {
    execute!(
        tx,
        "DELETE FROM mailed_links WHERE id = $1",
        id(slot, address_key)
    )
}

fn id(slot: i64, address_key: &str) -> String {
    format!("{slot} {address_key}")
}

/// How many links were mailed to a folded address since `since`.
pub async fn count(conn: &mut Conn, address_key: &str, since: Time) -> Result<i64, Error> {
    query_one!(
        conn,
        (i64,),
        "SELECT COUNT(*) FROM mailed_links WHERE address_key = $1 AND mailed_at > $2",
        address_key,
        since
    )
    .map(|(count,)| count)
}
