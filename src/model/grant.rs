//! Grants: a user's authorization of an app, from the authorization code to the last refresh.

use serde::{Deserialize, Serialize};

use super::{AccountId, Amr, ClientId, GrantId, Scopes, SessionId};
use crate::clock::Time;

/// One grant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Its id.
    pub id: GrantId,
    /// The app that it was issued to.
    pub client_id: ClientId,
    /// The user.
    pub account_id: AccountId,
    /// The session in which it was granted; `None` if no browser was involved.
    pub session_id: Option<SessionId>,
    /// The granted scopes.
    pub scopes: Scopes,
    /// The `claims` parameter (OIDC Core section 5.5) as JSON, or empty.
    pub claims: String,
    /// The resource server that the app named (RFC 8707).
    pub resource: Option<String>,
    /// Whether it outlives its session: the `offline_access` scope.
    pub offline: bool,
    /// The redirect URI that the code was sent to.
    pub redirect_uri: Option<String>,
    /// Returned in the ID token.
    pub nonce: Option<String>,
    /// The PKCE challenge, by S256 (RFC 7636).
    pub code_challenge: Option<String>,
    /// When the user authenticated.
    pub auth_time: Time,
    /// The authentication methods that were used.
    pub amr: Amr,
    /// When it was granted.
    pub created_at: Time,
    /// When its code expires.
    pub code_expires_at: Option<Time>,
    /// When its code was redeemed.
    pub redeemed_at: Option<Time>,
    /// When it was revoked.
    pub revoked_at: Option<Time>,
    /// When it expires.
    pub expires_at: Time,
    /// The key that its tokens are bound to (RFC 7800), as JSON.
    pub cnf: Option<String>,
    /// The actor on the user's behalf (RFC 8693 section 4.1), as JSON.
    pub act: Option<String>,
}

/// Who acts as the user of a grant, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Act {
    /// The actor, as that of an audit entry.
    pub by: String,
    /// When they must stop at the latest, and every token expires with it.
    pub until: Time,
}

impl Grant {
    /// Who acts as the user, if somebody does.
    #[must_use]
    pub fn acting(&self) -> Option<Act> {
        self.act.as_deref().and_then(Act::parse)
    }
}

impl Act {
    /// Reads it from its stored form.
    #[must_use]
    pub fn parse(stored: &str) -> Option<Self> {
        serde_json::from_str(stored).ok()
    }
}

/// Which optional data of a user a grant or a token includes; stored as the columns `wants_*`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a column of its own")]
pub struct ClaimData {
    /// The e-mail address.
    pub email: bool,
    /// The groups.
    pub groups: bool,
    /// The roles on the instance and for the app.
    pub roles: bool,
    /// The teams.
    pub teams: bool,
}
