//! Descriptions of permissions.

use crate::model::permission::Permission;

/// The description of a permission.
#[must_use]
pub const fn permission(permission: Permission) -> &'static str {
    match permission {
        Permission::AccountRead => "See accounts and their details",
        Permission::AccountCreate => "Add and invite people",
        Permission::AccountUpdate => "Change names, addresses and profiles",
        Permission::AccountSuspend => "Suspend accounts and lift suspensions",
        Permission::AccountDelete => "Delete and restore accounts",
        Permission::AccountResetPassword => "Reset passwords",
        Permission::AccountResetSecondFactor => "Remove second factors",
        Permission::AccountImpersonate => "Act as another person",
        Permission::RoleGrant => "Grant and revoke roles",
        Permission::RoleDefine => "Change what roles allow",
        Permission::GroupRead => "See groups and their members",
        Permission::GroupManage => "Change groups and their members",
        Permission::TeamRead => "See teams and their members",
        Permission::TeamUpdate => "Rename teams",
        Permission::TeamDelete => "Delete teams",
        Permission::TeamInvite => "Invite people to teams",
        Permission::TeamMember => "Change the members of a team and their roles",
        Permission::AppRead => "See apps and their settings",
        Permission::AppManage => "Add, change and remove apps",
        Permission::AppOperate => "Change the settings of an app",
        Permission::AppLoginAny => "Sign in to every app",
        Permission::AuditRead => "Read the audit log",
        Permission::SettingsRead => "See the instance's settings",
        Permission::SettingsWrite => "Change the instance's settings",
        Permission::BrandingWrite => "Change the organisation's name and colour",
        Permission::SystemUpdate => "Update the server",
    }
}
