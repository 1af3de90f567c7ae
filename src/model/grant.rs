//! Grants: what an app holds for a person, from the authorization code, where there is one, to the last refresh.

use super::{AccountId, Amr, ClientId, GrantId, Scopes, SessionId};
use crate::clock::Time;

/// One grant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Its id.
    pub id: GrantId,
    /// Which app holds it.
    pub client_id: ClientId,
    /// For whom.
    pub account_id: AccountId,
    /// The session it was granted in; `None` where no browser was part of it.
    pub session_id: Option<SessionId>,
    /// What it allows.
    pub scopes: Scopes,
    /// The `claims` parameter (OIDC Core section 5.5) as JSON, or empty.
    pub claims: String,
    /// Whether it is for use while the person is away: the `offline_access` scope.
    pub offline: bool,
    /// Where the code was sent.
    pub redirect_uri: Option<String>,
    /// Echoed in the ID token.
    pub nonce: Option<String>,
    /// The S256 challenge of RFC 7636.
    pub code_challenge: Option<String>,
    /// When the person was authenticated.
    pub auth_time: Time,
    /// How.
    pub amr: Amr,
    /// When it was granted.
    pub created_at: Time,
    /// Until when its code, if it has one, may be redeemed.
    pub code_expires_at: Option<Time>,
    /// When its code was redeemed.
    pub redeemed_at: Option<Time>,
    /// When it was revoked.
    pub revoked_at: Option<Time>,
    /// When it ends by itself.
    pub expires_at: Time,
    /// The key that its tokens are bound to (RFC 7800), as JSON.
    pub cnf: Option<String>,
    /// Who acts for the person (RFC 8693 section 4.1), as JSON.
    pub act: Option<String>,
}

/// What is looked up of a person for a grant or a token, beside what every app may know.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a column of its own")]
pub struct Wanted {
    /// The e-mail address.
    pub email: bool,
    /// The groups.
    pub groups: bool,
    /// The roles on the instance and for the app.
    pub roles: bool,
    /// The teams, of which roles may come too.
    pub teams: bool,
}
