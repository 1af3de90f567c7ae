//! The links that were mailed to an address, so that they can be limited.

use super::{Conn, Error, Tx};
use crate::clock::Time;

/// Notes that a link was mailed to a folded address.
pub async fn insert(tx: &mut Tx, id: &str, address_key: &str, now: Time) -> Result<(), Error> {
    execute!(
        tx,
        "INSERT INTO mailed_links (id, address_key, mailed_at) VALUES ($1, $2, $3)",
        id,
        address_key,
        now
    )
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
