//! Schemes: the roles of an instance and their permissions.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::permission::Permissions;
use super::role::RoleLevel;
use super::{text_enum, with_defaults};

/// The definition of a role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a key of its own in a scheme's file"
)]
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
    /// Roles whose holders it may manage without having their permissions, written `role` for an instance role,
    /// `team:role` or `app:role`. A role with every permission cannot be listed.
    #[serde(default)]
    pub may_manage: Vec<String>,
    /// Its holder could gain permissions that they were not granted, in a way that only the apps know.
    #[serde(default)]
    pub escalates: bool,
    /// Its holder signs in only with a second factor.
    #[serde(default)]
    pub second_factor: bool,
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

text_enum! {
    /// How a forgotten password is reset.
    ResetMode {
        /// By a link that the person opens.
        Link = "link",
        /// By a code on the sign-in page, where the new password is typed.
        LoginForm = "login_form",
        /// By an administrator, who types the new password.
        Typed = "typed",
        /// By a temporary password, which an administrator hands over.
        Temporary = "temporary",
    }
}

text_enum! {
    /// How the claim about teams represents each team.
    TeamItem {
        /// An object with its id, number, slug, name and kind, and the roles in it.
        Object = "object",
        /// Its slug.
        Slug = "slug",
        /// Its name.
        Name = "name",
    }
}

with_defaults! {
    /// The names of the claims about groups, roles and teams, and how a team is represented.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(default, deny_unknown_fields)]
    ClaimShape {
        /// The name of the claim `groups`.
        groups: String = "groups".to_owned(),
        /// The name of the claim `roles`.
        roles: String = "roles".to_owned(),
        /// The name of the claim `teams`.
        teams: String = "teams".to_owned(),
        /// How each team is represented.
        team: TeamItem = TeamItem::Object,
    }
}

impl ClaimShape {
    /// The name of a claim in tokens.
    #[must_use]
    pub fn name_of<'n>(&'n self, claim: &'n str) -> &'n str {
        match claim {
            "groups" => &self.groups,
            "roles" => &self.roles,
            "teams" => &self.teams,
            other => other,
        }
    }
}

/// A scheme.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "each is a key of its own")]
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
    /// How a forgotten password is reset.
    #[serde(default = "by_link")]
    pub reset: ResetMode,
    /// How many minutes a reset by a link or a code lasts, from 5 to 10080.
    #[serde(default = "an_hour")]
    pub reset_minutes: u32,
    /// Whether the owner of an account must replace a password that an administrator typed.
    #[serde(default = "yes")]
    pub typed_passwords_are_temporary: bool,
    /// How many hours a temporary password works, from 1 to 720.
    #[serde(default = "three_days")]
    pub temporary_password_hours: u32,
    /// Whether the temporary password of a new account is mailed to its owner; otherwise whoever creates it sees it.
    #[serde(default)]
    pub mail_temporary_passwords: bool,
    /// Whether the permission `app.login_any` lets its holders sign in to every app.
    #[serde(default)]
    pub login_any: bool,
    /// After how many days without activity an active account is dormant.
    pub dormant_after_days: u32,
    /// The punctuation that usernames and group names may contain.
    #[serde(default = "name_punctuation")]
    pub name_punctuation: String,
    /// Further reserved usernames and group names, besides those that are always reserved.
    #[serde(default)]
    pub reserved_names: Vec<String>,
    /// The names and the shape of the claims about groups, roles and teams.
    #[serde(default)]
    pub claims: ClaimShape,
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

const fn an_hour() -> u32 {
    60
}

const fn three_days() -> u32 {
    72
}

const fn yes() -> bool {
    true
}

const fn by_link() -> ResetMode {
    ResetMode::Link
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

    /// Whether this instance role is the default role.
    #[must_use]
    pub fn is_default(&self, role: &str) -> bool {
        self.default_role.as_deref() == Some(role)
    }

    /// The instance roles of which an account holds at most one, in the scheme's order.
    pub fn exclusive_roles(&self) -> impl Iterator<Item = &RoleDefinition> {
        self.roles_of(RoleLevel::Instance).filter(|role| role.exclusive)
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
    pub fn with_implied(&self, level: RoleLevel, held: &BTreeSet<String>) -> Vec<&RoleDefinition> {
        let mut unvisited: Vec<&str> = held.iter().map(String::as_str).collect();
        let mut found = BTreeSet::new();
        while let Some(name) = unvisited.pop() {
            if let Some(role) = self.role(level, name)
                && found.insert(role.name.as_str())
            {
                unvisited.extend(role.implies.iter().map(String::as_str));
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
        for role in self.with_implied(level, &BTreeSet::from([name.to_owned()])) {
            permissions.extend(&role.permissions);
        }
        permissions
    }

    /// The names of the declared permissions of all roles, without patterns.
    #[must_use]
    pub fn declared(&self) -> BTreeSet<String> {
        let mut all = Permissions::default();
        for role in &self.roles {
            all.extend(&role.permissions);
        }
        let names = all.declared().filter(|name| !name.contains('*'));
        names.map(str::to_owned).collect()
    }

    /// How long a temporary password works.
    #[must_use]
    pub fn temporary_password_lifetime(&self) -> std::time::Duration {
        std::time::Duration::from_hours(self.temporary_password_hours.into())
    }

    /// How long a reset by a link or a code lasts.
    #[must_use]
    pub fn reset_lifetime(&self) -> std::time::Duration {
        std::time::Duration::from_mins(self.reset_minutes.into())
    }

    /// How long an active account may be without activity before it is dormant.
    #[must_use]
    pub fn dormant_after(&self) -> std::time::Duration {
        std::time::Duration::from_hours(24) * self.dormant_after_days
    }
}
