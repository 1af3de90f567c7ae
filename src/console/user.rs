//! The page of one account: everything about it.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

use super::console_user::ConsoleUser;
use super::shell::{NavItem, Shell};
use crate::app::AppState;
use crate::clock::Time;
use crate::directory::accounts::{
    AccountEmail, AccountRef, AccountSession, AccountTeam, GetAccount, RoleChoice,
};
use crate::directory::audit::AuditEntry;
use crate::directory::filter;
use crate::directory::invitations::NewInvitation;
use crate::model::account::{AccountAction, LOCAL};
use crate::paths;
use crate::web::agent::described;
use crate::web::dates::{self, DAY};
use crate::web::error::PageError;
use crate::web::invited::MadeRow;
use crate::web::page::{Page, PageState};
use crate::web::params::Received;
use crate::web::submission::{Submission, Visitor};

/// A session.
#[derive(Clone, Debug, Serialize)]
pub struct SessionRow {
    /// What the browser calls itself.
    pub agent: String,
    /// Where it connected from.
    pub address: String,
    /// When it began.
    pub began: Time,
    /// When it was last used.
    pub seen: Time,
}

impl From<AccountSession> for SessionRow {
    fn from(session: AccountSession) -> Self {
        Self {
            agent: described(&session.user_agent),
            address: session.client_address,
            began: session.created_at,
            seen: session.seen_at,
        }
    }
}

/// One account.
#[derive(Clone, Debug, Serialize)]
pub struct UserPage {
    /// What surrounds it.
    pub shell: Shell,
    /// Its number.
    pub number: i64,
    /// Its id.
    pub id: String,
    /// Its user name.
    pub username: String,
    /// The full name; may be empty.
    pub name: String,
    /// Its state.
    pub state: filter::State,
    /// Why it is suspended.
    pub reason: Option<String>,
    /// When it was made.
    pub created: Time,
    /// When it was last seen.
    pub seen: Option<Time>,
    /// Its addresses, each with whether it was proven.
    pub emails: Vec<AccountEmail>,
    /// The preferred language.
    pub locale: String,
    /// The time zone.
    pub zoneinfo: String,
    /// The version of the account that the forms show.
    pub version: i64,
    /// The first day on which it may be used.
    pub valid_from: Option<String>,
    /// The last day on which it may be used.
    pub valid_until: Option<String>,
    /// The directory that it comes from, if it is not kept here.
    pub source: Option<String>,
    /// The roles that it holds.
    pub roles: Vec<String>,
    /// The roles that the viewer may take from it.
    pub revocable: Vec<String>,
    /// The roles that the viewer may give to it.
    pub grantable: Vec<RoleChoice>,
    /// Its teams.
    pub teams: Vec<AccountTeam>,
    /// Its groups.
    pub groups: Vec<String>,
    /// Its live sessions.
    pub sessions: Vec<SessionRow>,
    /// How many apps hold access for it.
    pub apps: usize,
    /// The link that was just made for its owner.
    pub made: Vec<MadeRow>,
    /// What was done to it lately; none for who may not read the audit log.
    pub history: Option<Vec<AuditEntry>>,
    /// What the viewer may do.
    pub may: Vec<AccountAction>,
    /// What the page says of the form.
    #[serde(flatten)]
    pub page_state: PageState,
}

impl Page for UserPage {
    const TEMPLATE: &'static str = "console/user.html";
}

/// The number in the address of an account's page.
pub(super) fn number_in(path: &str) -> Result<i64, PageError> {
    path.parse().map_err(|_| PageError::not_found())
}

/// Shows one account.
///
/// # Errors
/// A page when there is none, the person may not, or the database fails.
pub(super) async fn show(
    State(app): State<Arc<AppState>>,
    user: ConsoleUser,
    Path(number): Path<String>,
    Received(params): Received,
) -> Result<Response, PageError> {
    let number = number_in(&number)?;
    let page = UserPage {
        page_state: PageState::opening(&params?, "Done. The change applies from now on."),
        ..page(&app, &user, number).await?
    };
    Ok(user.visit.show(&app, StatusCode::OK, &page))
}

/// The page of an account.
pub(super) async fn page(app: &AppState, user: &ConsoleUser, number: i64) -> Result<UserPage, PageError> {
    let get = GetAccount {
        account: AccountRef::Number(number),
        session_idle: app.config.lifetimes.session_idle,
    };
    let account = app.directory.read(&user.actor(), get).await?;
    Ok(UserPage {
        shell: user.shell(NavItem::Users),
        number: account.number,
        id: account.id.0,
        username: account.username,
        name: account.name,
        state: account.state,
        reason: account.status_reason.filter(|reason| !reason.is_empty()),
        locale: account.profile.locale.unwrap_or_default(),
        zoneinfo: account.profile.zoneinfo.unwrap_or_default(),
        version: account.updated_at.0,
        valid_from: account.valid_from.map(dates::written),
        valid_until: account.valid_until.map(|until| dates::written(until - DAY)),
        source: Some(account.source).filter(|source| source != LOCAL),
        created: account.created_at,
        seen: account.last_seen_at,
        emails: account.emails,
        revocable: account.revocable,
        grantable: account.grantable,
        roles: account.roles,
        teams: account.teams,
        groups: account.groups,
        sessions: account.sessions.into_iter().map(SessionRow::from).collect(),
        apps: account.apps,
        history: account.history,
        may: account.may,
        page_state: PageState::default(),
        made: Vec::new(),
    })
}

/// The page of an account that was changed.
pub(super) fn path_after_change(number: i64) -> String {
    format!("{}?done=1", paths::CONSOLE_USER.of([number]))
}

/// The page of an account with the link by which its owner chooses a password; it is shown this once.
pub(super) async fn show_link(
    sent: &Submission<ConsoleUser>,
    number: i64,
    link: NewInvitation,
) -> Result<Response, PageError> {
    let page = UserPage {
        made: MadeRow::of(&sent.app, vec![link]),
        ..page(&sent.app, &sent.user, number).await?
    };
    Ok(sent.show(StatusCode::OK, &page))
}
