//! Clients: the apps that people sign in to, with their settings.

use serde::{Deserialize, Serialize};

use super::{ClientId, Scopes, text_enum};
use crate::crypto::{Algorithm, TokenHash};

text_enum! {
    /// How an app proves who it is at the token endpoint (OIDC Core section 9).
    ClientAuth {
        /// By HTTP Basic.
        Basic = "client_secret_basic",
        /// By form parameters.
        Post = "client_secret_post",
        /// By a signed assertion.
        PrivateKeyJwt = "private_key_jwt",
        /// It cannot: a public client, which has PKCE instead.
        None = "none",
    }
}

/// What an app proves who it is with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientProof {
    /// A secret that we made.
    Secret,
    /// Its own key, of which we know the public half.
    Key,
    /// Nothing.
    Nothing,
}

impl ClientAuth {
    /// What this method proves the app with.
    #[must_use]
    pub const fn proof(self) -> ClientProof {
        match self {
            Self::Basic | Self::Post => ClientProof::Secret,
            Self::PrivateKeyJwt => ClientProof::Key,
            Self::None => ClientProof::Nothing,
        }
    }
}

text_enum! {
    /// What `sub` an app sees (OIDC Core section 8).
    SubjectType {
        /// The account's id, the same for every app.
        Public = "public",
        /// One of its own for each sector.
        Pairwise = "pairwise",
    }
}

text_enum! {
    /// What access tokens look like.
    AccessTokenFormat {
        /// Signed, after RFC 9068.
        Jwt = "jwt",
        /// 43 random characters.
        Opaque = "opaque",
    }
}

/// What an administrator sets for an app.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a setting of its own that an administrator switches"
)]
pub struct ClientSettings {
    /// Where codes may be sent, compared byte for byte.
    pub redirect_uris: Vec<String>,
    /// Where the browser may be sent after a sign-out.
    pub post_logout_redirect_uris: Vec<String>,
    /// How the app proves who it is.
    pub client_auth: ClientAuth,
    /// Its public keys (RFC 7517), for `private_key_jwt`.
    pub jwks: Option<serde_json::Value>,
    /// Where its public keys are fetched from instead.
    pub jwks_uri: Option<String>,
    /// Whether its loopback redirect URIs match on any port (RFC 8252 section 7.3).
    pub native: bool,
    /// Whether a code needs PKCE; always so for a public client.
    pub require_pkce: bool,
    /// Whether the person is asked before the app receives anything.
    pub require_consent: bool,
    /// Whether the app may act for itself with the `client_credentials` grant.
    pub client_credentials: bool,
    /// The scopes it may ask for.
    pub scopes: Scopes,
    /// How its ID tokens and access tokens are signed.
    pub id_token_alg: Algorithm,
    /// How its userinfo is signed; plain JSON if not set.
    pub userinfo_alg: Option<Algorithm>,
    /// What its access tokens look like.
    pub access_token_format: AccessTokenFormat,
    /// Whether `profile` and `email` claims are also in the ID token, and not at userinfo alone.
    pub claims_in_id_token: bool,
    /// What `sub` it sees.
    pub subject_type: SubjectType,
    /// The host that groups apps with the same pairwise subjects; that of the first redirect URI if not set.
    pub sector: Option<String>,
    /// Whether refresh tokens rotate; if not set, those of public clients do and others do not.
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
            client_auth: ClientAuth::Basic,
            jwks: None,
            jwks_uri: None,
            native: false,
            require_pkce: true,
            require_consent: false,
            client_credentials: false,
            scopes: Scopes::parse("openid profile email phone address groups teams roles offline_access"),
            id_token_alg: Algorithm::RS256,
            userinfo_alg: None,
            access_token_format: AccessTokenFormat::Jwt,
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
    /// Whether the app cannot keep a secret (RFC 6749 section 2.1).
    #[must_use]
    pub fn is_public(&self) -> bool {
        self.client_auth.proof() == ClientProof::Nothing
    }
    /// Whether its codes need PKCE (RFC 9700 section 2.1.1).
    #[must_use]
    pub fn needs_pkce(&self) -> bool {
        self.require_pkce || self.is_public()
    }
    /// Whether each refresh token is used once (RFC 9700 section 4.14.2).
    #[must_use]
    pub fn rotates(&self) -> bool {
        self.rotate_refresh_tokens.unwrap_or_else(|| self.is_public())
    }
}

/// One app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    /// Its `client_id`.
    pub id: ClientId,
    /// Its name as people see it.
    pub name: String,
    /// What an administrator has set.
    pub settings: ClientSettings,
    /// Whether it is switched off.
    pub disabled: bool,
    /// The hashes of its live secrets, two at the most.
    pub secrets: Vec<TokenHash>,
}
