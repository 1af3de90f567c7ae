//! Clients: the apps that people sign in to, with their settings.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::access::AccessRule;
use super::claim_rules::ClaimRules;
use super::lifetime::Lifetime;
use super::{ClientId, Scopes, TeamId, text_enum, with_defaults};
use crate::clock::Time;
use crate::crypto::{Algorithm, TokenHash};

text_enum! {
    /// A client authentication method (OIDC Core section 9), or a choice of several.
    ClientAuth {
        /// A secret by HTTP Basic or in form parameters, since many apps use sometimes one and sometimes the other.
        Secret = "client_secret",
        /// A secret by HTTP Basic.
        Basic = "client_secret_basic",
        /// A secret in form parameters.
        Post = "client_secret_post",
        /// A JWT signed with the app's own key.
        PrivateKeyJwt = "private_key_jwt",
        /// No authentication: a public client, which uses PKCE.
        None = "none",
    }
}

/// The kind of credential that a method uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CredentialKind {
    /// A secret that we issued.
    Secret,
    /// A private key of the app, whose public key is registered.
    Key,
    /// None: the app only identifies itself.
    None,
}

impl ClientAuth {
    /// The kind of credential that this method uses.
    #[must_use]
    pub const fn credential_kind(self) -> CredentialKind {
        match self {
            Self::Secret | Self::Basic | Self::Post => CredentialKind::Secret,
            Self::PrivateKeyJwt => CredentialKind::Key,
            Self::None => CredentialKind::None,
        }
    }

    /// Whether an app with this method may authenticate by the method `used`.
    #[must_use]
    pub fn accepts(self, used: Self) -> bool {
        self == used || (self == Self::Secret && used.credential_kind() == CredentialKind::Secret)
    }
}

text_enum! {
    /// The kind of `sub` that an app receives (OIDC Core section 8).
    SubjectType {
        /// The account's id, the same for every app.
        Public = "public",
        /// A different `sub` for each sector.
        Pairwise = "pairwise",
    }
}

text_enum! {
    /// The `typ` in the header of access tokens for a resource server.
    AccessTokenTyp {
        /// That of RFC 9068.
        AtJwt = "at+jwt",
        /// That of older resource servers.
        Jwt = "JWT",
    }
}

text_enum! {
    /// How people sign in to an app.
    Login {
        /// With their account here.
        Directory = "directory",
        /// With their account here, through a reverse proxy in front of the app that asks us about every request.
        Proxy = "proxy",
        /// The app manages its own users; people see it here as a link.
        AppManaged = "app_managed",
        /// Not at all: it is a website that people see as a link.
        Link = "link",
    }
}

impl Login {
    /// Whether people sign in to it with their account here.
    #[must_use]
    pub const fn is_here(self) -> bool {
        matches!(self, Self::Directory | Self::Proxy)
    }
}

/// The path on a website behind a reverse proxy to which a sign-in returns.
pub const PROXY_CALLBACK: &str = "/.doorward/callback";

