//! `doorward groups`: groups and their members.

use clap::Subcommand;
use serde_json::json;

use super::{Host, Operations, confirm};
use crate::directory::accounts::AccountRef;
use crate::directory::groups::{
    AddGroupMember, AddInnerGroup, DeleteGroup, GroupRef, ListGroups, RemoveGroupMember, RemoveInnerGroup,
    RenameGroup,
};

/// How many rows are read at once.
const ROWS: u16 = 500;

#[derive(Debug, Subcommand)]
pub(super) enum GroupsAction {
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

pub(super) async fn groups(host: &Host, action: GroupsAction) -> anyhow::Result<()> {
    let operations = host.operations().await?;
    match action {
        GroupsAction::List => list(host, &operations).await?,
        action => change(host, &operations, action).await?,
    }
    operations.close().await;
    Ok(())
}

async fn change(host: &Host, operations: &Operations, action: GroupsAction) -> anyhow::Result<()> {
    let named = |name: &str| GroupRef::Name(name.to_owned());
    let (sentence, value) = match action {
        GroupsAction::Add {
            group: name,
            username,
        } => {
            let (group, account) = (named(&name), AccountRef::Any(username.clone()));
            let create = true;
            let add = AddGroupMember {
                group,
                account,
                create,
            };
            operations.change(add).await?;
            let value = json!({ "group": name, "username": username });
            (format!("{username} is a member of {name}."), value)
        }
        GroupsAction::Remove {
            group: name,
            username,
        } => {
            let (group, account) = (named(&name), AccountRef::Any(username.clone()));
            operations.change(RemoveGroupMember { group, account }).await?;
            let value = json!({ "group": name, "username": username });
            (format!("{username} is no longer a member of {name}."), value)
        }
        GroupsAction::AddGroup { group: outer, inner } => {
            let (group, within) = (named(&outer), named(&inner));
            let add = AddInnerGroup { group, inner: within };
            operations.change(add).await?;
            let sentence = format!("All members of {inner} are members of {outer}.");
            (sentence, json!({ "group": outer, "inner": inner }))
        }
        GroupsAction::RemoveGroup { group: outer, inner } => {
            let (group, within) = (named(&outer), named(&inner));
            let remove = RemoveInnerGroup { group, inner: within };
            operations.change(remove).await?;
            let sentence = format!("{inner} is no longer part of {outer}.");
            (sentence, json!({ "group": outer, "inner": inner }))
        }
        GroupsAction::Rename { group: old, name } => {
            let (group, new) = (named(&old), name.clone());
            operations.change(RenameGroup { group, name: new }).await?;
            let sentence = format!("{old} is now called {name}.");
            (sentence, json!({ "group": old, "name": name }))
        }
        GroupsAction::Delete { group: name, yes } => {
            if !yes {
                confirm(&format!("This deletes the group {name} and its memberships."))?;
            }
            let group = named(&name);
            operations.change(DeleteGroup { group }).await?;
            (format!("{name} is deleted."), json!({ "group": name }))
        }
        GroupsAction::List => return Ok(()),
    };
    host.print(&sentence, &value);
    Ok(())
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
