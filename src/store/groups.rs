//! Groups, their members and the groups inside them.

use super::{Conn, Error, Tx};
use crate::clock::Time;
use crate::model::group::{Group, GroupMember, GroupSummary};
use crate::model::{AccountId, GroupId};

/// The names of all groups that contain an account, directly or through other groups; sorted.
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

/// The ids of all groups that contain an account, directly or through other groups.
pub async fn ids_of_account(conn: &mut Conn, account: &AccountId) -> Result<Vec<GroupId>, Error> {
    let rows = query_all!(
        conn,
        (GroupId,),
        "WITH RECURSIVE held(id) AS (SELECT group_id FROM group_members WHERE account_id = $1 \
         UNION SELECT n.group_id FROM group_groups n JOIN held h ON n.inner_id = h.id) SELECT id FROM held",
        account
    )?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// The group with this id.
pub async fn by_id(conn: &mut Conn, id: &GroupId) -> Result<Option<Group>, Error> {
    query_opt!(
        conn,
        Group,
        select!(group_columns, "FROM groups g WHERE g.id = $1"),
        id
    )
}

/// The group with this folded name.
pub async fn by_key(conn: &mut Conn, key: &str) -> Result<Option<Group>, Error> {
    query_opt!(
        conn,
        Group,
        select!(group_columns, "FROM groups g WHERE g.name_key = $1"),
        key
    )
}

/// Whether a group contains another one, directly or through other groups.
pub async fn contains(conn: &mut Conn, outer: &GroupId, inner: &GroupId) -> Result<bool, Error> {
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

/// A page of the groups whose folded name matches the pattern `like`, by name, after the folded name `after`.
pub async fn page(conn: &mut Conn, after: &str, like: &str, limit: i64) -> Result<Vec<GroupSummary>, Error> {
    query_all!(
        conn,
        GroupSummary,
        "SELECT g.id, g.name, (SELECT COUNT(*) FROM group_members m JOIN accounts a ON a.id = m.account_id \
         WHERE m.group_id = g.id AND a.status <> 'deleted') AS members \
         FROM groups g WHERE g.name_key > $1 AND g.name_key LIKE $2 ESCAPE '!' ORDER BY g.name_key LIMIT $3",
        after,
        like,
        limit
    )
}

/// A page of the direct members of a group, by number, after the number `after`.
pub async fn members(
    conn: &mut Conn,
    group: &GroupId,
    after: i64,
    limit: i64,
) -> Result<Vec<GroupMember>, Error> {
    query_all!(
        conn,
        GroupMember,
        select!(
            group_member_columns,
            "FROM group_members m JOIN accounts a ON a.id = m.account_id \
         WHERE m.group_id = $1 AND a.number > $2 AND a.status <> 'deleted' ORDER BY a.number LIMIT $3"
        ),
        group,
        after,
        limit
    )
}

/// The groups that a group contains directly.
pub async fn inner(conn: &mut Conn, group: &GroupId) -> Result<Vec<Group>, Error> {
    query_all!(
        conn,
        Group,
        select!(
            group_columns,
            "FROM group_groups n JOIN groups g ON g.id = n.inner_id WHERE n.group_id = $1 \
         ORDER BY g.name_key"
        ),
        group
    )
}

/// Adds a group; yields false if the folded name is taken.
pub async fn insert(tx: &mut Tx, id: &GroupId, name: &str, key: &str, now: Time) -> Result<bool, Error> {
    any_affected!(
        tx,
        "INSERT INTO groups (id, name, name_key, created_at) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (name_key) DO NOTHING",
        id,
        name,
        key,
        now
    )
}

/// Adds an account to a group.
pub async fn add_member(tx: &mut Tx, group: &GroupId, account: &AccountId, now: Time) -> Result<(), Error> {
    execute!(
        tx,
        "INSERT INTO group_members (group_id, account_id, created_at) VALUES ($1, $2, $3) \
         ON CONFLICT (group_id, account_id) DO NOTHING",
        group,
        account,
        now
    )
}

/// Removes an account from a group.
pub async fn remove_member(tx: &mut Tx, group: &GroupId, account: &AccountId) -> Result<(), Error> {
    execute!(
        tx,
        "DELETE FROM group_members WHERE group_id = $1 AND account_id = $2",
        group,
        account
    )
}

/// Adds a group to a group.
pub async fn add_group(tx: &mut Tx, group: &GroupId, inner: &GroupId, now: Time) -> Result<(), Error> {
    execute!(
        tx,
        "INSERT INTO group_groups (group_id, inner_id, created_at) VALUES ($1, $2, $3) \
         ON CONFLICT (group_id, inner_id) DO NOTHING",
        group,
        inner,
        now
    )
}

/// Removes a group from a group.
pub async fn remove_group(tx: &mut Tx, group: &GroupId, inner: &GroupId) -> Result<(), Error> {
    execute!(
        tx,
        "DELETE FROM group_groups WHERE group_id = $1 AND inner_id = $2",
        group,
        inner
    )
}

/// Renames a group; yields false if another group has the name.
pub async fn rename(tx: &mut Tx, id: &GroupId, name: &str, key: &str) -> Result<bool, Error> {
    any_affected!(
        tx,
        "UPDATE groups SET name = $2, name_key = $3 WHERE id = $1 \
         AND NOT EXISTS (SELECT 1 FROM groups o WHERE o.name_key = $3 AND o.id <> $1)",
        id,
        name,
        key
    )
}

/// Deletes a group and its memberships.
pub async fn delete(tx: &mut Tx, id: &GroupId) -> Result<(), Error> {
    execute!(tx, "DELETE FROM group_members WHERE group_id = $1", id)?;
    execute!(
        tx,
        "DELETE FROM group_groups WHERE group_id = $1 OR inner_id = $1",
        id
    )?;
    execute!(tx, "DELETE FROM groups WHERE id = $1", id)
}
