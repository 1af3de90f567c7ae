//! `doorward roles`: roles on the instance and for apps.

use clap::{Args, Subcommand};
use serde_json::json;

use super::arguments::parse_time;
use super::host::{Host, Operations};
use crate::clock::Time;
use crate::directory::accounts::AccountRef;
use crate::directory::clients::{Holder, ShareAppRole, UnshareAppRole};
use crate::directory::groups::GroupRef;
use crate::directory::roles::{
    GetAccountRoles, GrantAppRole, GrantRole, ListEscalatingPermissions, ListRiskyHolders, ListRoles,
    RevokeAppRole, RevokeRole,
};
use crate::directory::teams::TeamRef;
use crate::model::ClientId;
use crate::words;

#[derive(Debug, Subcommand)]
pub(super) enum RolesAction {
    /// List the roles of the scheme with their permissions.
    List {
        /// List only permissions whose holders could gain others, with the roles that have them.
        #[arg(long)]
        escalating: bool,
    },
    /// List who holds a role with which they could gain other permissions.
    Risky,
    /// Show the roles of an account, including implied ones.
    Show {
        /// The username.
        username: String,
    },
    /// Grant a role on the instance or for an app.
    Grant {
        /// The username.
        username: String,
        /// The role.
        role: String,
        /// The client ID, for a role for an app.
        #[arg(long)]
        app: Option<String>,
        /// The end date.
        #[arg(long, value_parser = parse_time)]
        until: Option<Time>,
    },
    /// Let the members of a group or a team hold a role for an app.
    Share {
        #[command(flatten)]
        share: SharedRole,
        /// The end date.
        #[arg(long, value_parser = parse_time)]
        until: Option<Time>,
    },
    /// Take a role for an app back from the members of a group or a team.
    Unshare(SharedRole),
    /// Revoke a role.
    Revoke {
        /// The username.
        username: String,
        /// The role.
        role: String,
        /// The client ID, for a role for an app.
        #[arg(long)]
        app: Option<String>,
    },
}

#[derive(Debug, Args)]
pub(super) struct SharedRole {
    /// The role.
    role: String,
    /// The client ID of the app.
    #[arg(long)]
    app: String,
    /// The group, with the groups inside it.
    #[arg(long, required_unless_present = "team", conflicts_with = "team")]
    group: Option<String>,
    /// The team, by its slug.
    #[arg(long)]
    team: Option<String>,
}

impl SharedRole {
    /// The group or the team, of which clap requires one.
    fn holder(&self) -> Holder {
        match (&self.group, &self.team) {
            (Some(group), _) => Holder::Group(GroupRef::Name(group.clone())),
            (None, team) => Holder::Team(TeamRef::Slug(team.clone().unwrap_or_default())),
        }
    }
}

async fn share(
    host: &Host,
    operations: &Operations,
    share: SharedRole,
    until: Option<Time>,
) -> anyhow::Result<()> {
    let (with, app, role) = (share.holder(), ClientId(share.app), share.role);
    let sentence = format!("The members have the role {role} for {app}.");
    let value = json!({ "app": app, "role": role, "until": until });
    let change = ShareAppRole {
        app,
        role,
        with,
        until,
    };
    operations.change(change).await?;
    host.print(&sentence, &value);
    Ok(())
}

async fn unshare(host: &Host, operations: &Operations, share: SharedRole) -> anyhow::Result<()> {
    let (with, app, role) = (share.holder(), ClientId(share.app), share.role);
    let sentence = format!("The members no longer have the role {role} for {app}.");
    let value = json!({ "app": app, "role": role });
    operations.change(UnshareAppRole { app, role, with }).await?;
    host.print(&sentence, &value);
    Ok(())
}

pub(super) async fn roles(host: &Host, operations: &Operations, action: RolesAction) -> anyhow::Result<()> {
    match action {
        RolesAction::List { escalating: false } => list(host, operations).await?,
        RolesAction::List { escalating: true } => escalating(host, operations).await?,
        RolesAction::Share { share: one, until } => share(host, operations, one, until).await?,
        RolesAction::Unshare(one) => unshare(host, operations, one).await?,
        RolesAction::Risky => risky(host, operations).await?,
        RolesAction::Show { username } => {
            let account = AccountRef::Any(username);
            let held = operations.read(GetAccountRoles { account }).await?;
            host.print(&held.roles.join("\n"), &serde_json::to_value(&held)?);
        }
        RolesAction::Grant {
            username,
            role,
            app,
            until,
        } => grant(host, operations, username, role, app, until).await?,
        RolesAction::Revoke { username, role, app } => {
            revoke(host, operations, username, role, app).await?;
        }
    }
    Ok(())
}

async fn grant(
    host: &Host,
    operations: &Operations,
    username: String,
    role: String,
    app: Option<String>,
    until: Option<Time>,
) -> anyhow::Result<()> {
    let value = json!({ "username": username, "role": role });
    let sentence = format!("{username} has the role {role}.");
    let account = AccountRef::Any(username);
    match app {
        None => {
            let grant = GrantRole { account, role, until };
            operations.change(grant).await?;
        }
        Some(app) => {
            let grant = GrantAppRole {
                account,
                app: ClientId(app),
                role,
                until,
            };
            operations.change(grant).await?;
        }
    }
    host.print(&sentence, &value);
    Ok(())
}

async fn revoke(
    host: &Host,
    operations: &Operations,
    username: String,
    role: String,
    app: Option<String>,
) -> anyhow::Result<()> {
    let value = json!({ "username": username, "role": role });
    let sentence = format!("{username} no longer has the role {role}.");
    let account = AccountRef::Any(username);
    match app {
        None => operations.change(RevokeRole { account, role }).await?,
        Some(app) => {
            let app = ClientId(app);
            operations.change(RevokeAppRole { account, app, role }).await?;
        }
    }
    host.print(&sentence, &value);
    Ok(())
}

async fn list(host: &Host, operations: &Operations) -> anyhow::Result<()> {
    for role in operations.read(ListRoles).await?.roles {
        let definition = &role.definition;
        let permissions = definition.permissions.join(" ");
        host.print(
            &format!("{}  {}  {permissions}", definition.level, definition.name),
            &serde_json::to_value(&role)?,
        );
    }
    Ok(())
}

async fn escalating(host: &Host, operations: &Operations) -> anyhow::Result<()> {
    for row in operations.read(ListEscalatingPermissions).await? {
        let allows = words::permission(row.permission);
        host.print(
            &format!("{}  {}  {allows}", row.permission, row.roles.join(" ")),
            &json!({ "permission": row.permission, "roles": row.roles, "allows": allows }),
        );
    }
    Ok(())
}

async fn risky(host: &Host, operations: &Operations) -> anyhow::Result<()> {
    for holder in operations.read(ListRiskyHolders).await? {
        let app = match &*holder.app {
            "" => String::new(),
            app => format!("  for {app}"),
        };
        let line = format!("{}  {}{app}", holder.username, holder.role);
        host.print(&line, &serde_json::to_value(&holder)?);
    }
    Ok(())
}