with_defaults! {
    /// The settings of an app.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(default, deny_unknown_fields)]
    ClientSettings {
        /// How people sign in to it.
        login: Login = Login::Directory,
        /// Who may sign in to it, or sees the link.
        access: AccessRule = AccessRule::default(),
        /// Whether redirect URIs from somebody who only operates the app need the approval of somebody who manages it.
        redirects_need_approval: bool = false,
        /// The allowed redirect URIs, compared byte for byte.
        redirect_uris: Vec<String> = Vec::new(),
        /// The allowed redirect URIs after a sign-out.
        post_logout_redirect_uris: Vec<String> = Vec::new(),
        /// The URL to which logout tokens are posted (OIDC Back-Channel Logout section 2.2).
        backchannel_logout_uri: Option<String> = None,
        /// Whether its logout tokens must name the session; they always do.
        backchannel_logout_session_required: bool = false,
        /// The URL that a browser loads in a frame when it signs out (OIDC Front-Channel Logout section 2).
        frontchannel_logout_uri: Option<String> = None,
        /// Whether that request must name the issuer and the session; it always does.
        frontchannel_logout_session_required: bool = false,
        /// Origins whose scripts may call the endpoints for apps, besides those of the redirect URIs.
        allowed_origins: Vec<String> = Vec::new(),
        /// The client authentication method.
        client_auth: ClientAuth = ClientAuth::Secret,
        /// Its public keys (RFC 7517), for `private_key_jwt`.
        jwks: Option<serde_json::Value> = None,
        /// The URL to fetch its public keys from instead.
        jwks_uri: Option<String> = None,
        /// Whether its loopback redirect URIs match on any port (RFC 8252 section 7.3).
        native: bool = false,
        /// Whether PKCE is required; it always is for a public client.
        require_pkce: bool = true,
        /// Whether the user is asked for consent.
        require_consent: bool = false,
        /// Whether it refuses administrators who act as somebody else.
        refuse_impersonation: bool = false,
        /// Whether the app may use the client credentials grant.
        client_credentials: bool = false,
        /// Whether the app may use the device authorization grant.
        device_code: bool = false,
        /// The scopes that it may request.
        scopes: Scopes = Scopes::parse("openid profile email phone address groups teams roles offline_access"),
        /// The algorithm that signs its ID tokens.
        id_token_alg: Algorithm = Algorithm::RS256,
        /// The algorithm that signs its userinfo responses; they are plain JSON if not set.
        userinfo_alg: Option<Algorithm> = None,
        /// The resource servers that it may request access tokens for (RFC 8707). Tokens are for the first one unless a
        /// request names another. If there is none, they are for our own endpoints.
        resources: Vec<String> = Vec::new(),
        /// As a resource server: the identifier by which apps name it.
        resource_identifier: Option<String> = None,
        /// As a resource server: the algorithm that signs the access tokens for it.
        access_token_alg: Algorithm = Algorithm::RS256,
        /// As a resource server: the `typ` of the access tokens for it.
        access_token_typ: AccessTokenTyp = AccessTokenTyp::AtJwt,
        /// Whether the ID token has the claims of `profile` and `email`, as the userinfo response does.
        claims_in_id_token: bool = true,
        /// The rules for further claims, in the order in which they run.
        claim_rules: ClaimRules = ClaimRules::default(),
        /// The kind of `sub` that it receives.
        subject_type: SubjectType = SubjectType::Public,
        /// Apps with the same sector receive the same pairwise `sub`; defaults to the host of the first redirect
        /// URI.
        sector: Option<String> = None,
        /// Whether refresh tokens rotate; by default only those of public clients.
        rotate_refresh_tokens: Option<bool> = None,
        /// How long its access tokens are valid; by default as the configuration says.
        access_token_lifetime: Option<Lifetime> = None,
        /// How long its ID tokens are valid; by default as the configuration says.
        id_token_lifetime: Option<Lifetime> = None,
        /// How long its refresh tokens are valid since their last use; by default as the configuration says.
        refresh_token_idle: Option<Lifetime> = None,
        /// How long its refresh tokens are valid since the user granted access, however often they are used; by default
        /// without limit.
        refresh_token_lifetime: Option<Lifetime> = None,
        /// Whether `roles` names the user's instance roles too; by default until a role is granted for the app.
        instance_roles: Option<bool> = None,
        /// Where people open it.
        home_uri: Option<String> = None,
        /// Its address that starts a sign-in (OpenID Connect Core section 4).
        initiate_login_uri: Option<String> = None,
        /// The address of its logo (RFC 7591 section 2). Pages show the uploaded logo instead, since they load images
        /// from this server only.
        logo_uri: Option<String> = None,
        /// The privacy policy, linked from the consent page.
        policy_uri: Option<String> = None,
        /// The terms of service, linked from the consent page.
        tos_uri: Option<String> = None,
    }
}

impl ClientSettings {
    /// The origins whose scripts may call the endpoints for apps (RFC 6454 section 6.2).
    pub fn origins(&self) -> impl Iterator<Item = String> {
        let of_redirects = self.redirect_uris.iter().filter_map(|uri| origin_of(uri));
        of_redirects.chain(self.allowed_origins.iter().cloned())
    }

    /// These settings, with those of `other` that concern resource servers.
    #[must_use]
    pub fn with_resources_of(self, other: &Self) -> Self {
        let (own, others) = (&self.claim_rules, &other.claim_rules);
        let is_same = own.for_resource_servers().eq(others.for_resource_servers());
        Self {
            claim_rules: if is_same { own.clone() } else { others.clone() },
            resources: other.resources.clone(),
            resource_identifier: other.resource_identifier.clone(),
            ..self
        }
    }

    /// These settings, with those of `other` that whoever only operates the app may not change.
    #[must_use]
    pub fn with_reserved_of(self, other: &Self) -> Self {
        Self {
            login: other.login,
            access: other.access.clone(),
            redirects_need_approval: other.redirects_need_approval,
            require_consent: other.require_consent,
            refuse_impersonation: other.refuse_impersonation,
            client_credentials: other.client_credentials,
            device_code: other.device_code,
            scopes: other.scopes.clone(),
            claim_rules: other.claim_rules.clone(),
            ..self.with_resources_of(other)
        }
    }

