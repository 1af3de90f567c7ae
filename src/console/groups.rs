//! The list of groups, and one group.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::console_user::{ConsoleUser, status_of, told};
use super::pages::{GroupPage, GroupRow, Groups, MemberRow, NavItem};
use super::paging::{READ, cut};
use super::teams::account;
use crate::app::AppState;
use crate::directory::filter::containing;
use crate::directory::groups::{self as directory, Change};
use crate::directory::{ChangeError, names};
use crate::model::GroupId;
use crate::model::permission::Permission;
use crate::paths;
use crate::store::groups;
use crate::web::error::PageError;
use crate::web::page::{FieldError, Notice, Tone};
use crate::web::params::{Params, Received};
use crate::web::visit::{SafeForm, see_other};

/// Shows the groups.
///
/// # Errors
/// A page when the person may not, or the database fails.
pub(super) async fn list(
    State(app): State<Arc<AppState>>,
    user: ConsoleUser,
    Received(params): Received,
) -> Result<Response, PageError> {
    user.needs(Permission::GroupRead)?;
    let page = list_page(&app, &user, &params?, String::new(), Vec::new()).await?;
    Ok(user.visit.show(&app, StatusCode::OK, &page))
}

async fn list_page(
    app: &AppState,
    user: &ConsoleUser,
    params: &Params,
    name: String,
    errors: Vec<FieldError>,
) -> Result<Groups, PageError> {
    let query = params.get("q").unwrap_or_default();
    let after = params.get("after").unwrap_or_default();
    let mut rows = groups::page(&mut app.db.read().await?, after, &containing(query), READ).await?;
    let has_more = cut(&mut rows);
    let next = rows.last().filter(|_| has_more).map(|last| {
        let mut pairs = form_urlencoded::Serializer::new(String::from("?"));
        if !query.is_empty() {
            pairs.append_pair("q", query);
        }
        pairs.append_pair("after", &last.name_key).finish()
    });
    Ok(Groups {
        shell: user.shell(NavItem::Groups),
        query: query.to_owned(),
        rows: rows
            .into_iter()
            .map(|row| GroupRow {
                name: row.name,
                members: row.members,
            })
            .collect(),
        next,
        may_change: user.authority.may(Permission::GroupManage),
        name,
        errors,
        notice: params
            .get("done")
            .map(|_| Notice::new(Tone::Success, "Done. The group is gone.")),
    })
}

/// Makes a group.
///
/// # Errors
/// A page when the form is not ours or the database fails.
pub(super) async fn create(
    State(app): State<Arc<AppState>>,
    user: ConsoleUser,
    Received(params): Received,
) -> Result<Response, PageError> {
    user.needs(Permission::GroupRead)?;
    let form = user.visit.form(&app, params)?;
    let name = form.get("name").unwrap_or_default().trim().to_owned();
    match directory::create(&app.db, user.actor(), name.clone(), app.clock.now()).await {
        Ok(_) => Ok(to_group(&app, &name)),
        Err(error) => {
            let status = status_of(&error);
            let (mut errors, notice) = told(error)?;
            errors.extend(notice.map(|notice| FieldError::form(notice.text)));
            let page = list_page(&app, &user, &Params::default(), name, errors).await?;
            Ok(user.visit.show(&app, status, &page))
        }
    }
}

fn to_group(app: &AppState, name: &str) -> Response {
    let path = paths::CONSOLE_GROUP.of([name]);
    see_other(&format!("{}?done=1", app.config.server.issuer.url(path)))
}

async fn find(app: &AppState, name: &str) -> Result<(GroupId, String), PageError> {
    let mut conn = app.db.read().await?;
    let id = groups::by_key(&mut conn, &names::key(name)).await?;
    let id = id.ok_or_else(PageError::not_found)?;
    let name = groups::name(&mut conn, &id).await?;
    Ok((id, name.ok_or_else(PageError::not_found)?))
}

/// Shows one group.
///
/// # Errors
/// A page when there is none, the person may not, or the database fails.
pub(super) async fn show(
    State(app): State<Arc<AppState>>,
    user: ConsoleUser,
    Path(name): Path<String>,
    Received(params): Received,
) -> Result<Response, PageError> {
    user.needs(Permission::GroupRead)?;
    let params = params?;
    let group = find(&app, &name).await?;
    let notice = params
        .get("done")
        .map(|_| Notice::new(Tone::Success, "Done. The change applies from now on."));
    let page = page(&app, &user, group, &params, None, Vec::new(), notice).await?;
    Ok(user.visit.show(&app, StatusCode::OK, &page))
}

