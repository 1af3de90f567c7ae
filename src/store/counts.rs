//! How many there are of what the dashboard shows.

use super::{Conn, Error};

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
///
/// # Errors
/// When the database fails.
pub async fn all(conn: &mut Conn) -> Result<Counts, Error> {
    query_one!(
        conn,
        Counts,
        "SELECT (SELECT COUNT(*) FROM teams WHERE kind <> 'personal') AS teams, \
         (SELECT COUNT(*) FROM groups) AS groups, (SELECT COUNT(*) FROM apps) AS apps"
    )
}
