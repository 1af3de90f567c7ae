//! What is seen of roles.

use serde::Serialize;

use crate::directory::accounts::{AccountRef, find};
use crate::directory::{Failure, Read, ReadContext};
use crate::model::permission::Permission;
use crate::model::refusal::Code;
use crate::model::role::RoleLevel;
use crate::model::scheme::{RoleDefinition, Scheme};

/// Lists the roles of the scheme with what they allow.
#[derive(Clone, Copy, Debug)]
pub struct ListRoles;

/// The roles of the scheme.
#[derive(Clone, Debug, Serialize)]
pub struct RoleTable {
    /// The scheme's name as people see it.
    pub scheme: String,
    /// What the scheme is for.
    pub description: String,
    /// The role that everybody holds.
    pub default_role: Option<String>,
    /// The roles of every level, in the scheme's order.
    pub roles: Vec<RoleDetail>,
}

/// A role with what it allows.
#[derive(Clone, Debug, Serialize)]
pub struct RoleDetail {
    /// How the scheme defines it.
    #[serde(flatten)]
    pub definition: RoleDefinition,
    /// The permissions that it has, those of the roles that it implies included.
    pub allows: Vec<Permission>,
    /// The permissions that only apps ask for.
    pub declared: Vec<String>,
    /// Whether its holder could gain permissions through it that they were not granted.
    pub escalates: bool,
}

impl RoleDetail {
    fn of(scheme: &Scheme, definition: &RoleDefinition) -> Self {
        let permissions = scheme.permissions_of(definition.level, &definition.name);
        Self {
            definition: definition.clone(),
            allows: permissions.enforced().collect(),
            declared: permissions.declared().map(str::to_owned).collect(),
            escalates: permissions.enforced().any(Permission::escalates),
        }
    }
}

impl Read for ListRoles {
    type Answer = RoleTable;

    async fn run(self, context: &mut ReadContext<'_>) -> Result<RoleTable, Failure> {
        context.require(Permission::AccountRead)?;
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

/// Lists the permissions by which their holders could gain others, with the roles on the instance that have them.
#[derive(Clone, Copy, Debug)]
pub struct ListEscalatingPermissions;

/// A permission by which its holder could gain others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EscalatingPermission {
    /// The permission.
    pub permission: Permission,
    /// The roles that have it.
    pub roles: Vec<String>,
}

impl Read for ListEscalatingPermissions {
    type Answer = Vec<EscalatingPermission>;

    async fn run(self, context: &mut ReadContext<'_>) -> Result<Self::Answer, Failure> {
        context.require(Permission::AccountRead)?;
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

/// Reads which roles an account has on the instance.
#[derive(Clone, Debug)]
pub struct GetAccountRoles {
    /// Whose account.
    pub account: AccountRef,
}

/// The roles of an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AccountRoles {
    /// The username.
    pub username: String,
    /// The roles on the instance, those that come with others included.
    pub roles: Vec<String>,
}

impl Read for GetAccountRoles {
    type Answer = AccountRoles;

    async fn run(self, context: &mut ReadContext<'_>) -> Result<AccountRoles, Failure> {
        context.require(Permission::AccountRead)?;
        let account = find(context.conn(), &self.account).await?;
        let account = account.ok_or(Code::AccountNotFound)?;
        Ok(AccountRoles {
            roles: context.authority_of(&account.id).await?.roles,
            username: account.username,
        })
    }
}
