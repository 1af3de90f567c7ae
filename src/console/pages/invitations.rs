//! Invitations.

use serde::Serialize;

use super::users::role_options;
use super::{NavItem, NextPage, RoleOption, Shell};
use crate::clock::Time;
use crate::directory::audit::Party;
use crate::web::invited::MadeRow;
use crate::web::page::{FieldError, Notice, Page, Tone};

/// One invitation.
#[derive(Clone, Debug, Serialize)]
pub struct InvitationRow {
    /// Which it is.
    pub id: String,
    /// Whom it is for; empty for anybody.
    pub email: String,
    /// The team that it leads into.
    pub team: Option<String>,
    /// The role that it gives; empty for none but what everybody has.
    pub role: String,
    /// Who made it.
    pub by: Party,
    /// When it was made.
    pub created: Time,
    /// When it ends.
    pub expires: Time,
    /// `open`, `accepted`, `revoked` or `expired`.
    pub state: &'static str,
    /// Who has accepted it.
    pub accepted_by: Option<Party>,
}

/// The invitations.
#[derive(Clone, Debug, Serialize)]
pub struct Invitations {
    /// What surrounds it.
    pub shell: Shell,
    /// The roles that the viewer may invite to.
    pub roles: Vec<RoleOption>,
    /// The invitations, the newest first.
    pub rows: Vec<InvitationRow>,
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
        let row = |state, accepted_by| InvitationRow {
            id: format!("0198c2de-{state}"),
            email: "bob@example.org".into(),
            team: Some("ops".into()),
            role: "member".into(),
            by: party("ann", Some(0)),
            created: Time::from_seconds(1_794_900_000),
            expires: Time::from_seconds(1_795_400_000),
            state,
            accepted_by,
        };
        let empty = Self {
            shell: Shell::sample(NavItem::Invitations),
            roles: role_options(),
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
                row("open", None),
                InvitationRow {
                    email: String::new(),
                    team: None,
                    role: String::new(),
                    by: party("host", None),
                    ..row("expired", None)
                },
                row("revoked", None),
                row("accepted", Some(party("bob", Some(1)))),
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
