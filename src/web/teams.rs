//! What the page of a team shows in the console and in the account alike.

use serde::Serialize;

use super::invited::{MadeRow, OpenRow};
use super::page::{FieldError, Notice, Tone};
use super::params::Params;
use super::rejection::Rejection;
use super::visit::SafeForm;
use crate::clock::Time;
use crate::directory::Failure;
use crate::directory::listing::Listing;
use crate::directory::names;
use crate::directory::teams::{GetTeam, TeamDetail, TeamInvitation, TeamRef, TeamRole};
use crate::model::refusal::Code;
use crate::model::team::{TeamAct, TeamKind, TeamMember};
use crate::model::{AccountId, TeamId};

/// A team with what was typed on its page, and what came of it.
#[derive(Clone, Debug, Serialize)]
pub struct TeamView {
    /// The team.
    pub team: TeamDetail,
    /// The next page of its members.
    pub next: Option<String>,
    /// The invitations that can be accepted.
    pub open: Vec<OpenRow>,
    /// What was typed, and what came of it.
    #[serde(flatten)]
    pub typed: Typed,
}

/// What was typed, and what came of it.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Typed {
    /// The username of a new member.
    pub username: String,
    /// The addresses to invite.
    pub addresses: String,
    /// The invitations that were just made.
    pub made: Vec<MadeRow>,
    /// Mistakes in the form that was sent.
    pub errors: Vec<FieldError>,
    /// What just happened.
    pub notice: Option<Notice>,
}

impl Typed {
    /// What a page opens with.
    #[must_use]
    pub fn opening(params: &Params) -> Self {
        let done = params
            .get("done")
            .map(|_| Notice::new(Tone::Success, "Done. The change applies from now on."));
        Self {
            notice: done,
            ..Self::default()
        }
    }

    /// The form again, with why it was refused.
    #[must_use]
    pub fn again(form: &SafeForm, rejection: Rejection) -> Self {
        Self {
            username: form.trimmed("username"),
            addresses: form.get("addresses").unwrap_or_default().to_owned(),
            made: Vec::new(),
            errors: rejection.errors,
            notice: rejection.notice,
        }
    }
}

impl TeamView {
    /// The team's page.
    #[must_use]
    pub fn new(mut team: TeamDetail, typed: Typed) -> Self {
        let invitations = std::mem::take(&mut team.invitations);
        Self {
            next: team.members.next(|last| format!("?after={}", last.number)),
            open: invitations.into_iter().map(OpenRow::from).collect(),
            team,
            typed,
        }
    }

    /// Views for samples: of who may do everything and of who may do nothing.
    #[must_use]
    pub fn samples() -> [Self; 2] {
        let member = |number, username: &str, name: &str, expires_at| TeamMember {
            id: AccountId(format!("01990000-0000-7000-8000-00000000000{number}")),
            number,
            username: username.into(),
            name: name.into(),
            role: "member".into(),
            expires_at,
        };
        let role = |name: &str, may_grant| TeamRole {
            name: name.into(),
            title: name.into(),
            may_grant,
        };
        let until = Time::from_seconds(1_796_000_000);
        let team = TeamDetail {
            id: TeamId("01990000-0000-7000-8000-000000000002".into()),
            number: 2,
            slug: "ops".into(),
            name: "Ops".into(),
            kind: TeamKind::Shared,
            may: TeamAct::ALL.to_vec(),
            roles: vec![role("owner", false), role("member", true)],
            member_role: "member".into(),
            members: Listing {
                rows: vec![
                    member(0, "ann", "Ann Lee", None),
                    member(1, "bob", "", Some(until)),
                ],
                has_more: true,
            },
            invitations: Vec::new(),
        };
        let seen = TeamDetail {
            kind: TeamKind::Personal,
            may: Vec::new(),
            members: Listing {
                rows: Vec::new(),
                has_more: false,
            },
            ..team.clone()
        };
        let typed = Typed {
            username: "nobody".into(),
            addresses: "x".into(),
            made: MadeRow::samples(),
            errors: vec![FieldError::at("confirm", "Type ops to confirm.")],
            notice: Some(Notice::new(Tone::Success, "Done.")),
        };
        let mut full = Self::new(team, typed);
        full.open = OpenRow::samples();
        [full, Self::new(seen, Typed::default())]
    }
}

impl From<TeamInvitation> for OpenRow {
    fn from(invitation: TeamInvitation) -> Self {
        Self {
            id: invitation.id,
            email: invitation.email,
            role: invitation.role,
            expires: invitation.expires_at,
        }
    }
}

/// The read of a team's page, with the members behind those that the address names.
#[must_use]
pub fn read_of(slug: &str, params: &Params, limit: u16) -> GetTeam {
    GetTeam {
        team: TeamRef::Slug(slug.to_owned()),
        members_after: params
            .get("after")
            .and_then(|after| after.parse().ok())
            .unwrap_or(-1),
        limit,
    }
}

/// Checks that the name was typed that confirms a deletion.
///
/// # Errors
/// [`Code::NotConfirmed`].
pub fn confirmed(form: &SafeForm, name: &str) -> Result<(), Failure> {
    if names::key(&form.trimmed("confirm")) == names::key(name) {
        return Ok(());
    }
    Err(Code::NotConfirmed.at("confirm").with("text", name).into())
}
