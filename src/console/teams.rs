//! The list of teams, and one team.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::console_user::{ConsoleUser, status_of, told};
use super::pages::{MemberRow, NavItem, RoleOption, TeamPage, TeamRow, Teams};
use super::paging::{READ, cut};
use super::user::day;
use crate::app::AppState;
use crate::directory::filter::containing;
use crate::directory::invitations::{self as invite, Offer};
use crate::directory::{ChangeError, names, teams as directory};
use crate::model::AccountId;
use crate::model::permission::Permission;
use crate::model::role::RoleLevel;
use crate::model::team::Team;
use crate::paths;
use crate::store::teams;
use crate::store::{accounts, invitations};
use crate::web::dates::DAY;
use crate::web::error::PageError;
use crate::web::invited::{MadeRow, OpenRow};
use crate::web::page::{FieldError, Notice, Tone};
use crate::web::params::{Params, Received};
use crate::web::visit::{SafeForm, see_other};

/// Shows the teams.
///
/// # Errors
/// A page when the person may not, or the database fails.
pub(super) async fn list(
    State(app): State<Arc<AppState>>,
    user: ConsoleUser,
    Received(params): Received,
) -> Result<Response, PageError> {
    user.needs(Permission::TeamRead)?;
    let params = params?;
    let page = list_page(&app, &user, &params, None, Vec::new()).await?;
    Ok(user.visit.show(&app, StatusCode::OK, &page))
}

async fn list_page(
    app: &AppState,
    user: &ConsoleUser,
    params: &Params,
    form: Option<&SafeForm>,
    errors: Vec<FieldError>,
) -> Result<Teams, PageError> {
    let query = params.get("q").unwrap_or_default();
    let personal = params.get("personal").is_some();
    let after = params
        .get("after")
        .and_then(|after| after.parse().ok())
        .unwrap_or(-1);
    let like = containing(query);
    let mut conn = app.db.read().await?;
    let mut rows = teams::list(&mut conn, after, &like, personal, READ).await?;
    drop(conn);
    let has_more = cut(&mut rows);
    let next = rows.last().filter(|_| has_more).map(|last| {
        let mut pairs = form_urlencoded::Serializer::new(String::from("?"));
        if !query.is_empty() {
            pairs.append_pair("q", query);
        }
        if personal {
            pairs.append_pair("personal", "1");
        }
        pairs.append_pair("after", &last.number.to_string()).finish()
    });
    let typed = |name| {
        form.and_then(|form| form.get(name))
            .unwrap_or_default()
            .to_owned()
    };
    Ok(Teams {
        shell: user.shell(NavItem::Teams),
        query: query.to_owned(),
        personal,
        rows: rows
            .into_iter()
            .map(|row| TeamRow {
                number: row.number,
                slug: row.slug,
                name: row.name,
                kind: row.kind.as_str().to_owned(),
                members: row.members,
            })
            .collect(),
        next,
        slug: typed("slug"),
        name: typed("name"),
        errors,
        notice: params
            .get("done")
            .map(|_| Notice::new(Tone::Success, "Done. The team is gone.")),
    })
}

/// Makes a team.
///
/// # Errors
/// A page when the form is not ours or the database fails.
pub(super) async fn create(
    State(app): State<Arc<AppState>>,
    user: ConsoleUser,
    Received(params): Received,
) -> Result<Response, PageError> {
    user.needs(Permission::TeamRead)?;
    let form = user.visit.form(&app, params)?;
    let typed = |name| form.get(name).unwrap_or_default().trim().to_owned();
    let (slug, name) = (typed("slug"), typed("name"));
    let name = if name.is_empty() { slug.clone() } else { name };
    match directory::create(&app.db, user.actor(), slug.clone(), name, app.clock.now()).await {
        Ok(_) => Ok(to_team(&app, &names::key(&slug))),
        Err(error) => {
            let status = status_of(&error);
            let (errors, _) = told(error)?;
            let page = list_page(&app, &user, &Params::default(), Some(&form), errors).await?;
            Ok(user.visit.show(&app, status, &page))
        }
    }
}

fn to_team(app: &AppState, slug: &str) -> Response {
    let path = paths::CONSOLE_TEAM.of([slug]);
    see_other(&format!("{}?done=1", app.config.server.issuer.url(path)))
}

async fn find(app: &AppState, slug: &str) -> Result<Team, PageError> {
    let found = teams::by_slug(&mut app.db.read().await?, &names::key(slug)).await?;
    found.ok_or_else(PageError::not_found)
}

/// Shows one team.
///
/// # Errors
/// A page when there is none, the person may not, or the database fails.
pub(super) async fn show(
    State(app): State<Arc<AppState>>,
    user: ConsoleUser,
    Path(slug): Path<String>,
    Received(params): Received,
) -> Result<Response, PageError> {
    user.needs(Permission::TeamRead)?;
    let params = params?;
    let team = find(&app, &slug).await?;
    let notice = params
        .get("done")
        .map(|_| Notice::new(Tone::Success, "Done. The change applies from now on."));
    let typed = Typed {
        notice,
        ..Typed::default()
    };
    let page = page(&app, &user, team, &params, typed).await?;
    Ok(user.visit.show(&app, StatusCode::OK, &page))
}

/// What was typed on the page of a team, and what came of it.
#[derive(Default)]
struct Typed {
    username: String,
    addresses: String,
    made: Vec<MadeRow>,
    errors: Vec<FieldError>,
    notice: Option<Notice>,
}

