//! What ends with an account, a team or a group, for the page that asks for confirmation.

use super::{Conn, Error};
use crate::clock::Time;
use crate::model::session::SessionLimit;
use crate::model::{AccountId, GroupId, TeamId};

/// Counts the sessions of an account that are open under this limit.
pub async fn sessions(
    conn: &mut Conn,
    account: &AccountId,
    limit: SessionLimit,
    now: Time,
) -> Result<i64, Error> {
    query_one!(
        conn,
        (i64,),
        "SELECT COUNT(*) FROM sessions WHERE account_id = $1 AND ended_at IS NULL AND expires_at > $4 \
         AND seen_at > $2 AND authenticated_at > $3",
        account,
        now - limit.idle,
        now - limit.absolute,
        now
    )
    .map(|(count,)| count)
}

/// The apps that have access to an account.
pub async fn apps(conn: &mut Conn, account: &AccountId, now: Time) -> Result<Vec<String>, Error> {
    let found = query_all!(
        conn,
        (String,),
        "SELECT DISTINCT client_id FROM grants WHERE account_id = $1 AND redeemed_at IS NOT NULL \
         AND revoked_at IS NULL AND expires_at > $2",
        account,
        now
    )?;
    Ok(found.into_iter().map(|(app,)| app).collect())
}

/// The accounts that can sign in now and for good, and hold this role in a team without an end date.
pub async fn leaders(conn: &mut Conn, team: &TeamId, role: &str, now: Time) -> Result<Vec<AccountId>, Error> {
    let found = query_all!(
        conn,
        (AccountId,),
        concat!(
            "SELECT a.id FROM memberships m JOIN accounts a ON a.id = m.account_id WHERE m.team_id = $1 \
         AND m.role = $2 AND m.expires_at IS NULL AND ",
            account_permanent!("$3")
        ),
        team,
        role,
        now
    )?;
    Ok(found.into_iter().map(|(account,)| account).collect())
}

/// Counts the members of a team, and its pending invitations.
pub async fn team_size(conn: &mut Conn, team: &TeamId, now: Time) -> Result<(i64, i64), Error> {
    query_one!(
        conn,
        (i64, i64),
        "SELECT (SELECT COUNT(DISTINCT m.account_id) FROM memberships m JOIN accounts a ON a.id = m.account_id \
         WHERE m.team_id = $1 AND a.status <> 'deleted' AND (m.expires_at IS NULL OR m.expires_at > $2)), \
         (SELECT COUNT(*) FROM invitations WHERE team_id = $1 AND ended_at IS NULL AND expires_at > $2)",
        team,
        now
    )
}

/// Counts the direct members of a group.
pub async fn group_size(conn: &mut Conn, group: &GroupId) -> Result<i64, Error> {
    query_one!(
        conn,
        (i64,),
        "SELECT COUNT(*) FROM group_members m JOIN accounts a ON a.id = m.account_id \
         WHERE m.group_id = $1 AND a.status <> 'deleted'",
        group
    )
    .map(|(count,)| count)
}
