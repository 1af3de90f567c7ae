//! Roles on the instance and for apps: reading, granting and revoking them.

mod for_apps;
mod read;
mod risky;

use std::sync::Arc;

use serde_json::json;

use super::accounts::{AccountRef, for_change};
use super::{ChangeContext, Failure, operation, revocation};
use crate::clock::Time;
use crate::model::AccountId;
use crate::model::action::Action;
use crate::model::refusal::Code;
use crate::model::role::{RoleGrant, RoleLevel};
use crate::model::scheme::Scheme;
use crate::store::{Error, Tx, roles, teams};

pub use for_apps::{GrantAppRole, RevokeAppRole};
pub(super) use for_apps::{end_instance_roles, ensure_defined};
pub use read::{
    AccountRoles, EscalatingPermission, GetAccountRoles, ListEscalatingPermissions, ListRoles, RoleDetail,
    RoleTable,
};
pub use risky::{ListRiskyHolders, RiskyHolder, escalates};

operation! {
    /// Grants a role on the instance, with or without an end date. An exclusive role replaces the other exclusive
    /// ones.
    change GrantRole { account: AccountRef, role: String, until: Option<Time> } -> (), serializes owners;
}

impl GrantRole {
    async fn perform(self, context: &mut ChangeContext<'_>) -> Result<(), Failure> {
        let (id, scheme) = ready_for_change(context, &self.account, &self.role).await?;
        let is_exclusive = scheme.exclusive_roles().any(|role| role.name == self.role);
        if scheme.is_default(&self.role) && !is_exclusive {
            return Err(Code::RoleOfEverybody.at("role").into());
        }
        let (tx, now) = context.tx_now();
        grant_in(tx, &scheme, &id, &self.role, self.until, now).await?;
        revocation::end_acted_as(context.tx_now(), &id).await?;
        if is_exclusive {
            revocation::end_lost_rights(context, &id).await?;
        }
        let detail = json!({ "role": self.role, "until": self.until });
        context.record(Action::RoleGrant, id.as_str(), &detail).await
    }
}

operation! {
    /// Revokes a role on the instance. Revoking the top role also removes the account from the root team, whose
    /// members hold it.
    change RevokeRole { account: AccountRef, role: String } -> (), serializes owners;
}

impl RevokeRole {
    async fn perform(self, context: &mut ChangeContext<'_>) -> Result<(), Failure> {
        let (id, scheme) = ready_for_change(context, &self.account, &self.role).await?;
        let (tx, now) = context.tx_now();
        if !revoke_in(tx, &scheme, &id, &self.role, now).await? {
            return Err(Code::RoleNotGranted.into());
        }
        revocation::end_lost_rights(context, &id).await?;
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

/// Grants a role; the caller has checked the actor's authorization. The default role needs no grant: if it is
/// exclusive, it only replaces the other exclusive ones.
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
        revoke_other_exclusive(tx, scheme, account, role, now).await?;
    }
    if scheme.is_default(role) {
        return Ok(());
    }
    let grant = RoleGrant {
        level: RoleLevel::Instance,
        role: role.to_owned(),
        target: String::new(),
        expires_at: until,
    };
    Ok(roles::grant(tx, account, &grant, now).await?)
}

/// Revokes from a new member of the root team the roles that the top role excludes, which its members hold.
pub(super) async fn make_room_for_top_role(
    context: &mut ChangeContext<'_>,
    account: &AccountId,
) -> Result<(), Failure> {
    let scheme = context.scheme.clone();
    let top = scheme.top_role();
    if scheme
        .role(RoleLevel::Instance, top)
        .is_some_and(|role| role.exclusive)
    {
        let (tx, now) = context.tx_now();
        revoke_other_exclusive(tx, &scheme, account, top, now).await?;
        revocation::end_lost_rights(context, account).await?;
    }
    Ok(())
}

async fn revoke_other_exclusive(
    tx: &mut Tx,
    scheme: &Scheme,
    account: &AccountId,
    role: &str,
    now: Time,
) -> Result<(), Error> {
    for other in scheme.exclusive_roles().filter(|other| other.name != role) {
        revoke_in(tx, scheme, account, &other.name, now).await?;
    }
    Ok(())
}

/// Leaves everybody only the first of their exclusive roles: the top role before all others, then in the scheme's
/// order.
pub(super) async fn settle_exclusive(tx: &mut Tx, scheme: &Scheme, now: Time) -> Result<(), Error> {
    let top = scheme.top_role();
    let mut exclusive: Vec<&str> = scheme.exclusive_roles().map(|role| role.name.as_str()).collect();
    exclusive.sort_by_key(|role| *role != top);
    for (rank, kept) in exclusive.iter().enumerate() {
        for other in exclusive.iter().skip(rank + 1) {
            roles::revoke_beside(tx, other, kept, *kept == top, now).await?;
        }
    }
    Ok(())
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
