//! Groups: flat labels on people.

use super::{AccountId, Conn, Error, GroupId, Tx};
use crate::clock::Time;

/// The names of a person's groups, sorted.
///
/// # Errors
/// When the database fails.
pub async fn of_account(conn: &mut Conn, account: &AccountId) -> Result<Vec<String>, Error> {
    let rows = query_all!(
        conn,
        (String,),
        "SELECT g.name FROM group_members m JOIN groups g ON g.id = m.group_id WHERE m.account_id = $1 ORDER BY g.name",
        account
    )?;
    Ok(rows.into_iter().map(|(name,)| name).collect())
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
