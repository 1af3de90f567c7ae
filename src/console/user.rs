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
use crate::directory::invitations::NewInvitation;
use crate::directory::{Failure, filter};
use crate::model::account::{AccountAction, LOCAL};
use crate::web::agent::described;
use crate::web::dates::{self, DAY};
use crate::web::error::PageError;
use crate::web::invited::MadeRow;
use crate::web::page::{FieldError, Notice, Page, Tone};
use crate::web::params::Received;

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
    /// Mistakes in the form that was sent.
    pub errors: Vec<FieldError>,
    /// What just happened.
    pub notice: Option<Notice>,
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
    let notice = params?
        .get("done")
        .map(|_| Notice::new(Tone::Success, "Done. The change applies from now on."));
    let said = Said {
        notice,
        ..Said::default()
    };
    let page = page(&app, &user, number, said).await?;
    Ok(user.visit.show(&app, StatusCode::OK, &page))
}

/// What the page of an account says besides the account.
#[derive(Default)]
pub(super) struct Said {
    pub(super) errors: Vec<FieldError>,
    pub(super) notice: Option<Notice>,
    pub(super) made: Vec<MadeRow>,
}

impl Said {
    /// The link by which an invited person chooses their password.
    pub(super) fn link(app: &AppState, link: NewInvitation) -> Self {
        Self {
            made: MadeRow::of(app, vec![link]),
            ..Self::default()
        }
    }
}

pub(super) async fn page(
    app: &AppState,
    user: &ConsoleUser,
    number: i64,
    said: Said,
) -> Result<UserPage, PageError> {
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
        errors: said.errors,
        notice: said.notice,
        made: said.made,
    })
}

/// The start of a day that a field names, if it does.
pub(super) fn day(field: &'static str, text: &str) -> Result<Option<Time>, Failure> {
    dates::start_of_day(text).map_err(|code| code.at(field).into())
}
