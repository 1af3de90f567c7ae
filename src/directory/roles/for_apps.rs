//! Granting and revoking roles for an app.

use serde_json::json;

use super::{check_end, unknown_role};
use crate::clock::Time;
use crate::directory::accounts::{AccountRef, lock};
use crate::directory::{Change, ChangeContext, Failure};
use crate::model::ClientId;
use crate::model::action::Action;
use crate::model::permission::Permission;
use crate::model::refusal::Code;
use crate::model::role::{RoleGrant, RoleLevel};
use crate::store::{clients, roles};

/// Grants a role for an app, with or without an end date.
pub struct GrantAppRole {
    /// The account.
    pub account: AccountRef,
    /// The app.
    pub app: ClientId,
    /// The role.
    pub role: String,
    /// When it expires.
    pub until: Option<Time>,
}

impl Change for GrantAppRole {
    type Output = ();

    async fn run(self, context: &mut ChangeContext<'_>) -> Result<(), Failure> {
        context.require(Permission::AppManage)?;
        if context.scheme.role(RoleLevel::App, &self.role).is_none() {
            return Err(unknown_role(&context.scheme, RoleLevel::App));
        }
        check_end(self.until, context.now)?;
        let id = lock(context, &self.account).await?.id;
        if clients::by_id(context.tx(), &self.app).await?.is_none() {
            return Err(Code::ClientNotFound.into());
        }
        let grant = RoleGrant {
            level: RoleLevel::App,
            role: self.role.clone(),
            target: self.app.0.clone(),
            expires_at: self.until,
        };
        let (tx, now) = context.tx_now();
        roles::grant(tx, &id, &grant, now).await?;
        let detail = json!({ "app": self.app, "role": self.role, "until": self.until });
        context
            .record(Action::RoleGrantForApp, id.as_str(), &detail)
            .await
    }
}

/// Revokes a role for an app.
pub struct RevokeAppRole {
    /// The account.
    pub account: AccountRef,
    /// The app.
    pub app: ClientId,
    /// The role.
    pub role: String,
}

impl Change for RevokeAppRole {
    type Output = ();

    async fn run(self, context: &mut ChangeContext<'_>) -> Result<(), Failure> {
        context.require(Permission::AppManage)?;
        let id = lock(context, &self.account).await?.id;
        let app = self.app.as_str();
        if !roles::revoke(context.tx(), &id, RoleLevel::App, &self.role, app).await? {
            return Err(Code::RoleNotGranted.into());
        }
        let detail = json!({ "app": self.app, "role": self.role });
        context
            .record(Action::RoleRevokeForApp, id.as_str(), &detail)
            .await
    }
}
