//! Schemes: the vocabulary of roles that an instance follows, as files that anybody can write.
//!
//! A scheme is checked here as a whole before anything follows it. Applying one is in `scheme_change`.

use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};

use super::permissions::{Permissions, is_pattern};
use super::{Fault, names};
use crate::store::roles::Scope;
use crate::store::schemes::{RoleDefinition, Scheme};
use crate::store::{Db, Error};

const FILES: [&str; 6] = [
    include_str!("../../schemes/default.toml"),
    include_str!("../../schemes/coolify.toml"),
    include_str!("../../schemes/harbor.toml"),
    include_str!("../../schemes/cloudron.toml"),
    include_str!("../../schemes/coder.toml"),
    include_str!("../../schemes/pipeline.toml"),
];

static BUILT_IN: LazyLock<Vec<Scheme>> =
    LazyLock::new(|| FILES.iter().filter_map(|file| parse(file).ok()).collect());

static DEFAULT: LazyLock<Arc<Scheme>> = LazyLock::new(|| Arc::new(BUILT_IN[0].clone()));

/// The schemes that come with Doorward; the first one is followed until another is applied.
#[must_use]
pub fn built_in() -> &'static [Scheme] {
    &BUILT_IN
}

/// The scheme that the instance follows.
///
/// # Errors
/// When the database fails.
pub async fn active(db: &Db) -> Result<Arc<Scheme>, Error> {
    if let Some(scheme) = db.scheme().await? {
        return Ok(scheme);
    }
    Ok(DEFAULT.clone())
}

/// Reads a scheme.
///
/// # Errors
/// Every mistake, each with the key where it stands.
pub fn parse(text: &str) -> Result<Scheme, Vec<Fault>> {
    let scheme: Scheme = toml::from_str(text).map_err(|error| {
        vec![Fault {
            field: "file",
            message: error.to_string().trim_end().to_owned(),
        }]
    })?;
    let faults = faults(&scheme);
    if faults.is_empty() {
        Ok(scheme)
    } else {
        Err(faults)
    }
}

impl Scheme {
    /// The definition of a role.
    #[must_use]
    pub fn role(&self, scope: Scope, name: &str) -> Option<&RoleDefinition> {
        self.roles
            .iter()
            .find(|role| role.scope == scope && role.name == name)
    }

    /// The roles of a scope, in the scheme's order.
    pub fn roles_of(&self, scope: Scope) -> impl Iterator<Item = &RoleDefinition> {
        self.roles.iter().filter(move |role| role.scope == scope)
    }

    /// The instance role that holds every permission.
    #[must_use]
    pub fn top_role(&self) -> &str {
        self.roles_of(Scope::Instance)
            .find(|role| role.permissions.iter().any(|pattern| pattern == "*"))
            .map_or("owner", |role| role.name.as_str())
    }

    /// These roles with all that they imply, in the scheme's order; what the scheme does not know is left out.
    #[must_use]
    pub fn closed(&self, scope: Scope, held: &BTreeSet<String>) -> Vec<&RoleDefinition> {
        let mut open: Vec<&str> = held.iter().map(String::as_str).collect();
        let mut found = BTreeSet::new();
        while let Some(name) = open.pop() {
            if let Some(role) = self.role(scope, name)
                && found.insert(role.name.as_str())
            {
                open.extend(role.implies.iter().map(String::as_str));
            }
        }
        self.roles_of(scope)
            .filter(|role| found.contains(role.name.as_str()))
            .collect()
    }

