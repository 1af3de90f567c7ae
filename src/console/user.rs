//! The page of one account.

use axum::extract::Path;
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
use crate::web::agent::browser_name;
use crate::web::dates::{self, DAY};
use crate::web::error::PageError;
use crate::web::invitation_links::InvitationLink;
use crate::web::page::{Page, PageState};
use crate::web::submission::{PageRequest, Submission, Visitor};

/// A session of the account.
#[derive(Clone, Debug, Serialize)]
pub struct SessionRow {
    /// The browser and the operating system.
    pub agent: String,
    /// The client's IP address.
    pub address: String,
    /// When it began.
    pub began: Time,
    /// When it was last used.
    pub seen: Time,
}

impl From<AccountSession> for SessionRow {
    fn from(session: AccountSession) -> Self {
        Self {
            agent: browser_name(&session.user_agent),
            address: session.client_address,
            began: session.created_at,
            seen: session.seen_at,
        }
    }
}

/// The page of one account.
#[derive(Clone, Debug, Serialize)]
pub struct UserPage {
    /// The navigation and the signed-in person.
    pub shell: Shell,
    /// The account's number.
    pub number: i64,
    /// The account's id.
    pub id: String,
    /// The username.
    pub username: String,
    /// The full name; may be empty.
    pub name: String,
    /// The account's state.
    pub state: filter::State,
    /// The reason why it is suspended.
    pub reason: Option<String>,
    /// When it was created.
    pub created: Time,
    /// When it was last seen.
    pub seen: Option<Time>,
    /// The e-mail addresses.
    pub emails: Vec<AccountEmail>,
    /// The preferred language.
    pub locale: String,
    /// The time zone.
    pub zoneinfo: String,
    /// The version of the account that the form shows, to detect a concurrent change.
    pub version: i64,
    /// The first day on which the account is valid.
    pub valid_from: Option<String>,
    /// The last day on which the account is valid.
    pub valid_until: Option<String>,
    /// The other directory that manages the account, if one does.
    pub source: Option<String>,
    /// The account's roles.
    pub roles: Vec<String>,
    /// The roles that the user may revoke from the account.
    pub revocable: Vec<String>,
    /// The roles that the user may grant to the account.
    pub grantable: Vec<RoleChoice>,
    /// The account's teams.
    pub teams: Vec<AccountTeam>,
    /// The account's groups.
    pub groups: Vec<String>,
    /// The live sessions.
    pub sessions: Vec<SessionRow>,
    /// The number of apps that have access to the account.
    pub apps: usize,
    /// The link that was just created for the account's owner.
    pub links: Vec<InvitationLink>,
    /// The latest audit entries about the account; `None` if the user may not read the audit log.
    pub history: Option<Vec<AuditEntry>>,
    /// The actions that the user may take.
    pub may: Vec<AccountAction>,
    /// The errors and the notice.
    #[serde(flatten)]
    pub page_state: PageState,
}

impl Page for UserPage {
    const TEMPLATE: &'static str = "console/user.html";
}

/// The account number in the path.
pub(super) fn number_in(path: &str) -> Result<i64, PageError> {
    path.parse().map_err(|_| PageError::not_found())
}

/// Shows one account.
pub(super) async fn show(
    Path(number): Path<String>,
    PageRequest { app, user, params }: PageRequest<ConsoleUser>,
) -> Result<Response, PageError> {
    let number = number_in(&number)?;
    let page = UserPage {
        page_state: PageState::after(&params, "Done. The change applies from now on."),
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
        valid_from: account.valid_from.map(dates::format_day),
        valid_until: account.valid_until.map(|until| dates::format_day(until - DAY)),
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
        links: Vec::new(),
    })
}

/// The URL of an account's page with a success message.
pub(super) fn path_after_change(number: i64) -> String {
    format!("{}?done=1", paths::CONSOLE_USER.of([number]))
}

/// The page of an account with the link by which its owner chooses a password. The link cannot be shown again.
pub(super) async fn show_link(
    sent: &Submission<ConsoleUser>,
    number: i64,
    link: NewInvitation,
) -> Result<Response, PageError> {
    let page = UserPage {
        links: InvitationLink::of(&sent.app, vec![link]),
        ..page(&sent.app, &sent.user, number).await?
    };
    Ok(sent.show(StatusCode::OK, &page))
}
