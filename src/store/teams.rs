//! Teams and their members.

use crate::model::team::{Membership, Team, TeamKind, TeamMember, TeamSummary};

use super::{Conn, Error, Tx};
use crate::clock::Time;
use crate::model::{AccountId, TeamId};

/// The current memberships of an account, by team number, one row for each role.
pub async fn of_account(conn: &mut Conn, account: &AccountId, now: Time) -> Result<Vec<Membership>, Error> {
    query_all!(
        conn,
        Membership,
        select!(
            membership_columns,
            "FROM memberships m JOIN teams t ON t.id = m.team_id \
         WHERE m.account_id = $1 AND t.deleted_at IS NULL AND (m.expires_at IS NULL OR m.expires_at > $2) \
         ORDER BY t.number, m.role"
        ),
        account,
        now
    )
}

/// The team with this id.
pub async fn by_id(conn: &mut Conn, id: &TeamId) -> Result<Option<Team>, Error> {
    query_opt!(
        conn,
        Team,
        select!(
            team_columns,
            "FROM teams t WHERE t.id = $1 AND t.deleted_at IS NULL"
        ),
        id
    )
}

/// The team with this slug.
pub async fn by_slug(conn: &mut Conn, slug: &str) -> Result<Option<Team>, Error> {
    query_opt!(
        conn,
        Team,
        select!(
            team_columns,
            "FROM teams t WHERE t.slug = $1 AND t.deleted_at IS NULL"
        ),
        slug
    )
}

/// A page of the members of a team, by number, after the number `after`.
pub async fn members(
    conn: &mut Conn,
    team: &TeamId,
    after: i64,
    limit: i64,
    now: Time,
) -> Result<Vec<TeamMember>, Error> {
    query_all!(
        conn,
        TeamMember,
        select!(
            team_member_columns,
            "FROM memberships m \
         JOIN accounts a ON a.id = m.account_id WHERE m.team_id = $1 AND a.number > $2 AND a.status <> 'deleted' \
         AND (m.expires_at IS NULL OR m.expires_at > $4) ORDER BY a.number LIMIT $3"
        ),
        team,
        after,
        limit,
        now
    )
}

/// Whether an account is currently a member of a team.
pub async fn has_member(
    conn: &mut Conn,
    team: &TeamId,
    account: &AccountId,
    now: Time,
) -> Result<bool, Error> {
    let found = query_opt!(
        conn,
        (String,),
        "SELECT role FROM memberships WHERE team_id = $1 AND account_id = $2 \
         AND (expires_at IS NULL OR expires_at > $3) LIMIT 1",
        team,
        account,
        now
    )?;
    Ok(found.is_some())
}

/// A page of the teams whose slug matches the pattern `like`, by number, after the number `after`.
pub async fn list(
    conn: &mut Conn,
    after: i64,
    like: &str,
    with_personal: bool,
    limit: i64,
    now: Time,
) -> Result<Vec<TeamSummary>, Error> {
    query_all!(
        conn,
        TeamSummary,
        "SELECT t.id, t.number, t.slug, t.name, t.kind, (SELECT COUNT(DISTINCT m.account_id) FROM memberships m \
         JOIN accounts a ON a.id = m.account_id WHERE m.team_id = t.id AND a.status <> 'deleted' \
         AND (m.expires_at IS NULL OR m.expires_at > $5)) AS members FROM teams t WHERE t.number > $1 AND t.slug LIKE $2 ESCAPE '!' \
         AND t.deleted_at IS NULL AND ($3 OR t.kind <> 'personal') ORDER BY t.number LIMIT $4",
        after,
        like,
        with_personal,
        limit,
        now
    )
}

/// Adds a team with the next number; yields false if the slug is taken.
pub async fn insert(
    tx: &mut Tx,
    id: &TeamId,
    slug: &str,
    name: &str,
    kind: TeamKind,
    owner: Option<&AccountId>,
    now: Time,
) -> Result<bool, Error> {
    super::counters::next(tx, super::counters::NUMBERS).await?;
    any_affected!(
        tx,
        "INSERT INTO teams (id, number, slug, name, kind, owner_id, created_at) \
         SELECT $1, COALESCE(MAX(number) + 1, 0), $2, $3, $4, $5, $6 FROM teams WHERE TRUE \
         ON CONFLICT (slug) DO NOTHING",
        id,
        slug,
        name,
        kind,
        owner,
        now
    )
}

/// Deletes the personal team of an account; [`restore_personal`] brings it back with its members.
pub async fn delete_personal(tx: &mut Tx, owner: &AccountId, now: Time) -> Result<(), Error> {
    execute!(
        tx,
        "UPDATE teams SET deleted_at = $2 WHERE owner_id = $1",
        owner,
        now
    )
}

/// Restores the personal team of an account.
pub async fn restore_personal(tx: &mut Tx, owner: &AccountId) -> Result<(), Error> {
    execute!(
        tx,
        "UPDATE teams SET deleted_at = NULL WHERE owner_id = $1",
        owner
    )
}

