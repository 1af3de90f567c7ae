//! Why an operation was refused: a stable code with the field that it concerns and the arguments of its
//! sentence. The sentences are in `words`, and `docs/errors.md` lists all codes.

/// The kind of a code, which decides the HTTP status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A field is invalid.
    Invalid,
    /// The actor is not authorized.
    Forbidden,
    /// The object does not exist, or the actor may not know that it does.
    NotFound,
    /// Nobody may do this in the current state.
    Conflict,
    /// The server is overloaded.
    Busy,
}

/// Declares the codes, grouped by kind.
macro_rules! codes {
    ($($kind:ident { $($(#[$doc:meta])* $code:ident = $name:literal),* $(,)? })*) => {
        /// Why something was refused. Codes are stable, so that clients of the API can match them.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Code { $($($(#[$doc])* $code),*),* }

        impl Code {
            /// Every code, by kind.
            pub const ALL: &'static [Self] = &[$($(Self::$code),*),*];

            /// The code in responses and in the documentation.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $($(Self::$code => $name),*),* }
            }

            /// Its kind.
            #[must_use]
            pub const fn kind(self) -> Kind {
                match self { $($(Self::$code)|* => Kind::$kind),* }
            }
        }
    };
}

codes! {
    Invalid {
        /// The value is used by another object; names are compared case-insensitively.
        Taken = "taken",
        /// The scheme has no such role.
        UnknownRole = "unknown_role",
        /// Everybody holds the role by default, so it cannot be granted.
        RoleOfEverybody = "role_of_everybody",
        /// The value has too few or too many characters.
        Length = "length",
        /// The name has characters other than letters, digits, dots and hyphens.
        NameCharacters = "name_characters",
        /// The name has characters other than letters and digits.
        NameAlphanumeric = "name_alphanumeric",
        /// The name has characters other than letters, digits and the punctuation that the scheme allows.
        NamePunctuation = "name_punctuation",
        /// The username has only digits, like the number of an account.
        NameNeedsLetter = "name_needs_letter",
        /// The name does not begin and end with a letter or a digit.
        NameEdges = "name_edges",
        /// The name is reserved.
        Reserved = "reserved",
        /// The value is not an e-mail address.
        EmailInvalid = "email_invalid",
        /// No account has this username or verified address.
        UnknownAccount = "unknown_account",
        /// The value has too few characters.
        TooShort = "too_short",
        /// The value is too long.
        TooLong = "too_long",
        /// The password has no lower-case letter.
        PasswordNeedsLowerCase = "password_needs_lower_case",
        /// The password has no upper-case letter.
        PasswordNeedsUpperCase = "password_needs_upper_case",
        /// The password has no digit.
        PasswordNeedsDigit = "password_needs_digit",
        /// The password is on the list of common ones.
        PasswordCommon = "password_common",
        /// The password consists of names of the person or the organisation.
        PasswordPersonal = "password_personal",
        /// The password is easy to guess.
        PasswordGuessable = "password_guessable",
        /// The password is easy to guess, for a known reason.
        PasswordPattern = "password_pattern",
        /// The scheme does not let administrators set passwords for others.
        PasswordChosenByOwner = "password_chosen_by_owner",
        /// The value is not a language tag.
        LocaleInvalid = "locale_invalid",
        /// The value is not the name of a time zone.
        ZoneInvalid = "zone_invalid",
        /// The value is not the address of a web page.
        WebAddressInvalid = "web_address_invalid",
        /// The claim does not exist or cannot have this value.
        ClaimInvalid = "claim_invalid",
        /// The address belongs to an account.
        EmailTaken = "email_taken",
        /// The account has the maximum number of addresses.
        TooManyEmails = "too_many_emails",
        /// The file is not an image, or it has too many pixels.
        PictureInvalid = "picture_invalid",
        /// The image has too many bytes.
        PictureTooLarge = "picture_too_large",
        /// The end is not after the start.
        EndBeforeStart = "end_before_start",
        /// No group has this name.
        UnknownGroup = "unknown_group",
        /// No team has this slug.
        UnknownTeam = "unknown_team",
        /// The group would contain itself.
        GroupInItself = "group_in_itself",
        /// The confirmation text does not match.
        NotConfirmed = "not_confirmed",
        /// The value is not a date.
        DateInvalid = "date_invalid",
        /// The number is too small or too large.
        OutOfRange = "out_of_range",
        /// There are too many values.
        TooMany = "too_many",
        /// The value is not a domain.
        DomainInvalid = "domain_invalid",
        /// Without mail, open registration cannot be limited to domains, since nobody proves an address.
        DomainsNotProven = "domains_not_proven",
        /// The mail server is not a name or an IP address.
        MailServerInvalid = "mail_server_invalid",
        /// The sender is not a name with an address.
        MailSenderInvalid = "mail_sender_invalid",
        /// The mail server's user has no password.
        MailPasswordMissing = "mail_password_missing",
        /// The password would be sent to another machine without encryption.
        MailPasswordUnencrypted = "mail_password_unencrypted",
        /// The authority is not a certificate.
        MailCaInvalid = "mail_ca_invalid",
        /// The value is not a colour.
        ColourInvalid = "colour_invalid",
        /// A text has line breaks or other control characters.
        NotOneLine = "not_one_line",
        /// The text is not a scheme.
        SchemeSyntax = "scheme_syntax",
        /// The scheme allows punctuation that names can never contain.
        SchemePunctuation = "scheme_punctuation",
        /// The scheme does not have exactly one instance role with every permission.
        SchemeTopRole = "scheme_top_role",
        /// Resets are by typed passwords, but the scheme does not let administrators set passwords.
        SchemeReset = "scheme_reset",
        /// A claim's name in a scheme is malformed or that of another claim.
        SchemeClaim = "scheme_claim",
        /// The scheme names a role that it does not define.
        SchemeRoleMissing = "scheme_role_missing",
        /// The role of a team's creator lacks the permission to change members.
        SchemeTeamOwner = "scheme_team_owner",
        /// Two roles of a level have the same name.
        SchemeRoleRepeated = "scheme_role_repeated",
        /// The role's name cannot be used.
        SchemeRoleName = "scheme_role_name",
        /// A permission of a role is neither a name nor a pattern.
        SchemePermission = "scheme_permission",
        /// A role implies itself.
        SchemeRoleImpliesItself = "scheme_role_implies_itself",
        /// A role cannot be listed in `may_manage`: it does not exist, or has every permission.
        SchemeRoleNotManageable = "scheme_role_not_manageable",
        /// The time is in the past.
        InThePast = "in_the_past",
        /// The organisation's name is empty or too long.
        OrganisationLength = "organisation_length",
        /// The list has more addresses than can be invited at once.
        TooManyAddresses = "too_many_addresses",
        /// Registration is limited to addresses at some domains.
        DomainNotAllowed = "domain_not_allowed",
        /// A URI has spaces or control characters.
        UriSpaces = "uri_spaces",
        /// A URI is not absolute.
        UriRelative = "uri_relative",
        /// A URI has a fragment.
        UriFragment = "uri_fragment",
        /// A URI contains a username or a password.
        UriCredentials = "uri_credentials",
        /// A redirect URI uses http with an address that is not loopback.
        UriInsecure = "uri_insecure",
        /// The scheme of a redirect URI is neither https nor a private-use scheme.
        UriScheme = "uri_scheme",
        /// A URI contains a `*`, which is no wildcard here.
        UriWildcard = "uri_wildcard",
        /// A redirect URI of a website behind a reverse proxy does not have the callback path, or its host is not
        /// written as browsers write it.
        ProxyUri = "proxy_uri",
        /// The text is not an origin.
        OriginInvalid = "origin_invalid",
        /// The front-channel logout address has the origin of no redirect URI.
        LogoutOrigin = "logout_origin",
        /// The name of the claim is empty or malformed.
        ClaimNameInvalid = "claim_name_invalid",
        /// The claim belongs to the protocol.
        ClaimReserved = "claim_reserved",
        /// The expression of a claim cannot be understood.
        ClaimExpressionInvalid = "claim_expression_invalid",
        /// The expression of a claim names something that does not exist.
        ClaimFactUnknown = "claim_fact_unknown",
        /// The text is not the address of an app.
        AppAddressInvalid = "app_address_invalid",
        /// The address does not use https.
        HttpsRequired = "https_required",
        /// A query has an unknown filter.
        UnknownFilter = "unknown_filter",
        /// A query has an unknown status.
        UnknownStatus = "unknown_status",
        /// A filter of a query has no value.
        FilterEmpty = "filter_empty",
        /// A query has a filter more than once.
        FilterRepeated = "filter_repeated",
        /// A filter of a query has a value that is not a time.
        TimeInvalid = "time_invalid",
        /// A filter of a query has a time that is out of range.
        TimeOutOfRange = "time_out_of_range",
        /// A quotation mark in a query is not closed.
        QuoteUnclosed = "quote_unclosed",
        /// The password is the one that its owner must replace.
        PasswordUnchanged = "password_unchanged",
        /// The password is not the current one.
        PasswordWrong = "password_wrong",
        /// The code is neither the current one of the authenticator app nor the one before, or it was used before.
        CodeWrong = "code_wrong",
        /// The account has the maximum number of authenticator apps.
        TooManyAuthenticators = "too_many_authenticators",
        /// The browser's answer does not match the challenge of the page, or the challenge was used or has expired.
        PasskeyRefused = "passkey_refused",
        /// Browsers cannot use passkeys with this server.
        PasskeysImpossible = "passkeys_impossible",
        /// The account has the maximum number of passkeys.
        TooManyPasskeys = "too_many_passkeys",
        /// There were too many wrong passwords recently.
        TooManyAttempts = "too_many_attempts",
        /// A client ID is a UUID, which only account ids may be.
        ClientIdUuid = "client_id_uuid",
        /// A public client cannot use the client credentials grant.
        ClientPublic = "client_public",
        /// The app authenticates with a key, but has none registered.
        ClientKeysRequired = "client_keys_required",
        /// The app has both keys and an address to fetch them from.
        ClientKeysConflict = "client_keys_conflict",
        /// The app's keys cannot be used.
        ClientKeysInvalid = "client_keys_invalid",
        /// The lifetime of a token or a secret is not a time within its bounds.
        LifetimeInvalid = "lifetime_invalid",
    }
    Forbidden {
        /// A permission on the instance is missing.
        PermissionMissing = "permission_missing",
        /// A permission in the team is missing.
        TeamPermissionMissing = "team_permission_missing",
        /// The account has permissions that the actor does not have.
        AccountNotDominated = "account_not_dominated",
        /// The role has permissions in the team that the actor does not have there.
        TeamRoleNotDominated = "team_role_not_dominated",
        /// None of the actor's roles may grant or revoke this role.
        RoleChangeNotAllowed = "role_change_not_allowed",
        /// Nobody marks their own address as verified.
        EmailVouchedForSelf = "email_vouched_for_self",
        /// Somebody who acts as somebody else may not do this.
        NotWhileActing = "not_while_acting",
        /// Only a command on the host may reset the password.
        ResetOnHostOnly = "reset_on_host_only",
        /// None of the actor's roles may create accounts with this role.
        RoleCreationNotAllowed = "role_creation_not_allowed",
        /// Registration is closed.
        RegistrationClosed = "registration_closed",
        /// The invitation is to a team, and registration is closed for new accounts.
        InvitationForMembersOnly = "invitation_for_members_only",
        /// The invitation is for an address that the actor's account does not have.
        InvitationForOther = "invitation_for_other",
        /// The actor may not change one of these settings of the app.
        AppSettingReserved = "app_setting_reserved",
        /// A personal team owns no apps.
        PersonalTeamOwnsNothing = "personal_team_owns_nothing",
        /// The app does not let the user in.
        AppEntryRefused = "app_entry_refused",
        /// The actor has no account: it is a command, a visitor or the system.
        AccountRequired = "account_required",
    }
    NotFound {
        /// There is no such undelivered mail.
        MailNotFound = "mail_not_found",
        /// There is no such account.
        AccountNotFound = "account_not_found",
        /// The session has ended already.
        SessionNotFound = "session_not_found",
        /// The account knows no such browser.
        DeviceNotFound = "device_not_found",
        /// The account has no such authenticator app.
        AuthenticatorNotFound = "authenticator_not_found",
        /// The account has no such passkey.
        PasskeyNotFound = "passkey_not_found",
        /// There is no such picture.
        PictureNotFound = "picture_not_found",
        /// There is no such team, or the actor may not know of it.
        TeamNotFound = "team_not_found",
        /// There is no such group.
        GroupNotFound = "group_not_found",
        /// There is no such invitation.
        InvitationNotFound = "invitation_not_found",
        /// There is no such app.
        ClientNotFound = "app_not_found",
    }
    Conflict {
        /// The instance would be left without an owner.
        OwnerRequired = "owner_required",
        /// The account was changed since its values were read.
        AccountChanged = "account_changed",
        /// The authenticator app was added already.
        AuthenticatorExists = "authenticator_exists",
        /// The passkey belongs to an account already.
        PasskeyExists = "passkey_exists",
        /// The time to add the authenticator app is over.
        EnrolmentEnded = "enrolment_ended",
        /// The policy requires a second factor, and this is the last one.
        SecondFactorRequired = "second_factor_required",
        /// The settings let only passkeys count as a second factor.
        PasskeysOnly = "passkeys_only",
        /// The account has no second factor.
        NoSecondFactor = "no_second_factor",
        /// The account is the actor's own, whose second factors they remove themselves.
        SecondFactorOwn = "second_factor_own",
        /// Nobody acts as themselves.
        ActingAsSelf = "acting_as_self",
        /// There are several owners, so one must be named.
        OwnerAmbiguous = "owner_ambiguous",
        /// The account is not an owner's.
        NotAnOwner = "not_an_owner",
        /// The account is the actor's own, whose password they change themselves.
        PasswordOwn = "password_own",
        /// The reset was completed or replaced, has expired, or its maker may no longer reset the account.
        ResetEnded = "reset_ended",
        /// The link that proves an address was used, or has expired.
        EmailProofEnded = "email_proof_ended",
        /// A link that proves the address was mailed a short while ago, or the account has had too many today.
        EmailProofTooOften = "email_proof_too_often",
        /// The address has reached its daily limit of mailed links.
        TooManyLinks = "too_many_links",
        /// The scheme does not have this way to reset a password.
        ResetWayUnknown = "reset_way_unknown",
        /// The sign-in attempt has ended, or does not wait for a new password.
        AttemptEnded = "attempt_ended",
        /// The account does not have this address.
        EmailNotFound = "email_not_found",
        /// The team would be left without an owner.
        TeamOwnerRequired = "team_owner_required",
        /// The root team cannot be deleted.
        RootTeamPermanent = "root_team_permanent",
        /// A personal team is deleted only with its account.
        PersonalTeamPermanent = "personal_team_permanent",
        /// The team owns a few apps.
        TeamOwnsApps = "team_owns_apps",
        /// The team owns many apps.
        TeamOwnsManyApps = "team_owns_many_apps",
        /// The owner of a personal team keeps their role in it.
        PersonalTeamOwner = "personal_team_owner",
        /// The account is not in the team.
        NotInTeam = "not_in_team",
        /// The account does not hold the role by a grant of its own.
        RoleNotGranted = "role_not_granted",
        /// There is no mail server.
        MailNotSetUp = "mail_not_set_up",
        /// The settings were changed since they were read.
        SettingsChanged = "settings_changed",
        /// The account's status does not allow this.
        AccountStateChanged = "account_state_changed",
        /// The account was deleted too long ago to be restored.
        RestoreExpired = "restore_expired",
        /// Another account has taken the deleted account's name or address.
        NameTakenSince = "name_taken_since",
        /// Another directory manages the account's name and password.
        AccountExternal = "account_external",
        /// The invitation was used, revoked or replaced, has expired, or its creator may no longer invite.
        InvitationEnded = "invitation_ended",
        /// The address belongs to an account already.
        AddressHasAccount = "address_has_account",
        /// The account is a member of the team already.
        MemberAlready = "member_already",
        /// The actor is a member of the team already.
        MembershipExists = "membership_exists",
        /// The account does not have the status invited.
        AccountNotInvited = "account_not_invited",
        /// The invitation is for a new account, and the actor has one.
        AccountExists = "account_exists",
        /// The instance has an account already.
        AlreadySetUp = "already_set_up",
        /// The app was changed since its settings were read.
        AppChanged = "app_changed",
        /// The app has two secrets, which is the maximum.
        TooManySecrets = "too_many_secrets",
    }
    Busy {
        /// Too many passwords are being hashed.
        ServerBusy = "server_busy",
    }
}

/// One reason why an operation was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The stable code.
    pub code: Code,
    /// The field that it concerns, if it concerns one.
    pub field: Option<&'static str>,
    /// The arguments of the sentence, by placeholder.
    pub args: Vec<(&'static str, String)>,
}

impl From<Code> for Refusal {
    fn from(code: Code) -> Self {
        Self {
            code,
            field: None,
            args: Vec::new(),
        }
    }
}

impl Code {
    /// A refusal that concerns this field.
    #[must_use]
    pub fn at(self, field: &'static str) -> Refusal {
        Refusal {
            field: Some(field),
            ..Refusal::from(self)
        }
    }

    /// A refusal with an argument for its sentence.
    #[must_use]
    pub fn with(self, name: &'static str, value: impl Into<String>) -> Refusal {
        Refusal::from(self).with(name, value)
    }
}

impl Refusal {
    /// Adds an argument for the sentence.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.args.push((name, value.into()));
        self
    }
}
