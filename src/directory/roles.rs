//! Giving and taking roles on the instance and for apps.

use super::power::{self, Power};
use super::{Actor, ChangeError, schemes};
use crate::clock::Time;
use crate::store::roles::{self, RoleGrant, Scope};
use crate::store::schemes::Scheme;
use crate::store::{AccountId, AppId, Db, Tx, accounts, apps, audit, teams};

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
            record(tx, &actor, "role.grant", &account, &role, now).await
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
    let Some(definition) = scheme.role(Scope::Instance, role) else {
        return Err(no_such_role(scheme, Scope::Instance));
    };
    if until.is_some_and(|until| until <= now) {
        return Err(ChangeError::at("until", "Choose a moment in the future."));
    }
    if definition.exclusive {
        let others = scheme
            .roles_of(Scope::Instance)
            .filter(|other| other.exclusive && other.name != role);
        for other in others {
            take(tx, scheme, account, &other.name, now).await?;
        }
    }
    let grant = RoleGrant {
        scope: Scope::Instance,
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
            record(tx, &actor, "role.revoke", &account, &role, now).await
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
    let mut held = roles::revoke(tx, account, Scope::Instance, role, "").await?;
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
    app: AppId,
    role: String,
    until: Option<Time>,
    now: Time,
) -> Result<(), ChangeError> {
    let scheme = schemes::active(db).await?;
    db.write(move |tx| {
        Box::pin(async move {
            Power::of(&actor, tx, &scheme, now).await?.require("app.manage")?;
            if scheme.role(Scope::App, &role).is_none() {
                return Err(no_such_role(&scheme, Scope::App));
            }
            exists(tx, &account).await?;
            if apps::by_id(tx, &app).await?.is_none() {
                return Err(ChangeError::NotFound("There is no such app."));
            }
            let grant = RoleGrant {
                scope: Scope::App,
                role: role.clone(),
                target: app.0,
                expires_at: until,
            };
            roles::grant(tx, &account, &grant, now).await?;
            record(tx, &actor, "role.grant_for_app", &account, &role, now).await
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
    app: AppId,
    role: String,
    now: Time,
) -> Result<(), ChangeError> {
    let scheme = schemes::active(db).await?;
    db.write(move |tx| {
        Box::pin(async move {
            Power::of(&actor, tx, &scheme, now).await?.require("app.manage")?;
            if !roles::revoke(tx, &account, Scope::App, &role, app.as_str()).await? {
                return Err(ChangeError::Refused("The person does not hold this role."));
            }
            record(tx, &actor, "role.revoke_for_app", &account, &role, now).await
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
pub(super) fn no_such_role(scheme: &Scheme, scope: Scope) -> ChangeError {
    let known: Vec<&str> = scheme.roles_of(scope).map(|role| role.name.as_str()).collect();
    ChangeError::at("role", format!("Use one of {}.", known.join(", ")))
}

async fn record(
    tx: &mut Tx,
    actor: &Actor,
    action: &str,
    account: &AccountId,
    role: &str,
    now: Time,
) -> Result<(), ChangeError> {
    let detail = serde_json::json!({ "role": role }).to_string();
    Ok(audit::insert(tx, actor.as_str(), action, account.as_str(), &detail, now).await?)
}
