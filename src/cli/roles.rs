//! `doorward roles`: who holds which role on the instance and for apps.

use clap::Subcommand;
use serde_json::json;

use super::users::find;
use super::{Host, moment};
use crate::clock::Time;
use crate::directory::authority::Authority;
use crate::directory::{Actor, roles as directory, schemes};
use crate::model::ClientId;
use crate::model::permission::Permission;
use crate::model::role::RoleLevel;
use crate::store::Db;
use crate::words;

#[derive(Debug, Subcommand)]
pub(super) enum RolesAction {
    /// Lists the roles of the scheme with what they allow.
    List,
    /// Lists the permissions by which their holders could come by more, with the roles that have them.
    Risky,
    /// Shows which roles a person holds, those that come by themselves included.
    Of {
        /// The person's user name.
        username: String,
    },
    /// Gives a person a role on the instance, or for one app.
    Grant {
        /// The person's user name.
        username: String,
        /// The role.
        role: String,
        /// The client id, for a role for one app.
        #[arg(long)]
        app: Option<String>,
        /// When it ends.
        #[arg(long, value_parser = moment)]
        until: Option<Time>,
    },
    /// Takes a role from a person.
    Revoke {
        /// The person's user name.
        username: String,
        /// The role.
        role: String,
        /// The client id, for a role for one app.
        #[arg(long)]
        app: Option<String>,
    },
}

pub(super) async fn roles(host: &Host, action: RolesAction) -> anyhow::Result<()> {
    let db = host.database().await?;
    let now = Host::now();
    match action {
        RolesAction::List => list(host, &db).await?,
        RolesAction::Risky => risky(host, &db).await?,
        RolesAction::Of { username } => {
            let account = find(&db, &username).await?.id;
            let scheme = schemes::active(&db).await?;
            let held = Authority::load(&mut db.read().await?, scheme, &account, now).await?;
            host.say(
                &held.roles.join("\n"),
                &json!({ "username": username, "roles": held.roles }),
            );
        }
        RolesAction::Grant {
            username,
            role,
            app,
            until,
        } => {
            let account = find(&db, &username).await?.id;
            match app {
                None => directory::grant(&db, Actor::HOST, account, role.clone(), until, now).await?,
                Some(app) => {
                    let app = ClientId(app);
                    directory::grant_for_app(&db, Actor::HOST, account, app, role.clone(), until, now)
                        .await?;
                }
            }
            let said = json!({ "username": username, "role": role });
            host.say(&format!("{username} is {role} now."), &said);
        }
        RolesAction::Revoke { username, role, app } => {
            let account = find(&db, &username).await?.id;
            match app {
                None => directory::revoke(&db, Actor::HOST, account, role.clone(), now).await?,
                Some(app) => {
                    directory::revoke_for_app(&db, Actor::HOST, account, ClientId(app), role.clone(), now)
                        .await?;
                }
            }
            let said = json!({ "username": username, "role": role });
            host.say(&format!("{username} is no longer {role}."), &said);
        }
    }
    db.close().await;
    Ok(())
}

async fn list(host: &Host, db: &Db) -> anyhow::Result<()> {
    let scheme = schemes::active(db).await?;
    for role in &scheme.roles {
        host.say(
            &format!("{}  {}  {}", role.level, role.name, role.permissions.join(" ")),
            &serde_json::to_value(role)?,
        );
    }
    Ok(())
}

async fn risky(host: &Host, db: &Db) -> anyhow::Result<()> {
    let scheme = schemes::active(db).await?;
    for &permission in Permission::ALL.iter().filter(|permission| permission.escalates()) {
        let allows = words::permission(permission);
        let roles = scheme.roles_of(RoleLevel::Instance).filter(|role| {
            scheme
                .permissions_of(RoleLevel::Instance, &role.name)
                .allows(permission)
        });
        let roles: Vec<&str> = roles.map(|role| role.name.as_str()).collect();
        host.say(
            &format!("{}  {}  {}", permission, roles.join(" "), allows),
            &json!({ "permission": permission, "roles": roles, "allows": allows }),
        );
    }
    Ok(())
}
