//! Examples of the page of invitations.

use doorward::clock::Time;
use doorward::console::invitations::Invitations;
use doorward::console::shell::NavItem;
use doorward::directory::accounts::RoleChoice;
use doorward::directory::audit::Party;
use doorward::directory::invitations::InvitationSummary;
use doorward::model::invitation::InvitationState;
use doorward::web::page::{Notice, PageState, Tone};

use super::parts::{invitation_links, shell, wrong_field};
use super::{Sample, of};

pub fn all() -> Vec<Sample> {
    of([empty(), full(), wrong()])
}

fn empty() -> Invitations {
    Invitations {
        shell: shell(NavItem::Invitations),
        roles: vec![RoleChoice {
            name: "admin".into(),
            title: "Admin".into(),
        }],
        rows: Vec::new(),
        next: None,
        addresses: String::new(),
        role: String::new(),
        links: None,
        state: PageState::default(),
    }
}

fn full() -> Invitations {
    Invitations {
        rows: rows(),
        next: Some("?before=x".into()),
        links: Some(invitation_links()),
        state: PageState {
            notice: Some(Notice::new(Tone::Success, "The invitation was revoked.")),
            ..PageState::default()
        },
        ..empty()
    }
}

fn wrong() -> Invitations {
    Invitations {
        addresses: "bob@example.org".into(),
        role: "admin".into(),
        state: wrong_field("addresses", "Invite at most 500 people at once."),
        ..empty()
    }
}

fn rows() -> Vec<InvitationSummary> {
    let for_anybody = InvitationSummary {
        email: String::new(),
        team: None,
        role: String::new(),
        invited_by: party("host", None),
        ..row(InvitationState::Expired, None)
    };
    vec![
        row(InvitationState::Pending, None),
        for_anybody,
        row(InvitationState::Revoked, None),
        row(InvitationState::Accepted, Some(party("bob", Some(1)))),
    ]
}

fn row(state: InvitationState, accepted_by: Option<Party>) -> InvitationSummary {
    InvitationSummary {
        id: format!("0198c2de-{state}"),
        email: "bob@example.org".into(),
        team: Some("ops".into()),
        role: "member".into(),
        invited_by: party("ann", Some(0)),
        created_at: Time::from_seconds(1_794_900_000),
        expires_at: Time::from_seconds(1_795_400_000),
        state,
        accepted_by,
    }
}

fn party(name: &str, number: Option<i64>) -> Party {
    Party {
        name: name.into(),
        number,
    }
}
