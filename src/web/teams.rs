//! What the page of a team shows in the console and in the account alike.

use serde::Serialize;

use super::invited::{MadeRow, OpenRow};
use super::page::{FieldError, Notice, Tone};
use super::params::Params;
use super::rejection::Rejection;
use super::visit::SafeForm;
use crate::directory::Failure;
use crate::directory::names;
use crate::directory::teams::{GetTeam, TeamDetail, TeamInvitation, TeamRef};
use crate::model::refusal::Code;

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
