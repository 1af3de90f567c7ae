//! Audit entries as sentences, which begin after the actor's name.

use serde::Serialize;
use serde_json::Value;

use crate::model::action::Action;

/// A part of a sentence.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Part {
    /// `text`, `target`, `role`, `team`, `group`, `value`, `from` or `until`.
    pub kind: &'static str,
    /// Its text; empty for the target and for a day.
    pub text: String,
    /// The moment of a day, in microseconds.
    pub at: Option<i64>,
}

/// The sentence about an action, for an entry with or without a target other than the actor.
///
/// In the template of a sentence, `{target}` is the target, `{role}` a value of the detail, and `{from}` or `{until}`
/// the day of such a value. A part in brackets is left out if one of its values is missing.
#[must_use]
pub fn history_sentence(action: Action, has_target: bool, detail: &Value) -> Vec<Part> {
    let (other, own) = sentences(action);
    let mut parts = Vec::new();
    for (at, piece) in (if has_target { other } else { own })
        .split(['[', ']'])
        .enumerate()
    {
        if let Some(filled) = fill(piece, detail) {
            parts.extend(filled);
        } else if at % 2 == 0 {
            // The entry lacks a value that the sentence needs, for example because another version wrote it.
            parts.extend(fill(crate::words::action(action), detail).unwrap_or_default());
        }
    }
    parts
}

/// The parts of a sentence; `None` if the detail lacks one of its values.
fn fill(sentence: &str, detail: &Value) -> Option<Vec<Part>> {
    let mut parts = Vec::new();
    for (at, piece) in sentence.split(['{', '}']).enumerate() {
        if piece.is_empty() {
            continue;
        }
        parts.push(if at % 2 == 0 {
            Part {
                kind: "text",
                text: piece.to_owned(),
                at: None,
            }
        } else {
            value(piece, detail)?
        });
    }
    Some(parts)
}

fn value(name: &str, detail: &Value) -> Option<Part> {
    let find = |key: &str| Some(&detail[key]).filter(|value| !value.is_null());
    let text = |kind, value: &Value| {
        let text = match value {
            Value::String(text) => text.clone(),
            Value::Array(values) => values
                .iter()
                .filter_map(Value::as_str)
                .collect::<Vec<_>>()
                .join(", "),
            _ => return None,
        };
        (!text.is_empty()).then_some(Part { kind, text, at: None })
    };
    match name {
        "target" => Some(Part {
            kind: "target",
            ..Part::default()
        }),
        "from" | "until" => {
            let at = find(name).or_else(|| Some(&detail["after"][name]))?.as_i64()?;
            Some(Part {
                kind: if name == "from" { "from" } else { "until" },
                text: String::new(),
                at: Some(at),
            })
        }
        "role" => text("role", find("role")?),
        "new role" => text("role", find("after")?),
        "team" => text("team", find("team")?),
        "group" => text("group", find("group")?),
        key => text("value", find(key)?),
    }
}

