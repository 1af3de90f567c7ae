//! Actions of the audit log in the past tense.

use crate::model::action::Action;

/// The action in the past tense, to follow the actor's name.
#[expect(clippy::too_many_lines, reason = "a table with a line for each action")]
#[must_use]
pub const fn action(action: Action) -> &'static str {
    match action {
        Action::AccessOverride => "Signed in to an app as an administrator",
        Action::AccountActivate => "Lifted the suspension",
        Action::AccountApprove => "Approved the registration",
        Action::AccountCreate => "Created the account",
        Action::AccountDelete => "Deleted the account",
        Action::AccountImpersonate => "Acted as the person",
        Action::OwnerSignIn => "Made a one-time sign-in for an owner",
        Action::AccountReject => "Rejected the registration",
        Action::AccountRestore => "Restored the account",
        Action::AccountSetOwnPassword => "Changed their password",
        Action::AccountSetPassword => "Set a password",
        Action::AccountSetValidity => "Changed the validity dates",
        Action::AccountSuspend => "Suspended the account",
        Action::AccountUpdate => "Changed the profile",
        Action::AppAddSecret => "Added a secret",
        Action::AppCreate => "Created the app",
        Action::AppDelete => "Deleted the app",
        Action::AppDisable => "Disabled the app",
        Action::AppDropOldSecrets => "Removed old secrets",
        Action::AppEnable => "Enabled the app",
        Action::AppApprove => "Approved the proposed redirect URIs",
        Action::AppPropose => "Proposed other redirect URIs",
        Action::AppReject => "Rejected the proposed redirect URIs",
        Action::AppShareRole => "Shared a role for the app",
        Action::AppUnshareRole => "Took back a shared role for the app",
        Action::AppSecondFactor | Action::GroupSecondFactor | Action::TeamSecondFactor => {
            "Changed whether a second factor is required"
        }
        Action::AppSetLogo => "Changed the app's logo",
        Action::AppRemoveLogo => "Removed the app's logo",
        Action::AppSetAccess => "Changed who may sign in to the app",
        Action::AppSetClaims => "Changed which claims the app receives",
        Action::AppUpdate => "Changed the app",
        Action::ConsentGive => "Allowed an app access",
        Action::ConsentRefuse => "Refused an app access",
        Action::ConsentWithdraw => "Withdrew an app's access",
        Action::DeviceForget => "Forgot a browser",
        Action::EmailAdd => "Added an address",
        Action::EmailMakePrimary => "Changed the primary address",
        Action::EmailRemove => "Removed an address",
        Action::EmailVerify => "Marked an address as verified",
        Action::GroupAddGroup => "Added a group to the group",
        Action::GroupAddMember => "Added to a group",
        Action::GroupCreate => "Created the group",
        Action::GroupDelete => "Deleted the group",
        Action::GroupRemoveGroup => "Removed a group from the group",
        Action::GroupRemoveMember => "Removed from a group",
        Action::GroupRename => "Renamed the group",
        Action::InstanceSetUp => "Set up the instance",
        Action::InvitationAccept => "Accepted an invitation",
        Action::InvitationCreate => "Created an invitation",
        Action::InvitationRevoke => "Revoked an invitation",
        Action::KeyRevoke => "Revoked a signing key",
        Action::MailChange => "Changed the mail server",
        Action::MailDiscard => "Deleted an undelivered mail",
        Action::MailRemove => "Removed the mail server",
        Action::MailRetry => "Retried an undelivered mail",
        Action::MailTest => "Tested the connection to a mail server",
        Action::OperationRefuse => "Tried something without permission",
        Action::PasskeyAdd => "Added a passkey",
        Action::PasskeyRemove => "Removed a passkey",
        Action::PasskeyRename => "Renamed a passkey",
        Action::PictureRemove => "Removed the picture",
        Action::PictureSet => "Changed the picture",
        Action::RecoveryCodesReplace => "Replaced the recovery codes",
        Action::ResetExpire => "A password reset expired",
        Action::ResetMake => "Made a password reset",
        Action::RoleGrant => "Granted a role",
        Action::RoleGrantForApp => "Granted a role for an app",
        Action::RoleRevoke => "Revoked a role",
        Action::RoleRevokeForApp => "Revoked a role for an app",
        Action::SchemeApply => "Applied a scheme",
        Action::SecondFactorAdd => "Added an authenticator app",
        Action::SecondFactorRemove => "Removed an authenticator app",
        Action::SecondFactorRename => "Renamed an authenticator app",
        Action::SecondFactorReset => "Removed the second factors",
        Action::SessionBegin => "Signed in",
        Action::SessionEnd => "Signed out",
        Action::SessionRefuse => "Tried to sign in",
        Action::SettingsChange => "Changed the settings",
        Action::TeamCreate => "Created the team",
        Action::TeamDelete => "Deleted the team",
        Action::TeamRemoveMember => "Removed from a team",
        Action::TeamRename => "Renamed the team",
        Action::TeamSetMember => "Set a role in a team",
    }
}

/// What the actions of the same family act on.
#[must_use]
pub fn action_family(action: Action) -> &'static str {
    match action.as_str().split('.').next().unwrap_or_default() {
        "access" | "account" => "Accounts",
        "app" => "Apps",
        "consent" => "Access of apps",
        "device" => "Browsers",
        "email" => "E-mail addresses",
        "group" => "Groups",
        "instance" => "Instance",
        "invitation" => "Invitations",
        "key" => "Signing keys",
        "mail" => "Mail",
        "operation" => "Refusals",
        "picture" => "Pictures",
        "reset" => "Password resets",
        "role" => "Roles",
        "scheme" => "Schemes",
        "second_factor" => "Second factors",
        "session" => "Sign-ins",
        "settings" => "Settings",
        "team" => "Teams",
        _ => "Other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_family_has_a_title() {
        for action in Action::ALL {
            assert_ne!(action_family(*action), "Other", "{action:?}");
        }
    }
}
