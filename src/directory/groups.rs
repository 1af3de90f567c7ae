//! Groups: flat labels on people, which may hold other groups.

use serde_json::{Value, json};

use super::power::Power;
use super::{Actor, ChangeError, Failure, names, schemes};
use crate::clock::Time;
use crate::model::permission::Permission;
use crate::model::scheme::Scheme;
use crate::model::{AccountId, GroupId};
use crate::store::{Db, Tx, groups};

/// A change of one group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// It gets another name.
    Rename(String),
    /// It is deleted, and nobody is in it any more.
    Delete,
    /// A person comes in.
    Add(AccountId),
    /// A person goes.
    Remove(AccountId),
    /// Everybody of another group counts as in it.
    AddGroup(GroupId),
    /// They no longer do.
    RemoveGroup(GroupId),
}

fn taken() -> ChangeError {
    ChangeError::at("name", "This name is taken. Choose another one.")
}

fn check_name(name: &str, scheme: &Scheme) -> Result<(), ChangeError> {
    let checked = names::validate("name", name, &scheme.name_marks)
        .and_then(|()| names::validate_unreserved("name", name, &scheme.reserved_names));
    checked.map_err(|refusal| Failure::from(refusal).into())
}

/// Makes a group.
///
/// # Errors
/// When the name is not allowed or taken, the actor may not, or the database fails.
pub async fn create(db: &Db, actor: Actor, name: String, now: Time) -> Result<GroupId, ChangeError> {
    let scheme = schemes::active(db).await?;
    db.write(move |tx| {
        Box::pin(async move {
            Power::of(&actor, tx, &scheme, now)
                .await?
                .require(Permission::GroupManage)?;
            check_name(&name, &scheme)?;
            let id = GroupId::new(now);
            if !groups::insert(tx, &id, &name, &names::key(&name), now).await? {
                return Err(taken());
            }
            actor
                .record(tx, "group.create", id.as_str(), &json!({ "name": name }), now)
                .await?;
            Ok(id)
        })
    })
    .await
}

/// Puts a person into the group of this name, which is made if it is not there.
///
/// # Errors
/// As [`create`] and [`change`].
pub async fn add_member(
    db: &Db,
    actor: Actor,
    name: String,
    account: AccountId,
    now: Time,
) -> Result<(), ChangeError> {
    let found = groups::by_key(&mut db.read().await?, &names::key(&name)).await?;
    let id = match found {
        Some(id) => id,
        None => create(db, actor.clone(), name, now).await?,
    };
    change(db, actor, id, Change::Add(account), now).await
}

/// Changes a group.
///
/// # Errors
/// When there is no such group, the change is not possible, the actor may not, or the database fails.
pub async fn change(
    db: &Db,
    actor: Actor,
    group: GroupId,
    change: Change,
    now: Time,
) -> Result<(), ChangeError> {
    let scheme = schemes::active(db).await?;
    db.write(move |tx| {
        Box::pin(async move {
            Power::of(&actor, tx, &scheme, now)
                .await?
                .require(Permission::GroupManage)?;
            let name = groups::name(tx, &group).await?;
            let name = name.ok_or(ChangeError::NotFound("There is no such group."))?;
            if let Change::Rename(name) = &change {
                check_name(name, &scheme)?;
            }
            apply(tx, &group, &change, now).await?;
            let (action, target, detail) = told(&group, &name, &change);
            actor.record(tx, action, target, &detail, now).await?;
            Ok(())
        })
    })
    .await
}

async fn apply(tx: &mut Tx, group: &GroupId, change: &Change, now: Time) -> Result<(), ChangeError> {
    match change {
        Change::Rename(name) => {
            if !groups::rename(tx, group, name, &names::key(name)).await? {
                return Err(taken());
            }
        }
        Change::Delete => groups::delete(tx, group).await?,
        Change::Add(account) => {
            if crate::store::accounts::by_id(tx, account).await?.is_none() {
                return Err(ChangeError::NotFound("There is no such account."));
            }
            groups::add_member(tx, group, account, now).await?;
        }
        Change::Remove(account) => {
            groups::remove_member(tx, group, account).await?;
        }
        Change::AddGroup(inner) => {
            if groups::name(tx, inner).await?.is_none() {
                return Err(ChangeError::NotFound("There is no such group."));
            }
            // Two that nest crosswise at once take turns here.
            crate::store::counters::next(tx, "numbers").await?;
            if inner == group || groups::holds(tx, inner, group).await? {
                return Err(ChangeError::at("group", "The group would come to hold itself."));
            }
            groups::add_group(tx, group, inner, now).await?;
        }
        Change::RemoveGroup(inner) => {
            groups::remove_group(tx, group, inner).await?;
        }
    }
    Ok(())
}

/// The action, the target and the detail of the audit row.
fn told<'c>(group: &'c GroupId, name: &str, change: &'c Change) -> (&'static str, &'c str, Value) {
    let of_group = |action, detail| (action, group.as_str(), detail);
    match change {
        Change::Rename(new) => of_group("group.rename", json!({ "before": name, "after": new })),
        Change::Delete => of_group("group.delete", json!({ "name": name })),
        Change::Add(account) => ("group.add_member", account.as_str(), json!({ "group": name })),
        Change::Remove(account) => ("group.remove_member", account.as_str(), json!({ "group": name })),
        Change::AddGroup(inner) => of_group("group.add_group", json!({ "name": name, "inner": inner })),
        Change::RemoveGroup(inner) => of_group("group.remove_group", json!({ "name": name, "inner": inner })),
    }
}
