//! Teams and their members.

use serde::Serialize;

use super::values::text_enum;
use super::{AccountId, Conn, Error, TeamId, Tx};
use crate::clock::Time;

text_enum! {
    /// What a team is for.
    TeamKind {
        /// One person's own.
        Personal = "personal",
        /// Any number of people's.
        Shared = "shared",
        /// Team 0, whose members hold the top role.
        Root = "root",
    }
}

/// One team.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Team {
    /// Its id.
    pub id: TeamId,
    /// Counted from 0 in the order of creation.
    pub number: i64,
    /// Its name in addresses and commands.
    pub slug: String,
    /// Its name as people see it.
    pub name: String,
    /// What it is for.
    pub kind: TeamKind,
}

/// One role of one person in one team.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct Membership {
    /// The team's id.
    pub id: TeamId,
    /// The team's slug.
    pub slug: String,
    /// The team's name.
    pub name: String,
    /// What the team is for.
    pub kind: TeamKind,
    /// The role in the team.
    pub role: String,
}

/// A person's memberships that have not ended, by team, one row a role.
///
/// # Errors
/// When the database fails.
pub async fn of_account(conn: &mut Conn, account: &AccountId, now: Time) -> Result<Vec<Membership>, Error> {
    query_all!(
        conn,
        Membership,
        "SELECT t.id, t.slug, t.name, t.kind, m.role FROM memberships m JOIN teams t ON t.id = m.team_id \
         WHERE m.account_id = $1 AND (m.expires_at IS NULL OR m.expires_at > $2) ORDER BY t.number, m.role",
        account,
        now
    )
}

/// The team with this slug.
///
/// # Errors
/// When the database fails.
pub async fn by_slug(conn: &mut Conn, slug: &str) -> Result<Option<Team>, Error> {
    query_opt!(
        conn,
        Team,
        "SELECT id, number, slug, name, kind FROM teams WHERE slug = $1",
        slug
    )
}

/// Every team, by number.
///
/// # Errors
/// When the database fails.
pub async fn page(conn: &mut Conn, after_number: i64, limit: i64) -> Result<Vec<Team>, Error> {
    query_all!(
        conn,
        Team,
        "SELECT id, number, slug, name, kind FROM teams WHERE number > $1 ORDER BY number LIMIT $2",
        after_number,
        limit
    )
}

/// Adds a team with the next number; yields whether it was added, which it is not when the slug is taken.
///
/// # Errors
/// When the database fails.
pub async fn insert(
    tx: &mut Tx,
    id: &TeamId,
    slug: &str,
    name: &str,
    kind: TeamKind,
    now: Time,
) -> Result<bool, Error> {
    super::counters::next(tx, "numbers").await?;
    let added = execute!(
        tx,
        "INSERT INTO teams (id, number, slug, name, kind, created_at) \
         SELECT $1, COALESCE(MAX(number) + 1, 0), $2, $3, $4, $5 FROM teams WHERE TRUE \
         ON CONFLICT (slug) DO NOTHING",
        id,
        slug,
        name,
        kind,
        now
    )?;
    Ok(added == 1)
}

/// Gives a person a role in a team; yields whether it is new.
///
/// # Errors
/// When the database fails.
pub async fn add_member(
    tx: &mut Tx,
    team: &TeamId,
    account: &AccountId,
    role: &str,
    now: Time,
) -> Result<bool, Error> {
    let added = execute!(
        tx,
        "INSERT INTO memberships (team_id, account_id, role, created_at) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (team_id, account_id, role) DO NOTHING",
        team,
        account,
        role,
        now
    )?;
    Ok(added == 1)
}