/// Grants a role in a team; yields false if the account has it already, or had it and it has expired.
pub async fn add_member(
    tx: &mut Tx,
    team: &TeamId,
    account: &AccountId,
    role: &str,
    until: Option<Time>,
    now: Time,
) -> Result<bool, Error> {
    any_affected!(
        tx,
        "INSERT INTO memberships (team_id, account_id, role, expires_at, created_at) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (team_id, account_id, role) DO NOTHING",
        team,
        account,
        role,
        until,
        now
    )
}

/// When the first of the current roles of an account in a team expires; `None` if none does.
pub async fn first_end(
    tx: &mut Tx,
    team: &TeamId,
    account: &AccountId,
    now: Time,
) -> Result<Option<Time>, Error> {
    query_one!(
        tx,
        (Option<Time>,),
        "SELECT MIN(expires_at) FROM memberships WHERE team_id = $1 AND account_id = $2 AND expires_at > $3",
        team,
        account,
        now
    )
    .map(|(end,)| end)
}

/// Removes an account and all its roles from a team; yields whether it was a member.
pub async fn remove_member(tx: &mut Tx, team: &TeamId, account: &AccountId) -> Result<bool, Error> {
    any_affected!(
        tx,
        "DELETE FROM memberships WHERE team_id = $1 AND account_id = $2",
        team,
        account
    )
}

/// Removes an account from the root team; yields whether it was a member.
pub async fn leave_root(tx: &mut Tx, account: &AccountId, now: Time) -> Result<bool, Error> {
    any_affected!(
        tx,
        "DELETE FROM memberships WHERE account_id = $1 AND (expires_at IS NULL OR expires_at > $2) \
         AND team_id IN (SELECT id FROM teams WHERE kind = 'root')",
        account,
        now
    )
}

/// Counts the accounts that hold a role in a team without an end date: all that are not deleted, and those that can sign
/// in now and for good.
pub async fn permanent_holders(
    tx: &mut Tx,
    team: &TeamId,
    role: &str,
    now: Time,
) -> Result<(i64, i64), Error> {
    query_one!(
        tx,
        (i64, i64),
        concat!(
            "SELECT COUNT(*), COUNT(CASE WHEN ",
            account_permanent!("$3"),
            " THEN 1 END) FROM memberships m JOIN accounts a ON a.id = m.account_id \
         WHERE m.team_id = $1 AND m.role = $2 AND m.expires_at IS NULL AND a.status <> 'deleted'"
        ),
        team,
        role,
        now
    )
}

/// Selects the shared teams in which the account `$1` holds the role `$2` without an end date.
macro_rules! select_led {
    ($rest:expr) => {
        concat!(
            "SELECT ",
            team_columns!(),
            " FROM teams t JOIN memberships m ON m.team_id = t.id WHERE m.account_id = $1 AND m.role = $2 \
             AND m.expires_at IS NULL AND t.kind = 'shared'",
            $rest
        )
    };
}

/// The shared teams in which an account holds this role without an end date.
pub async fn led(conn: &mut Conn, account: &AccountId, role: &str) -> Result<Vec<Team>, Error> {
    query_all!(conn, Team, select_led!(" ORDER BY t.number"), account, role)
}

/// The shared teams, by number and at most 20, in which an account holds this role without an end date and nobody else
/// who can sign in now and for good does.
pub async fn sole_manager_of(
    conn: &mut Conn,
    account: &AccountId,
    role: &str,
    now: Time,
) -> Result<Vec<Team>, Error> {
    query_all!(
        conn,
        Team,
        select_led!(concat!(
            " AND NOT EXISTS (SELECT 1 FROM memberships o JOIN accounts a ON a.id = o.account_id \
         WHERE o.team_id = t.id AND o.role = $2 AND o.account_id <> $1 AND o.expires_at IS NULL AND ",
            account_permanent!("$3"),
            ") ORDER BY t.number LIMIT 20"
        )),
        account,
        role,
        now
    )
}

/// Renames a team.
pub async fn rename(tx: &mut Tx, id: &TeamId, name: &str) -> Result<(), Error> {
    execute!(tx, "UPDATE teams SET name = $2 WHERE id = $1", id, name)
}

/// Deletes a team with its memberships.
pub async fn delete(tx: &mut Tx, id: &TeamId) -> Result<(), Error> {
    execute!(tx, "DELETE FROM memberships WHERE team_id = $1", id)?;
    execute!(tx, "DELETE FROM teams WHERE id = $1", id)
}

/// Renames a role in every membership; if an account has both already, one of them is deleted.
pub async fn rename_role(tx: &mut Tx, from: &str, to: &str) -> Result<(), Error> {
    execute!(
        tx,
        "DELETE FROM memberships WHERE role = $1 AND EXISTS (SELECT 1 FROM memberships o \
         WHERE o.team_id = memberships.team_id AND o.account_id = memberships.account_id AND o.role = $2)",
        from,
        to
    )?;
    execute!(tx, "UPDATE memberships SET role = $2 WHERE role = $1", from, to)
}
