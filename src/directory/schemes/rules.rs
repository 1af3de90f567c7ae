//! Validates schemes.

use std::collections::BTreeSet;

use crate::directory::{Failure, names};
use crate::model::permission::{Permission, is_pattern};
use crate::model::refusal::{Code, Refusal};
use crate::model::role::RoleLevel;
use crate::model::scheme::{ResetMode, RoleDefinition, Scheme};
use crate::oidc::claims::supported_claims;

/// Validates a scheme.
///
/// # Errors
/// Every fault, each at its key.
pub(super) fn validate(scheme: &Scheme) -> Result<(), Failure> {
    let mut reasons = Vec::new();
    check_head(scheme, &mut reasons);
    check_reset_and_claims(scheme, &mut reasons);
    check_named_roles(scheme, &mut reasons);
    let mut seen = BTreeSet::new();
    for role in &scheme.roles {
        if !seen.insert((role.level.as_str(), &role.name)) {
            let duplicate = Code::SchemeRoleRepeated.at("role.name");
            reasons.push(named(duplicate, role.level, &role.name));
        }
        check_role(scheme, role, &mut reasons);
    }
    Failure::if_any(reasons)
}

fn check_head(scheme: &Scheme, reasons: &mut Vec<Refusal>) {
    let is_possible = |mark: char| names::ALLOWED_PUNCTUATION.contains(mark);
    if !scheme.name_punctuation.chars().all(is_possible) {
        let only = Code::SchemePunctuation.at("name_punctuation");
        reasons.push(only.with("allowed", names::ALLOWED_PUNCTUATION));
    }
    reasons.extend(names::validate("name", &scheme.name, names::DEFAULT_PUNCTUATION).err());
    let tops = scheme
        .roles_of(RoleLevel::Instance)
        .filter(|role| role.is_everything())
        .count();
    if tops != 1 {
        let one = Code::SchemeTopRole.at("role.permissions");
        reasons.push(one.with("count", tops.to_string()));
    }
    for (field, value, min, max) in [
        ("dormant_after_days", scheme.dormant_after_days, 1, 3_650),
        ("reset_minutes", scheme.reset_minutes, 5, 10_080),
        (
            "temporary_password_hours",
            scheme.temporary_password_hours,
            1,
            720,
        ),
    ] {
        if !(min..=max).contains(&value) {
            let range = Code::OutOfRange.at(field).with("min", min.to_string());
            reasons.push(range.with("max", max.to_string()));
        }
    }
}

/// Checks how passwords are reset, and that each claim about groups, roles and teams has a name of its own.
fn check_reset_and_claims(scheme: &Scheme, reasons: &mut Vec<Refusal>) {
    if scheme.reset == ResetMode::Typed && !scheme.admins_set_passwords {
        reasons.push(Code::SchemeReset.at("reset"));
    }
    let shape = &scheme.claims;
    let named = [
        ("claims.groups", &shape.groups),
        ("claims.roles", &shape.roles),
        ("claims.teams", &shape.teams),
    ];
    for (field, name) in named {
        let is_mark = |byte: u8| byte.is_ascii_alphanumeric() || b"_.:/-".contains(&byte);
        let is_name = (1..=64).contains(&name.len()) && name.bytes().all(is_mark);
        let others = named.iter().filter(|(other, _)| *other != field);
        let is_taken = others.into_iter().any(|(_, other)| *other == name)
            || TAKEN_CLAIMS.contains(&name.as_str())
            || supported_claims().any(|claim| claim == name && !is_named_by_schemes(claim));
        if !is_name || is_taken {
            reasons.push(Code::SchemeClaim.at(field).with("claim", name));
        }
    }
}

/// Whether schemes choose the name of this claim.
fn is_named_by_schemes(claim: &str) -> bool {
    ["groups", "roles", "teams"].contains(&claim)
}

/// Members of tokens and responses that are not claims about a person.
const TAKEN_CLAIMS: &[&str] = &[
    "act",
    "active",
    "azp",
    "c_hash",
    "client_id",
    "cnf",
    "jti",
    "nbf",
    "s_hash",
    "scope",
    "token_type",
    "username",
];

/// Checks the roles that the scheme's head refers to.
fn check_named_roles(scheme: &Scheme, reasons: &mut Vec<Refusal>) {
    let default = scheme.default_role.as_ref();
    let references = [
        ("default_role", RoleLevel::Instance, default),
        ("team_owner_role", RoleLevel::Team, Some(&scheme.team_owner_role)),
        (
            "team_member_role",
            RoleLevel::Team,
            Some(&scheme.team_member_role),
        ),
    ];
    for (field, level, role) in references {
        if let Some(role) = role
            && scheme.role(level, role).is_none()
        {
            reasons.push(named(Code::SchemeRoleMissing.at(field), level, role));
        }
    }
    let owner = scheme.permissions_of(RoleLevel::Team, &scheme.team_owner_role);
    if !owner.allows(Permission::TeamMember) {
        reasons.push(Code::SchemeTeamOwner.at("team_owner_role"));
    }
}

fn check_role(scheme: &Scheme, role: &RoleDefinition, reasons: &mut Vec<Refusal>) {
    let name = &role.name;
    if names::validate("role.name", name, names::DEFAULT_PUNCTUATION).is_err() {
        reasons.push(Code::SchemeRoleName.at("role.name").with("role", name));
    }
    for pattern in role.permissions.iter().filter(|pattern| !is_pattern(pattern)) {
        let wrong = Code::SchemePermission.at("role.permissions");
        reasons.push(wrong.with("role", name).with("pattern", pattern));
    }
    for (field, level, listed) in [
        ("role.implies", role.level, &role.implies),
        ("role.may_create_as", RoleLevel::Instance, &role.may_create_as),
        ("role.may_change_role", RoleLevel::Instance, &role.may_change_role),
    ] {
        for other in listed {
            let is_every = other == "*" && field != "role.implies";
            if !is_every && scheme.role(level, other).is_none() {
                reasons.push(named(Code::SchemeRoleMissing.at(field), level, other));
            }
        }
    }
    check_managed(scheme, role, reasons);
    let reached = |of: &str| scheme.with_implied(role.level, &BTreeSet::from([of.to_owned()]));
    let implies_itself = |implied: &String| reached(implied).iter().any(|back| back.name == *name);
    if role.implies.iter().any(implies_itself) {
        reasons.push(
            Code::SchemeRoleImpliesItself
                .at("role.implies")
                .with("role", name),
        );
    }
}

/// Checks that every role in `may_manage` exists and can be managed by others.
fn check_managed(scheme: &Scheme, role: &RoleDefinition, reasons: &mut Vec<Refusal>) {
    for reference in &role.may_manage {
        let found = scheme.roles.iter().find(|other| other.reference() == *reference);
        if found.is_none_or(RoleDefinition::is_everything) {
            let wrong = Code::SchemeRoleNotManageable.at("role.may_manage");
            reasons.push(wrong.with("role", &role.name).with("other", reference));
        }
    }
}

fn named(reason: Refusal, level: RoleLevel, role: &str) -> Refusal {
    reason.with("level", level.as_str()).with("role", role)
}
