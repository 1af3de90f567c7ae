//! `doorward groups`: groups and their members.

use clap::Subcommand;
use serde_json::{Value, json};

use super::host::{Host, Operations};
use super::second_factors::{self, OfMembers};
use super::terminal::confirm;
use crate::directory::accounts::AccountRef;
use crate::directory::groups::{
    AddGroupMember, AddInnerGroup, CreateGroup, DeleteGroup, GroupRef, ListGroups, RemoveGroupMember,
    RemoveInnerGroup, RenameGroup,
};

/// The number of rows that are read at once.
const ROWS: u16 = 500;

#[derive(Debug, Subcommand)]
pub(super) enum GroupsAction {
    /// Create a group.
    Create {
        /// The group.
        group: String,
    },
    /// Add an account to a group, which is created if it does not exist.
    Add {
        /// The group.
        group: String,
        /// The username.
        username: String,
    },
    /// Remove an account from a group.
    Remove {
        /// The group.
        group: String,
        /// The username.
        username: String,
    },
    /// Add a group to a group, whose members then include all members of the inner one.
    AddGroup {
        /// The outer group.
        group: String,
        /// The inner group.
        inner: String,
    },
    /// Remove a group from a group.
    RemoveGroup {
        /// The outer group.
        group: String,
        /// The inner group.
        inner: String,
    },
    /// Rename a group.
    Rename {
        /// The group.
        group: String,
        /// The new name.
        name: String,
    },
    /// Require a second factor of the members of a group and of the groups inside it.
    SecondFactor(OfMembers),
    /// Delete a group.
    Delete {
        /// The group.
        group: String,
        /// Skip confirmation.
        #[arg(long)]
        yes: bool,
    },
    /// List the groups.
    List,
}

pub(super) async fn groups(host: &Host, operations: &Operations, action: GroupsAction) -> anyhow::Result<()> {
    let changed = match action {
        GroupsAction::List => None,
        GroupsAction::Create { group } => Some(create(operations, &group).await?),
        GroupsAction::Add { group, username } => Some(add_member(operations, &group, &username).await?),
        GroupsAction::Remove { group, username } => Some(remove_member(operations, &group, &username).await?),
        GroupsAction::AddGroup { group, inner } => Some(add_inner(operations, &group, &inner).await?),
        GroupsAction::RemoveGroup { group, inner } => Some(remove_inner(operations, &group, &inner).await?),
        GroupsAction::Rename { group, name } => Some(rename(operations, &group, &name).await?),
        GroupsAction::SecondFactor(set) => Some(second_factors::of_group(operations, set).await?),
        GroupsAction::Delete { group, yes } => Some(delete(operations, &group, yes).await?),
    };
    match changed {
        Some((sentence, value)) => host.print(&sentence, &value),
        None => list(host, operations).await?,
    }
    Ok(())
}

/// What a change prints: a sentence, or a value as JSON.
type Printed = (String, Value);

fn named(name: &str) -> GroupRef {
    GroupRef::Name(name.to_owned())
}

async fn create(operations: &Operations, name: &str) -> anyhow::Result<Printed> {
    let id = operations
        .change(CreateGroup {
            name: name.to_owned(),
        })
        .await?;
    let value = json!({ "id": id, "group": name });
    Ok((format!("{name} is created."), value))
}

async fn add_member(operations: &Operations, name: &str, username: &str) -> anyhow::Result<Printed> {
    let add = AddGroupMember {
        group: named(name),
        account: AccountRef::Any(username.to_owned()),
        create: true,
    };
    operations.change(add).await?;
    let value = json!({ "group": name, "username": username });
    Ok((format!("{username} is a member of {name}."), value))
}

async fn remove_member(operations: &Operations, name: &str, username: &str) -> anyhow::Result<Printed> {
    let (group, account) = (named(name), AccountRef::Any(username.to_owned()));
    operations.change(RemoveGroupMember { group, account }).await?;
    let value = json!({ "group": name, "username": username });
    Ok((format!("{username} is no longer a member of {name}."), value))
}

async fn add_inner(operations: &Operations, outer: &str, inner: &str) -> anyhow::Result<Printed> {
    let (group, within) = (named(outer), named(inner));
    operations.change(AddInnerGroup { group, inner: within }).await?;
    let value = json!({ "group": outer, "inner": inner });
    Ok((format!("All members of {inner} are members of {outer}."), value))
}

async fn remove_inner(operations: &Operations, outer: &str, inner: &str) -> anyhow::Result<Printed> {
    let (group, within) = (named(outer), named(inner));
    operations
        .change(RemoveInnerGroup { group, inner: within })
        .await?;
    let value = json!({ "group": outer, "inner": inner });
    Ok((format!("{inner} is no longer part of {outer}."), value))
}

async fn rename(operations: &Operations, old: &str, name: &str) -> anyhow::Result<Printed> {
    let (group, new) = (named(old), name.to_owned());
    operations.change(RenameGroup { group, name: new }).await?;
    let value = json!({ "group": old, "name": name });
    Ok((format!("{old} is now called {name}."), value))
}

async fn delete(operations: &Operations, name: &str, yes: bool) -> anyhow::Result<Printed> {
    if !yes {
        confirm(&format!("This deletes the group {name} and its memberships."))?;
    }
    let group = named(name);
    operations.change(DeleteGroup { group }).await?;
    Ok((format!("{name} is deleted."), json!({ "group": name })))
}

async fn list(host: &Host, operations: &Operations) -> anyhow::Result<()> {
    let mut next = Some(String::new());
    while let Some(after) = next {
        let list = ListGroups {
            search: String::new(),
            after,
            limit: ROWS,
        };
        let groups = operations.read(list).await?;
        for group in &groups.rows {
            host.print(
                &format!("{}  {}", group.name, group.members),
                &serde_json::to_value(group)?,
            );
        }
        next = groups.next(|last| last.name.clone());
    }
    Ok(())
}
