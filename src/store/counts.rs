//! How many there are of what the dashboard shows.

use super::{Conn, Error};
use crate::clock::Time;
use crate::model::account::Status;

/// How many there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Counts {
    /// Teams, personal ones not counted.
    pub teams: i64,
    /// Groups.
    pub groups: i64,
    /// Apps.
    pub apps: i64,
}

/// Counts everything.
pub async fn all(conn: &mut Conn) -> Result<Counts, Error> {
    query_one!(
        conn,
        Counts,
        "SELECT (SELECT COUNT(*) FROM teams WHERE kind <> 'personal') AS teams, \
         (SELECT COUNT(*) FROM groups) AS groups, (SELECT COUNT(*) FROM clients) AS apps"
    )
}

/// Accounts of one stored state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct OfStatus {
    /// The state.
    pub status: Status,
    /// How many there are.
    pub number: i64,
    /// How many of them were seen since a moment.
    pub awake: i64,
}

/// How many accounts there are of each stored state, and how many of them were seen at `since` or later.
pub async fn accounts(conn: &mut Conn, since: Time) -> Result<Vec<OfStatus>, Error> {
    query_all!(
        conn,
        OfStatus,
        "SELECT status, COUNT(*) AS number, COUNT(CASE WHEN last_seen_at >= $1 THEN 1 END) AS awake \
         FROM accounts GROUP BY status",
        since
    )
}

/// How many active accounts were seen at `since` or later: the seats in use.
pub async fn seats(conn: &mut Conn, since: Time) -> Result<i64, Error> {
    query_one!(
        conn,
        (i64,),
        "SELECT COUNT(*) FROM accounts WHERE status = 'active' AND last_seen_at >= $1",
        since
    )
    .map(|(count,)| count)
}
