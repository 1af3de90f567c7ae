//! Invitations.

use serde::Serialize;

use super::{NavItem, NextPage, Shell};
use crate::clock::Time;
use crate::directory::audit::Party;
use crate::directory::invitations::{InvitationRole, InvitationSummary};
use crate::model::invitation::InvitationState;
use crate::web::invited::MadeRow;
use crate::web::page::{FieldError, Notice, Page, Tone};

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

    fn samples() -> Vec<Self> {
        let party = |name: &str, number| Party {
            name: name.into(),
            number,
        };
        let row = |state: InvitationState, accepted_by| InvitationSummary {
            id: format!("0198c2de-{state}"),
            email: "bob@example.org".into(),
            team: Some("ops".into()),
            role: "member".into(),
            invited_by: party("ann", Some(0)),
            created_at: Time::from_seconds(1_794_900_000),
            expires_at: Time::from_seconds(1_795_400_000),
            state,
            accepted_by,
        };
        let empty = Self {
            shell: Shell::sample(NavItem::Invitations),
            roles: vec![InvitationRole {
                name: "admin".into(),
                title: "Admin".into(),
            }],
            rows: Vec::new(),
            next: None,
            addresses: String::new(),
            role: String::new(),
            made: Vec::new(),
            errors: Vec::new(),
            notice: None,
        };
        let full = Self {
            rows: vec![
                row(InvitationState::Pending, None),
                InvitationSummary {
                    email: String::new(),
                    team: None,
                    role: String::new(),
                    invited_by: party("host", None),
                    ..row(InvitationState::Expired, None)
                },
                row(InvitationState::Revoked, None),
                row(InvitationState::Accepted, Some(party("bob", Some(1)))),
            ],
            next: Some("?before=x".into()),
            made: MadeRow::samples(),
            notice: Some(Notice::new(Tone::Success, "The invitation was revoked.")),
            ..empty.clone()
        };
        let wrong = Self {
            addresses: "bob@example.org".into(),
            role: "admin".into(),
            errors: vec![FieldError::at("addresses", "Invite at most 500 people at once.")],
            ..empty.clone()
        };
        vec![empty, full, wrong]
    }
}
