//! Why somebody may or may not sign in to an app.

use crate::model::access::{NamedRule, Obstacle, Reason};

/// Why an app does not let somebody in, in the second person.
#[must_use]
pub const fn no_entry(obstacle: Obstacle) -> &'static str {
    match obstacle {
        Obstacle::Disabled => "An administrator has disabled this app.",
        Obstacle::NoSignIn => {
            "This app manages its own users. Sign in there with the account that you have in it."
        }
        Obstacle::NotInTeam => "This app is only for the members of a team, and you are not in it.",
        Obstacle::Closed => "This app is not open to anybody yet.",
        Obstacle::NotChosen => {
            "This app is only for certain groups, teams and roles, and you have none of them."
        }
    }
}

/// Why somebody may or may not sign in to an app, in the third person for an administrator: a clause after "Ann may
/// sign in to Grafana, since" or "Ann may not sign in to Grafana, since".
#[must_use]
pub fn access_reason(reason: &Reason) -> String {
    match reason {
        Reason::Everyone => "everyone may".to_owned(),
        Reason::Group(name) => format!("they are in the group {name}"),
        Reason::Team(name) => format!("they are in the team {name}"),
        Reason::Role(name) => format!("they have the role {name}"),
        Reason::EveryApp => "they may sign in to every app (app.login_any)".to_owned(),
        Reason::AccountUnusable => {
            "their account is not active, or it is outside its validity dates".to_owned()
        }
        Reason::Disabled => "the app is disabled".to_owned(),
        Reason::NoSignIn => "the app manages its own users, or is only a link".to_owned(),
        Reason::NotInTeam(name) => format!("the app belongs to the team {name}, and they are not in it"),
        Reason::Closed => "nobody may yet".to_owned(),
        Reason::NotChosen(rule) => format!("they have none of these: {}", access_rule(rule)),
    }
}

/// What a rule names, such as "the group staff, the team ops or the role admin".
#[must_use]
pub fn access_rule(rule: &NamedRule) -> String {
    if rule.everyone {
        return "everyone".to_owned();
    }
    let groups = rule
        .groups
        .iter()
        .map(|group| format!("the group {}", group.name));
    let teams = rule.teams.iter().map(|team| format!("the team {}", team.name));
    let roles = rule.roles.iter().map(|role| format!("the role {role}"));
    let mut all: Vec<String> = groups.chain(teams).chain(roles).collect();
    match all.pop() {
        None => "nobody".to_owned(),
        Some(only) if all.is_empty() => only,
        Some(last) => format!("{} or {last}", all.join(", ")),
    }
}

/// The explanation of a decision, in one sentence.
#[must_use]
pub fn access_explained(person: &str, app: &str, allowed: bool, reasons: &[Reason]) -> String {
    let verb = if allowed { "may" } else { "may not" };
    let why: Vec<String> = reasons.iter().map(access_reason).collect();
    format!("{person} {verb} sign in to {app}, since {}.", why.join(", and "))
}
