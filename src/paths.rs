//! Every URL path of the server, relative to the issuer: the rooms meet by these, never by calling one another.

/// OpenID Connect Discovery 1.0 section 4.
pub const DISCOVERY: &str = "/.well-known/openid-configuration";
/// RFC 8414 section 3.
pub const OAUTH_METADATA: &str = "/.well-known/oauth-authorization-server";
/// The public signing keys.
pub const JWKS: &str = "/oauth2/jwks";
/// The authorization endpoint.
pub const AUTHORIZE: &str = "/oauth2/authorize";
/// Where a stored authorization request goes on, after a page has written a fact.
pub const AUTHORIZE_RESUME: &str = "/oauth2/authorize/{id}";
/// The token endpoint.
pub const TOKEN: &str = "/oauth2/token";
/// The userinfo endpoint.
pub const USERINFO: &str = "/oauth2/userinfo";
/// RFC 7662.
pub const INTROSPECT: &str = "/oauth2/introspect";
/// RFC 7009.
pub const REVOKE: &str = "/oauth2/revoke";
/// OpenID Connect RP-Initiated Logout 1.0.
pub const LOGOUT: &str = "/oauth2/logout";
/// The sign-in page.
pub const SIGN_IN: &str = "/sign-in";
/// Takes the sign-in form.
pub const SIGN_IN_PASSWORD: &str = "/sign-in/password";
/// The account chooser.
pub const ACCOUNTS: &str = "/sign-in/accounts";
/// The consent page.
pub const CONSENT: &str = "/sign-in/consent";
/// Registration.
pub const REGISTER: &str = "/register";
/// What an invitation's link leads to.
pub const INVITATION: &str = "/invitation/{token}";
/// First-run set-up, open until the first account exists.
pub const SET_UP: &str = "/set-up";
/// The person's own page.
pub const ACCOUNT: &str = "/account";
/// Takes the person's name.
pub const ACCOUNT_PROFILE: &str = "/account/profile";
/// Changes the picture.
pub const ACCOUNT_PICTURE: &str = "/account/picture";
/// A person's picture.
pub const PICTURE: &str = "/pictures/{version}";
/// Changes the addresses.
pub const ACCOUNT_EMAILS: &str = "/account/emails";
/// Takes another password.
pub const ACCOUNT_PASSWORD: &str = "/account/password";
/// Makes a team.
pub const ACCOUNT_TEAMS: &str = "/account/teams";
/// One of the person's teams.
pub const ACCOUNT_TEAM: &str = "/account/teams/{slug}";
/// Ends sessions.
pub const ACCOUNT_SESSIONS_END: &str = "/account/sessions/end";
/// Takes back what an app holds.
pub const ACCOUNT_APP_REMOVE: &str = "/account/apps/remove";
/// The console.
pub const CONSOLE: &str = "/console";
/// The list of accounts.
pub const CONSOLE_USERS: &str = "/console/users";
/// Does one thing to many accounts.
pub const CONSOLE_USERS_BULK: &str = "/console/users/bulk";
/// Adds an account.
pub const CONSOLE_USERS_NEW: &str = "/console/users/new";
/// One account, by its number.
pub const CONSOLE_USER: &str = "/console/users/{number}";
/// The list of teams.
pub const CONSOLE_TEAMS: &str = "/console/teams";
/// One team, by its short name.
pub const CONSOLE_TEAM: &str = "/console/teams/{slug}";
/// The list of groups.
pub const CONSOLE_GROUPS: &str = "/console/groups";
/// One group, by its name.
pub const CONSOLE_GROUP: &str = "/console/groups/{name}";
/// The roles and what they allow.
pub const CONSOLE_ROLES: &str = "/console/roles";
/// Invitations.
pub const CONSOLE_INVITATIONS: &str = "/console/invitations";
/// The settings of the instance.
pub const CONSOLE_SETTINGS: &str = "/console/settings";
/// The audit record.
pub const CONSOLE_AUDIT: &str = "/console/audit";
/// The audit record as JSON lines.
pub const CONSOLE_AUDIT_EXPORT: &str = "/console/audit/export";
/// Style, script and icons.
pub const STATIC: &str = "/static/{file}";
/// Answers while the process runs.
pub const HEALTH_LIVE: &str = "/health/live";
/// Answers 200 while the database answers and the server takes new work.
pub const HEALTH_READY: &str = "/health/ready";
