//! Permissions: an enum of those that Doorward enforces, and sets of names and patterns.
//!
//! Every other name is a declared permission: a role carries it for apps to read, and Doorward ignores it.

use std::collections::BTreeSet;

use super::text_enum;

text_enum! {
    /// A permission that Doorward enforces.
    Permission {
        /// See accounts and their details.
        AccountRead = "account.read",
        /// Add and invite people.
        AccountCreate = "account.create",
        /// Change names, addresses and profiles.
        AccountUpdate = "account.update",
        /// Suspend accounts and lift suspensions.
        AccountSuspend = "account.suspend",
        /// Delete and restore accounts.
        AccountDelete = "account.delete",
        /// Reset passwords.
        AccountResetPassword = "account.reset_password",
        /// Remove second factors.
        AccountResetSecondFactor = "account.reset_2fa",
        /// Act as another person.
        AccountImpersonate = "account.impersonate",
        /// Grant and revoke roles.
        RoleGrant = "role.grant",
        /// Change what roles allow.
        RoleDefine = "role.define",
        /// See groups and their members.
        GroupRead = "group.read",
        /// Change groups and their members.
        GroupManage = "group.manage",
        /// See teams and their members.
        TeamRead = "team.read",
        /// Rename teams.
        TeamUpdate = "team.update",
        /// Delete teams.
        TeamDelete = "team.delete",
        /// Invite people to teams.
        TeamInvite = "team.invite",
        /// Change the members of a team and their roles.
        TeamMember = "team.member",
        /// See apps and their settings.
        AppRead = "app.read",
        /// Add, change and remove apps.
        AppManage = "app.manage",
        /// Change the settings of an app.
        AppOperate = "app.operate",
        /// Sign in to every app.
        AppLoginAny = "app.login_any",
        /// Read the audit log.
        AuditRead = "audit.read",
        /// See the instance's settings.
        SettingsRead = "settings.read",
        /// Change the instance's settings.
        SettingsWrite = "settings.write",
        /// Change name and colour.
        BrandingWrite = "branding.write",
        /// Update the server.
        SystemUpdate = "system.update",
    }
}

impl Permission {
    /// Whether its holder could use it to gain permissions that they were not granted.
    #[must_use]
    pub const fn escalates(self) -> bool {
        matches!(
            self,
            Self::AccountResetPassword
                | Self::AccountResetSecondFactor
                | Self::AccountImpersonate
                | Self::RoleGrant
                | Self::RoleDefine
                | Self::GroupManage
                | Self::AppManage
                | Self::AppOperate
                | Self::SettingsWrite
                | Self::SystemUpdate
        )
    }
}

/// A set of permissions, as names and patterns.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Permissions(BTreeSet<String>);

impl Permissions {
    /// Whether one of the patterns covers this enforced permission.
    #[must_use]
    pub fn allows(&self, permission: Permission) -> bool {
        self.matches(permission.as_str())
    }

    /// Whether one of the patterns covers a permission of this name, enforced or declared.
    #[must_use]
    pub fn matches(&self, name: &str) -> bool {
        self.0.iter().any(|pattern| matches(pattern, name))
    }

    /// Whether every permission of the other set, enforced or declared, is in this one; a pattern only if a
    /// pattern here is at least as wide.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        other.0.iter().all(|pattern| self.matches(pattern))
    }

    /// The enforced permissions of the set.
    pub fn enforced(&self) -> impl Iterator<Item = Permission> {
        Permission::ALL
            .iter()
            .copied()
            .filter(|permission| self.allows(*permission))
    }

    /// The declared permissions, as written in the roles.
    pub fn declared(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str).filter(|pattern| {
            !Permission::ALL
                .iter()
                .any(|known| matches(pattern, known.as_str()))
        })
    }

    /// Whether it contains every permission.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        self.0.contains("*")
    }

    /// Adds another set.
    pub fn merge(&mut self, other: &Self) {
        self.0.extend(other.0.iter().cloned());
    }

    /// Adds patterns.
    pub fn extend<'p>(&mut self, patterns: impl IntoIterator<Item = &'p String>) {
        self.0.extend(patterns.into_iter().cloned());
    }
}

