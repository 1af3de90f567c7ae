//! The list of teams, and one team.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

use super::console_user::ConsoleUser;
use super::paging::{ROWS, number_after};
use super::shell::{NavItem, NextPage, Shell};
use super::user::day;
use crate::app::AppState;
use crate::directory::accounts::AccountRef;
use crate::directory::invitations::{InvitationTarget, InvitePeople, RevokeInvitation, addresses};
use crate::directory::teams::{
    CreateTeam, DeleteTeam, ListTeams, RemoveTeamMember, RenameTeam, SetTeamMember, TeamRef,
};
use crate::directory::{Failure, names};
use crate::model::team::TeamSummary;
use crate::paths;
use crate::web::dates::DAY;
use crate::web::error::PageError;
use crate::web::invited::MadeRow;
use crate::web::page::{FieldError, Notice, Page, Tone};
use crate::web::params::{Params, Received};
use crate::web::rejection::Rejection;
use crate::web::teams::{TeamView, Typed, confirmed, read_of};
use crate::web::visit::{SafeForm, see_other};

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

/// Shows the teams.
pub(super) async fn list(
    State(app): State<Arc<AppState>>,
    user: ConsoleUser,
    Received(params): Received,
) -> Result<Response, PageError> {
    let page = list_page(&app, &user, &params?, None, Vec::new()).await?;
    Ok(user.visit.show(&app, StatusCode::OK, &page))
}

async fn list_page(
    app: &AppState,
    user: &ConsoleUser,
    params: &Params,
    form: Option<&SafeForm>,
    errors: Vec<FieldError>,
) -> Result<Teams, PageError> {
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
    let typed = |name| form.map(|form| form.trimmed(name)).unwrap_or_default();
    Ok(Teams {
        shell: user.shell(NavItem::Teams),
        query: search,
        personal,
        rows: listed.rows,
        next,
        slug: typed("slug"),
        name: typed("name"),
        errors,
        notice: params
            .get("done")
            .map(|_| Notice::new(Tone::Success, "Done. The team is gone.")),
    })
}

/// Creates a team.
pub(super) async fn create(
    State(app): State<Arc<AppState>>,
    user: ConsoleUser,
    Received(params): Received,
) -> Result<Response, PageError> {
    let form = user.visit.form(&app, params)?;
    let (slug, name) = (form.trimmed("slug"), form.trimmed("name"));
    let name = if name.is_empty() { slug.clone() } else { name };
    let create = CreateTeam {
        slug: Some(slug),
        name,
    };
    match app.directory.change(&user.actor(), create).await {
        Ok(created) => Ok(to_team(&app, &created.slug)),
        Err(failure) => {
            let rejection = Rejection::of(failure)?;
            let page = list_page(&app, &user, &Params::default(), Some(&form), rejection.errors).await?;
            Ok(user.visit.show(&app, rejection.status, &page))
        }
    }
}

fn to_team(app: &AppState, slug: &str) -> Response {
    let path = paths::CONSOLE_TEAM.of([names::key(slug)]);
    see_other(&format!("{}?done=1", app.config.server.issuer.url(&path)))
}

/// Shows one team.
pub(super) async fn show(
    State(app): State<Arc<AppState>>,
    user: ConsoleUser,
    Path(slug): Path<String>,
    Received(params): Received,
) -> Result<Response, PageError> {
    let params = params?;
    let page = page(&app, &user, &slug, &params, Typed::opening(&params)).await?;
    Ok(user.visit.show(&app, StatusCode::OK, &page))
}

async fn page(
    app: &AppState,
    user: &ConsoleUser,
    slug: &str,
    params: &Params,
    typed: Typed,
) -> Result<TeamPage, PageError> {
    let read = read_of(slug, params, ROWS);
    let team = app.directory.read(&user.actor(), read).await?;
    Ok(TeamPage {
        shell: user.shell(NavItem::Teams),
        view: TeamView::new(team, typed),
    })
}

/// The team's page after a change, or with why it was refused.
async fn answer(
    app: &AppState,
    user: &ConsoleUser,
    slug: &str,
    form: &SafeForm,
    outcome: Result<(), impl Into<Failure>>,
) -> Result<Response, PageError> {
    let Err(error) = outcome else {
        return Ok(to_team(app, slug));
    };
    let rejection = Rejection::of(error)?;
    let status = rejection.status;
    let typed = Typed::again(form, rejection);
    let page = page(app, user, slug, &Params::default(), typed).await?;
    Ok(user.visit.show(app, status, &page))
}

