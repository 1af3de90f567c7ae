//! Roles on the instance and for apps: reading, granting and revoking them.

mod for_apps;
mod read;

use std::sync::Arc;

use serde_json::json;

use super::accounts::{AccountRef, for_change};
use super::{Change, ChangeContext, Failure};
use crate::clock::Time;
use crate::model::AccountId;
use crate::model::action::Action;
use crate::model::refusal::Code;
use crate::model::role::{RoleGrant, RoleLevel};
use crate::model::scheme::Scheme;
use crate::store::{Error, Tx, roles, teams};

pub use for_apps::{GrantAppRole, RevokeAppRole};
pub use read::{
    AccountRoles, EscalatingPermission, GetAccountRoles, ListEscalatingPermissions, ListRoles, RoleDetail,
    RoleTable,
};

/// Grants a role on the instance, with or without an end date. An exclusive role replaces the other exclusive
/// ones.
pub struct GrantRole {
    /// The account.
    pub account: AccountRef,
    /// The role.
    pub role: String,
    /// When it expires.
    pub until: Option<Time>,
}

impl Change for GrantRole {
    type Output = ();
    const SERIALIZES_OWNERS: bool = true;

    async fn run(self, context: &mut ChangeContext<'_>) -> Result<(), Failure> {
        let (id, scheme) = ready_for_change(context, &self.account, &self.role).await?;
        let (tx, now) = context.tx_now();
        grant_in(tx, &scheme, &id, &self.role, self.until, now).await?;
        let detail = json!({ "role": self.role, "until": self.until });
        context.record(Action::RoleGrant, id.as_str(), &detail).await
    }
}

/// Revokes a role on the instance. Revoking the top role also removes the account from the root team, whose
/// members hold it.
pub struct RevokeRole {
    /// The account.
    pub account: AccountRef,
    /// The role.
    pub role: String,
}

impl Change for RevokeRole {
    type Output = ();
    const SERIALIZES_OWNERS: bool = true;

    async fn run(self, context: &mut ChangeContext<'_>) -> Result<(), Failure> {
        let (id, scheme) = ready_for_change(context, &self.account, &self.role).await?;
        let (tx, now) = context.tx_now();
        if !revoke_in(tx, &scheme, &id, &self.role, now).await? {
            return Err(Code::RoleNotGranted.into());
        }
        let detail = json!({ "role": self.role });
        context.record(Action::RoleRevoke, id.as_str(), &detail).await
    }
}

/// Requires the right to change who holds a role, and locks the account; yields its id and the scheme.
async fn ready_for_change(
    context: &mut ChangeContext<'_>,
    account: &AccountRef,
    role: &str,
) -> Result<(AccountId, Arc<Scheme>), Failure> {
    context.authorization.require_role_change(role)?;
    let id = for_change(context, account).await?.id;
    Ok((id, context.scheme.clone()))
}

/// Grants a role; the caller has checked the actor's authorization.
///
/// # Errors
/// When the scheme has no such role, or the end date is in the past.
pub(super) async fn grant_in(
    tx: &mut Tx,
    scheme: &Scheme,
    account: &AccountId,
    role: &str,
    until: Option<Time>,
    now: Time,
) -> Result<(), Failure> {
    let Some(definition) = scheme.role(RoleLevel::Instance, role) else {
        return Err(unknown_role(scheme, RoleLevel::Instance));
    };
    check_end(until, now)?;
    if definition.exclusive {
        let others = scheme
            .roles_of(RoleLevel::Instance)
            .filter(|other| other.exclusive && other.name != role);
        for other in others {
            revoke_in(tx, scheme, account, &other.name, now).await?;
        }
    }
    let grant = RoleGrant {
        level: RoleLevel::Instance,
        role: role.to_owned(),
        target: String::new(),
        expires_at: until,
    };
    Ok(roles::grant(tx, account, &grant, now).await?)
}

async fn revoke_in(
    tx: &mut Tx,
    scheme: &Scheme,
    account: &AccountId,
    role: &str,
    now: Time,
) -> Result<bool, Error> {
    let mut held = roles::revoke(tx, account, RoleLevel::Instance, role, "").await?;
    if role == scheme.top_role() {
        held |= teams::leave_root(tx, account, now).await?;
    }
    Ok(held)
}

/// Requires an end date in the future, if there is one.
pub(super) fn check_end(until: Option<Time>, now: Time) -> Result<(), Failure> {
    match until {
        Some(until) if until <= now => Err(Code::InThePast.at("until").into()),
        _ => Ok(()),
    }
}

/// The refusal of an unknown role, which lists the known ones.
pub(super) fn unknown_role(scheme: &Scheme, level: RoleLevel) -> Failure {
    let known: Vec<&str> = scheme.roles_of(level).map(|role| role.name.as_str()).collect();
    Code::UnknownRole
        .at("role")
        .with("roles", known.join(", "))
        .into()
}
