//! Schemes: the vocabulary of roles that an instance follows.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::permission::Permissions;
use super::role::RoleLevel;

/// What a role is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoleDefinition {
    /// Where it is held.
    pub level: RoleLevel,
    /// Its name in tokens and commands.
    pub name: String,
    /// Its name as people see it.
    pub title: String,
    /// What it allows: names of permissions, or patterns such as `team.*`, `*.read` and `*`.
    #[serde(default)]
    pub permissions: Vec<String>,
    /// Roles of the same level that come with it.
    #[serde(default)]
    pub implies: Vec<String>,
    /// Who holds it holds no other exclusive role of the same level.
    #[serde(default)]
    pub exclusive: bool,
    /// Roles that its holder may give to accounts that they make; `*` is every role.
    #[serde(default)]
    pub may_create_as: Vec<String>,
    /// Roles that its holder may give to and take from others; `*` is every role.
    #[serde(default)]
    pub may_change_role: Vec<String>,
    /// The password of its holder is reset on the host alone.
    #[serde(default)]
    pub host_only_reset: bool,
}

/// Which rules new passwords follow.
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
    /// Its name as people see it.
    pub title: String,
    /// What it is for, in a sentence.
    pub description: String,
    /// The role that everybody holds; an exclusive one only while they hold no other exclusive role.
    #[serde(default)]
    pub default_role: Option<String>,
    /// The role of who makes a team.
    pub team_owner_role: String,
    /// The role of who joins a team and is given no other.
    pub team_member_role: String,
    /// The rules for new passwords.
    #[serde(default)]
    pub passwords: PasswordPreset,
    /// Whether administrators set passwords for others; elsewhere they hand over links.
    #[serde(default)]
    pub admins_set_passwords: bool,
    /// After how many days without being seen an active account is dormant.
    pub dormant_after_days: u32,
    /// The punctuation that usernames and group names may have between letters and digits.
    #[serde(default = "name_punctuation")]
    pub name_punctuation: String,
    /// User names and group names that nobody may take, besides those that are always reserved.
    #[serde(default)]
    pub reserved_names: Vec<String>,
    /// Every role.
    #[serde(rename = "role")]
    pub roles: Vec<RoleDefinition>,
}

/// One thing that applying a scheme does to the roles that people hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum SchemeStep {
    /// Who holds one role holds another from then on.
    Replace {
        /// Where it is held.
        level: RoleLevel,
        /// The role now.
        from: String,
        /// The role then.
        to: String,
        /// How many people hold it.
        people: i64,
    },
    /// A role that the new scheme does not have is revoked from who holds it.
    Revoke {
        /// Where it is held.
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

    /// The instance role that holds every permission.
    #[must_use]
    pub fn top_role(&self) -> &str {
        self.roles_of(RoleLevel::Instance)
            .find(|role| role.permissions.iter().any(|pattern| pattern == "*"))
            .map_or("owner", |role| role.name.as_str())
    }

    /// These roles with all that they imply, in the scheme's order; what the scheme does not know is left out.
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

    /// What a role allows, with all that it implies.
    #[must_use]
    pub fn permissions_of(&self, level: RoleLevel, name: &str) -> Permissions {
        let mut permissions = Permissions::default();
        for role in self.closed(level, &BTreeSet::from([name.to_owned()])) {
            permissions.extend(&role.permissions);
        }
        permissions
    }

    /// The permissions that only apps ask for, of all roles; who may do everything has all of them.
    #[must_use]
    pub fn declared(&self) -> BTreeSet<String> {
        let mut all = Permissions::default();
        for role in &self.roles {
            all.extend(&role.permissions);
        }
        all.declared().map(str::to_owned).collect()
    }

    /// For how long an active account may be unseen before it is dormant.
    #[must_use]
    pub fn dormant_after(&self) -> std::time::Duration {
        std::time::Duration::from_hours(24) * self.dormant_after_days
    }
}