    /// These settings, for these websites behind a reverse proxy, if there are any.
    #[must_use]
    pub fn protecting(mut self, websites: &[String]) -> Self {
        if !websites.is_empty() {
            self.login = Login::Proxy;
            let origins = websites.iter().map(|address| address.trim_end_matches('/'));
            self.redirect_uris = origins
                .map(|origin| format!("{origin}{PROXY_CALLBACK}"))
                .collect();
        }
        self
    }

    /// The origins of the websites that a reverse proxy asks about.
    pub fn proxied_origins(&self) -> impl Iterator<Item = String> {
        let uris = self.redirect_uris.iter().filter(|_| self.login == Login::Proxy);
        uris.filter_map(|uri| origin_of(uri))
    }

    /// Whether it is a public client (RFC 6749 section 2.1).
    #[must_use]
    pub fn is_public(&self) -> bool {
        self.client_auth.credential_kind() == CredentialKind::None
    }
    /// Whether its authorization requests need PKCE (RFC 9700 section 2.1.1).
    #[must_use]
    pub fn needs_pkce(&self) -> bool {
        self.require_pkce || self.is_public()
    }
    /// Whether `roles` names the user's instance roles too.
    #[must_use]
    pub fn names_instance_roles(&self) -> bool {
        self.instance_roles.unwrap_or(true)
    }
    /// Whether its refresh tokens rotate (RFC 9700 section 4.14.2).
    #[must_use]
    pub fn rotates(&self) -> bool {
        self.rotate_refresh_tokens.unwrap_or_else(|| self.is_public())
    }
}

/// The origin of a web address; other addresses have none.
#[must_use]
pub fn origin_of(uri: &str) -> Option<String> {
    let url = url::Url::parse(uri).ok()?;
    matches!(url.scheme(), "https" | "http").then(|| url.origin().ascii_serialization())
}

/// One app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    /// Its `client_id`.
    pub id: ClientId,
    /// The name shown to people.
    pub name: String,
    /// Its settings.
    pub settings: ClientSettings,
    /// The team that owns it; `None` if it belongs to the instance.
    pub team: Option<TeamId>,
    /// Whether it is disabled.
    pub disabled: bool,
    /// When it last changed.
    pub updated_at: Time,
    /// The redirect URIs that wait for approval.
    pub proposal: Option<Proposal>,
    /// The version of its logo, which names it among the pictures.
    pub logo: Option<String>,
    /// Its secrets, at most two, the oldest first.
    pub secrets: Vec<ClientSecret>,
}

/// A secret of an app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientSecret {
    /// Its hash.
    pub hash: TokenHash,
    /// When it was made.
    pub created_at: Time,
    /// When it expires, if it does.
    pub expires_at: Option<Time>,
}

text_enum! {
    /// Whether a secret works.
    SecretState {
        /// It works.
        Valid = "valid",
        /// It works, but not for much longer.
        Expiring = "expiring",
        /// It does not work any more.
        Expired = "expired",
    }
}

/// How long before a secret expires the people who operate the app are warned.
const WARNED_FOR: Duration = Duration::from_hours(14 * 24);

impl ClientSecret {
    /// Whether it works now.
    #[must_use]
    pub fn state(&self, now: Time) -> SecretState {
        match self.expires_at {
            Some(end) if end <= now => SecretState::Expired,
            Some(end) if end <= now + WARNED_FOR => SecretState::Expiring,
            _ => SecretState::Valid,
        }
    }
}

/// Redirect URIs that wait for approval.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    /// The redirect URIs.
    pub redirect_uris: Vec<String>,
    /// Those after a sign-out.
    pub post_logout_redirect_uris: Vec<String>,
    /// The further origins.
    pub allowed_origins: Vec<String>,
    /// Who proposed them, as the actor of an audit entry.
    pub by: String,
    /// When.
    pub at: Time,
}

impl Proposal {
    /// The settings that a proposal changes.
    #[must_use]
    pub const fn uris(settings: &ClientSettings) -> [&Vec<String>; 3] {
        [
            &settings.redirect_uris,
            &settings.post_logout_redirect_uris,
            &settings.allowed_origins,
        ]
    }
}

impl Client {
    /// Whether groups, teams or roles decide who may sign in to it.
    #[must_use]
    pub const fn is_restricted(&self) -> bool {
        !self.settings.access.everyone || self.team.is_some()
    }

    /// Whether issuing its tokens needs the user's groups, teams and roles, to decide who may sign in or to run its
    /// claim rules.
    #[must_use]
    pub const fn needs_memberships(&self) -> bool {
        self.is_restricted() || !self.settings.claim_rules.is_empty()
    }

    /// Whether the user is asked for consent; always if the app is not the organisation's own.
    #[must_use]
    pub const fn asks_for_consent(&self) -> bool {
        self.settings.require_consent || self.team.is_some()
    }
}
