//! `doorward groups`: groups and who is in them.

use anyhow::Context;
use clap::Subcommand;
use serde_json::json;

use super::users::find;
use super::{Host, confirm};
use crate::directory::groups::{self as directory, Change};
use crate::directory::{Actor, names};
use crate::model::GroupId;
use crate::store::{Db, groups};

#[derive(Debug, Subcommand)]
pub(super) enum GroupsAction {
    /// Puts a person into a group, which is made if it is not there.
    Add {
        /// The group.
        group: String,
        /// The person's user name.
        username: String,
    },
    /// Takes a person out of a group.
    Remove {
        /// The group.
        group: String,
        /// The person's user name.
        username: String,
    },
    /// Puts a group into a group: everybody of the inner one counts as in the outer one.
    Nest {
        /// The outer group.
        group: String,
        /// The inner group.
        inner: String,
    },
    /// Takes a group out of a group.
    Unnest {
        /// The outer group.
        group: String,
        /// The inner group.
        inner: String,
    },
    /// Gives a group another name.
    Rename {
        /// The group.
        group: String,
        /// The new name.
        name: String,
    },
    /// Deletes a group.
    Delete {
        /// The group.
        group: String,
        /// Does it without asking.
        #[arg(long)]
        yes: bool,
    },
    /// Lists the groups.
    List,
}

async fn group(db: &Db, name: &str) -> anyhow::Result<GroupId> {
    let found = groups::by_key(&mut db.read().await?, &names::key(name)).await?;
    found.with_context(|| format!("there is no group {name}"))
}

pub(super) async fn groups(host: &Host, action: GroupsAction) -> anyhow::Result<()> {
    let db = host.database().await?;
    let (name, change, said) = match action {
        GroupsAction::Add { group, username } => {
            let account = find(&db, &username).await?.id;
            directory::add_member(&db, Actor::HOST, group.clone(), account.clone(), Host::now()).await?;
            let said = format!("{username} is in {group}.");
            host.say(&said, &json!({ "group": group, "username": username }));
            db.close().await;
            return Ok(());
        }
        GroupsAction::List => {
            list(host, &db).await?;
            db.close().await;
            return Ok(());
        }
        GroupsAction::Remove { group, username } => {
            let said = format!("{username} is no longer in {group}.");
            (group, Change::Remove(find(&db, &username).await?.id), said)
        }
        GroupsAction::Nest { group: outer, inner } => {
            let said = format!("Everybody of {inner} counts as in {outer}.");
            (outer, Change::AddGroup(group(&db, &inner).await?), said)
        }
        GroupsAction::Unnest { group: outer, inner } => {
            let said = format!("{inner} is no longer in {outer}.");
            (outer, Change::RemoveGroup(group(&db, &inner).await?), said)
        }
        GroupsAction::Rename { group, name } => {
            let said = format!("{group} is called {name} now.");
            (group, Change::Rename(name), said)
        }
        GroupsAction::Delete { group, yes } => {
            if !yes {
                confirm(&format!("The group {group} goes, for good."))?;
            }
            let said = format!("{group} is deleted.");
            (group, Change::Delete, said)
        }
    };
    let id = group(&db, &name).await?;
    directory::change(&db, Actor::HOST, id, change, Host::now()).await?;
    host.say(&said, &json!({ "group": name }));
    db.close().await;
    Ok(())
}

async fn list(host: &Host, db: &Db) -> anyhow::Result<()> {
    let mut after = String::new();
    loop {
        let page = groups::page(&mut db.read().await?, &after, "%", 500).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after.clone_from(&last.name_key);
        for group in &page {
            host.say(
                &format!("{}  {}", group.name, group.members),
                &json!({ "id": group.id, "name": group.name, "members": group.members }),
            );
        }
    }
}
