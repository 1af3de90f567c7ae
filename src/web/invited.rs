//! What pages show of invitations that were just made.

use serde::Serialize;

use crate::app::AppState;
use crate::directory::invitations::NewInvitation;
use crate::paths;
use crate::words;

/// What became of one address.
#[derive(Clone, Debug, Serialize)]
pub struct MadeRow {
    /// Whom it is for; empty for anybody.
    pub address: String,
    /// The link, shown this once.
    pub link: Option<String>,
    /// Why there is none.
    pub fault: Option<String>,
}

impl MadeRow {
    /// The rows of what was made.
    #[must_use]
    pub fn of(app: &AppState, made: Vec<NewInvitation>) -> Vec<Self> {
        let row = |made: NewInvitation| {
            let (link, fault) = match made.token {
                Ok(token) => {
                    let path = paths::INVITATION.of([token.as_str()]);
                    (Some(app.config.server.issuer.url(path)), None)
                }
                Err(refusal) => (None, Some(words::refusal(&refusal))),
            };
            Self {
                address: made.address,
                link,
                fault,
            }
        };
        made.into_iter().map(row).collect()
    }
}