/// Renames a team.
pub(super) async fn rename(
    State(app): State<Arc<AppState>>,
    user: ConsoleUser,
    Path(slug): Path<String>,
    Received(params): Received,
) -> Result<Response, PageError> {
    let form = user.visit.form(&app, params)?;
    let rename = RenameTeam {
        team: TeamRef::Slug(slug.clone()),
        name: form.trimmed("name"),
    };
    let outcome = app.directory.change(&user.actor(), rename).await;
    answer(&app, &user, &slug, &form, outcome).await
}

/// Deletes a team, once its slug was typed.
pub(super) async fn delete(
    State(app): State<Arc<AppState>>,
    user: ConsoleUser,
    Path(slug): Path<String>,
    Received(params): Received,
) -> Result<Response, PageError> {
    let form = user.visit.form(&app, params)?;
    let team = TeamRef::Slug(slug.clone());
    let outcome = match confirmed(&form, &slug) {
        Ok(()) => app.directory.change(&user.actor(), DeleteTeam { team }).await,
        Err(failure) => Err(failure),
    };
    if outcome.is_ok() {
        let list = app.config.server.issuer.url(paths::CONSOLE_TEAMS);
        return Ok(see_other(&format!("{list}?done=1")));
    }
    answer(&app, &user, &slug, &form, outcome).await
}

/// Adds a member, or changes a member's role.
pub(super) async fn set_member(
    State(app): State<Arc<AppState>>,
    user: ConsoleUser,
    Path(slug): Path<String>,
    Received(params): Received,
) -> Result<Response, PageError> {
    let form = user.visit.form(&app, params)?;
    let until = match day("until", &form.trimmed("until")) {
        Ok(until) => until.map(|start| start + DAY),
        Err(error) => return answer(&app, &user, &slug, &form, Err(error)).await,
    };
    let set = SetTeamMember {
        team: TeamRef::Slug(slug.clone()),
        account: AccountRef::SignInName(form.trimmed("username")),
        role: Some(form.trimmed("role")),
        until,
    };
    let outcome = app.directory.change(&user.actor(), set).await;
    answer(&app, &user, &slug, &form, outcome.map(|_| ())).await
}

/// Removes a member.
pub(super) async fn remove_member(
    State(app): State<Arc<AppState>>,
    user: ConsoleUser,
    Path(slug): Path<String>,
    Received(params): Received,
) -> Result<Response, PageError> {
    let form = user.visit.form(&app, params)?;
    let remove = RemoveTeamMember {
        team: TeamRef::Slug(slug.clone()),
        account: AccountRef::SignInName(form.trimmed("username")),
    };
    let outcome = app.directory.change(&user.actor(), remove).await;
    answer(&app, &user, &slug, &form, outcome).await
}

/// Invites people to the team.
pub(super) async fn invite(
    State(app): State<Arc<AppState>>,
    user: ConsoleUser,
    Path(slug): Path<String>,
    Received(params): Received,
) -> Result<Response, PageError> {
    let form = user.visit.form(&app, params)?;
    let team = app
        .directory
        .read(&user.actor(), read_of(&slug, &Params::default(), 0))
        .await?;
    let invite = InvitePeople {
        target: InvitationTarget {
            team: Some(team.id),
            role: form.get("role").map(str::to_owned),
        },
        addresses: addresses(form.get("addresses").unwrap_or_default()),
    };
    match app.directory.change(&user.actor(), invite).await {
        Ok(made) => {
            let typed = Typed {
                made: MadeRow::of(&app, made),
                ..Typed::default()
            };
            let page = page(&app, &user, &slug, &Params::default(), typed).await?;
            Ok(user.visit.show(&app, StatusCode::OK, &page))
        }
        Err(error) => answer(&app, &user, &slug, &form, Err(error)).await,
    }
}

/// Revokes an invitation to the team.
pub(super) async fn revoke_invitation(
    State(app): State<Arc<AppState>>,
    user: ConsoleUser,
    Path(slug): Path<String>,
    Received(params): Received,
) -> Result<Response, PageError> {
    let form = user.visit.form(&app, params)?;
    let id = form.trimmed("invitation");
    let outcome = app.directory.change(&user.actor(), RevokeInvitation { id }).await;
    answer(&app, &user, &slug, &form, outcome).await
}
