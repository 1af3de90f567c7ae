//! The pages about teams.

use serde::Serialize;

use super::{NavItem, NextPage, Shell};
use crate::model::TeamId;
use crate::model::team::{TeamKind, TeamSummary};
use crate::web::page::{FieldError, Notice, Page, Tone};
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

    fn samples() -> Vec<Self> {
        let row = |number, slug: &str, kind| TeamSummary {
            id: TeamId(format!("01990000-0000-7000-8000-00000000000{number}")),
            number,
            slug: slug.into(),
            name: slug.into(),
            kind,
            members: 3,
        };
        let full = Self {
            shell: Shell::sample(NavItem::Teams),
            query: String::new(),
            personal: true,
            rows: vec![
                row(0, "root-team", TeamKind::Root),
                row(1, "ann", TeamKind::Personal),
                row(2, "ops", TeamKind::Shared),
            ],
            next: Some("?after=2".into()),
            slug: String::new(),
            name: String::new(),
            errors: Vec::new(),
            notice: Some(Notice::new(Tone::Success, "The team is there.")),
        };
        let wrong = Self {
            slug: "a b".into(),
            rows: Vec::new(),
            next: None,
            personal: false,
            query: "x".into(),
            errors: vec![FieldError::at(
                "slug",
                "Use letters, digits, dots and hyphens only.",
            )],
            notice: None,
            ..full.clone()
        };
        vec![full, wrong]
    }
}

impl Page for TeamPage {
    const TEMPLATE: &'static str = "console/team.html";

    fn samples() -> Vec<Self> {
        let page = |view| Self {
            shell: Shell::sample(NavItem::Teams),
            view,
        };
        TeamView::samples().map(page).into()
    }
}
