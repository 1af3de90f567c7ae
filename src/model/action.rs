//! The actions of the audit log.

use super::text_enum;

text_enum! {
    /// An action in the audit log.
    Action {
        /// Signed in to an app that lets them in only by `app.login_any`.
        AccessOverride = "access.override",
        /// Lifted the suspension.
        AccountActivate = "account.activate",
        /// Approved the registration.
        AccountApprove = "account.approve",
        /// Created the account.
        AccountCreate = "account.create",
        /// Deleted the account.
        AccountDelete = "account.delete",
        /// Acted as the owner of the account.
        AccountImpersonate = "account.impersonate",
        /// Made a one-time sign-in for an owner.
        OwnerSignIn = "account.owner_sign_in",
        /// Rejected the registration.
        AccountReject = "account.reject",
        /// Restored the account.
        AccountRestore = "account.restore",
        /// Changed their password.
        AccountSetOwnPassword = "account.set_own_password",
        /// Set a password.
        AccountSetPassword = "account.set_password",
        /// Changed the validity dates.
        AccountSetValidity = "account.set_validity",
        /// Suspended the account.
        AccountSuspend = "account.suspend",
        /// Changed the profile.
        AccountUpdate = "account.update",
        /// Added a secret.
        AppAddSecret = "app.add_secret",
        /// Approved the proposed redirect URIs.
        AppApprove = "app.approve_redirects",
        /// Created the app.
        AppCreate = "app.create",
        /// Deleted the app.
        AppDelete = "app.delete",
        /// Disabled the app.
        AppDisable = "app.disable",
        /// Removed old secrets.
        AppDropOldSecrets = "app.drop_old_secrets",
        /// Enabled the app.
        AppEnable = "app.enable",
        /// Proposed other redirect URIs.
        AppPropose = "app.propose_redirects",
        /// Rejected the proposed redirect URIs.
        AppReject = "app.reject_redirects",
        /// Removed the app's logo.
        AppRemoveLogo = "app.remove_logo",
        /// Changed whether the app requires a second factor.
        AppSecondFactor = "app.second_factor",
        /// Changed who may sign in to the app.
        AppSetAccess = "app.set_access",
        /// Changed which claims the app receives.
        AppSetClaims = "app.set_claims",
        /// Changed the app's logo.
        AppSetLogo = "app.set_logo",
        /// Shared a role for the app with the members of a group or a team.
        AppShareRole = "app.share_role",
        /// Took a role for the app back from the members of a group or a team.
        AppUnshareRole = "app.unshare_role",
        /// Changed the app.
        AppUpdate = "app.update",
        /// Allowed an app access.
        ConsentGive = "consent.give",
        /// Refused an app access on a device.
        ConsentRefuse = "consent.refuse",
        /// Withdrew an app's access.
        ConsentWithdraw = "consent.withdraw",
        /// Forgot a browser.
        DeviceForget = "device.forget",
        /// Added an address.
        EmailAdd = "email.add",
        /// Changed the primary address.
        EmailMakePrimary = "email.make_primary",
        /// Removed an address.
        EmailRemove = "email.remove",
        /// Marked an address as verified.
        EmailVerify = "email.verify",
        /// Added a group to the group.
        GroupAddGroup = "group.add_group",
        /// Added to a group.
        GroupAddMember = "group.add_member",
        /// Created the group.
        GroupCreate = "group.create",
        /// Deleted the group.
        GroupDelete = "group.delete",
        /// Removed a group from the group.
        GroupRemoveGroup = "group.remove_group",
        /// Removed from a group.
        GroupRemoveMember = "group.remove_member",
        /// Renamed the group.
        GroupRename = "group.rename",
        /// Changed whether the members of the group need a second factor.
        GroupSecondFactor = "group.second_factor",
        /// Set up the instance.
        InstanceSetUp = "instance.set_up",
        /// Accepted an invitation.
        InvitationAccept = "invitation.accept",
        /// Created an invitation.
        InvitationCreate = "invitation.create",
        /// Revoked an invitation.
        InvitationRevoke = "invitation.revoke",
        /// Revoked a signing key.
        KeyRevoke = "key.revoke",
        /// Changed the mail server.
        MailChange = "mail.change",
        /// Deleted an undelivered mail.
        MailDiscard = "mail.discard",
        /// Removed the mail server.
        MailRemove = "mail.remove",
        /// Queued an undelivered mail again.
        MailRetry = "mail.retry",
        /// Tested the connection to a mail server.
        MailTest = "mail.test",
        /// Tried something without the permission for it.
        OperationRefuse = "operation.refuse",
        /// Removed the picture.
        PictureRemove = "picture.remove",
        /// Changed the picture.
        PictureSet = "picture.set",
        /// A password reset expired.
        ResetExpire = "reset.expired",
        /// Made a link or a code to reset a password.
        ResetMake = "reset.make",
        /// Granted a role.
        RoleGrant = "role.grant",
        /// Granted a role for an app.
        RoleGrantForApp = "role.grant_for_app",
        /// Revoked a role.
        RoleRevoke = "role.revoke",
        /// Revoked a role for an app.
        RoleRevokeForApp = "role.revoke_for_app",
        /// Applied a scheme.
        SchemeApply = "scheme.apply",
        /// Added an authenticator app.
        SecondFactorAdd = "second_factor.add",
        /// Added a passkey.
        PasskeyAdd = "second_factor.add_passkey",
        /// Removed an authenticator app.
        SecondFactorRemove = "second_factor.remove",
        /// Removed a passkey.
        PasskeyRemove = "second_factor.remove_passkey",
        /// Renamed an authenticator app.
        SecondFactorRename = "second_factor.rename",
        /// Renamed a passkey.
        PasskeyRename = "second_factor.rename_passkey",
        /// Replaced the recovery codes.
        RecoveryCodesReplace = "second_factor.replace_recovery_codes",
        /// Removed every second factor.
        SecondFactorReset = "second_factor.reset",
        /// Signed in.
        SessionBegin = "session.begin",
        /// Signed out.
        SessionEnd = "session.end",
        /// Tried to sign in.
        SessionRefuse = "session.refuse",
        /// Changed the settings.
        SettingsChange = "settings.change",
        /// Created the team.
        TeamCreate = "team.create",
        /// Deleted the team.
        TeamDelete = "team.delete",
        /// Removed from a team.
        TeamRemoveMember = "team.remove_member",
        /// Renamed the team.
        TeamRename = "team.rename",
        /// Changed whether the members of the team need a second factor.
        TeamSecondFactor = "team.second_factor",
        /// Set a role in a team.
        TeamSetMember = "team.set_member",
    }
}
