//! Groups: flat labels on people.

use super::{Conn, Error, Tx};
use crate::clock::Time;
use crate::model::{AccountId, GroupId};

/// The names of a person's groups, those that hold one of them included; sorted.
///
/// # Errors
/// When the database fails.
pub async fn of_account(conn: &mut Conn, account: &AccountId) -> Result<Vec<String>, Error> {
    let rows = query_all!(
        conn,
        (String,),
        "WITH RECURSIVE held(id) AS (SELECT group_id FROM group_members WHERE account_id = $1 \
         UNION SELECT n.group_id FROM group_groups n JOIN held h ON n.inner_id = h.id) \
         SELECT g.name FROM groups g JOIN held h ON h.id = g.id ORDER BY g.name",
        account
    )?;
    Ok(rows.into_iter().map(|(name,)| name).collect())
}

/// The name of a group, `None` if there is none.
///
/// # Errors
/// When the database fails.
pub async fn name(conn: &mut Conn, id: &GroupId) -> Result<Option<String>, Error> {
    Ok(query_opt!(conn, (String,), "SELECT name FROM groups WHERE id = $1", id)?.map(|(name,)| name))
}

/// Whether a group holds another one, over any number of groups between.
///
/// # Errors
/// When the database fails.
pub async fn holds(conn: &mut Conn, outer: &GroupId, inner: &GroupId) -> Result<bool, Error> {
    let found = query_opt!(
        conn,
        (GroupId,),
        "WITH RECURSIVE within(id) AS (SELECT inner_id FROM group_groups WHERE group_id = $1 \
         UNION SELECT n.inner_id FROM group_groups n JOIN within w ON n.group_id = w.id) \
         SELECT id FROM within WHERE id = $2",
        outer,
        inner
    )?;
    Ok(found.is_some())
}

/// A group of a list.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Group {
    /// Its id.
    pub id: GroupId,
    /// Its name.
    pub name: String,
    /// The folded name, by which lists are sorted.
    pub name_key: String,
    /// How many people are in it themselves.
    pub members: i64,
}

/// A page of the groups by name, behind the folded name `after`, of those whose folded name holds the pattern `like`.
///
/// # Errors
/// When the database fails.
pub async fn page(conn: &mut Conn, after: &str, like: &str, limit: i64) -> Result<Vec<Group>, Error> {
    query_all!(
        conn,
        Group,
        "SELECT g.id, g.name, g.name_key, (SELECT COUNT(*) FROM group_members m WHERE m.group_id = g.id) AS members \
         FROM groups g WHERE g.name_key > $1 AND g.name_key LIKE $2 ESCAPE '!' ORDER BY g.name_key LIMIT $3",
        after,
        like,
        limit
    )
}

/// A page of who is in a group themselves, by number, behind the number `after`: number, user name and name.
///
/// # Errors
/// When the database fails.
pub async fn members(
    conn: &mut Conn,
    group: &GroupId,
    after: i64,
    limit: i64,
) -> Result<Vec<(i64, String, String)>, Error> {
    query_all!(
        conn,
        (i64, String, String),
        "SELECT a.number, a.username, a.name FROM group_members m JOIN accounts a ON a.id = m.account_id \
         WHERE m.group_id = $1 AND a.number > $2 AND a.status <> 'deleted' ORDER BY a.number LIMIT $3",
        group,
        after,
        limit
    )
}

/// The groups that a group holds directly.
///
/// # Errors
/// When the database fails.
pub async fn inner(conn: &mut Conn, group: &GroupId) -> Result<Vec<(GroupId, String)>, Error> {
    query_all!(
        conn,
        (GroupId, String),
        "SELECT g.id, g.name FROM group_groups n JOIN groups g ON g.id = n.inner_id WHERE n.group_id = $1 \
         ORDER BY g.name_key",
        group
    )
}

/// The group with this folded name.
///
/// # Errors
/// When the database fails.
pub async fn by_key(conn: &mut Conn, key: &str) -> Result<Option<GroupId>, Error> {
    Ok(query_opt!(conn, (GroupId,), "SELECT id FROM groups WHERE name_key = $1", key)?.map(|(id,)| id))
}

/// Adds a group; yields whether it was added, which it is not when the folded name is taken.
///
/// # Errors
/// When the database fails.
pub async fn insert(tx: &mut Tx, id: &GroupId, name: &str, key: &str, now: Time) -> Result<bool, Error> {
    let added = execute!(
        tx,
        "INSERT INTO groups (id, name, name_key, created_at) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (name_key) DO NOTHING",
        id,
        name,
        key,
        now
    )?;
    Ok(added == 1)
}

/// Puts a person into a group.
///
/// # Errors
/// When the database fails.
pub async fn add_member(tx: &mut Tx, group: &GroupId, account: &AccountId, now: Time) -> Result<(), Error> {
    execute!(
        tx,
        "INSERT INTO group_members (group_id, account_id, created_at) VALUES ($1, $2, $3) \
         ON CONFLICT (group_id, account_id) DO NOTHING",
        group,
        account,
        now
    )
    .map(|_| ())
}

/// Takes a person out of a group.
///
/// # Errors
/// When the database fails.
pub async fn remove_member(tx: &mut Tx, group: &GroupId, account: &AccountId) -> Result<(), Error> {
    execute!(
        tx,
        "DELETE FROM group_members WHERE group_id = $1 AND account_id = $2",
        group,
        account
    )
    .map(|_| ())
}

/// Puts a group into a group.
///
/// # Errors
/// When the database fails.
pub async fn add_group(tx: &mut Tx, group: &GroupId, inner: &GroupId, now: Time) -> Result<(), Error> {
    execute!(
        tx,
        "INSERT INTO group_groups (group_id, inner_id, created_at) VALUES ($1, $2, $3) \
         ON CONFLICT (group_id, inner_id) DO NOTHING",
        group,
        inner,
        now
    )
    .map(|_| ())
}

/// Takes a group out of a group.
///
/// # Errors
/// When the database fails.
pub async fn remove_group(tx: &mut Tx, group: &GroupId, inner: &GroupId) -> Result<(), Error> {
    execute!(
        tx,
        "DELETE FROM group_groups WHERE group_id = $1 AND inner_id = $2",
        group,
        inner
    )
    .map(|_| ())
}

/// Gives a group another name; yields false if another group has it.
///
/// # Errors
/// When the database fails.
pub async fn rename(tx: &mut Tx, id: &GroupId, name: &str, key: &str) -> Result<bool, Error> {
    let changed = execute!(
        tx,
        "UPDATE groups SET name = $2, name_key = $3 WHERE id = $1 \
         AND NOT EXISTS (SELECT 1 FROM groups o WHERE o.name_key = $3 AND o.id <> $1)",
        id,
        name,
        key
    )?;
    Ok(changed == 1)
}

/// Deletes a group with all that is in it.
///
/// # Errors
/// When the database fails.
pub async fn delete(tx: &mut Tx, id: &GroupId) -> Result<(), Error> {
    execute!(tx, "DELETE FROM group_members WHERE group_id = $1", id)?;
    execute!(
        tx,
        "DELETE FROM group_groups WHERE group_id = $1 OR inner_id = $1",
        id
    )?;
    execute!(tx, "DELETE FROM groups WHERE id = $1", id).map(|_| ())
}
