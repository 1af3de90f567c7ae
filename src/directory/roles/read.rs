//! Reading roles.

use serde::Serialize;

use super::risky::escalates;
use crate::directory::accounts::{AccountRef, find};
use crate::directory::{Failure, ReadContext, operation};
use crate::model::permission::Permission;
use crate::model::refusal::Code;
use crate::model::role::RoleLevel;
use crate::model::scheme::{RoleDefinition, Scheme};

operation! {
    /// Lists the roles of the scheme with their permissions.
    read ListRoles -> RoleTable, requires AccountRead;
}

/// The roles of the scheme.
#[derive(Clone, Debug, Serialize)]
pub struct RoleTable {
    /// The scheme's title.
    pub scheme: String,
    /// The scheme's purpose.
    pub description: String,
    /// The role that every account holds.
    pub default_role: Option<String>,
    /// The roles of every level, in the scheme's order.
    pub roles: Vec<RoleDetail>,
}

/// A role with its permissions.
#[derive(Clone, Debug, Serialize)]
pub struct RoleDetail {
    /// Its definition in the scheme.
    #[serde(flatten)]
    pub definition: RoleDefinition,
    /// Its enforced permissions, including those of implied roles.
    pub allows: Vec<Permission>,
    /// Its declared permissions.
    pub declared: Vec<String>,
    /// Whether its holder could use it to gain permissions that they were not granted.
    pub escalates: bool,
}

impl RoleDetail {
    fn of(scheme: &Scheme, definition: &RoleDefinition) -> Self {
        let permissions = scheme.permissions_of(definition.level, &definition.name);
        Self {
            definition: definition.clone(),
            allows: permissions.enforced().collect(),
            declared: permissions.declared().map(str::to_owned).collect(),
            escalates: escalates(scheme, definition.level, &definition.name),
        }
    }
}

impl ListRoles {
    #[expect(
        clippy::unused_async,
        reason = "every operation is awaited, also one that needs no data"
    )]
    async fn perform(self, context: &mut ReadContext<'_>) -> Result<RoleTable, Failure> {
        let scheme = &context.scheme;
        Ok(RoleTable {
            scheme: scheme.title.clone(),
            description: scheme.description.clone(),
            default_role: scheme.default_role.clone(),
            roles: scheme
                .roles
                .iter()
                .map(|role| RoleDetail::of(scheme, role))
                .collect(),
        })
    }
}

operation! {
    /// Lists the escalating permissions, whose holders could gain others, with the instance roles that have them.
    read ListEscalatingPermissions -> Vec<EscalatingPermission>, requires AccountRead;
}

/// A permission whose holder could gain others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EscalatingPermission {
    /// The permission.
    pub permission: Permission,
    /// The roles that have it.
    pub roles: Vec<String>,
}

impl ListEscalatingPermissions {
    #[expect(
        clippy::unused_async,
        reason = "every operation is awaited, also one that needs no data"
    )]
    async fn perform(self, context: &mut ReadContext<'_>) -> Result<Vec<EscalatingPermission>, Failure> {
        let scheme = &context.scheme;
        let has = |role: &RoleDefinition, permission| {
            let permissions = scheme.permissions_of(RoleLevel::Instance, &role.name);
            permissions.allows(permission)
        };
        let escalating = Permission::ALL.iter().copied().filter(|one| one.escalates());
        let rows = escalating.map(|permission| EscalatingPermission {
            permission,
            roles: scheme
                .roles_of(RoleLevel::Instance)
                .filter(|role| has(role, permission))
                .map(|role| role.name.clone())
                .collect(),
        });
        Ok(rows.collect())
    }
}

operation! {
    /// Reads the instance roles of an account.
    read GetAccountRoles { account: AccountRef } -> AccountRoles, requires AccountRead;
}

/// The roles of an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AccountRoles {
    /// The username.
    pub username: String,
    /// The roles on the instance, including implied ones.
    pub roles: Vec<String>,
}

impl GetAccountRoles {
    async fn perform(self, context: &mut ReadContext<'_>) -> Result<AccountRoles, Failure> {
        let account = find(context.conn(), &self.account).await?;
        let account = account.ok_or(Code::AccountNotFound)?;
        Ok(AccountRoles {
            roles: context.authority_of(&account.id).await?.roles,
            username: account.username,
        })
    }
}