    /// What a role allows, with all that it implies.
    #[must_use]
    pub fn permissions_of(&self, scope: Scope, name: &str) -> Permissions {
        let mut permissions = Permissions::default();
        for role in self.closed(scope, &BTreeSet::from([name.to_owned()])) {
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

/// Every mistake in a scheme, each with the key where it stands.
#[must_use]
pub fn faults(scheme: &Scheme) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut say = |field: &'static str, message: String| faults.push(Fault { field, message });
    if !scheme
        .name_marks
        .chars()
        .all(|c| names::POSSIBLE_MARKS.contains(c))
    {
        say(
            "name_marks",
            format!("Use some of {} only.", names::POSSIBLE_MARKS),
        );
    }
    if let Err(message) = names::check(&scheme.name) {
        say("name", message);
    }
    let tops = scheme
        .roles_of(Scope::Instance)
        .filter(|role| role.permissions.iter().any(|pattern| pattern == "*"))
        .count();
    if tops != 1 {
        let message = format!("Exactly one instance role must hold \"*\"; here {tops} do.");
        say("role.permissions", message);
    }
    if !(1..=3_650).contains(&scheme.dormant_after_days) {
        say("dormant_after_days", "Use 1 to 3650.".into());
    }
    if let Some(role) = &scheme.default_role
        && scheme.role(Scope::Instance, role).is_none()
    {
        say("default_role", format!("There is no instance role {role:?}."));
    }
    for (field, role) in [
        ("team_owner_role", &scheme.team_owner_role),
        ("team_member_role", &scheme.team_member_role),
    ] {
        if scheme.role(Scope::Team, role).is_none() {
            say(field, format!("There is no team role {role:?}."));
        }
    }
    let owner = scheme.permissions_of(Scope::Team, &scheme.team_owner_role);
    if !owner.allows("team.member") {
        let message = "The role of who makes a team must allow team.member.";
        say("team_owner_role", message.into());
    }
    let mut seen = BTreeSet::new();
    for role in &scheme.roles {
        if !seen.insert((role.scope.as_str(), &role.name)) {
            say(
                "role.name",
                format!("There are two {} roles {:?}.", role.scope, role.name),
            );
        }
        role_faults(scheme, role, &mut say);
    }
    faults
}

fn role_faults(scheme: &Scheme, role: &RoleDefinition, say: &mut impl FnMut(&'static str, String)) {
    let name = &role.name;
    if let Err(message) = names::check(name) {
        say("role.name", format!("{name:?}: {message}"));
    }
    for pattern in role.permissions.iter().filter(|pattern| !is_pattern(pattern)) {
        let message = format!("{name}: {pattern:?} is no permission such as account.read, team.* or *.read.");
        say("role.permissions", message);
    }
    for (field, scope, listed) in [
        ("role.implies", role.scope, &role.implies),
        ("role.may_create_as", Scope::Instance, &role.may_create_as),
        ("role.may_change_role", Scope::Instance, &role.may_change_role),
    ] {
        for other in listed {
            let is_every = other == "*" && field != "role.implies";
            if !is_every && scheme.role(scope, other).is_none() {
                say(field, format!("{name}: there is no {scope} role {other:?}."));
            }
        }
    }
    let closed = |of: &str| {
        let held = BTreeSet::from([of.to_owned()]);
        scheme.closed(role.scope, &held)
    };
    if role
        .implies
        .iter()
        .any(|implied| closed(implied).iter().any(|back| back.name == *name))
    {
        say("role.implies", format!("{name} comes with itself."));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_scheme_can_be_read() {
        let names: Vec<_> = built_in().iter().map(|scheme| scheme.name.as_str()).collect();
        assert_eq!(
            names,
            ["default", "coolify", "harbor", "cloudron", "coder", "pipeline"]
        );
        let tops: Vec<_> = built_in().iter().map(Scheme::top_role).collect();
        assert_eq!(
            tops,
            ["owner", "root", "system-admin", "superadmin", "owner", "root"]
        );
    }

    #[test]
    fn every_mistake_in_a_scheme_is_told_at_once() {
        let text = r#"
            name = "my scheme"
            title = "Mine"
            description = ""
            default_role = "nobody"
            team_owner_role = "reader"
            team_member_role = "gone"
            dormant_after_days = 0

            [[role]]
            scope = "instance"
            name = "boss"
            title = "Boss"
            permissions = ["everything", "team.*"]
            implies = ["clerk"]
            may_create_as = ["*", "ghost"]

            [[role]]
            scope = "instance"
            name = "clerk"
            title = "Clerk"
            implies = ["boss"]

            [[role]]
            scope = "team"
            name = "reader"
            title = "Reader"
            permissions = ["team.read"]
        "#;
        let told: Vec<_> = parse(text)
            .unwrap_err()
            .into_iter()
            .map(|fault| fault.field)
            .collect();
        assert_eq!(
            told,
            [
                "name",
                "role.permissions",
                "dormant_after_days",
                "default_role",
                "team_member_role",
                "team_owner_role",
                "role.permissions",
                "role.may_create_as",
                "role.implies",
                "role.implies",
            ]
        );
        assert_eq!(parse("nam = 1").unwrap_err()[0].field, "file");
    }

    #[test]
    fn cl_17_a_mail_manager_has_the_mail_permissions_and_never_the_logs() {
        let scheme = built_in()
            .iter()
            .find(|scheme| scheme.name == "cloudron")
            .unwrap();
        let permissions = scheme.permissions_of(Scope::Instance, "mail-manager");
        assert!(permissions.declared().any(|name| name == "mailbox.manage"));
        assert!(!permissions.allows("mail.logs"));
        assert!(
            permissions.allows("account.create"),
            "it implies the user manager"
        );
    }
}
