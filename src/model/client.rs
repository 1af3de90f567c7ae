//! Clients: the apps that people sign in to, with their settings.

use serde::{Deserialize, Serialize};

use super::{ClientId, Scopes, text_enum};
use crate::crypto::{Algorithm, TokenHash};

text_enum! {
    /// A client authentication method (OIDC Core section 9), or a choice of several.
    ClientAuth {
        /// A secret by HTTP Basic or in form parameters: many apps do now one, now the other.
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
pub enum ClientProof {
    /// A secret that we issued.
    Secret,
    /// A private key of the app, whose public key is registered.
    Key,
    /// None.
    Nothing,
}

impl ClientAuth {
    /// The kind of credential that this method uses.
    #[must_use]
    pub const fn proof(self) -> ClientProof {
        match self {
            Self::Secret | Self::Basic | Self::Post => ClientProof::Secret,
            Self::PrivateKeyJwt => ClientProof::Key,
            Self::None => ClientProof::Nothing,
        }
    }

    /// Whether an app with this method may authenticate by the method `used`.
    #[must_use]
    pub fn accepts(self, used: Self) -> bool {
        self == used || (self == Self::Secret && used.proof() == ClientProof::Secret)
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

/// The settings of an app.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a setting of its own that an administrator switches"
)]
pub struct ClientSettings {
    /// The allowed redirect URIs, compared byte for byte.
    pub redirect_uris: Vec<String>,
    /// The allowed redirect URIs after a sign-out.
    pub post_logout_redirect_uris: Vec<String>,
    /// Origins whose scripts may call the endpoints for apps, besides those of the redirect URIs.
    pub allowed_origins: Vec<String>,
    /// The client authentication method.
    pub client_auth: ClientAuth,
    /// Its public keys (RFC 7517), for `private_key_jwt`.
    pub jwks: Option<serde_json::Value>,
    /// The URL to fetch its public keys from instead.
    pub jwks_uri: Option<String>,
    /// Whether its loopback redirect URIs match on any port (RFC 8252 section 7.3).
    pub native: bool,
    /// Whether PKCE is required; it always is for a public client.
    pub require_pkce: bool,
    /// Whether the user is asked for consent.
    pub require_consent: bool,
    /// Whether the app may use the client credentials grant.
    pub client_credentials: bool,
    /// The scopes that it may request.
    pub scopes: Scopes,
    /// The algorithm that signs its ID tokens.
    pub id_token_alg: Algorithm,
    /// The algorithm that signs its userinfo responses; they are plain JSON if not set.
    pub userinfo_alg: Option<Algorithm>,
    /// The resource servers that it may request access tokens for (RFC 8707); without a request for another one, all
    /// are for the first. Access tokens for no resource server are for our own endpoints.
    pub resources: Vec<String>,
    /// As a resource server: the identifier by which apps name it.
    pub resource_identifier: Option<String>,
    /// As a resource server: the algorithm that signs the access tokens for it.
    pub access_token_alg: Algorithm,
    /// As a resource server: the `typ` of the access tokens for it.
    pub access_token_typ: AccessTokenTyp,
    /// Whether the ID token has the claims of `profile` and `email`, as the userinfo response does.
    pub claims_in_id_token: bool,
    /// The kind of `sub` that it receives.
    pub subject_type: SubjectType,
    /// Apps with the same sector receive the same pairwise `sub`; defaults to the host of the first redirect
    /// URI.
    pub sector: Option<String>,
    /// Whether refresh tokens rotate; by default only those of public clients.
    pub rotate_refresh_tokens: Option<bool>,
    /// Shown on the consent page.
    pub logo_uri: Option<String>,
    /// Linked from the consent page.
    pub policy_uri: Option<String>,
    /// Linked from the consent page.
    pub tos_uri: Option<String>,
}

impl Default for ClientSettings {
    fn default() -> Self {
        Self {
            redirect_uris: Vec::new(),
            post_logout_redirect_uris: Vec::new(),
            allowed_origins: Vec::new(),
            client_auth: ClientAuth::Secret,
            jwks: None,
            jwks_uri: None,
            native: false,
            require_pkce: true,
            require_consent: false,
            client_credentials: false,
            scopes: Scopes::parse("openid profile email phone address groups teams roles offline_access"),
            id_token_alg: Algorithm::RS256,
            userinfo_alg: None,
            resources: Vec::new(),
            resource_identifier: None,
            access_token_alg: Algorithm::RS256,
            access_token_typ: AccessTokenTyp::AtJwt,
            claims_in_id_token: true,
            subject_type: SubjectType::Public,
            sector: None,
            rotate_refresh_tokens: None,
            logo_uri: None,
            policy_uri: None,
            tos_uri: None,
        }
    }
}

impl ClientSettings {
    /// The origins whose scripts may call the endpoints for apps (RFC 6454 section 6.2).
    pub fn origins(&self) -> impl Iterator<Item = String> {
        let of_redirects = self.redirect_uris.iter().filter_map(|uri| origin_of(uri));
        of_redirects.chain(self.allowed_origins.iter().cloned())
    }

    /// Whether it is a public client (RFC 6749 section 2.1).
    #[must_use]
    pub fn is_public(&self) -> bool {
        self.client_auth.proof() == ClientProof::Nothing
    }
    /// Whether its authorization requests need PKCE (RFC 9700 section 2.1.1).
    #[must_use]
    pub fn needs_pkce(&self) -> bool {
        self.require_pkce || self.is_public()
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
    /// Whether it is disabled.
    pub disabled: bool,
    /// The hashes of its secrets, at most two.
    pub secrets: Vec<TokenHash>,
}
