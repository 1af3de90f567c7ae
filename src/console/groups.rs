//! The list of groups, and one group.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

use super::console_user::ConsoleUser;
use super::paging::{ROWS, number_after};
use super::shell::{NavItem, NextPage, Shell};
use crate::app::AppState;
use crate::directory::accounts::AccountRef;
use crate::directory::groups::{
    AddGroupMember, AddInnerGroup, CreateGroup, DeleteGroup, GetGroup, GroupDetail, GroupRef, ListGroups,
    RemoveGroupMember, RemoveInnerGroup, RenameGroup,
};
use crate::directory::{Failure, names};
use crate::model::group::GroupSummary;
use crate::model::permission::Permission;
use crate::paths;
use crate::web::error::PageError;
use crate::web::page::{FieldError, Notice, Page, Tone};
use crate::web::params::{Params, Received};
use crate::web::rejection::Rejection;
use crate::web::teams::confirmed;
use crate::web::visit::{SafeForm, see_other};

/// The list of groups.
#[derive(Clone, Debug, Serialize)]
pub struct Groups {
    /// What surrounds it.
    pub shell: Shell,
    /// What is searched for.
    pub query: String,
    /// This page of it.
    pub rows: Vec<GroupSummary>,
    /// The next page.
    pub next: NextPage,
    /// Whether the viewer may change groups.
    pub may_change: bool,
    /// The name as typed into the form.
    pub name: String,
    /// Mistakes in the form that was sent.
    pub errors: Vec<FieldError>,
    /// What just happened.
    pub notice: Option<Notice>,
}

/// One group.
#[derive(Clone, Debug, Serialize)]
pub struct GroupPage {
    /// What surrounds it.
    pub shell: Shell,
    /// The group.
    pub group: GroupDetail,
    /// The next page of who is in it.
    pub next: NextPage,
    /// The username as typed into the form.
    pub username: String,
    /// The inner group as typed into the form.
    pub inner: String,
    /// Mistakes in the form that was sent.
    pub errors: Vec<FieldError>,
    /// What just happened.
    pub notice: Option<Notice>,
}

impl Page for Groups {
    const TEMPLATE: &'static str = "console/groups.html";
}

impl Page for GroupPage {
    const TEMPLATE: &'static str = "console/group.html";
}

/// Shows the groups.
pub(super) async fn list(
    State(app): State<Arc<AppState>>,
    user: ConsoleUser,
    Received(params): Received,
) -> Result<Response, PageError> {
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
    let search = params.get("q").unwrap_or_default().to_owned();
    let list = ListGroups {
        search: search.clone(),
        after: params.get("after").unwrap_or_default().to_owned(),
        limit: ROWS,
    };
    let mut reader = app.directory.reader(&user.actor()).await?;
    let listed = reader.read(list).await?;
    let may_change = reader.caller().may(Permission::GroupManage);
    drop(reader);
    let next = listed.next(|last| {
        let mut pairs = form_urlencoded::Serializer::new(String::from("?"));
        if !search.is_empty() {
            pairs.append_pair("q", &search);
        }
        pairs.append_pair("after", &names::key(&last.name)).finish()
    });
    Ok(Groups {
        shell: user.shell(NavItem::Groups),
        query: search,
        rows: listed.rows,
        next,
        may_change,
        name,
        errors,
        notice: params
            .get("done")
            .map(|_| Notice::new(Tone::Success, "Done. The group is gone.")),
    })
}

/// Creates a group.
pub(super) async fn create(
    State(app): State<Arc<AppState>>,
    user: ConsoleUser,
    Received(params): Received,
) -> Result<Response, PageError> {
    let form = user.visit.form(&app, params)?;
    let name = form.trimmed("name");
    let create = CreateGroup { name: name.clone() };
    match app.directory.change(&user.actor(), create).await {
        Ok(_) => Ok(to_group(&app, &name)),
        Err(failure) => {
            let rejection = Rejection::of(failure)?;
            let mut errors = rejection.errors;
            errors.extend(rejection.notice.map(|notice| FieldError::form(notice.text)));
            let page = list_page(&app, &user, &Params::default(), name, errors).await?;
            Ok(user.visit.show(&app, rejection.status, &page))
        }
    }
}

fn to_group(app: &AppState, name: &str) -> Response {
    let path = paths::CONSOLE_GROUP.of([names::key(name)]);
    see_other(&format!("{}?done=1", app.config.server.issuer.url(&path)))
}

/// Shows one group.
pub(super) async fn show(
    State(app): State<Arc<AppState>>,
    user: ConsoleUser,
    Path(name): Path<String>,
    Received(params): Received,
) -> Result<Response, PageError> {
    let params = params?;
    let mut page = page(&app, &user, name, &params).await?;
    page.notice = params
        .get("done")
        .map(|_| Notice::new(Tone::Success, "Done. The change applies from now on."));
    Ok(user.visit.show(&app, StatusCode::OK, &page))
}