/// The sentence about somebody or something else, and the one about the actor.
#[expect(clippy::too_many_lines, reason = "a table with a line for each action")]
const fn sentences(action: Action) -> (&'static str, &'static str) {
    match action {
        Action::AccessOverride => (
            "signed in to {target} as an administrator",
            "signed in to it as an administrator",
        ),
        Action::AccountActivate => ("lifted the suspension of {target}", "lifted their suspension"),
        Action::AccountApprove => (
            "approved the registration of {target}",
            "approved their registration",
        ),
        Action::AccountCreate => (
            "created the account {target}[ with the role {role}]",
            "registered",
        ),
        Action::AccountDelete => ("deleted the account {target}", "deleted their account"),
        Action::AccountImpersonate => (
            "acted as {target}[ until {until}][: {reason}]",
            "acted as themselves[ until {until}][: {reason}]",
        ),
        Action::OwnerSignIn => (
            "made a one-time sign-in for {target}",
            "made a one-time sign-in for themselves",
        ),
        Action::AccountReject => (
            "rejected the registration of {target}",
            "rejected their registration",
        ),
        Action::AccountRestore => ("restored the account {target}", "restored their account"),
        Action::AccountSetOwnPassword | Action::AccountSetPassword => {
            ("set a password for {target}", "changed their password")
        }
        Action::AccountSetValidity => (
            "changed the validity of {target}[ to begin on {from}][ to end after {until}]",
            "changed their validity[ to begin on {from}][ to end after {until}]",
        ),
        Action::AccountSuspend => ("suspended {target}[: {reason}]", "suspended their account"),
        Action::AccountUpdate => ("changed the profile of {target}", "changed their profile"),
        Action::AppAddSecret => ("added a secret to the app {target}", "added a secret to an app"),
        Action::AppCreate => ("created the app {target}", "created an app"),
        Action::AppDelete => ("deleted the app {target}", "deleted an app"),
        Action::AppDisable => ("disabled the app {target}", "disabled an app"),
        Action::AppDropOldSecrets => (
            "removed the old secrets of the app {target}",
            "removed old secrets",
        ),
        Action::AppEnable => ("enabled the app {target}", "enabled an app"),
        Action::AppApprove => (
            "approved the proposed redirect URIs of {target}",
            "approved the proposed redirect URIs of an app",
        ),
        Action::AppPropose => (
            "proposed other redirect URIs for {target}",
            "proposed other redirect URIs for an app",
        ),
        Action::AppReject => (
            "rejected the proposed redirect URIs of {target}",
            "rejected the proposed redirect URIs of an app",
        ),
        Action::AppShareRole => (
            "shared a role for {target} with the members of a group or a team",
            "shared a role for an app",
        ),
        Action::AppUnshareRole => (
            "took back a shared role for {target}",
            "took back a shared role for an app",
        ),
        Action::AppSecondFactor => (
            "changed whether {target} requires a second factor",
            "changed whether an app requires a second factor",
        ),
        Action::AppSetAccess => (
            "changed who may sign in to {target}",
            "changed who may sign in to an app",
        ),
        Action::AppSetClaims => (
            "changed which claims {target} receives",
            "changed which claims an app receives",
        ),
        Action::AppSetLogo => (
            "changed the logo of the app {target}",
            "changed the logo of an app",
        ),
        Action::AppRemoveLogo => (
            "removed the logo of the app {target}",
            "removed the logo of an app",
        ),
        Action::AppUpdate => ("changed the app {target}", "changed an app"),
        Action::ConsentGive => (
            "allowed {app} access to {target}[ on a device at {device}]",
            "allowed {app} access[ on a device at {device}]",
        ),
        Action::ConsentRefuse => (
            "refused {app} access to {target}[ on a device at {device}]",
            "refused {app} access[ on a device at {device}]",
        ),
        Action::ConsentWithdraw => (
            "withdrew the access of {app} to {target}",
            "withdrew the access of {app}",
        ),
        Action::DeviceForget => ("forgot a browser of {target}", "forgot a browser"),
        Action::EmailAdd => (
            "added the address {address} to {target}",
            "added the address {address}",
        ),
        Action::EmailMakePrimary => (
            "made {address} the primary address of {target}",
            "made {address} their primary address",
        ),
        Action::EmailRemove => (
            "removed the address {address} from {target}",
            "removed the address {address}",
        ),
        Action::EmailVerify => (
            "marked the address {address} of {target} as verified",
            "marked the address {address} as verified",
        ),
        Action::GroupAddGroup => ("added a group to the group {target}", "added a group to a group"),
        Action::GroupAddMember => ("added {target} to the group {group}", "joined the group {group}"),
        Action::GroupCreate => ("created the group {target}", "created a group"),
        Action::GroupDelete => ("deleted the group {target}", "deleted a group"),
        Action::GroupRemoveGroup => (
            "removed a group from the group {target}",
            "removed a group from a group",
        ),
        Action::GroupRemoveMember => (
            "removed {target} from the group {group}",
            "left the group {group}",
        ),
        Action::GroupSecondFactor => (
            "changed whether the members of the group {target} need a second factor",
            "changed whether the members of a group need a second factor",
        ),
        Action::GroupRename => ("renamed the group[ {before}][ to {after}]", "renamed a group"),
        Action::InstanceSetUp => (
            "set up the instance with the owner {target}",
            "set up the instance",
        ),
        Action::InvitationAccept => (
            "accepted an invitation for {target}",
            "accepted an invitation[ to the team {team}][ as {role}]",
        ),
        Action::InvitationCreate => (
            "created an invitation for {target}[ to the team {team}][ as {role}]",
            "created an invitation",
        ),
        Action::InvitationRevoke => ("revoked the invitation of {target}", "revoked an invitation"),
        Action::KeyRevoke => ("revoked the signing key {target}", "revoked a signing key"),
        Action::MailChange => ("changed the mail server", "changed the mail server"),
        Action::MailDiscard => ("deleted an undelivered mail", "deleted an undelivered mail"),
        Action::MailRemove => ("removed the mail server", "removed the mail server"),
        Action::MailRetry => ("retried an undelivered mail", "retried an undelivered mail"),
        Action::MailTest => (
            "tested the connection to the mail server {server}[, which failed at {failed}]",
            "tested the connection to the mail server {server}[, which failed at {failed}]",
        ),
        Action::OperationRefuse => (
            "tried something without permission[: {operation}][: {path}]",
            "tried something without permission[: {operation}][: {path}]",
        ),
        Action::PasskeyAdd => (
            "added the passkey {name} for {target}",
            "added the passkey {name}",
        ),
        Action::PasskeyRemove => (
            "removed the passkey {name} of {target}",
            "removed the passkey {name}",
        ),
        Action::PasskeyRename => (
            "renamed a passkey of {target} to {name}",
            "renamed a passkey to {name}",
        ),
        Action::PictureRemove => ("removed the picture of {target}", "removed their picture"),
        Action::PictureSet => ("changed the picture of {target}", "changed their picture"),
        Action::ResetExpire => (
            "ended the expired password reset of {target}",
            "ended their expired password reset",
        ),
        Action::ResetMake => (
            "made a {way} to reset the password of {target}",
            "asked for a {way} to reset their password",
        ),
        Action::RoleGrant => (
            "granted {target} the role {role}[ until {until}]",
            "granted themselves the role {role}[ until {until}]",
        ),
        Action::RoleGrantForApp => (
            "granted {target} the role {role} in the app {app}[ until {until}]",
            "granted themselves the role {role} in the app {app}[ until {until}]",
        ),
        Action::RoleRevoke => ("revoked the role {role} from {target}", "gave up the role {role}"),
        Action::RoleRevokeForApp => (
            "revoked the role {role} in the app {app} from {target}",
            "gave up the role {role} in the app {app}",
        ),
        Action::SchemeApply => ("applied the scheme {after}", "applied the scheme {after}"),
        Action::RecoveryCodesReplace => (
            "replaced the recovery codes of {target}",
            "replaced their recovery codes",
        ),
        Action::SecondFactorAdd => (
            "added the authenticator app {name} for {target}",
            "added the authenticator app {name}",
        ),
        Action::SecondFactorRemove => (
            "removed the authenticator app {name} of {target}",
            "removed the authenticator app {name}",
        ),
        Action::SecondFactorRename => (
            "renamed an authenticator app of {target} to {name}",
            "renamed an authenticator app to {name}",
        ),
        Action::SecondFactorReset => (
            "removed the second factors of {target}",
            "removed their second factors",
        ),
        Action::SessionBegin => ("signed in as {target}", "signed in"),
        Action::SessionEnd => ("ended sessions of {target}", "signed out"),
        Action::SessionRefuse => (
            "tried to sign in as {target}",
            "tried to sign in with an unknown name",
        ),
        Action::SettingsChange => ("changed the settings", "changed the settings"),
        Action::TeamCreate => ("created the team {target}", "created a team"),
        Action::TeamDelete => ("deleted the team {target}", "deleted a team"),
        Action::TeamRemoveMember => ("removed {target} from the team {team}", "left the team {team}"),
        Action::TeamSecondFactor => (
            "changed whether the members of the team {target} need a second factor",
            "changed whether the members of a team need a second factor",
        ),
        Action::TeamRename => ("renamed the team[ {before}][ to {after}]", "renamed a team"),
        Action::TeamSetMember => (
            "gave {target} the role {new role} in the team {team}[ until {until}]",
            "took the role {new role} in the team {team}[ until {until}]",
        ),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn written(action: Action, has_target: bool, detail: &Value) -> String {
        let part = |part: Part| match (part.kind, part.at) {
            ("target", _) => "BOB".to_owned(),
            (_, Some(at)) => format!("<{at}>"),
            _ => part.text,
        };
        let parts = history_sentence(action, has_target, detail);
        parts.into_iter().map(part).collect()
    }

    #[test]
    fn values_are_filled_in_and_missing_ones_left_out() {
        let grant = |detail| written(Action::RoleGrant, true, &detail);
        assert_eq!(
            grant(json!({ "role": "admin", "until": 5 })),
            "granted BOB the role admin until <5>"
        );
        assert_eq!(
            grant(json!({ "role": "admin", "until": null })),
            "granted BOB the role admin"
        );
        let member = json!({ "team": "ops", "before": [], "after": ["owner"], "until": null });
        assert_eq!(
            written(Action::TeamSetMember, true, &member),
            "gave BOB the role owner in the team ops"
        );
        let span = json!({ "before": {}, "after": { "from": null, "until": 7 } });
        assert_eq!(
            written(Action::AccountSetValidity, false, &span),
            "changed their validity to end after <7>"
        );
    }

    #[test]
    fn an_entry_without_the_values_of_its_sentence_is_still_described() {
        assert_eq!(written(Action::RoleGrant, true, &json!({})), "Granted a role");
        for action in Action::ALL {
            for has_target in [true, false] {
                let text = written(*action, has_target, &Value::Null);
                assert!(
                    !text.is_empty() && !text.contains(['{', '[']),
                    "{action:?}: {text}"
                );
            }
        }
    }
}
