//! The list of groups, and the page of one group.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;

use super::console_user::ConsoleUser;
use super::paging::{NextPage, ROWS, number_after};
use super::shell::{NavItem, Shell};
use crate::app::AppState;
use crate::directory::accounts::AccountRef;
use crate::directory::groups::{
    AddGroupMember, AddInnerGroup, CreateGroup, DeleteGroup, GetGroup, GroupDetail, GroupRef, ListGroups,
    RemoveGroupMember, RemoveInnerGroup, RenameGroup,
};
use crate::directory::second_factor_policy::SetGroupSecondFactor;
use crate::directory::{Change, Failure, names};
use crate::model::group::GroupSummary;
use crate::model::permission::Permission;
use crate::paths;
use crate::web::error::PageError;
use crate::web::note::{Inverse, Note, noted};
use crate::web::page::{PageState, page};
use crate::web::params::Params;
use crate::web::recent::SensitiveSubmission as Sensitive;
use crate::web::rejection::Rejection;
use crate::web::submission::{PageRequest, Submission, Visitor};
use crate::web::teams::{confirmed, second_factor_begins};
use crate::words::changes;

page! {
    /// The list of groups.
    Groups "console/groups.html" {
        /// The navigation and the signed-in person.
        shell: Shell,
        /// The text that names must contain.
        query: String,
        /// The rows of this page.
        rows: Vec<GroupSummary>,
        /// The query string of the next page.
        next: NextPage,
        /// Whether the viewer may change groups.
        may_change: bool,
        /// The name of the new group, as typed.
        name: String,
        /// The errors and the notice.
        #[serde(flatten)]
        state: PageState,
    }
}

page! {
    /// One group.
    GroupPage "console/group.html" {
        /// The navigation and the signed-in person.
        shell: Shell,
        /// The group.
        group: GroupDetail,
        /// The query string of the next page of members.
        next: NextPage,
        /// The username of a new member, as typed.
        username: String,
        /// The name of a new inner group, as typed.
        inner: String,
        /// The errors and the notice.
        #[serde(flatten)]
        state: PageState,
    }
}

type Sent = Submission<ConsoleUser>;

/// Shows the groups.
pub(super) async fn list(request: PageRequest<ConsoleUser>) -> Result<Response, PageError> {
    let PageRequest { app, user, params } = request;
    let state = PageState::with_notice(noted(&app, &user, &params));
    let page = Groups {
        state,
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
        pairs.append_pair("after", &names::folded(&last.name)).finish()
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
        Ok(_) => Ok(Note::new(changes::created(&name)).go_to(&sent, &path_of(&name))),
        Err(failure) => {
            let (status, errors) = Rejection::of(failure)?.into_errors();
            let page = Groups {
                name,
                state: PageState::with_errors(errors),
                ..list_page(&sent.app, &sent.user, &Params::default()).await?
            };
            Ok(sent.show(status, &page))
        }
    }
}

/// The path of a group's page.
fn path_of(name: &str) -> String {
    paths::CONSOLE_GROUP.of([names::folded(name)])
}

/// Shows one group.
pub(super) async fn show(
    Path(name): Path<String>,
    PageRequest { app, user, params }: PageRequest<ConsoleUser>,
) -> Result<Response, PageError> {
    let page = GroupPage {
        state: PageState::with_notice(noted(&app, &user, &params)),
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

/// Redirects to `next` after a change and says there what was changed, or shows why it was refused.
async fn respond(
    sent: &Sent,
    name: String,
    outcome: Result<(), Failure>,
    (next, note): (String, Note),
) -> Result<Response, PageError> {
    let Err(failure) = outcome else {
        return Ok(note.go_to(sent, &next));
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

/// Makes a change to the group and redirects to its page, or shows why it was refused.
async fn change<C: Change<Output = ()>>(
    sent: &Sent,
    name: String,
    note: Note,
    of: impl FnOnce(GroupRef) -> C,
) -> Result<Response, PageError> {
    let outcome = sent.change(of(GroupRef::Name(name.clone()))).await;
    let next = path_of(&name);
    respond(sent, name, outcome, (next, note)).await
}

/// Adds a member.
pub(super) async fn add_member(
    Path(name): Path<String>,
    Sensitive(sent): Sensitive<ConsoleUser>,
) -> Result<Response, PageError> {
    let who = sent.trimmed("username");
    let note = Note::new(changes::group_member_added(&who, &name));
    change(&sent, name, note, |group| AddGroupMember {
        group,
        account: AccountRef::SignInName(who),
        create: false,
    })
    .await
}

/// Removes a member.
pub(super) async fn remove_member(Path(name): Path<String>, sent: Sent) -> Result<Response, PageError> {
    let who = sent.trimmed("username");
    let again = (paths::CONSOLE_GROUP_MEMBERS, vec![("username", who.clone())]);
    let note = removal(&who, &name, again);
    let account = AccountRef::SignInName(who);
    change(&sent, name, note, |group| RemoveGroupMember { group, account }).await
}

/// Adds an inner group.
pub(super) async fn add_group(
    Path(name): Path<String>,
    Sensitive(sent): Sensitive<ConsoleUser>,
) -> Result<Response, PageError> {
    let inner = sent.trimmed("group");
    let note = Note::new(changes::group_member_added(&inner, &name));
    let inner = GroupRef::Name(inner);
    change(&sent, name, note, |group| AddInnerGroup { group, inner }).await
}

/// Removes an inner group.
pub(super) async fn remove_group(Path(name): Path<String>, sent: Sent) -> Result<Response, PageError> {
    let inner = sent.trimmed("group");
    let again = (paths::CONSOLE_GROUP_INNER, vec![("group", inner.clone())]);
    let note = removal(&inner, &name, again);
    let inner = GroupRef::Name(inner);
    change(&sent, name, note, |group| RemoveInnerGroup { group, inner }).await
}

/// What to say after a member was removed, and how to add it again.
fn removal(member: &str, group: &str, again: Inverse) -> Note {
    Note::new(changes::member_removed(member, group)).with_undo(Some(again), names::folded(group))
}

/// Renames a group. Apps read the names of groups, so another name may open more to its members.
pub(super) async fn rename(
    Path(name): Path<String>,
    Sensitive(sent): Sensitive<ConsoleUser>,
) -> Result<Response, PageError> {
    let new = sent.trimmed("name");
    let next = (path_of(&new), Note::new(changes::renamed(&name, &new)));
    let group = GroupRef::Name(name.clone());
    let outcome = sent.change(RenameGroup { group, name: new }).await;
    respond(&sent, name, outcome, next).await
}

/// Sets whether the members of a group need a second factor.
pub(super) async fn set_second_factor(
    Path(name): Path<String>,
    Sensitive(sent): Sensitive<ConsoleUser>,
) -> Result<Response, PageError> {
    let begins = second_factor_begins(&sent.form);
    let note = Note::new(changes::SECOND_FACTOR_POLICY);
    change(&sent, name, note, |group| SetGroupSecondFactor { group, begins }).await
}

/// Deletes a group if its name was typed to confirm.
pub(super) async fn delete(Path(name): Path<String>, sent: Sent) -> Result<Response, PageError> {
    let group = GroupRef::Name(name.clone());
    let outcome = match confirmed(&sent.form, &name) {
        Ok(()) => sent.change(DeleteGroup { group }).await,
        Err(failure) => Err(failure),
    };
    let next = (
        paths::CONSOLE_GROUPS.to_string(),
        Note::new(changes::deleted(&name)),
    );
    respond(&sent, name, outcome, next).await
}