async fn page(
    app: &AppState,
    user: &ConsoleUser,
    (id, name): (GroupId, String),
    params: &Params,
    form: Option<&SafeForm>,
    errors: Vec<FieldError>,
    notice: Option<Notice>,
) -> Result<GroupPage, PageError> {
    let after = params
        .get("after")
        .and_then(|after| after.parse().ok())
        .unwrap_or(-1);
    let mut conn = app.db.read().await?;
    let mut members = groups::members(&mut conn, &id, after, READ).await?;
    let inner = groups::inner(&mut conn, &id).await?;
    drop(conn);
    let has_more = cut(&mut members);
    let next = members
        .last()
        .filter(|_| has_more)
        .map(|(number, _, _)| format!("?after={number}"));
    let typed = |name| {
        form.and_then(|form| form.get(name))
            .unwrap_or_default()
            .to_owned()
    };
    Ok(GroupPage {
        shell: user.shell(NavItem::Groups),
        id: id.0,
        name,
        members: members
            .into_iter()
            .map(|(number, username, name)| MemberRow {
                number,
                username,
                name,
                role: String::new(),
                until: None,
            })
            .collect(),
        next,
        inner: inner.into_iter().map(|(_, name)| name).collect(),
        may_change: user.authority.may(Permission::GroupManage),
        username: typed("username"),
        group: typed("group"),
        errors,
        notice,
    })
}

/// Changes one group, as the pressed button says.
///
/// # Errors
/// A page when there is none, the form is not ours, or the database fails.
pub(super) async fn change(
    State(app): State<Arc<AppState>>,
    user: ConsoleUser,
    Path(name): Path<String>,
    Received(params): Received,
) -> Result<Response, PageError> {
    user.needs(Permission::GroupRead)?;
    let form = user.visit.form(&app, params)?;
    let (id, name) = find(&app, &name).await?;
    match act(&app, &user, id.clone(), &name, &form).await {
        Ok(None) => {
            let list = app.config.server.issuer.url(paths::CONSOLE_GROUPS);
            Ok(see_other(&format!("{list}?done=1")))
        }
        Ok(Some(name)) => Ok(to_group(&app, &name)),
        Err(error) => {
            let status = status_of(&error);
            let (errors, notice) = told(error)?;
            let page = page(
                &app,
                &user,
                (id, name),
                &Params::default(),
                Some(&form),
                errors,
                notice,
            )
            .await?;
            Ok(user.visit.show(&app, status, &page))
        }
    }
}

/// Does it; yields the group's name afterwards, `None` if it is gone.
async fn act(
    app: &AppState,
    user: &ConsoleUser,
    id: GroupId,
    name: &str,
    form: &SafeForm,
) -> Result<Option<String>, ChangeError> {
    let value = |name| form.get(name).unwrap_or_default().trim().to_owned();
    let mut after = Some(name.to_owned());
    let change = match form.get("action").unwrap_or_default() {
        "add" => Change::Add(account(app, &value("username")).await?),
        "remove" => Change::Remove(account(app, &value("username")).await?),
        "nest" => Change::AddGroup(inner(app, &value("group")).await?),
        "unnest" => Change::RemoveGroup(inner(app, &value("group")).await?),
        "rename" => {
            after = Some(value("name"));
            Change::Rename(value("name"))
        }
        "delete" => {
            if value("confirm") != name {
                return Err(ChangeError::at(
                    "confirm",
                    format!("Type {name} to delete the group."),
                ));
            }
            after = None;
            Change::Delete
        }
        _ => return Err(ChangeError::Refused("There is nothing to do by that name.")),
    };
    directory::change(&app.db, user.actor(), id, change, app.clock.now()).await?;
    Ok(after)
}

async fn inner(app: &AppState, name: &str) -> Result<GroupId, ChangeError> {
    let found = groups::by_key(&mut app.db.read().await?, &names::key(name)).await?;
    found.ok_or_else(|| ChangeError::at("group", format!("There is no group {name}.")))
}
