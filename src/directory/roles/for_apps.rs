//! Granting and revoking roles for an app.

use serde_json::json;

use super::{check_end, unknown_role};
use crate::clock::Time;
use crate::directory::accounts::{AccountRef, lock};
use crate::directory::{ChangeContext, Failure, operation};
use crate::model::ClientId;
use crate::model::action::Action;
use crate::model::client::ClientSettings;
use crate::model::refusal::Code;
use crate::model::role::{RoleGrant, RoleLevel};
use crate::store::{clients, roles};

operation! {
    /// Grants a role for an app, with or without an end date.
    change GrantAppRole {
        account: AccountRef,
        app: ClientId,
        role: String,
        until: Option<Time>,
    } -> (), requires AppManage;
}

impl GrantAppRole {
    async fn perform(self, context: &mut ChangeContext<'_>) -> Result<(), Failure> {
        if context.scheme.role(RoleLevel::App, &self.role).is_none() {
            return Err(unknown_role(&context.scheme, RoleLevel::App));
        }
        check_end(self.until, context.now)?;
        let id = lock(context, &self.account).await?.id;
        let app = clients::by_id(context.tx(), &self.app).await?;
        let app = app.ok_or(Code::ClientNotFound)?;
        let grant = RoleGrant {
            level: RoleLevel::App,
            role: self.role.clone(),
            target: self.app.0.clone(),
            expires_at: self.until,
        };
        let (tx, now) = context.tx_now();
        roles::grant(tx, &id, &grant, now).await?;
        if app.settings.instance_roles.is_none() {
            // An administrator of the instance must not look like one of this app from now on.
            let settings = ClientSettings {
                instance_roles: Some(false),
                ..app.settings
            };
            clients::update(tx, &self.app, &settings, now).await?;
            let detail =
                json!({ "before": { "instance_roles": null }, "after": { "instance_roles": false } });
            context
                .record(Action::AppUpdate, self.app.as_str(), &detail)
                .await?;
        }
        let detail = json!({ "app": self.app, "role": self.role, "until": self.until });
        context
            .record(Action::RoleGrantForApp, id.as_str(), &detail)
            .await
    }
}

operation! {
    /// Revokes a role for an app.
    change RevokeAppRole { account: AccountRef, app: ClientId, role: String } -> (), requires AppManage;
}

impl RevokeAppRole {
    async fn perform(self, context: &mut ChangeContext<'_>) -> Result<(), Failure> {
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
