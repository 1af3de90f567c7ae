//! The numbers on the console's overview.

use super::{Conn, Error};
use crate::clock::Time;
use crate::model::account::Status;

read_row! {
    /// The numbers of teams, groups and apps.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    Counts {
        /// Teams, except personal ones.
        teams: i64,
        /// Groups.
        groups: i64,
        /// Apps.
        apps: i64,
    }
}

/// Counts teams, groups and apps.
pub async fn all(conn: &mut Conn) -> Result<Counts, Error> {
    query_one!(
        conn,
        Counts,
        "SELECT (SELECT COUNT(*) FROM teams WHERE kind <> 'personal') AS teams, \
         (SELECT COUNT(*) FROM groups) AS groups, (SELECT COUNT(*) FROM clients) AS apps"
    )
}

read_row! {
    /// The number of accounts with one status.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    StatusCount {
        /// The status.
        status: Status,
        /// How many accounts have it.
        number: i64,
        /// How many of them are valid now and were seen since a given time.
        not_dormant: i64,
        /// How many of them are not valid any more.
        expired: i64,
        /// How many of them are not valid yet.
        upcoming: i64,
    }
}

/// Counts the accounts by status, and those of them that are valid now and were last seen at `since` or later.
pub async fn accounts(conn: &mut Conn, since: Time, now: Time) -> Result<Vec<StatusCount>, Error> {
    query_all!(
        conn,
        StatusCount,
        concat!(
            "SELECT a.status, COUNT(*) AS number, COUNT(CASE WHEN a.last_seen_at >= $1 AND ",
            account_usable!("$2"),
            " THEN 1 END) AS not_dormant, COUNT(CASE WHEN a.valid_until <= $2 THEN 1 END) AS expired, \
             COUNT(CASE WHEN a.valid_from > $2 THEN 1 END) AS upcoming FROM accounts a GROUP BY a.status"
        ),
        since,
        now
    )
}

/// Counts the seats in use: accounts that are usable now and were last seen at `since` or later.
pub async fn seats(conn: &mut Conn, since: Time, now: Time) -> Result<i64, Error> {
    query_one!(
        conn,
        (i64,),
        concat!(
            "SELECT COUNT(*) FROM accounts a WHERE a.last_seen_at >= $1 AND ",
            account_usable!("$2")
        ),
        since,
        now
    )
    .map(|(count,)| count)
}
