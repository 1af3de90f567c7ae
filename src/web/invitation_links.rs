//! The links of new invitations, as pages show them once.

use axum::response::Response;
use serde::{Deserialize, Serialize};

use super::error::PageError;
use super::shown_once;
use super::submission::{Submission, WithSession};
use crate::app::AppState;
use crate::directory::invitations::NewInvitation;
use crate::paths;
use crate::words;

/// The link for one invited address, or the reason why the address was not invited.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct InvitationLink {
    /// The invited address; empty if anybody may use the link.
    pub address: String,
    /// The link, which is shown for a few minutes only.
    pub link: Option<String>,
    /// Whether another link is mailed to the address.
    pub mailed: bool,
    /// Why the address was not invited.
    pub error: Option<String>,
}

/// The links of new invitations.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NewLinks {
    /// A row for each address.
    pub rows: Vec<InvitationLink>,
    /// The role of the invitations, for inviting the addresses that failed again.
    pub role: String,
}

/// New links on a page.
pub type ShownLinks = shown_once::Shown<NewLinks>;

/// Redirects to the page that shows the links of these invitations.
///
/// # Errors
/// When they could not be stored.
pub async fn show<V: WithSession>(
    sent: &Submission<V>,
    page: &str,
    invitations: Vec<NewInvitation>,
    role: String,
) -> Result<Response, PageError> {
    let rows = InvitationLink::of(&sent.app, invitations);
    shown_once::keep(sent, page, &NewLinks { rows, role }).await
}

impl InvitationLink {
    fn of(app: &AppState, invitations: Vec<NewInvitation>) -> Vec<Self> {
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
                mailed: invitation.mailed,
                error,
            }
        };
        invitations.into_iter().map(row).collect()
    }
}
