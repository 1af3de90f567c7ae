//! The page of a team, as the console and the account pages show it.

use serde::Serialize;

use super::page::{Notice, PageState};
use super::params::Params;
use super::resets::Made;
use super::shown_once::Shown;
use super::visit::SafeForm;
use crate::directory::second_factor_policy::Beginning;
use crate::directory::teams::{GetTeam, TeamDetail, TeamRef};
use crate::directory::{Failure, names};
use crate::model::refusal::Code;

/// A team with the form on its page.
#[derive(Clone, Debug, Serialize)]
pub struct TeamView {
    /// The team.
    pub team: TeamDetail,
    /// The query string of the next page of its members.
    pub next: Option<String>,
    /// The form.
    #[serde(flatten)]
    pub form: TeamForm,
}

/// The values of the form on a team's page, with the result of the last submission.
#[derive(Clone, Debug, Default, Serialize)]
pub struct TeamForm {
    /// The username of a new member.
    pub username: String,
    /// The addresses to invite.
    pub addresses: String,
    /// The links of the invitations, or the reset, that was just made.
    pub made: Option<Shown<Made>>,
    /// The errors and the notice.
    #[serde(flatten)]
    pub state: PageState,
}

impl TeamForm {
    /// The empty form, with what was just made or changed.
    #[must_use]
    pub fn empty(made: Option<Shown<Made>>, notice: Option<Notice>) -> Self {
        let state = PageState::with_notice(notice);
        Self {
            made,
            state,
            ..Self::default()
        }
    }

    /// The submitted form, with the reasons for its refusal.
    #[must_use]
    pub fn refused(form: &SafeForm, state: PageState) -> Self {
        Self {
            username: form.trimmed("username"),
            addresses: form.get("addresses").unwrap_or_default().to_owned(),
            made: None,
            state,
        }
    }
}

impl TeamView {
    /// The team's page.
    #[must_use]
    pub fn new(team: TeamDetail, form: TeamForm) -> Self {
        Self {
            next: team.members.next(|last| format!("?after={}", last.number)),
            team,
            form,
        }
    }
}

/// The operation that reads a team with the page of its members that the query asks for.
#[must_use]
pub fn get_team(slug: &str, params: &Params, limit: u16) -> GetTeam {
    GetTeam {
        team: TeamRef::Slug(slug.to_owned()),
        members_after: params
            .get("after")
            .and_then(|after| after.parse().ok())
            .unwrap_or(-1),
        limit,
    }
}

/// When the members of a team or a group must have a second factor, as the form says.
#[must_use]
pub fn second_factor_begins(form: &SafeForm) -> Beginning {
    match form.trimmed("days").as_str() {
        "" => Beginning::Never,
        "as_set" => Beginning::AsSet,
        days => Beginning::InDays(days.parse().unwrap_or(u32::MAX)),
    }
}

/// Checks that the user typed the name to confirm a deletion.
///
/// # Errors
/// [`Code::NotConfirmed`].
pub fn confirmed(form: &SafeForm, name: &str) -> Result<(), Failure> {
    if names::folded(&form.trimmed("confirm")) == names::folded(name) {
        return Ok(());
    }
    Err(Code::NotConfirmed.at("confirm").with("text", name).into())
}