impl<'p> FromIterator<&'p str> for Permissions {
    fn from_iter<I: IntoIterator<Item = &'p str>>(patterns: I) -> Self {
        Self(patterns.into_iter().map(str::to_owned).collect())
    }
}

/// `*` matches everything, `team.*` every permission on teams, `*.read` every permission to read.
fn matches(pattern: &str, permission: &str) -> bool {
    if pattern == "*" || pattern == permission {
        return true;
    }
    if let Some(noun) = pattern.strip_suffix(".*") {
        return permission.split_once('.').is_some_and(|(of, _)| of == noun);
    }
    pattern
        .strip_prefix("*.")
        .is_some_and(|verb| permission.split_once('.').is_some_and(|(_, does)| does == verb))
}

/// Whether a text is a valid permission or pattern for a role.
#[must_use]
pub fn is_pattern(text: &str) -> bool {
    let word = |part: &str| {
        part == "*"
            || (!part.is_empty()
                && part
                    .chars()
                    .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_'))
    };
    text == "*"
        || text
            .split_once('.')
            .is_some_and(|(noun, verb)| word(noun) && word(verb) && text != "*.*")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_cover_what_they_say() {
        for (pattern, permission, expected) in [
            ("*", "account.read", true),
            ("team.*", "team.invite", true),
            ("team.*", "teams.invite", false),
            ("*.read", "audit.read", true),
            ("*.read", "audit.reader", false),
            ("account.read", "account.read", true),
            ("account.read", "account.update", false),
        ] {
            let permissions: Permissions = [pattern].into_iter().collect();
            assert_eq!(
                permissions.matches(permission),
                expected,
                "{pattern} {permission}"
            );
        }
    }

    #[test]
    fn d10_a_set_covers_another_by_all_permissions() {
        let of = |patterns: &[&str]| patterns.iter().copied().collect::<Permissions>();
        for (held, other, expected) in [
            (&["*"][..], &["*", "account.*", "mailbox.manage"][..], true),
            (&["account.*"], &["account.*", "account.read"], true),
            (&["account.*"], &["*"], false),
            (&["account.*"], &["audit.read"], false),
            (&["*.read"], &["account.read"], true),
            (&["*.read"], &["account.*"], false),
            (&["account.*", "team.read"], &["*.read"], false),
            // A declared permission counts too, since an app acts on it.
            (&["account.read"], &["account.read", "template.manage"], false),
            (&["pipeline.*"], &["pipeline.run"], true),
            (&["pipeline.run"], &["pipeline.*"], false),
            (&[], &[], true),
        ] {
            assert_eq!(of(held).covers(&of(other)), expected, "{held:?} {other:?}");
        }
    }

    #[test]
    fn declared_permissions_are_those_that_are_not_enforced() {
        let set: Permissions = ["mailbox.manage", "account.read", "pipeline.*", "*.read"]
            .into_iter()
            .collect();
        assert_eq!(
            set.declared().collect::<Vec<_>>(),
            ["mailbox.manage", "pipeline.*"]
        );
    }

    #[test]
    fn names_of_permissions_have_a_noun_and_a_verb() {
        for good in ["*", "team.*", "*.read", "account.reset_2fa"] {
            assert!(is_pattern(good), "{good}");
        }
        for bad in [
            "",
            "team",
            "team.",
            ".read",
            "Team.read",
            "a.b.c",
            "*.*",
            "team.re ad",
        ] {
            assert!(!is_pattern(bad), "{bad}");
        }
        assert!(
            Permission::ALL
                .iter()
                .all(|permission| is_pattern(permission.as_str()))
        );
    }
}
