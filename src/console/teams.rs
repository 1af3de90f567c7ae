//! The list of teams, and the page of one team.

use axum::http::StatusCode;
use axum::response::Response;

use super::console_user::ConsoleUser;
use super::paging::{NextPage, ROWS, number_after};
use super::shell::{NavItem, Shell};
use crate::app::AppState;
use crate::directory::teams::{CreateTeam, GetTeam, ListTeams};
use crate::model::team::TeamSummary;
use crate::paths;
use crate::web::error::PageError;
use crate::web::note::noted;
use crate::web::page::{PageState, page};
use crate::web::params::Params;
use crate::web::rejection::Rejection;
use crate::web::submission::{PageRequest, Submission, Visitor};
use crate::web::team_pages::{TeamPages, show_created};
use crate::web::teams::{TeamForm, TeamView};

page! {
    /// The list of teams.
    Teams "console/teams.html" {
        /// The navigation and the signed-in person.
        shell: Shell,
        /// The text that names must contain.
        query: String,
        /// Whether personal teams are listed too.
        personal: bool,
        /// The rows of this page.
        rows: Vec<TeamSummary>,
        /// The query string of the next page.
        next: NextPage,
        /// The slug as typed.
        slug: String,
        /// The name as typed.
        name: String,
        /// The errors and the notice.
        #[serde(flatten)]
        state: PageState,
    }
}

page! {
    /// The page of one team.
    TeamPage "console/team.html" {
        /// The navigation and the signed-in person.
        shell: Shell,
        /// The team and the form on its page.
        #[serde(flatten)]
        view: TeamView,
    }
}

/// Shows the teams.
pub(super) async fn list(request: PageRequest<ConsoleUser>) -> Result<Response, PageError> {
    let PageRequest { app, user, params } = request;
    let state = PageState::with_notice(noted(&app, &user, &params));
    let page = Teams {
        state,
        ..list_page(&app, &user, &params).await?
    };
    Ok(user.visit.show(&app, StatusCode::OK, &page))
}

async fn list_page(app: &AppState, user: &ConsoleUser, params: &Params) -> Result<Teams, PageError> {
    let search = params.get("q").unwrap_or_default().to_owned();
    let personal = params.get("personal").is_some();
    let list = ListTeams {
        search: search.clone(),
        personal,
        after: number_after(params),
        limit: ROWS,
    };
    let listed = app.directory.read(&user.actor(), list).await?;
    let next = listed.next(|last| {
        let mut pairs = form_urlencoded::Serializer::new(String::from("?"));
        if !search.is_empty() {
            pairs.append_pair("q", &search);
        }
        if personal {
            pairs.append_pair("personal", "1");
        }
        pairs.append_pair("after", &last.number.to_string()).finish()
    });
    Ok(Teams {
        shell: user.shell(NavItem::Teams),
        query: search,
        personal,
        rows: listed.rows,
        next,
        slug: String::new(),
        name: String::new(),
        state: PageState::default(),
    })
}

/// Creates a team.
pub(super) async fn create(sent: Submission<ConsoleUser>) -> Result<Response, PageError> {
    let (slug, name) = (sent.trimmed("slug"), sent.trimmed("name"));
    let shown = if name.is_empty() { &slug } else { &name }.clone();
    let create = CreateTeam {
        slug: Some(slug.clone()),
        name: shown.clone(),
    };
    match sent.change(create).await {
        Ok(created) => Ok(show_created(&sent, &created.slug, &shown)),
        Err(failure) => {
            let (status, errors) = Rejection::of(failure)?.into_errors();
            let page = Teams {
                slug,
                name,
                state: PageState::with_errors(errors),
                ..list_page(&sent.app, &sent.user, &Params::default()).await?
            };
            Ok(sent.show(status, &page))
        }
    }
}

impl TeamPages for ConsoleUser {
    type Page = TeamPage;

    const TEAM: paths::Path<1> = paths::CONSOLE_TEAM;
    const ADDS_MEMBERS: Option<paths::Path<1>> = Some(paths::CONSOLE_TEAM_MEMBERS);
    const EXIT: paths::Path<0> = paths::CONSOLE_TEAMS;
    const ROWS: u16 = ROWS;

    async fn team_page(&self, app: &AppState, team: GetTeam, form: TeamForm) -> Result<TeamPage, PageError> {
        let team = app.directory.read(&self.actor(), team).await?;
        Ok(TeamPage {
            shell: self.shell(NavItem::Teams),
            view: TeamView::new(team, form),
        })
    }
}
