//! Success messages, which name what was changed.

/// The message after a change to an account, by the name of the change in the query of the account's page; `None` for
/// an unknown one. `thing` is the role, team or group, if there is one.
#[must_use]
pub fn account(change: &str, name: &str, thing: &str) -> Option<String> {
    let sentence = match change {
        "created" => "{name} is added.",
        "profile" => "The profile of {name} is saved. Apps receive it with the next sign-in.",
        "email" => "The addresses of {name} are saved. Apps receive them with the next sign-in.",
        "role-granted" => "{name} has the role {thing}. It applies from now on.",
        "role-revoked" => "{name} no longer has the role {thing}.",
        "team" => "{name} is in the team {thing}.",
        "group" => "{name} is in the group {thing}.",
        "device" => "The browser is forgotten. The next sign-in there counts as one from a new browser.",
        "sessions" => "{name} is signed out everywhere.",
        "approved" => "{name} is approved and can sign in.",
        "rejected" => "The registration of {name} is rejected, and the account deleted.",
        "validity" => "The validity of {name} is saved.",
        "suspended" => "{name} is suspended: every session and the access of apps have ended.",
        "activated" => "The suspension of {name} is lifted.",
        "second-factors" => "The second factors are removed. The password alone is enough to sign in now.",
        "deleted" => "{name} is deleted. You can restore the account for 30 days.",
        "restored" => "{name} is restored.",
        _ => return None,
    };
    let thing = if thing.is_empty() {
        String::new()
    } else {
        format!(" {thing}")
    };
    Some(sentence.replace(" {thing}", &thing).replace("{name}", name))
}

/// After an account got a role in a team.
#[must_use]
pub fn team_role_set(who: &str, role: &str, team: &str) -> String {
    format!("{who} has the role {role} in {team} from now on.")
}

/// After an account was removed from a team or a group.
#[must_use]
pub fn member_removed(who: &str, from: &str) -> String {
    format!("{who} is no longer in {from}.")
}

/// After the user has left a team.
#[must_use]
pub fn left(team: &str) -> String {
    format!("You are no longer in {team}.")
}

/// After an account or a group was added to a group.
#[must_use]
pub fn group_member_added(who: &str, group: &str) -> String {
    format!("{who} is in {group} from now on.")
}

/// After a team or a group was created.
#[must_use]
pub fn created(name: &str) -> String {
    format!("{name} is created.")
}

/// After a team or a group was renamed.
#[must_use]
pub fn renamed(before: &str, name: &str) -> String {
    format!("{before} is called {name} now.")
}

/// After a team or a group was deleted.
#[must_use]
pub fn deleted(name: &str) -> String {
    format!("{name} is deleted.")
}

/// After an app was disabled.
pub const APP_DISABLED: &str = "The app is disabled. Nobody can sign in to it, and its tokens are refused.";

/// After an app was enabled.
pub const APP_ENABLED: &str = "The app is enabled.";

/// After the settings of an app were changed.
pub const APP_SAVED: &str = "Saved. The settings apply from now on.";

/// After the settings of an app were changed by somebody whose redirect URIs need approval.
pub const REDIRECTS_PROPOSED: &str =
    "Saved. The redirect URIs apply once somebody who manages the app has approved them.";

/// After the proposed redirect URIs of an app were approved.
pub const REDIRECTS_APPROVED: &str = "Approved. The redirect URIs apply from now on.";

/// After the proposed redirect URIs of an app were rejected.
pub const REDIRECTS_REJECTED: &str = "Rejected. The redirect URIs stay as they were.";

/// After a change to who may sign in to an app, or to whether that takes a second factor.
pub const ACCESS_CHANGED: &str = "Saved. It applies from the next sign-in and the next refresh of a token.";

/// After a change to whether the members of a team or a group need a second factor.
pub const SECOND_FACTOR_POLICY: &str = "Saved. It applies from the next sign-in of each member.";

/// After somebody got or lost a role for an app.
pub const APP_ROLES_CHANGED: &str = "Saved. The app receives it with the next tokens.";

/// After the claim rules of an app changed.
pub const APP_CLAIMS_CHANGED: &str = "Saved. The app receives these claims with the next tokens.";

/// After the old secrets of an app were removed.
pub const OLD_SECRETS_REMOVED: &str = "Only the newest secret works now.";

/// After an invitation was revoked; the address is empty for one that anybody could accept.
#[must_use]
pub fn invitation_revoked(address: &str) -> String {
    let of = if address.is_empty() { "anybody" } else { address };
    format!("The invitation for {of} is revoked. Its link no longer works.")
}
