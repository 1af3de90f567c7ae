//! Invitations.

use serde::Serialize;

use super::{NextPage, Shell};
use crate::directory::invitations::{InvitationRole, InvitationSummary};
use crate::web::invited::MadeRow;
use crate::web::page::{FieldError, Notice, Page};

/// The invitations.
#[derive(Clone, Debug, Serialize)]
pub struct Invitations {
    /// What surrounds it.
    pub shell: Shell,
    /// The roles that the viewer may invite with, the default one first.
    pub roles: Vec<InvitationRole>,
    /// The invitations, the newest first.
    pub rows: Vec<InvitationSummary>,
    /// The way to older ones.
    pub next: NextPage,
    /// The addresses, as typed.
    pub addresses: String,
    /// The role, as chosen.
    pub role: String,
    /// What was just made.
    pub made: Vec<MadeRow>,
    /// Mistakes in the form that was sent.
    pub errors: Vec<FieldError>,
    /// What just happened, if anything did.
    pub notice: Option<Notice>,
}

impl Page for Invitations {
    const TEMPLATE: &'static str = "console/invitations.html";
}
