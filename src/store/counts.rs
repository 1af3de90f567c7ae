//! The numbers on the console's overview.

use super::{Conn, Error};
use crate::clock::Time;
use crate::model::account::Status;

/// The numbers of teams, groups and apps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counts {
    /// Teams, except personal ones.
    pub teams: i64,
    /// Groups.
    pub groups: i64,
    /// Apps.
    pub apps: i64,
}

from_row!(Counts { teams, groups, apps });

/// Counts teams, groups and apps.
pub async fn all(conn: &mut Conn) -> Result<Counts, Error> {
    query_one!(
        conn,
        Counts,
        "SELECT (SELECT COUNT(*) FROM teams WHERE kind <> 'personal') AS teams, \
         (SELECT COUNT(*) FROM groups) AS groups, (SELECT COUNT(*) FROM clients) AS apps"
    )
}

/// The number of accounts with one status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OfStatus {
    /// The status.
    pub status: Status,
    /// How many accounts have it.
    pub number: i64,
    /// How many of them were seen since a given time.
    pub awake: i64,
}

from_row!(OfStatus {
    status,
    number,
    awake
});

/// Counts the accounts by status, and those of them last seen at `since` or later.
pub async fn accounts(conn: &mut Conn, since: Time) -> Result<Vec<OfStatus>, Error> {
    query_all!(
        conn,
        OfStatus,
        "SELECT status, COUNT(*) AS number, COUNT(CASE WHEN last_seen_at >= $1 THEN 1 END) AS awake \
         FROM accounts GROUP BY status",
        since
    )
}

/// Counts the seats in use: active accounts last seen at `since` or later.
pub async fn seats(conn: &mut Conn, since: Time) -> Result<i64, Error> {
    query_one!(
        conn,
        (i64,),
        "SELECT COUNT(*) FROM accounts WHERE status = 'active' AND last_seen_at >= $1",
        since
    )
    .map(|(count,)| count)
}