async fn page(
    app: &AppState,
    user: &ConsoleUser,
    name: String,
    params: &Params,
) -> Result<GroupPage, PageError> {
    let get = GetGroup {
        group: GroupRef::Name(name),
        members_after: number_after(params),
        limit: ROWS,
    };
    let group = app.directory.read(&user.actor(), get).await?;
    Ok(GroupPage {
        shell: user.shell(NavItem::Groups),
        next: group.members.next(|last| format!("?after={}", last.number)),
        group,
        username: String::new(),
        inner: String::new(),
        errors: Vec::new(),
        notice: None,
    })
}

/// The group's page after a change, or with why it was refused.
async fn answer(
    app: &AppState,
    user: &ConsoleUser,
    name: String,
    form: &SafeForm,
    outcome: Result<(), Failure>,
) -> Result<Response, PageError> {
    let Err(failure) = outcome else {
        return Ok(to_group(app, &name));
    };
    let rejection = Rejection::of(failure)?;
    let page = GroupPage {
        username: form.trimmed("username"),
        inner: form.trimmed("group"),
        errors: rejection.errors,
        notice: rejection.notice,
        ..page(app, user, name, &Params::default()).await?
    };
    Ok(user.visit.show(app, rejection.status, &page))
}

/// Adds a person.
pub(super) async fn add_member(
    State(app): State<Arc<AppState>>,
    user: ConsoleUser,
    Path(name): Path<String>,
    Received(params): Received,
) -> Result<Response, PageError> {
    let form = user.visit.form(&app, params)?;
    let add = AddGroupMember {
        group: GroupRef::Name(name.clone()),
        account: AccountRef::SignInName(form.trimmed("username")),
        create: false,
    };
    let outcome = app.directory.change(&user.actor(), add).await;
    answer(&app, &user, name, &form, outcome).await
}

/// Removes a person.
pub(super) async fn remove_member(
    State(app): State<Arc<AppState>>,
    user: ConsoleUser,
    Path(name): Path<String>,
    Received(params): Received,
) -> Result<Response, PageError> {
    let form = user.visit.form(&app, params)?;
    let remove = RemoveGroupMember {
        group: GroupRef::Name(name.clone()),
        account: AccountRef::SignInName(form.trimmed("username")),
    };
    let outcome = app.directory.change(&user.actor(), remove).await;
    answer(&app, &user, name, &form, outcome).await
}

/// Adds a group.
pub(super) async fn add_group(
    State(app): State<Arc<AppState>>,
    user: ConsoleUser,
    Path(name): Path<String>,
    Received(params): Received,
) -> Result<Response, PageError> {
    let form = user.visit.form(&app, params)?;
    let add = AddInnerGroup {
        group: GroupRef::Name(name.clone()),
        inner: GroupRef::Name(form.trimmed("group")),
    };
    let outcome = app.directory.change(&user.actor(), add).await;
    answer(&app, &user, name, &form, outcome).await
}

/// Removes a group.
pub(super) async fn remove_group(
    State(app): State<Arc<AppState>>,
    user: ConsoleUser,
    Path(name): Path<String>,
    Received(params): Received,
) -> Result<Response, PageError> {
    let form = user.visit.form(&app, params)?;
    let remove = RemoveInnerGroup {
        group: GroupRef::Name(name.clone()),
        inner: GroupRef::Name(form.trimmed("group")),
    };
    let outcome = app.directory.change(&user.actor(), remove).await;
    answer(&app, &user, name, &form, outcome).await
}

/// Renames a group.
pub(super) async fn rename(
    State(app): State<Arc<AppState>>,
    user: ConsoleUser,
    Path(name): Path<String>,
    Received(params): Received,
) -> Result<Response, PageError> {
    let form = user.visit.form(&app, params)?;
    let new = form.trimmed("name");
    let rename = RenameGroup {
        group: GroupRef::Name(name.clone()),
        name: new.clone(),
    };
    let outcome = app.directory.change(&user.actor(), rename).await;
    let name = if outcome.is_ok() { new } else { name };
    answer(&app, &user, name, &form, outcome).await
}

/// Deletes a group, once its name was typed.
pub(super) async fn delete(
    State(app): State<Arc<AppState>>,
    user: ConsoleUser,
    Path(name): Path<String>,
    Received(params): Received,
) -> Result<Response, PageError> {
    let form = user.visit.form(&app, params)?;
    let group = GroupRef::Name(name.clone());
    let outcome = match confirmed(&form, &name) {
        Ok(()) => app.directory.change(&user.actor(), DeleteGroup { group }).await,
        Err(failure) => Err(failure),
    };
    if outcome.is_ok() {
        let list = app.config.server.issuer.url(paths::CONSOLE_GROUPS);
        return Ok(see_other(&format!("{list}?done=1")));
    }
    answer(&app, &user, name, &form, outcome).await
}
