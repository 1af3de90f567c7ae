//! Schemes: the roles of an instance and their permissions.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::permission::Permissions;
use super::role::RoleLevel;

/// The definition of a role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoleDefinition {
    /// Its level.
    pub level: RoleLevel,
    /// Its name in tokens and commands.
    pub name: String,
    /// The name shown to people.
    pub title: String,
    /// Its permissions: names, or patterns such as `team.*`, `*.read` and `*`.
    #[serde(default)]
    pub permissions: Vec<String>,
    /// Roles of the same level that it includes.
    #[serde(default)]
    pub implies: Vec<String>,
    /// An account holds at most one exclusive role of each level.
    #[serde(default)]
    pub exclusive: bool,
    /// Roles with which its holder may create accounts; `*` is every role.
    #[serde(default)]
    pub may_create_as: Vec<String>,
    /// Roles that its holder may grant to and revoke from others; `*` is every role.
    #[serde(default)]
    pub may_change_role: Vec<String>,
    /// Roles whose holders it may manage without having their permissions: `role` on the instance, `team:role`
    /// and `app:role`. It has no effect for a role with every permission.
    #[serde(default)]
    pub may_manage: Vec<String>,
    /// Its holder's password can be reset only by a command on the host.
    #[serde(default)]
    pub host_only_reset: bool,
}

impl RoleDefinition {
    /// How `may_manage` refers to it.
    #[must_use]
    pub fn reference(&self) -> String {
        match self.level {
            RoleLevel::Instance => self.name.clone(),
            RoleLevel::Team | RoleLevel::App => format!("{}:{}", self.level.as_str(), self.name),
        }
    }

    /// Whether it has every permission.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        self.permissions.iter().any(|pattern| pattern == "*")
    }
}

/// The rules for new passwords.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PasswordPreset {
    /// Twelve characters that are hard to guess.
    #[default]
    Default,
    /// Eight characters with a lower-case letter, an upper-case letter and a digit.
    Harbor,
}

/// A scheme.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scheme {
    /// Its name in commands.
    pub name: String,
    /// The name shown to people.
    pub title: String,
    /// Its purpose, in one sentence.
    pub description: String,
    /// The role that every account holds; if it is exclusive, only while the account holds no other exclusive
    /// role.
    #[serde(default)]
    pub default_role: Option<String>,
    /// The role that the creator of a team receives.
    pub team_owner_role: String,
    /// The role that a new member of a team receives by default.
    pub team_member_role: String,
    /// The rules for new passwords.
    #[serde(default)]
    pub passwords: PasswordPreset,
    /// Whether administrators set passwords for others; otherwise they send links.
    #[serde(default)]
    pub admins_set_passwords: bool,
    /// After how many days without activity an active account is dormant.
    pub dormant_after_days: u32,
    /// The punctuation that usernames and group names may contain.
    #[serde(default = "name_punctuation")]
    pub name_punctuation: String,
    /// Further reserved usernames and group names, besides those that are always reserved.
    #[serde(default)]
    pub reserved_names: Vec<String>,
    /// Every role.
    #[serde(rename = "role")]
    pub roles: Vec<RoleDefinition>,
}

/// One change that applying a scheme makes to the roles that people hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum SchemeStep {
    /// Everybody who holds a role holds another one instead.
    Replace {
        /// The level of the role.
        level: RoleLevel,
        /// The old role.
        from: String,
        /// The new role.
        to: String,
        /// How many people hold it.
        people: i64,
    },
    /// A role that the new scheme does not have is revoked.
    Revoke {
        /// The level of the role.
        level: RoleLevel,
        /// The role.
        role: String,
        /// How many people hold it.
        people: i64,
    },
}

fn name_punctuation() -> String {
    ".-".to_owned()
}

impl Scheme {
    /// The definition of a role.
    #[must_use]
    pub fn role(&self, level: RoleLevel, name: &str) -> Option<&RoleDefinition> {
        self.roles
            .iter()
            .find(|role| role.level == level && role.name == name)
    }

    /// The roles of a level, in the scheme's order.
    pub fn roles_of(&self, level: RoleLevel) -> impl Iterator<Item = &RoleDefinition> {
        self.roles.iter().filter(move |role| role.level == level)
    }

    /// The instance role with every permission.
    #[must_use]
    pub fn top_role(&self) -> &str {
        self.roles_of(RoleLevel::Instance)
            .find(|role| role.is_everything())
            .map_or("owner", |role| role.name.as_str())
    }

    /// These roles and all roles that they imply, in the scheme's order, without roles that the scheme does
    /// not have.
    #[must_use]
    pub fn closed(&self, level: RoleLevel, held: &BTreeSet<String>) -> Vec<&RoleDefinition> {
        let mut open: Vec<&str> = held.iter().map(String::as_str).collect();
        let mut found = BTreeSet::new();
        while let Some(name) = open.pop() {
            if let Some(role) = self.role(level, name)
                && found.insert(role.name.as_str())
            {
                open.extend(role.implies.iter().map(String::as_str));
            }
        }
        self.roles_of(level)
            .filter(|role| found.contains(role.name.as_str()))
            .collect()
    }

    /// The permissions of a role and of all roles that it implies.
    #[must_use]
    pub fn permissions_of(&self, level: RoleLevel, name: &str) -> Permissions {
        let mut permissions = Permissions::default();
        for role in self.closed(level, &BTreeSet::from([name.to_owned()])) {
            permissions.extend(&role.permissions);
        }
        permissions
    }

    /// The declared permissions of all roles, which a holder of every permission has.
    #[must_use]
    pub fn declared(&self) -> BTreeSet<String> {
        let mut all = Permissions::default();
        for role in &self.roles {
            all.extend(&role.permissions);
        }
        all.declared().map(str::to_owned).collect()
    }

    /// How long an active account may be without activity before it is dormant.
    #[must_use]
    pub fn dormant_after(&self) -> std::time::Duration {
        std::time::Duration::from_hours(24) * self.dormant_after_days
    }
}
