//! The links of new invitations, as pages show them once.

use serde::Serialize;

use crate::app::AppState;
use crate::directory::invitations::NewInvitation;
use crate::paths;
use crate::words;

/// The link for one invited address, or the reason why the address was not invited.
#[derive(Clone, Debug, Serialize)]
pub struct InvitationLink {
    /// The invited address; empty if anybody may use the link.
    pub address: String,
    /// The link, which cannot be shown again.
    pub link: Option<String>,
    /// Why the address was not invited.
    pub error: Option<String>,
}

impl InvitationLink {
    /// The links of these invitations.
    #[must_use]
    pub fn of(app: &AppState, invitations: Vec<NewInvitation>) -> Vec<Self> {
        let row = |invitation: NewInvitation| {
            let (link, error) = match invitation.token {
                Ok(token) => {
                    let path = paths::INVITATION.of([token.as_str()]);
                    (Some(app.config.server.issuer.url(path)), None)
                }
                Err(refusal) => (None, Some(words::refusal(&refusal))),
            };
            Self {
                address: invitation.address,
                link,
                error,
            }
        };
        invitations.into_iter().map(row).collect()
    }
}
