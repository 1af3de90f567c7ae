//! Granting and revoking roles for an app.

use serde_json::json;

use super::{check_end, unknown_role};
use crate::clock::Time;
use crate::directory::accounts::{AccountRef, lock};
use crate::directory::{ChangeContext, Failure, clients, operation, revocation};
use crate::model::ClientId;
use crate::model::action::Action;
use crate::model::client::{Client, ClientSettings};
use crate::model::refusal::Code;
use crate::model::role::{RoleGrant, RoleLevel};
use crate::store::{self, roles};

operation! {
    /// Grants a role for an app, with or without an end date.
    change GrantAppRole {
        account: AccountRef,
        app: ClientId,
        role: String,
        until: Option<Time>,
    } -> ();
}

impl GrantAppRole {
    async fn perform(self, context: &mut ChangeContext<'_>) -> Result<(), Failure> {
        let app = clients::find_managed(context, &self.app).await?;
        ensure_defined(context, RoleLevel::App, &self.role)?;
        check_end(self.until, context.now)?;
        let id = lock(context, &self.account).await?.id;
        let grant = RoleGrant {
            level: RoleLevel::App,
            role: self.role.clone(),
            target: self.app.0.clone(),
            expires_at: self.until,
        };
        let (tx, now) = context.tx_now();
        roles::grant(tx, &id, &grant, now).await?;
        revocation::end_acted_as((tx, now), &id).await?;
        end_instance_roles(context, &app).await?;
        let detail = json!({ "app": self.app, "role": self.role, "until": self.until });
        context
            .record(Action::RoleGrantForApp, id.as_str(), &detail)
            .await
    }
}

/// Stops an app from receiving instance roles once it has roles of its own, unless its settings say otherwise: from
/// then on, an administrator of the instance must not look like one of the app.
pub(in crate::directory) async fn end_instance_roles(
    context: &mut ChangeContext<'_>,
    app: &Client,
) -> Result<(), Failure> {
    if app.settings.instance_roles.is_some() {
        return Ok(());
    }
    let settings = ClientSettings {
        instance_roles: Some(false),
        ..app.settings.clone()
    };
    let (tx, now) = context.tx_now();
    store::clients::update(tx, &app.id, &settings, now).await?;
    let detail = json!({ "before": { "instance_roles": null }, "after": { "instance_roles": false } });
    context.record(Action::AppUpdate, app.id.as_str(), &detail).await
}

/// Succeeds if the scheme has this role.
///
/// # Errors
/// [`Code::UnknownRole`].
pub(in crate::directory) fn ensure_defined(
    context: &ChangeContext<'_>,
    level: RoleLevel,
    role: &str,
) -> Result<(), Failure> {
    match context.scheme.role(level, role) {
        Some(_) => Ok(()),
        None => Err(unknown_role(&context.scheme, level)),
    }
}

operation! {
    /// Revokes a role for an app.
    change RevokeAppRole { account: AccountRef, app: ClientId, role: String } -> ();
}

impl RevokeAppRole {
    async fn perform(self, context: &mut ChangeContext<'_>) -> Result<(), Failure> {
        clients::find_managed(context, &self.app).await?;
        let id = lock(context, &self.account).await?.id;
        let app = self.app.as_str();
        if !roles::revoke(context.tx(), &id, RoleLevel::App, &self.role, app).await? {
            return Err(Code::RoleNotGranted.into());
        }
        revocation::end_lost_rights(context, &id).await?;
        let detail = json!({ "app": self.app, "role": self.role });
        context
            .record(Action::RoleRevokeForApp, id.as_str(), &detail)
            .await
    }
}
