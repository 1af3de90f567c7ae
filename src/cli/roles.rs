//! `doorward roles`: roles on the instance and for apps.

use clap::Subcommand;
use serde_json::json;

use super::{Host, Operations, parse_time};
use crate::clock::Time;
use crate::directory::accounts::AccountRef;
use crate::directory::roles::{
    GetAccountRoles, GrantAppRole, GrantRole, ListEscalatingPermissions, ListRiskyHolders, ListRoles, RevokeAppRole, RevokeRole,
};
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

pub(super) async fn roles(host: &Host, operations: &Operations, action: RolesAction) -> anyhow::Result<()> {
    match action {
        RolesAction::List { escalating: false } => list(host, operations).await?,
        RolesAction::List { escalating: true } => escalating(host, operations).await?,
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
