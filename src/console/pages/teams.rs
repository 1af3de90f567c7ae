//! The pages about teams.

use serde::Serialize;

use super::{NextPage, Shell};
use crate::model::team::TeamSummary;
use crate::web::page::{FieldError, Notice, Page};
use crate::web::teams::TeamView;

/// The list of teams.
#[derive(Clone, Debug, Serialize)]
pub struct Teams {
    /// What surrounds it.
    pub shell: Shell,
    /// What is searched for.
    pub query: String,
    /// Whether personal teams are listed too.
    pub personal: bool,
    /// This page of it.
    pub rows: Vec<TeamSummary>,
    /// The next page.
    pub next: NextPage,
    /// The slug as typed into the form.
    pub slug: String,
    /// The name as typed into the form.
    pub name: String,
    /// Mistakes in the form that was sent.
    pub errors: Vec<FieldError>,
    /// What just happened.
    pub notice: Option<Notice>,
}

/// One team.
#[derive(Clone, Debug, Serialize)]
pub struct TeamPage {
    /// What surrounds it.
    pub shell: Shell,
    /// The team, what was typed and what came of it.
    #[serde(flatten)]
    pub view: TeamView,
}

impl Page for Teams {
    const TEMPLATE: &'static str = "console/teams.html";
}

impl Page for TeamPage {
    const TEMPLATE: &'static str = "console/team.html";
}
