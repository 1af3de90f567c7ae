//! The sentences for refusals.

use crate::model::refusal::{Code, Refusal};

/// The sentence of a refusal, with its arguments.
#[must_use]
pub fn refusal(refusal: &Refusal) -> String {
    let mut sentence = refusal_template(refusal.code).to_owned();
    for (name, value) in &refusal.args {
        sentence = sentence.replace(&format!("{{{name}}}"), value);
    }
    sentence
}

/// The sentences of several refusals, one after the other.
#[must_use]
pub fn refusals(refusals: &[Refusal]) -> String {
    refusals.iter().map(refusal).collect::<Vec<_>>().join(" ")
}

/// The database failed during one of several changes.
pub const DATABASE_FAILED: &str = "The server failed, so nothing was changed here. Its log has the cause.";

/// The sentence of each code, with its arguments in braces.
#[expect(
    clippy::too_many_lines,
    clippy::match_same_arms,
    reason = "a table with a line for each code"
)]
#[must_use]
pub const fn refusal_template(code: Code) -> &'static str {
    match code {
        Code::Taken => "This is taken. Choose another one.",
        Code::UnknownRole => "There is no such role. Use one of {roles}.",
        Code::RoleOfEverybody => "Everybody holds this role by default, so it cannot be granted.",
        Code::Length => "Use {min} to {max} characters.",
        Code::NameCharacters => "Use letters, digits, dots and hyphens only.",
        Code::NameAlphanumeric => "Use letters and digits only.",
        Code::NamePunctuation => "Use letters, digits and {allowed} only.",
        Code::NameNeedsLetter => "Use at least one letter, since accounts have numbers too.",
        Code::NameEdges => "Begin and end with a letter or a digit.",
        Code::Reserved => "This name is reserved. Choose another one.",
        Code::EmailInvalid => "Enter an e-mail address such as ann@example.org.",
        Code::UnknownAccount => "There is no account {name}. Enter a username or an e-mail address.",
        Code::UnknownFilter => "There is no filter \"{key}\". Use one of {keys}.",
        Code::UnknownStatus => "There is no status \"{status}\". Use one of {all}.",
        Code::FilterEmpty => "{key}: needs a value.",
        Code::FilterRepeated => "{key}: appears twice. Use it once.",
        Code::TimeInvalid => "{key}: \"{text}\" is not a time such as \"2023-07-01T00:00:00Z\".",
        Code::TimeOutOfRange => "{key}: \"{text}\" is out of range.",
        Code::QuoteUnclosed => "Close the quotation mark.",
        Code::PasswordWrong => "This is not your current password.",
        Code::CodeWrong => "This code is wrong or was used before. Wait for the next one and try again.",
        Code::TooManyAuthenticators => "An account has at most {max} authenticator apps. Remove one first.",
        Code::DeviceNotFound => "This browser was forgotten already.",
        Code::AuthenticatorNotFound => "This authenticator app was removed already.",
        Code::AuthenticatorExists => "This authenticator app was added already.",
        Code::EnrolmentEnded => "This took too long. Scan the new code.",
        Code::PasskeyRefused => "The passkey could not be created. Try again.",
        Code::PasskeysOnly => "Only passkeys count as a second factor here. Add a passkey.",
        Code::PasskeysImpossible => {
            "Passkeys need a domain name, but this server's address is an IP address. Give the server a name first."
        }
        Code::TooManyPasskeys => "An account has at most {max} passkeys. Remove one first.",
        Code::PasskeyNotFound => "This passkey was removed already.",
        Code::PasskeyExists => "This passkey was added already.",
        Code::NoSecondFactor => "The account has no second factor.",
        Code::NotWhileActing => "This is not possible while you are acting as somebody else.",
        Code::ActingAsSelf => "This is your own account.",
        Code::OwnerAmbiguous => "There are several owners. Name the one who signs in.",
        Code::NotAnOwner => {
            "This account is not an owner's. Use doorward impersonate or doorward reset-password."
        }
        Code::PasswordOwn => "Change your own password on your account page.",
        Code::ResetEnded => "This code is wrong, was used, or has expired. Ask for a new one.",
        Code::EmailProofEnded => "This link was used, or has expired. Ask for another one.",
        Code::EmailProofTooOften => {
            "A link was sent to this address a short while ago, or several today. Look for the mail, in the spam folder too, and try again later."
        }
        Code::TooManyLinks => {
            "This address got {max} links by mail in the last 24 hours. Try again tomorrow."
        }
        Code::ResetWayUnknown => "Passwords cannot be reset in this way here.",
        Code::ResetOnHostOnly => {
            "This password can be reset only on the server's host: run doorward reset-password there."
        }
        Code::AttemptEnded => "This sign-in has ended. Sign in again.",
        Code::PasswordUnchanged => "Choose another password than the temporary one.",
        Code::SecondFactorRequired => {
            "You must have a second factor here. Add another one before you remove this one."
        }
        Code::SecondFactorOwn => "Remove your own second factors on your account page.",
        Code::TooManyAttempts => "There were too many wrong passwords. Wait a while and try again.",
        Code::TooShort => "Use at least {min} characters.",
        Code::TooLong => "Use at most {max} characters.",
        Code::PasswordNeedsLowerCase => "Add a lower-case letter.",
        Code::PasswordNeedsUpperCase => "Add an upper-case letter.",
        Code::PasswordNeedsDigit => "Add a digit.",
        Code::PasswordCommon => "Choose another password: this one is on the lists that attackers try first.",
        Code::PasswordPersonal => {
            "Leave out your name, your address and the organisation's name, or add words that have nothing to do with \
             you."
        }
        Code::PasswordGuessable => "Add another word or two, uncommon ones: this password is easy to guess.",
        Code::PasswordPattern => "{why} Add another word or two, uncommon ones.",
        Code::PasswordChosenByOwner => {
            "Administrators do not set passwords for others here. Leave it empty, and send the link that you get."
        }
        Code::LocaleInvalid => "Use a language tag such as en or pt-BR.",
        Code::ZoneInvalid => "Use the name of a time zone, such as Europe/Paris.",
        Code::WebAddressInvalid => "Use an address that begins with https:// or http://.",
        Code::ClaimInvalid => "The claim {claim} cannot have this value.",
        Code::EmailTaken => "This address already belongs to an account.",
        Code::TooManyEmails => "An account has at most {max} addresses. Remove one first.",
        Code::PictureInvalid => "Send a PNG, JPEG, WebP or GIF image of at most 6,000 by 6,000 pixels.",
        Code::PictureTooLarge => "Send an image of at most 2 MB.",
        Code::EndBeforeStart => "Choose a day after the start.",
        Code::UnknownGroup => "There is no group {name}.",
        Code::UnknownTeam => "There is no team {name}. Enter its short name, as in its address.",
        Code::GroupInItself => "A group cannot contain itself.",
        Code::DateInvalid => "Use a date such as 2026-01-31.",
        Code::NotConfirmed => "Type {text} to confirm.",
        Code::OutOfRange => "Use a number from {min} to {max}.",
        Code::TooMany => "Use at most {max}.",
        Code::DomainsNotProven => {
            "Without mail, nobody proves an address, so this would limit nobody. Choose approval, or remove the domains."
        }
        Code::DomainInvalid => "{domain} is not a domain. Write domains such as example.org, one per line.",
        Code::MailServerInvalid => {
            "Enter the name or the IP address of the mail server, such as mail.example.org."
        }
        Code::MailSenderInvalid => "Enter a sender such as Example <id@example.org>.",
        Code::MailPasswordMissing => "Enter the user's password, or leave out the user.",
        Code::MailPasswordUnencrypted => {
            "Use starttls or implicit: without encryption, anybody on the network path could read the password."
        }
        Code::MailCaInvalid => "Enter one or more certificates in PEM format.",
        Code::ColourInvalid => "Write the colour as #rrggbb, such as #3056d3.",
        Code::NotOneLine => "Leave out line breaks and invisible characters.",
        Code::SchemeSyntax => "This is not a scheme: {error}.",
        Code::SchemePunctuation => "Use some of {allowed} only.",
        Code::SchemeTopRole => "Exactly one instance role must have the permission *; {count} have it.",
        Code::SchemeReset => "Passwords that administrators type need admins_set_passwords = true.",
        Code::SchemeClaim => {
            "The claim name \"{claim}\" is invalid or taken. Use 1 to 64 letters, digits and _ . : / - only."
        }
        Code::SchemeRoleMissing => "There is no {level} role {role}.",
        Code::SchemeTeamOwner => "The role of a team's creator must have the permission team.member.",
        Code::SchemeRoleRepeated => "There are two {level} roles {role}.",
        Code::SchemeRoleName => {
            "Role {role}: use 1 to 64 letters, digits, dots and hyphens, with a letter or a digit at either end."
        }
        Code::SchemePermission => {
            "Role {role}: {pattern} is not a permission such as account.read, team.* or *.read."
        }
        Code::SchemeRoleImpliesItself => "Role {role} implies itself.",
        Code::SchemeRoleNotManageable => {
            "Role {role} may not manage {other}: name an existing role without the permission *."
        }
        Code::InThePast => "Choose a time in the future.",
        Code::OrganisationLength => "Enter the name of your organisation, at most {max} characters.",
        Code::TooManyAddresses => "Invite at most {max} people at once.",
        Code::DomainNotAllowed => "Use an address at {domains}.",
        Code::UriSpaces => "{uri} must not contain spaces or control characters.",
        Code::UriRelative => "{uri} must be an absolute URI such as https://app.example.org/callback.",
        Code::UriFragment => "{uri} must not have a fragment (#).",
        Code::UriCredentials => "{uri} must not contain a username or password.",
        Code::UriInsecure => "{uri} must use https; http is for loopback addresses only.",
        Code::UriScheme => {
            "{uri} must use https, or a private-use scheme that is a reversed domain name such as org.example.app."
        }
        Code::UriWildcard => "{uri} must not contain *, since there are no wildcards; register each URI.",
        Code::ProxyUri => {
            "{uri} must be the address of a website in lower case, followed by /.doorward/callback and nothing else."
        }
        Code::OriginInvalid => "{uri} must be an origin such as https://app.example.org, without a path.",
        Code::LogoutOrigin => "{uri} must have the same scheme, host and port as one of the redirect URIs.",
        Code::ClaimNameInvalid => {
            "Enter the name of a claim, such as memberOf or realm_access.roles. Write \\. for a dot that belongs to a name."
        }
        Code::ClaimReserved => {
            "{claim} belongs to the protocol, so no rule can change it. Choose another name."
        }
        Code::ClaimExpressionInvalid => "The expression is wrong at character {column}: {why}.",
        Code::ClaimFactUnknown => "There is no {name}. Use one of {known}.",
        Code::AppAddressInvalid => {
            "Enter the address of the app, such as https://app.example.org, without ? and #."
        }
        Code::HttpsRequired => "Use an address that begins with https://.",
        Code::ClientIdUuid => "A client ID must not be a UUID.",
        Code::ClientPublic => {
            "A public app cannot use client credentials. Choose another authentication method."
        }
        Code::ClientKeysRequired => "private_key_jwt needs the app's public keys or their address.",
        Code::ClientKeysConflict => "Enter the keys or their address, not both.",
        Code::ClientKeysInvalid => "The keys cannot be used: {why}.",
        Code::LifetimeInvalid => {
            "Use a time from {least} to {most}, such as 90 s, 10 min, 12 hours or 30 days."
        }
        Code::PermissionMissing => "You do not have permission to do this.",
        Code::TeamPermissionMissing => "Your role in this team does not allow this.",
        Code::AccountNotDominated => {
            "This account has permissions that you do not have, so you cannot change it."
        }
        Code::TeamRoleNotDominated => "This role has permissions in this team that you do not have.",
        Code::RoleChangeNotAllowed => "Your roles do not allow you to grant or revoke this role.",
        Code::RoleCreationNotAllowed => "Your roles do not allow you to create accounts with this role.",
        Code::EmailVouchedForSelf => "Ask another administrator to mark your own address as verified.",
        Code::AppSettingReserved => {
            "You may not change one of these settings. Ask somebody who manages all apps."
        }
        Code::PersonalTeamOwnsNothing => "A personal team owns no apps. Choose a shared team.",
        Code::AppEntryRefused => "You may not sign in to this app. Ask an administrator to let you in.",
        Code::RegistrationClosed => {
            "Registration is closed. Ask your administrator for an account or an invitation."
        }
        Code::InvitationForMembersOnly => {
            "Registration is closed. Sign in with the account that you have, then open the link again."
        }
        Code::InvitationForOther => {
            "This invitation is for {email}. Add this address to your account, or use another account."
        }
        Code::AccountRequired => "This needs an account. Sign in first.",
        Code::MailNotFound => "This mail was sent, deleted or queued again already.",
        Code::AccountNotFound => "There is no such account.",
        Code::SessionNotFound => "This session has already ended.",
        Code::PictureNotFound => "There is no such picture.",
        Code::TeamNotFound => "There is no such team.",
        Code::GroupNotFound => "There is no such group.",
        Code::InvitationNotFound => "There is no such invitation.",
        Code::ClientNotFound => "There is no such app.",
        Code::OwnerRequired => {
            "This would leave the instance without an owner. Grant the role to another person first."
        }
        Code::AccountChanged => {
            "Somebody has changed this account since you opened it. Look at it again, then save."
        }
        Code::EmailNotFound => "The account no longer has this address.",
        Code::TeamOwnerRequired => {
            "This would leave the team without an owner. Grant its highest role to another member first."
        }
        Code::RootTeamPermanent => "The root team cannot be deleted.",
        Code::PersonalTeamPermanent => {
            "A personal team is deleted with its account and cannot be deleted on its own."
        }
        Code::TeamOwnsApps => "Delete the apps of the team first: {apps}.",
        Code::TeamOwnsManyApps => "Delete the {number} apps of the team first.",
        Code::PersonalTeamOwner => "A personal team belongs to its owner, who keeps their role in it.",
        Code::NotInTeam => "The person is not a member of this team.",
        Code::RoleNotGranted => "This role was not granted to the person, so it cannot be revoked.",
        Code::MailNotSetUp => "There is no mail server. Set one first.",
        Code::SettingsChanged => {
            "Somebody has changed the settings since you opened them. Check them again, then save."
        }
        Code::AccountStateChanged => "The account's status has changed. Reload the page and try again.",
        Code::RestoreExpired => "An account can be restored only in the 30 days after its deletion.",
        Code::NameTakenSince => "Another account has this name or address now. Change that one first.",
        Code::AccountExternal => {
            "Another directory manages this account. Change its name and password, or delete it, there."
        }
        Code::InvitationEnded => {
            "This invitation was used, revoked or replaced, or it has expired. Ask for a new one."
        }
        Code::AddressHasAccount => "This address already belongs to an account.",
        Code::MemberAlready => "This person is already a member of the team.",
        Code::MembershipExists => "You are already a member of this team.",
        Code::AccountNotInvited => "Only an invited account can be invited again.",
        Code::AccountExists => "You already have an account.",
        Code::AlreadySetUp => "This instance has already been set up. Sign in instead.",
        Code::AppChanged => {
            "Somebody has changed the app since you opened it. Load the page again, then change it."
        }
        Code::TooManySecrets => "The app already has two secrets. Remove the old one first.",
        Code::ServerBusy => "The server is busy. Try again in a few seconds.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_contains_its_arguments() {
        let unknown = Code::UnknownRole.at("role").with("roles", "admin, owner");
        assert_eq!(
            refusal(&unknown),
            "There is no such role. Use one of admin, owner."
        );
    }

    #[test]
    fn every_template_is_a_sentence() {
        for code in Code::ALL {
            let text = refusal_template(*code);
            assert!(text.ends_with('.'), "{}", code.as_str());
        }
    }
}
