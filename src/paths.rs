//! Every URL path of the server, relative to the issuer. Front doors link to each other by these and never
//! call one another.

use std::fmt::{self, Write as _};

/// A path with `N` placeholders such as `{number}`, each a whole segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Path<const N: usize>(&'static str);

impl<const N: usize> Path<N> {
    /// The path with its placeholders, for the router.
    #[must_use]
    pub const fn pattern(self) -> &'static str {
        self.0
    }

    /// The path with its placeholders replaced by `values`, percent-encoded.
    #[must_use]
    pub fn of<V: fmt::Display>(self, values: [V; N]) -> String {
        fill(self.0, &values.map(|value| value.to_string()))
    }
}

impl AsRef<str> for Path<0> {
    fn as_ref(&self) -> &str {
        self.0
    }
}

impl fmt::Display for Path<0> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// How many placeholders `pattern` has.
#[must_use]
pub const fn placeholders(pattern: &str) -> usize {
    let bytes = pattern.as_bytes();
    let (mut count, mut at) = (0, 0);
    while at < bytes.len() {
        if bytes[at] == b'{' {
            count += 1;
        }
        at += 1;
    }
    count
}

/// `pattern` with its placeholders replaced by `values`, percent-encoded.
#[must_use]
pub fn fill(pattern: &str, values: &[String]) -> String {
    let mut values = values.iter();
    let mut path = String::with_capacity(pattern.len());
    for segment in pattern.split('/').skip(1) {
        path.push('/');
        if segment.starts_with('{') {
            values
                .next()
                .into_iter()
                .for_each(|value| encode(value, &mut path));
        } else {
            path.push_str(segment);
        }
    }
    path
}

/// Appends `value`, with everything but unreserved characters percent-encoded (RFC 3986 section 2.3).
fn encode(value: &str, path: &mut String) {
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            path.push(char::from(byte));
        } else {
            let _infallible = write!(path, "%{byte:02X}");
        }
    }
}

