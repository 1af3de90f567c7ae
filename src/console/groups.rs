//! The list of groups, and the page of one group.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

use super::console_user::ConsoleUser;
use super::paging::{NextPage, ROWS, number_after};
use super::shell::{NavItem, Shell};
use crate::app::AppState;
use crate::directory::accounts::AccountRef;
use crate::directory::groups::{
    AddGroupMember, AddInnerGroup, CreateGroup, DeleteGroup, GetGroup, GroupDetail, GroupRef, ListGroups,
    RemoveGroupMember, RemoveInnerGroup, RenameGroup,
};
use crate::directory::{Change, Failure, names};
use crate::model::group::GroupSummary;
use crate::model::permission::Permission;
use crate::paths;
use crate::web::error::PageError;
use crate::web::page::{Page, PageState};
use crate::web::params::Params;
use crate::web::rejection::Rejection;
use crate::web::submission::{PageRequest, Submission, Visitor};
use crate::web::teams::confirmed;

/// The list of groups.
#[derive(Clone, Debug, Serialize)]
pub struct Groups {
    /// The navigation and the signed-in person.
    pub shell: Shell,
    /// The text that names must contain.
    pub query: String,
    /// The rows of this page.
    pub rows: Vec<GroupSummary>,
    /// The query string of the next page.
    pub next: NextPage,
    /// Whether the viewer may change groups.
    pub may_change: bool,
    /// The name of the new group, as typed.
    pub name: String,
    /// The errors and the notice.
    #[serde(flatten)]
    pub state: PageState,
}

/// One group.
#[derive(Clone, Debug, Serialize)]
pub struct GroupPage {
    /// The navigation and the signed-in person.
    pub shell: Shell,
    /// The group.
    pub group: GroupDetail,
    /// The query string of the next page of members.
    pub next: NextPage,
    /// The username of a new member, as typed.
    pub username: String,
    /// The name of a new inner group, as typed.
    pub inner: String,
    /// The errors and the notice.
    #[serde(flatten)]
    pub state: PageState,
}

impl Page for Groups {
    const TEMPLATE: &'static str = "console/groups.html";
}

impl Page for GroupPage {
    const TEMPLATE: &'static str = "console/group.html";
}

type Sent = Submission<ConsoleUser>;

/// Shows the groups.
pub(super) async fn list(
    PageRequest { app, user, params }: PageRequest<ConsoleUser>,
) -> Result<Response, PageError> {
    let page = Groups {
        state: PageState::after(&params, "The group is deleted."),
        ..list_page(&app, &user, &params).await?
    };
    Ok(user.visit.show(&app, StatusCode::OK, &page))
}

async fn list_page(app: &AppState, user: &ConsoleUser, params: &Params) -> Result<Groups, PageError> {
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
        name: String::new(),
        state: PageState::default(),
    })
}

/// Creates a group.
pub(super) async fn create(sent: Sent) -> Result<Response, PageError> {
    let name = sent.trimmed("name");
    match sent.change(CreateGroup { name: name.clone() }).await {
        Ok(_) => Ok(sent.go_to(&path_after_change(&name))),
        Err(failure) => {
            let (status, errors) = Rejection::of(failure)?.into_errors();
            let page = Groups {
                name,
                state: PageState { errors, notice: None },
                ..list_page(&sent.app, &sent.user, &Params::default()).await?
            };
            Ok(sent.show(status, &page))
        }
    }
}

/// The URL of a group's page with a success message.
fn path_after_change(name: &str) -> String {
    format!("{}?done=1", paths::CONSOLE_GROUP.of([names::key(name)]))
}

/// Shows one group.
pub(super) async fn show(
    Path(name): Path<String>,
    PageRequest { app, user, params }: PageRequest<ConsoleUser>,
) -> Result<Response, PageError> {
    let page = GroupPage {
        state: PageState::after(&params, "Done. The change applies from now on."),
        ..page(&app, &user, name, &params).await?
    };
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
        state: PageState::default(),
    })
}

/// Redirects to `next` after a change, or shows why it was refused.
async fn respond(
    sent: &Sent,
    name: String,
    outcome: Result<(), Failure>,
    next: String,
) -> Result<Response, PageError> {
    let Err(failure) = outcome else {
        return Ok(sent.go_to(&next));
    };
    let rejection = Rejection::of(failure)?;
    let page = GroupPage {
        username: sent.trimmed("username"),
        inner: sent.trimmed("group"),
        state: rejection.state,
        ..page(&sent.app, &sent.user, name, &Params::default()).await?
    };
    Ok(sent.show(rejection.status, &page))
}

/// Makes a change of the group and redirects to its page, or shows why it was refused.
async fn change<C: Change<Output = ()>>(
    sent: &Sent,
    name: String,
    of: impl FnOnce(GroupRef) -> C,
) -> Result<Response, PageError> {
    let outcome = sent.change(of(GroupRef::Name(name.clone()))).await;
    let next = path_after_change(&name);
    respond(sent, name, outcome, next).await
}

/// Adds a member.
pub(super) async fn add_member(Path(name): Path<String>, sent: Sent) -> Result<Response, PageError> {
    let (account, create) = (AccountRef::SignInName(sent.trimmed("username")), false);
    change(&sent, name, |group| AddGroupMember {
        group,
        account,
        create,
    })
    .await
}

/// Removes a member.
pub(super) async fn remove_member(Path(name): Path<String>, sent: Sent) -> Result<Response, PageError> {
    let account = AccountRef::SignInName(sent.trimmed("username"));
    change(&sent, name, |group| RemoveGroupMember { group, account }).await
}

/// Adds an inner group.
pub(super) async fn add_group(Path(name): Path<String>, sent: Sent) -> Result<Response, PageError> {
    let inner = GroupRef::Name(sent.trimmed("group"));
    change(&sent, name, |group| AddInnerGroup { group, inner }).await
}

/// Removes an inner group.
pub(super) async fn remove_group(Path(name): Path<String>, sent: Sent) -> Result<Response, PageError> {
    let inner = GroupRef::Name(sent.trimmed("group"));
    change(&sent, name, |group| RemoveInnerGroup { group, inner }).await
}

/// Renames a group.
pub(super) async fn rename(Path(name): Path<String>, sent: Sent) -> Result<Response, PageError> {
    let new = sent.trimmed("name");
    let next = path_after_change(&new);
    let group = GroupRef::Name(name.clone());
    let outcome = sent.change(RenameGroup { group, name: new }).await;
    respond(&sent, name, outcome, next).await
}

/// Deletes a group if its name was typed to confirm.
pub(super) async fn delete(Path(name): Path<String>, sent: Sent) -> Result<Response, PageError> {
    let group = GroupRef::Name(name.clone());
    let outcome = match confirmed(&sent.form, &name) {
        Ok(()) => sent.change(DeleteGroup { group }).await,
        Err(failure) => Err(failure),
    };
    let next = format!("{}?done=1", paths::CONSOLE_GROUPS);
    respond(&sent, name, outcome, next).await
}
