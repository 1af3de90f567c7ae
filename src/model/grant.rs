//! Grants: what an app holds for a person, from the authorization code to the last refresh.

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
    /// The session it was given in.
    pub session_id: SessionId,
    /// What it allows.
    pub scopes: Scopes,
    /// The `claims` parameter (OIDC Core section 5.5) as JSON, or empty.
    pub claims: String,
    /// Where the code was sent.
    pub redirect_uri: String,
    /// Echoed in the ID token.
    pub nonce: Option<String>,
    /// The S256 challenge of RFC 7636.
    pub code_challenge: Option<String>,
    /// When the person was authenticated.
    pub auth_time: Time,
    /// How.
    pub amr: Amr,
    /// When it was given.
    pub created_at: Time,
    /// Until when its code may be redeemed.
    pub code_expires_at: Time,
    /// When its code was redeemed.
    pub redeemed_at: Option<Time>,
    /// When it was taken back.
    pub revoked_at: Option<Time>,
    /// When it ends by itself.
    pub expires_at: Time,
}