/// Declares a constant for each path, and the list of all paths for templates.
macro_rules! paths {
    ($($(#[$doc:meta])* $name:ident = $pattern:literal;)*) => {
        $($(#[$doc])* pub const $name: Path<{ placeholders($pattern) }> = Path($pattern);)*

        /// Every path by the name of its constant.
        pub const ALL: &[(&str, &str)] = &[$((stringify!($name), $pattern)),*];
    };
}

paths! {
    /// The apps of a person.
    HOME = "/";
    /// OpenID Connect Discovery 1.0 section 4.
    DISCOVERY = "/.well-known/openid-configuration";
    /// RFC 8414 section 3.
    OAUTH_METADATA = "/.well-known/oauth-authorization-server";
    /// The public signing keys.
    JWKS = "/oauth2/jwks";
    /// The authorization endpoint.
    AUTHORIZE = "/oauth2/authorize";
    /// The token endpoint.
    TOKEN = "/oauth2/token";
    /// The userinfo endpoint.
    USERINFO = "/oauth2/userinfo";
    /// RFC 7662.
    INTROSPECT = "/oauth2/introspect";
    /// RFC 7009.
    REVOKE = "/oauth2/revoke";
    /// RFC 8628 section 3.1.
    DEVICE_AUTHORIZATION = "/oauth2/device_authorization";
    /// OpenID Connect RP-Initiated Logout 1.0.
    LOGOUT = "/oauth2/logout";
    /// Decides about a request to a website behind Traefik or Caddy.
    FORWARD_AUTH = "/forward-auth";
    /// Decides about a request to a website behind nginx.
    FORWARD_AUTH_CHECK = "/forward-auth/check";
    /// Serves the paths below `/.doorward/` of a website behind nginx, and begins its sign-ins.
    FORWARD_AUTH_PAGES = "/forward-auth/pages";
    /// The sign-in page.
    SIGN_IN = "/sign-in";
    /// Continues a sign-in attempt after the user has submitted the form of a page.
    SIGN_IN_CONTINUE = "/sign-in/continue";
    /// Verifies the password of the sign-in form.
    SIGN_IN_PASSWORD = "/sign-in/password";
    /// Verifies the answer of a passkey.
    SIGN_IN_PASSKEY = "/sign-in/passkey";
    /// The page of the second factor.
    SECOND_FACTOR = "/sign-in/second-factor";
    /// The page for adding a second factor that the sign-in requires.
    ENROL = "/sign-in/add-second-factor";
    /// The page for replacing a password that somebody else chose.
    NEW_PASSWORD = "/sign-in/new-password";
    /// The page of a reset link, where the owner of the account chooses a new password.
    RESET = "/reset/{reset}";
    /// The page of a link that confirms an e-mail address.
    PROVE_EMAIL = "/confirm-email/{proof}";
    /// The page that shows a secret once.
    HAND_OVER = "/hand-over/{handover}";
    /// The page for entering the code that a device shows.
    DEVICE = "/device";
    /// The page for allowing or refusing the device access.
    DEVICE_CONFIRM = "/device/confirm";
    /// The page for a forgotten password.
    FORGOT_PASSWORD = "/forgot-password";
    /// Ends acting as somebody else.
    STOP_ACTING = "/sign-in/stop-acting";
    /// Discards the password that a sign-in attempt has verified, to sign in with another account.
    SIGN_IN_START_OVER = "/sign-in/start-over";
    /// The account chooser.
    ACCOUNTS = "/sign-in/accounts";
    /// The consent page.
    CONSENT = "/sign-in/consent";
    /// The page for a user whom an app does not let in.
    NO_ENTRY = "/sign-in/no-entry";
    /// Registration.
    REGISTER = "/register";
    /// Mails another link to the address of the person who has just registered.
    REGISTER_LINK = "/register/send-link";
    /// The page of an invitation.
    INVITATION = "/invitation/{token}";
    /// First-run set-up, open until the first account exists.
    SET_UP = "/set-up";
    /// The account page.
    ACCOUNT = "/account";
    /// Changes the profile.
    ACCOUNT_PROFILE = "/account/profile";
    /// Changes the picture.
    ACCOUNT_PICTURE = "/account/picture";
    /// Removes the picture.
    ACCOUNT_PICTURE_REMOVE = "/account/picture/remove";
    /// The picture of an account.
    PICTURE = "/pictures/{version}";
    /// The page of the user's own e-mail addresses.
    ACCOUNT_EMAILS = "/account/emails";
    /// The page of the user's own second factors.
    ACCOUNT_SECOND_FACTORS = "/account/second-factors";
    /// The page to add a passkey.
    ACCOUNT_PASSKEY_NEW = "/account/passkeys/new";
    /// Renames a passkey.
    ACCOUNT_PASSKEY_RENAME = "/account/passkeys/rename";
    /// Removes a passkey.
    ACCOUNT_PASSKEY_REMOVE = "/account/passkeys/remove";
    /// The page to add an authenticator app.
    ACCOUNT_AUTHENTICATOR_NEW = "/account/second-factors/new";
    /// Renames an authenticator app.
    ACCOUNT_AUTHENTICATOR_RENAME = "/account/second-factors/rename";
    /// Removes an authenticator app.
    ACCOUNT_AUTHENTICATOR_REMOVE = "/account/second-factors/remove";
    /// Replaces the recovery codes.
    ACCOUNT_RECOVERY_CODES = "/account/second-factors/recovery-codes";
    /// Removes an address.
    ACCOUNT_EMAIL_REMOVE = "/account/emails/remove";
    /// Makes an address the primary one.
    ACCOUNT_EMAIL_PRIMARY = "/account/emails/primary";
    /// Mails a link that proves one of the user's own addresses.
    ACCOUNT_EMAIL_PROOF = "/account/emails/send-link";
    /// Changes the password.
    ACCOUNT_PASSWORD = "/account/password";
    /// Password and sessions.
    ACCOUNT_SECURITY = "/account/security";
    /// The apps that have access.
    ACCOUNT_APPS = "/account/apps";
    /// The history of the user's own account.
    ACCOUNT_HISTORY = "/account/history";
    /// The user's own teams, roles and groups; creates a team.
    ACCOUNT_TEAMS = "/account/teams";
    /// One of the user's own teams.
    ACCOUNT_TEAM = "/account/teams/{slug}";
    /// Leaves a team.
    ACCOUNT_TEAM_LEAVE = "/account/teams/{slug}/leave";
    /// Renames a team.
    ACCOUNT_TEAM_RENAME = "/account/teams/{slug}/rename";
    /// Sets whether the members of a team need a second factor.
    ACCOUNT_TEAM_SECOND_FACTOR = "/account/teams/{slug}/second-factor";
    /// Deletes a team.
    ACCOUNT_TEAM_DELETE = "/account/teams/{slug}/delete";
    /// Changes a member's role.
    ACCOUNT_TEAM_MEMBERS = "/account/teams/{slug}/members";
    /// Resets the password of a member.
    ACCOUNT_TEAM_MEMBER_RESET = "/account/teams/{slug}/members/reset";
    /// Removes a member.
    ACCOUNT_TEAM_MEMBER_REMOVE = "/account/teams/{slug}/members/remove";
    /// Invites people to a team.
    ACCOUNT_TEAM_INVITATIONS = "/account/teams/{slug}/invitations";
    /// Revokes an invitation to a team.
    ACCOUNT_TEAM_INVITATION_REVOKE = "/account/teams/{slug}/invitations/revoke";
    /// Ends sessions.
    ACCOUNT_SESSIONS_END = "/account/sessions/end";
    /// Forgets a browser.
    ACCOUNT_DEVICE_FORGET = "/account/devices/forget";
    /// Chooses the theme of a browser.
    ACCOUNT_THEME = "/account/theme";
    /// Deletes the secrets that a page shows once.
    ACCOUNT_LINKS_FORGET = "/account/links/forget";
    /// Makes a one-time link to the secret that a page shows.
    ACCOUNT_HAND_OVER = "/account/links/hand-over";
    /// Withdraws an app's access.
    ACCOUNT_APP_REMOVE = "/account/apps/remove";
    /// The console.
    CONSOLE = "/console";
    /// The list of accounts.
    CONSOLE_USERS = "/console/users";
    /// Applies one action to many accounts.
    CONSOLE_USERS_BULK = "/console/users/bulk";
    /// Adds an account.
    CONSOLE_USERS_NEW = "/console/users/new";
    /// One account, by its number.
    CONSOLE_USER = "/console/users/{number}";
    /// The roles, teams and groups of an account.
    CONSOLE_USER_ACCESS = "/console/users/{number}/access";
    /// How and when an account signs in.
    CONSOLE_USER_SIGN_IN = "/console/users/{number}/sign-in";
    /// The sessions of an account.
    CONSOLE_USER_SESSIONS = "/console/users/{number}/sessions";
    /// The history of an account.
    CONSOLE_USER_HISTORY = "/console/users/{number}/history";
    /// Adds an account to a team.
    CONSOLE_USER_TEAMS = "/console/users/{number}/teams";
    /// Adds an account to a group.
    CONSOLE_USER_GROUPS = "/console/users/{number}/groups";
    /// Changes the profile of an account.
    CONSOLE_USER_PROFILE = "/console/users/{number}/profile";
    /// Adds an address.
    CONSOLE_USER_EMAILS = "/console/users/{number}/emails";
    /// Removes an address.
    CONSOLE_USER_EMAIL_REMOVE = "/console/users/{number}/emails/remove";
    /// Marks an address as verified.
    CONSOLE_USER_EMAIL_VERIFY = "/console/users/{number}/emails/verify";
    /// Makes an address the primary one.
    CONSOLE_USER_EMAIL_PRIMARY = "/console/users/{number}/emails/primary";
    /// Grants a role.
    CONSOLE_USER_ROLES = "/console/users/{number}/roles";
    /// Revokes a role.
    CONSOLE_USER_ROLE_REVOKE = "/console/users/{number}/roles/revoke";
    /// Ends every session of an account.
    CONSOLE_USER_SESSIONS_END = "/console/users/{number}/sessions/end";
    /// Forgets a browser of an account.
    CONSOLE_USER_DEVICE_FORGET = "/console/users/{number}/devices/forget";
    /// Creates a new link for an invited account.
    CONSOLE_USER_INVITE = "/console/users/{number}/invite";
    /// Approves a registration.
    CONSOLE_USER_APPROVE = "/console/users/{number}/approve";
    /// Rejects a registration.
    CONSOLE_USER_REJECT = "/console/users/{number}/reject";
    /// Sets the validity dates of an account.
    CONSOLE_USER_VALIDITY = "/console/users/{number}/validity";
    /// Removes the second factors of an account.
    CONSOLE_USER_SECOND_FACTORS_REMOVE = "/console/users/{number}/second-factors/remove";
    /// Gives an account a temporary password.
    CONSOLE_USER_PASSWORD_TEMPORARY = "/console/users/{number}/password/temporary";
    /// Makes a link with which the owner of an account chooses a password.
    CONSOLE_USER_PASSWORD_LINK = "/console/users/{number}/password/link";
    /// Makes a code with which the owner of an account chooses a password on the sign-in page.
    CONSOLE_USER_PASSWORD_CODE = "/console/users/{number}/password/code";
    /// Sets the password of an account.
    CONSOLE_USER_PASSWORD = "/console/users/{number}/password";
    /// Begins to act as the owner of an account.
    CONSOLE_USER_ACT = "/console/users/{number}/act";
    /// Makes a password with which somebody acts as the owner of an account.
    CONSOLE_USER_ACT_PASSWORD = "/console/users/{number}/act/password";
    /// Suspends an account.
    CONSOLE_USER_SUSPEND = "/console/users/{number}/suspend";
    /// Lifts a suspension.
    CONSOLE_USER_ACTIVATE = "/console/users/{number}/activate";
    /// Deletes an account.
    CONSOLE_USER_DELETE = "/console/users/{number}/delete";
    /// Restores a deleted account.
    CONSOLE_USER_RESTORE = "/console/users/{number}/restore";
    /// The list of teams.
    CONSOLE_TEAMS = "/console/teams";
    /// One team, by its slug.
    CONSOLE_TEAM = "/console/teams/{slug}";
    /// Renames a team.
    CONSOLE_TEAM_RENAME = "/console/teams/{slug}/rename";
    /// Sets whether the members of a team need a second factor.
    CONSOLE_TEAM_SECOND_FACTOR = "/console/teams/{slug}/second-factor";
    /// Deletes a team.
    CONSOLE_TEAM_DELETE = "/console/teams/{slug}/delete";
    /// Adds a member, or changes a member's role.
    CONSOLE_TEAM_MEMBERS = "/console/teams/{slug}/members";
    /// Removes a member.
    CONSOLE_TEAM_MEMBER_REMOVE = "/console/teams/{slug}/members/remove";
    /// Invites people to a team.
    CONSOLE_TEAM_INVITATIONS = "/console/teams/{slug}/invitations";
    /// Revokes an invitation to a team.
    CONSOLE_TEAM_INVITATION_REVOKE = "/console/teams/{slug}/invitations/revoke";
    /// The list of groups.
    CONSOLE_GROUPS = "/console/groups";
    /// One group, by its name.
    CONSOLE_GROUP = "/console/groups/{name}";
    /// Renames a group.
    CONSOLE_GROUP_RENAME = "/console/groups/{name}/rename";
    /// Sets whether the members of a group need a second factor.
    CONSOLE_GROUP_SECOND_FACTOR = "/console/groups/{name}/second-factor";
    /// Deletes a group.
    CONSOLE_GROUP_DELETE = "/console/groups/{name}/delete";
    /// Adds a person to a group.
    CONSOLE_GROUP_MEMBERS = "/console/groups/{name}/members";
    /// Removes a person from a group.
    CONSOLE_GROUP_MEMBER_REMOVE = "/console/groups/{name}/members/remove";
    /// Adds a group to a group.
    CONSOLE_GROUP_INNER = "/console/groups/{name}/groups";
    /// Removes a group from a group.
    CONSOLE_GROUP_INNER_REMOVE = "/console/groups/{name}/groups/remove";
    /// The roles and their permissions.
    CONSOLE_ROLES = "/console/roles";
    /// The list of apps.
    CONSOLE_APPS = "/console/apps";
    /// The catalogue of apps.
    CONSOLE_APPS_CONNECT = "/console/apps/connect";
    /// Connects one app of the catalogue.
    CONSOLE_APPS_CONNECT_ONE = "/console/apps/connect/{app}";
    /// What to copy into a new app.
    CONSOLE_APPS_CONNECTED = "/console/apps/connected";
    /// The form of a new app.
    CONSOLE_APPS_NEW = "/console/apps/new";
    /// One app.
    CONSOLE_APP = "/console/apps/{client_id}";
    /// Who may sign in to an app.
    CONSOLE_APP_ACCESS = "/console/apps/{client_id}/access";
    /// Removes everyone, a group, a team or a role from those who may sign in to an app.
    CONSOLE_APP_ACCESS_REMOVE = "/console/apps/{client_id}/access/remove";
    /// Sets whether an app requires a second factor.
    CONSOLE_APP_SECOND_FACTOR = "/console/apps/{client_id}/access/second-factor";
    /// Who holds the roles for an app.
    CONSOLE_APP_ROLES = "/console/apps/{client_id}/roles";
    /// Revokes a role for an app.
    CONSOLE_APP_ROLES_REVOKE = "/console/apps/{client_id}/roles/revoke";
    /// The claim rules of an app.
    CONSOLE_APP_CLAIMS = "/console/apps/{client_id}/claims";
    /// Removes a claim rule of an app.
    CONSOLE_APP_CLAIMS_REMOVE = "/console/apps/{client_id}/claims/remove";
    /// Moves a claim rule of an app up.
    CONSOLE_APP_CLAIMS_UP = "/console/apps/{client_id}/claims/up";
    /// How people sign in to an app and out of it.
    CONSOLE_APP_SETTINGS = "/console/apps/{client_id}/settings";
    /// How an app authenticates, and its tokens.
    CONSOLE_APP_TOKENS = "/console/apps/{client_id}/tokens";
    /// What people see of an app.
    CONSOLE_APP_LINKS = "/console/apps/{client_id}/links";
    /// Sets the logo of an app.
    CONSOLE_APP_LOGO = "/console/apps/{client_id}/logo";
    /// Removes the logo of an app.
    CONSOLE_APP_LOGO_REMOVE = "/console/apps/{client_id}/logo/remove";
    /// What an app receives about a person.
    CONSOLE_APP_PREVIEW = "/console/apps/{client_id}/preview";
    /// Adds a secret to an app.
    CONSOLE_APP_SECRETS = "/console/apps/{client_id}/secrets";
    /// Removes the old secrets of an app.
    CONSOLE_APP_SECRETS_DROP = "/console/apps/{client_id}/secrets/drop";
    /// Approves the proposed redirect URIs of an app.
    CONSOLE_APP_REDIRECTS_APPROVE = "/console/apps/{client_id}/redirects/approve";
    /// Rejects the proposed redirect URIs of an app.
    CONSOLE_APP_REDIRECTS_REJECT = "/console/apps/{client_id}/redirects/reject";
    /// Disables an app.
    CONSOLE_APP_DISABLE = "/console/apps/{client_id}/disable";
    /// Enables an app.
    CONSOLE_APP_ENABLE = "/console/apps/{client_id}/enable";
    /// Deletes an app.
    CONSOLE_APP_DELETE = "/console/apps/{client_id}/delete";
    /// Invitations.
    CONSOLE_INVITATIONS = "/console/invitations";
    /// Revokes an invitation.
    CONSOLE_INVITATIONS_REVOKE = "/console/invitations/revoke";
    /// The settings of the instance.
    CONSOLE_SETTINGS = "/console/settings";
    /// Changes who can get an account and how.
    CONSOLE_SETTINGS_PEOPLE = "/console/settings/people";
    /// Changes the organisation's name and the accent colour.
    CONSOLE_SETTINGS_BRANDING = "/console/settings/branding";
    /// Changes who must have a second factor.
    CONSOLE_SETTINGS_SIGN_IN = "/console/settings/sign-in";
    /// The mail server and undelivered mail.
    CONSOLE_SETTINGS_MAIL = "/console/settings/mail";
    /// The form of the mail server.
    CONSOLE_SETTINGS_MAIL_SERVER = "/console/settings/mail/server";
    /// Stops sending mail.
    CONSOLE_SETTINGS_MAIL_OFF = "/console/settings/mail/off";
    /// Retries an undelivered mail.
    CONSOLE_SETTINGS_MAIL_RETRY = "/console/settings/mail/retry";
    /// Retries all undelivered mail.
    CONSOLE_SETTINGS_MAIL_RETRY_ALL = "/console/settings/mail/retry-all";
    /// Deletes an undelivered mail.
    CONSOLE_SETTINGS_MAIL_DISCARD = "/console/settings/mail/discard";
    /// The audit log.
    CONSOLE_AUDIT = "/console/audit";
    /// The audit log as JSON lines.
    CONSOLE_AUDIT_EXPORT = "/console/audit/export";
    /// Style, script and icons.
    STATIC = "/static/{file}";
    /// Responds with 200 while the process runs.
    HEALTH_LIVE = "/health/live";
    /// Responds with 200 while the database responds.
    HEALTH_READY = "/health/ready";
}

/// Declares the list of the pages that a sign-in may return to.
macro_rules! pages {
    ($($name:ident)*) => {
        /// The pages that a sign-in may return to.
        pub const PAGES: &[&str] = &[$($name.pattern()),*];
    };
}

pages! {
    HOME DEVICE_CONFIRM ACCOUNT ACCOUNT_EMAILS ACCOUNT_SECOND_FACTORS ACCOUNT_PASSKEY_NEW ACCOUNT_AUTHENTICATOR_NEW
    ACCOUNT_SECURITY ACCOUNT_APPS ACCOUNT_HISTORY ACCOUNT_TEAMS ACCOUNT_TEAM CONSOLE CONSOLE_USERS CONSOLE_USERS_NEW
    CONSOLE_USER CONSOLE_USER_ACCESS CONSOLE_USER_SIGN_IN CONSOLE_USER_SESSIONS CONSOLE_USER_HISTORY CONSOLE_TEAMS
    CONSOLE_TEAM CONSOLE_GROUPS CONSOLE_GROUP CONSOLE_ROLES CONSOLE_APPS CONSOLE_APPS_CONNECT
    CONSOLE_APPS_CONNECT_ONE CONSOLE_APPS_CONNECTED CONSOLE_APPS_NEW CONSOLE_APP CONSOLE_APP_ACCESS
    CONSOLE_APP_ROLES CONSOLE_APP_CLAIMS CONSOLE_APP_SETTINGS CONSOLE_APP_TOKENS CONSOLE_APP_LINKS
    CONSOLE_APP_PREVIEW CONSOLE_INVITATIONS CONSOLE_SETTINGS CONSOLE_SETTINGS_MAIL CONSOLE_SETTINGS_MAIL_SERVER
    CONSOLE_AUDIT INVITATION
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_percent_encoded() {
        assert_eq!(HOME.of::<&str>([]), "/");
        assert_eq!(CONSOLE_USER.of([12]), "/console/users/12");
        assert_eq!(
            CONSOLE_GROUP.of(["a/b?c#d e%é~.-_"]),
            "/console/groups/a%2Fb%3Fc%23d%20e%25%C3%A9~.-_"
        );
    }

    #[test]
    fn placeholders_are_whole_segments() {
        for (name, pattern) in ALL {
            let whole = pattern
                .split('/')
                .filter(|part| part.starts_with('{') && part.ends_with('}'));
            assert_eq!(whole.count(), placeholders(pattern), "{name}");
        }
    }
}
