//! Schemes: the vocabulary of roles that an instance follows, as files that anybody can write.
//!
//! A scheme is checked here as a whole before anything follows it. Applying one is in `scheme_change`.

use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};

use super::{Fault, names};
use crate::model::permission::{Permission, is_pattern};
use crate::model::role::RoleLevel;
use crate::model::scheme::{RoleDefinition, Scheme};
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

/// Every mistake in a scheme, each with the key where it stands.
#[must_use]
pub fn faults(scheme: &Scheme) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut say = |field: &'static str, message: String| faults.push(Fault { field, message });
    if !scheme
        .name_punctuation
        .chars()
        .all(|c| names::POSSIBLE_MARKS.contains(c))
    {
        say(
            "name_punctuation",
            format!("Use some of {} only.", names::POSSIBLE_MARKS),
        );
    }
    if let Err(message) = names::check(&scheme.name) {
        say("name", message);
    }
    let tops = scheme
        .roles_of(RoleLevel::Instance)
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
        && scheme.role(RoleLevel::Instance, role).is_none()
    {
        say("default_role", format!("There is no instance role {role:?}."));
    }
    for (field, role) in [
        ("team_owner_role", &scheme.team_owner_role),
        ("team_member_role", &scheme.team_member_role),
    ] {
        if scheme.role(RoleLevel::Team, role).is_none() {
            say(field, format!("There is no team role {role:?}."));
        }
    }
    let owner = scheme.permissions_of(RoleLevel::Team, &scheme.team_owner_role);
    if !owner.allows(Permission::TeamMember) {
        let message = "The role of who makes a team must allow team.member.";
        say("team_owner_role", message.into());
    }
    let mut seen = BTreeSet::new();
    for role in &scheme.roles {
        if !seen.insert((role.level.as_str(), &role.name)) {
            say(
                "role.name",
                format!("There are two {} roles {:?}.", role.level, role.name),
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
        ("role.implies", role.level, &role.implies),
        ("role.may_create_as", RoleLevel::Instance, &role.may_create_as),
        ("role.may_change_role", RoleLevel::Instance, &role.may_change_role),
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
        scheme.closed(role.level, &held)
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
            level = "instance"
            name = "boss"
            title = "Boss"
            permissions = ["everything", "team.*"]
            implies = ["clerk"]
            may_create_as = ["*", "ghost"]

            [[role]]
            level = "instance"
            name = "clerk"
            title = "Clerk"
            implies = ["boss"]

            [[role]]
            level = "team"
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
        let permissions = scheme.permissions_of(RoleLevel::Instance, "mail-manager");
        assert!(permissions.declared().any(|name| name == "mailbox.manage"));
        assert!(!permissions.matches("mail.logs"));
        assert!(
            permissions.allows(Permission::AccountCreate),
            "it implies the user manager"
        );
    }
}
