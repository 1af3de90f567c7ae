//! The permissions: those that the provider enforces, as one table, and sets of patterns over them.
//!
//! Any other name is a declared permission: it stands in a role for apps to read, and nothing here asks for it.

use std::collections::BTreeSet;

/// One permission that the provider enforces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Enforced {
    /// Its name.
    pub name: &'static str,
    /// What it allows, in words.
    pub allows: &'static str,
    /// Whether its holder could come by more permissions through it than they were given.
    pub escalates: bool,
}

const fn plain(name: &'static str, allows: &'static str) -> Enforced {
    Enforced {
        name,
        allows,
        escalates: false,
    }
}

const fn escalating(name: &'static str, allows: &'static str) -> Enforced {
    Enforced {
        name,
        allows,
        escalates: true,
    }
}

/// Every enforced permission.
pub const CATALOGUE: &[Enforced] = &[
    plain("account.read", "See accounts and their details"),
    plain("account.create", "Add and invite people"),
    plain("account.update", "Change names, addresses and profiles"),
    plain("account.suspend", "Suspend accounts and lift suspensions"),
    plain("account.delete", "Delete and restore accounts"),
    escalating("account.reset_password", "Reset passwords"),
    escalating("account.reset_2fa", "Remove second factors"),
    escalating("account.impersonate", "Act as another person"),
    escalating("role.grant", "Give and take roles"),
    escalating("role.define", "Change what roles allow"),
    plain("group.read", "See groups and their members"),
    escalating("group.manage", "Change groups and who is in them"),
    plain("team.read", "See teams and their members"),
    plain("team.update", "Rename teams"),
    plain("team.delete", "Delete teams"),
    plain("team.invite", "Invite people to teams"),
    plain("team.member", "Change who is in a team, and their roles in it"),
    plain("app.read", "See apps and their settings"),
    escalating("app.manage", "Add, change and remove apps"),
    escalating("app.operate", "Change the settings of an app"),
    plain("app.login_any", "Sign in to every app"),
    plain("audit.read", "Read the audit record"),
    plain("settings.read", "See the instance's settings"),
    escalating("settings.write", "Change the instance's settings"),
    plain("branding.write", "Change the look"),
    escalating("backup.manage", "Manage backups"),
    plain("billing.view", "See invoices"),
    plain("billing.manage", "Manage the subscription"),
    plain("support.ticket", "Write support tickets"),
    escalating("system.update", "Update the server"),
];

/// A set of permissions, given by names and patterns.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Permissions(BTreeSet<String>);

impl Permissions {
    /// Whether one of the patterns covers this permission.
    #[must_use]
    pub fn allows(&self, permission: &str) -> bool {
        self.0.iter().any(|pattern| matches(pattern, permission))
    }

    /// Whether every enforced permission of the other set is in this one.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        other.enforced().all(|permission| self.allows(permission.name))
    }

    /// The enforced permissions of the set.
    pub fn enforced(&self) -> impl Iterator<Item = &'static Enforced> {
        CATALOGUE.iter().filter(|permission| self.allows(permission.name))
    }

    /// The permissions that only apps ask for, as they stand in the roles.
    pub fn declared(&self) -> impl Iterator<Item = &str> {
        self.0
            .iter()
            .map(String::as_str)
            .filter(|pattern| !CATALOGUE.iter().any(|known| matches(pattern, known.name)))
    }

    /// Whether everything is allowed.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        self.0.contains("*")
    }

    /// Adds all of another set.
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

/// `*` is everything, `team.*` everything of teams, `*.read` reading anything.
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

/// Whether a text can stand as a permission or a pattern in a role.
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
            assert_eq!(permissions.allows(permission), expected, "{pattern} {permission}");
        }
    }

    #[test]
    fn d10_a_set_covers_another_by_what_is_enforced() {
        let of = |patterns: &[&str]| patterns.iter().copied().collect::<Permissions>();
        assert!(of(&["*"]).covers(&of(&["account.*", "audit.read"])));
        assert!(!of(&["account.*"]).covers(&of(&["*"])));
        assert!(!of(&["account.*"]).covers(&of(&["audit.read"])));
        // What only apps ask for gives no power here.
        assert!(of(&["account.read"]).covers(&of(&["account.read", "template.manage", "pipeline.*"])));
        assert!(of(&[]).covers(&of(&[])));
    }

    #[test]
    fn declared_permissions_are_those_outside_the_catalogue() {
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
        assert!(CATALOGUE.iter().all(|permission| is_pattern(permission.name)));
    }
}
