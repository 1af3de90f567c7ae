//! The teams and groups whose members need a second factor to sign in.

use super::{Conn, Error, Tx};
use crate::clock::Time;
use crate::model::{AccountId, GroupId, TeamId};

/// The names of the teams and groups of an account that require a second factor, and from when each does. A group counts
/// for the members of the groups inside it too.
pub async fn of_account(
    conn: &mut Conn,
    account: &AccountId,
    now: Time,
) -> Result<(Vec<(String, Time)>, Vec<(String, Time)>), Error> {
    let teams = query_all!(
        conn,
        (String, Time),
        "SELECT DISTINCT t.name, t.second_factor_from FROM memberships m JOIN teams t ON t.id = m.team_id \
         WHERE m.account_id = $1 AND (m.expires_at IS NULL OR m.expires_at > $2) AND t.deleted_at IS NULL \
         AND t.second_factor_from IS NOT NULL ORDER BY t.name",
        account,
        now
    )?;
    let groups = query_all!(
        conn,
        (String, Time),
        "WITH RECURSIVE held(id) AS (SELECT group_id FROM group_members WHERE account_id = $1 \
         UNION SELECT n.group_id FROM group_groups n JOIN held h ON n.inner_id = h.id) \
         SELECT g.name, g.second_factor_from FROM groups g JOIN held h ON h.id = g.id \
         WHERE g.second_factor_from IS NOT NULL ORDER BY g.name",
        account
    )?;
    Ok((teams, groups))
}

/// From when the members of a team need a second factor, if they do.
pub async fn of_team(conn: &mut Conn, team: &TeamId) -> Result<Option<Time>, Error> {
    let found = query_opt!(
        conn,
        (Option<Time>,),
        "SELECT second_factor_from FROM teams WHERE id = $1",
        team
    )?;
    Ok(found.and_then(|(from,)| from))
}

/// From when the members of a group need a second factor, if they do.
pub async fn of_group(conn: &mut Conn, group: &GroupId) -> Result<Option<Time>, Error> {
    let found = query_opt!(
        conn,
        (Option<Time>,),
        "SELECT second_factor_from FROM groups WHERE id = $1",
        group
    )?;
    Ok(found.and_then(|(from,)| from))
}

/// Sets from when the members of a team need a second factor.
pub async fn set_of_team(tx: &mut Tx, team: &TeamId, from: Option<Time>) -> Result<(), Error> {
    execute!(
        tx,
        "UPDATE teams SET second_factor_from = $2 WHERE id = $1",
        team,
        from
    )
}

/// Sets from when the members of a group need a second factor.
pub async fn set_of_group(tx: &mut Tx, group: &GroupId, from: Option<Time>) -> Result<(), Error> {
    execute!(
        tx,
        "UPDATE groups SET second_factor_from = $2 WHERE id = $1",
        group,
        from
    )
}