async fn page(
    app: &AppState,
    user: &ConsoleUser,
    team: Team,
    params: &Params,
    typed: Typed,
) -> Result<TeamPage, PageError> {
    let after = params
        .get("after")
        .and_then(|after| after.parse().ok())
        .unwrap_or(-1);
    let now = app.clock.now();
    let mut conn = app.db.read().await?;
    let mut members = teams::members(&mut conn, &team.id, after, READ, now).await?;
    let has_more = cut(&mut members);
    let next = members
        .last()
        .filter(|_| has_more)
        .map(|last| format!("?after={}", last.number));
    let may = directory::allowed_to(&user.authority, &user.scheme, &team);
    let open = if may.contains(&"invite") {
        invitations::open_of_team(&mut conn, &team.id, 100, now).await?
    } else {
        Vec::new()
    };
    drop(conn);
    Ok(TeamPage {
        shell: user.shell(NavItem::Teams),
        roles: user
            .scheme
            .roles_of(RoleLevel::Team)
            .map(|role| RoleOption {
                name: role.name.clone(),
                title: role.title.clone(),
            })
            .collect(),
        members: members
            .into_iter()
            .map(|member| MemberRow {
                number: member.number,
                username: member.username,
                name: member.name,
                role: member.role,
                until: member.expires_at,
            })
            .collect(),
        next,
        may,
        id: team.id.0,
        number: team.number,
        slug: team.slug,
        name: team.name,
        kind: team.kind.as_str().to_owned(),
        username: typed.username,
        addresses: typed.addresses,
        made: typed.made,
        open: open.into_iter().map(OpenRow::from).collect(),
        member_role: user.scheme.team_member_role.clone(),
        errors: typed.errors,
        notice: typed.notice,
    })
}

/// Changes one team, as the pressed button says.
///
/// # Errors
/// A page when there is none, the form is not ours, or the database fails.
pub(super) async fn change(
    State(app): State<Arc<AppState>>,
    user: ConsoleUser,
    Path(slug): Path<String>,
    Received(params): Received,
) -> Result<Response, PageError> {
    user.needs(Permission::TeamRead)?;
    let form = user.visit.form(&app, params)?;
    let team = find(&app, &slug).await?;
    match act(&app, &user, &team, &form).await {
        Ok(Some(made)) => {
            let typed = Typed {
                made,
                ..Typed::default()
            };
            let page = page(&app, &user, team, &Params::default(), typed).await?;
            Ok(user.visit.show(&app, StatusCode::OK, &page))
        }
        Ok(None) if form.get("action") == Some("delete") => {
            let list = app.config.server.issuer.url(paths::CONSOLE_TEAMS);
            Ok(see_other(&format!("{list}?done=1")))
        }
        Ok(None) => Ok(to_team(&app, &team.slug)),
        Err(error) => {
            let status = status_of(&error);
            let (errors, notice) = told(error)?;
            let typed = Typed {
                username: form.get("username").unwrap_or_default().to_owned(),
                addresses: form.get("addresses").unwrap_or_default().to_owned(),
                errors,
                notice,
                ..Typed::default()
            };
            let page = page(&app, &user, team, &Params::default(), typed).await?;
            Ok(user.visit.show(&app, status, &page))
        }
    }
}

async fn act(
    app: &AppState,
    user: &ConsoleUser,
    team: &Team,
    form: &SafeForm,
) -> Result<Option<Vec<MadeRow>>, ChangeError> {
    let (db, actor, id, now) = (&app.db, user.actor(), team.id.clone(), app.clock.now());
    let value = |name| form.get(name).unwrap_or_default().trim().to_owned();
    match form.get("action").unwrap_or_default() {
        "rename" => directory::rename(db, actor, id, value("name"), now).await?,
        "delete" => {
            if value("confirm") != team.slug {
                let message = format!("Type {} to delete the team.", team.slug);
                return Err(ChangeError::at("confirm", message));
            }
            directory::delete(db, actor, id, now).await?;
        }
        "member" => {
            let account = account(app, &value("username")).await?;
            let until = day("until", &value("until"))?.map(|start| start + DAY);
            directory::set_member(db, actor, id, account, value("role"), until, now).await?;
        }
        "remove" => {
            let account = account(app, &value("username")).await?;
            directory::remove_member(db, actor, id, account, now).await?;
        }
        "invite" => {
            let offer = Offer {
                team: Some(id),
                role: form.get("role").map(str::to_owned),
            };
            let addresses = invite::addresses(form.get("addresses").unwrap_or_default());
            let made = invite::invite(db, actor, offer, addresses, now).await?;
            return Ok(Some(MadeRow::of(app, made)));
        }
        "revoke" => invite::revoke(db, actor, value("invitation"), now).await?,
        _ => return Err(ChangeError::Refused("There is nothing to do by that name.")),
    }
    Ok(None)
}

/// The account of this user name or address, for a form.
pub(super) async fn account(app: &AppState, name: &str) -> Result<AccountId, ChangeError> {
    let found = accounts::by_sign_in_name(&mut app.db.read().await?, &names::key(name)).await?;
    found.map(|account| account.id).ok_or_else(|| {
        ChangeError::at(
            "username",
            format!("There is no account {name}. Enter a user name or an address."),
        )
    })
}
