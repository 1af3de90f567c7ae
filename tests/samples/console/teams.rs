//! Examples of the pages of teams.

use doorward::console::shell::NavItem;
use doorward::console::teams::{TeamPage, Teams};
use doorward::model::TeamId;
use doorward::model::team::{TeamKind, TeamSummary};
use doorward::web::page::PageState;

use super::parts::{done, shell, team_views, wrong_field};
use super::{Sample, of};

pub fn all() -> Vec<Sample> {
    let teams = team_views().map(|view| TeamPage {
        shell: shell(NavItem::Teams),
        view,
    });
    [of([list(), wrong_name()]), of(teams)].concat()
}

fn list() -> Teams {
    let row = |number, slug: &str, kind| TeamSummary {
        id: TeamId(format!("01990000-0000-7000-8000-00000000000{number}")),
        number,
        slug: slug.into(),
        name: slug.into(),
        kind,
        members: 3,
    };
    Teams {
        shell: shell(NavItem::Teams),
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
        state: PageState {
            notice: Some(done()),
            ..PageState::default()
        },
    }
}

fn wrong_name() -> Teams {
    Teams {
        slug: "a b".into(),
        rows: Vec::new(),
        next: None,
        personal: false,
        query: "x".into(),
        state: wrong_field("slug", "Use letters, digits, dots and hyphens only."),
        ..list()
    }
}
