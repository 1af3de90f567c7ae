//! Giving and taking roles on the instance and for apps.

use serde_json::json;

use super::power::{self, Power};
use super::{Actor, ChangeError, schemes};
use crate::clock::Time;
use crate::model::permission::Permission;
use crate::model::role::{RoleGrant, RoleLevel};
use crate::model::scheme::Scheme;
use crate::model::{AccountId, ClientId};
use crate::store::roles;
use crate::store::{Db, Tx, accounts, clients, teams};

/// Gives a person an instance role, until a moment or for good. An exclusive role takes the place of the other
/// exclusive ones.
///
/// # Errors
/// When there is no such role or account, the actor may not, or nobody would hold the top role any more.
pub async fn grant(
    db: &Db,
    actor: Actor,
    account: AccountId,
    role: String,
    until: Option<Time>,
    now: Time,
) -> Result<(), ChangeError> {
    let scheme = schemes::active(db).await?;
    db.write(move |tx| {
        Box::pin(async move {
            power::take_turns(tx).await?;
            let power = Power::of(&actor, tx, &scheme, now).await?;
            power.require_role_change(&role)?;
            exists(tx, &account).await?;
            power.require_over(&power::authority(tx, &scheme, &account, now).await?)?;
            grant_in(tx, &scheme, &account, &role, until, now).await?;
            power::an_owner_remains(tx, &scheme).await?;
            let detail = json!({ "role": role, "until": until });
            actor
                .record(tx, "role.grant", account.as_str(), &detail, now)
                .await?;
            Ok(())
        })
    })
    .await
}

/// Gives a role in a transaction that has checked the actor.
///
/// # Errors
/// When the scheme has no such role, the end has passed, or the database fails.
pub(super) async fn grant_in(
    tx: &mut Tx,
    scheme: &Scheme,
    account: &AccountId,
    role: &str,
    until: Option<Time>,
    now: Time,
) -> Result<(), ChangeError> {
    let Some(definition) = scheme.role(RoleLevel::Instance, role) else {
        return Err(no_such_role(scheme, RoleLevel::Instance));
    };
    if until.is_some_and(|until| until <= now) {
        return Err(ChangeError::at("until", "Choose a moment in the future."));
    }
    if definition.exclusive {
        let others = scheme
            .roles_of(RoleLevel::Instance)
            .filter(|other| other.exclusive && other.name != role);
        for other in others {
            take(tx, scheme, account, &other.name, now).await?;
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

/// Takes an instance role from a person. With the top role they leave the root team too, which would give it again.
///
/// # Errors
/// When the person does not hold it by a grant, the actor may not, or nobody would hold the top role any more.
pub async fn revoke(
    db: &Db,
    actor: Actor,
    account: AccountId,
    role: String,
    now: Time,
) -> Result<(), ChangeError> {
    let scheme = schemes::active(db).await?;
    db.write(move |tx| {
        Box::pin(async move {
            power::take_turns(tx).await?;
            let power = Power::of(&actor, tx, &scheme, now).await?;
            power.require_role_change(&role)?;
            exists(tx, &account).await?;
            power.require_over(&power::authority(tx, &scheme, &account, now).await?)?;
            if !take(tx, &scheme, &account, &role, now).await? {
                return Err(ChangeError::Refused(
                    "This role was not given to the person, so it cannot be taken from them.",
                ));
            }
            power::an_owner_remains(tx, &scheme).await?;
            let detail = json!({ "role": role });
            actor
                .record(tx, "role.revoke", account.as_str(), &detail, now)
                .await?;
            Ok(())
        })
    })
    .await
}

async fn take(
    tx: &mut Tx,
    scheme: &Scheme,
    account: &AccountId,
    role: &str,
    now: Time,
) -> Result<bool, ChangeError> {
    let mut held = roles::revoke(tx, account, RoleLevel::Instance, role, "").await?;
    if role == scheme.top_role() {
        held |= teams::leave_root(tx, account, now).await?;
    }
    Ok(held)
}

/// Gives a person a role for one app.
///
/// # Errors
/// When there is no such role, app or account, or the actor may not.
pub async fn grant_for_app(
    db: &Db,
    actor: Actor,
    account: AccountId,
    app: ClientId,
    role: String,
    until: Option<Time>,
    now: Time,
) -> Result<(), ChangeError> {
    let scheme = schemes::active(db).await?;
    db.write(move |tx| {
        Box::pin(async move {
            Power::of(&actor, tx, &scheme, now)
                .await?
                .require(Permission::AppManage)?;
            if scheme.role(RoleLevel::App, &role).is_none() {
                return Err(no_such_role(&scheme, RoleLevel::App));
            }
            exists(tx, &account).await?;
            if clients::by_id(tx, &app).await?.is_none() {
                return Err(ChangeError::NotFound("There is no such app."));
            }
            let grant = RoleGrant {
                level: RoleLevel::App,
                role: role.clone(),
                target: app.0.clone(),
                expires_at: until,
            };
            roles::grant(tx, &account, &grant, now).await?;
            let detail = json!({ "app": app, "role": role, "until": until });
            actor
                .record(tx, "role.grant_for_app", account.as_str(), &detail, now)
                .await?;
            Ok(())
        })
    })
    .await
}

/// Takes a person's role for one app.
///
/// # Errors
/// When the person does not hold it, or the actor may not.
pub async fn revoke_for_app(
    db: &Db,
    actor: Actor,
    account: AccountId,
    app: ClientId,
    role: String,
    now: Time,
) -> Result<(), ChangeError> {
    let scheme = schemes::active(db).await?;
    db.write(move |tx| {
        Box::pin(async move {
            Power::of(&actor, tx, &scheme, now)
                .await?
                .require(Permission::AppManage)?;
            if !roles::revoke(tx, &account, RoleLevel::App, &role, app.as_str()).await? {
                return Err(ChangeError::Refused("The person does not hold this role."));
            }
            let detail = json!({ "app": app, "role": role });
            actor
                .record(tx, "role.revoke_for_app", account.as_str(), &detail, now)
                .await?;
            Ok(())
        })
    })
    .await
}

async fn exists(tx: &mut Tx, account: &AccountId) -> Result<(), ChangeError> {
    match accounts::by_id(tx, account).await? {
        Some(_) => Ok(()),
        None => Err(ChangeError::NotFound("There is no such account.")),
    }
}

/// That a role is not one of the scheme's, with those that are.
pub(super) fn no_such_role(scheme: &Scheme, level: RoleLevel) -> ChangeError {
    let known: Vec<&str> = scheme.roles_of(level).map(|role| role.name.as_str()).collect();
    ChangeError::at("role", format!("Use one of {}.", known.join(", ")))
}
