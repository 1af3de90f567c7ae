//! One account: everything about it, and everything that may be done to it.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::console_user::{ConsoleUser, status_of, told};
use super::pages::{NavItem, SessionRow, UserPage};
use crate::app::AppState;
use crate::clock::Time;
use crate::directory::ChangeError;
use crate::directory::accounts::{
    AccountRef, AccountSummary, ActivateAccount, ApproveAccount, DeleteAccount, EndAccountSessions,
    FindAccount, GetAccount, RejectAccount, RestoreAccount, SetValidity, SuspendAccount, UpdateProfile,
};
use crate::directory::emails::{AddEmail, MakeEmailPrimary, RemoveEmail, VerifyEmail};
use crate::directory::invitations::{InviteAccount, NewInvitation};
use crate::directory::roles::{GrantRole, RevokeRole};
use crate::model::account::LOCAL;
use crate::paths;
use crate::web::dates::{self, DAY};
use crate::web::error::PageError;
use crate::web::invited::MadeRow;
use crate::web::page::{FieldError, Notice, Tone};
use crate::web::params::Received;
use crate::web::visit::{SafeForm, see_other};

/// The number in the address of an account's page.
fn number_in(path: &str) -> Result<i64, PageError> {
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

/// Changes one account, as the pressed button says.
///
/// # Errors
/// A page when there is none, the form is not ours, or the database fails.
pub(super) async fn change(
    State(app): State<Arc<AppState>>,
    user: ConsoleUser,
    Path(number): Path<String>,
    Received(params): Received,
) -> Result<Response, PageError> {
    let form = user.visit.form(&app, params)?;
    let find = FindAccount(AccountRef::Number(number_in(&number)?));
    let account = app.directory.read(&user.actor(), find).await?;
    if form.get("action") == Some("invite") {
        let invite = InviteAccount {
            id: account.id.clone(),
        };
        let link = app.directory.change(&user.actor(), invite).await?;
        let said = Said::link(&app, link);
        let page = page(&app, &user, account.number, said).await?;
        return Ok(user.visit.show(&app, StatusCode::OK, &page));
    }
    match act(&app, &user, &account, &form).await {
        Ok(()) => {
            let path = paths::CONSOLE_USER.of([account.number]);
            Ok(see_other(&format!(
                "{}?done=1",
                app.config.server.issuer.url(path)
            )))
        }
        Err(error) => {
            let status = status_of(&error);
            let (errors, notice) = told(error)?;
            let said = Said {
                errors,
                notice,
                ..Said::default()
            };
            let page = page(&app, &user, account.number, said).await?;
            Ok(user.visit.show(&app, status, &page))
        }
    }
}

/// The start of a day that a field names, if it does.
pub(super) fn day(field: &'static str, text: &str) -> Result<Option<Time>, ChangeError> {
    dates::start_of_day(text).map_err(|message| ChangeError::at(field, message))
}

async fn act(
    app: &AppState,
    user: &ConsoleUser,
    account: &AccountSummary,
    form: &SafeForm,
) -> Result<(), ChangeError> {
    let (directory, actor, id) = (&app.directory, user.actor(), account.id.clone());
    let value = |name| form.get(name).unwrap_or_default().trim().to_owned();
    match form.get("action").unwrap_or_default() {
        "suspend" => {
            let reason = value("reason");
            directory.change(&actor, SuspendAccount { id, reason }).await?;
        }
        "activate" => directory.change(&actor, ActivateAccount { id }).await?,
        "delete" => {
            if value("confirm") != account.username {
                let message = format!("Type {} to delete the account.", account.username);
                return Err(ChangeError::at("confirm", message));
            }
            directory.change(&actor, DeleteAccount { id }).await?;
        }
        "approve" => directory.change(&actor, ApproveAccount { id }).await?,
        "reject" => directory.change(&actor, RejectAccount { id }).await?,
        "restore" => directory.change(&actor, RestoreAccount { id }).await?,
        "end_sessions" => directory.change(&actor, EndAccountSessions { id }).await?,
        _ => return edit(app, user, account, form).await,
    }
    Ok(())
}

async fn edit(
    app: &AppState,
    user: &ConsoleUser,
    account: &AccountSummary,
    form: &SafeForm,
) -> Result<(), ChangeError> {
    let (actor, id) = (user.actor(), account.id.clone());
    let value = |name| form.get(name).unwrap_or_default().trim().to_owned();
    match form.get("action").unwrap_or_default() {
        "grant" => {
            let until = day("until", &value("until"))?.map(|start| start + DAY);
            let (account, role) = (id.into(), value("role"));
            let grant = GrantRole { account, role, until };
            Ok(app.directory.change(&actor, grant).await?)
        }
        "revoke" => {
            let (account, role) = (id.into(), value("role"));
            Ok(app.directory.change(&actor, RevokeRole { account, role }).await?)
        }
        "profile" => {
            let claims = ["name", "locale", "zoneinfo"].map(|claim| (claim.to_owned(), value(claim).into()));
            let claims = claims.into_iter().collect();
            let seen = value("seen").parse().ok().map(Time);
            Ok(app
                .directory
                .change(&actor, UpdateProfile { id, claims, seen })
                .await?)
        }
        "validity" => {
            let from = day("from", &value("from"))?;
            // The last day counts as a whole.
            let until = day("valid-until", &value("valid-until"))?.map(|start| start + DAY);
            Ok(app
                .directory
                .change(&actor, SetValidity { id, from, until })
                .await?)
        }
        "add_email" => Ok(app
            .directory
            .change(
                &actor,
                AddEmail {
                    id,
                    address: value("email"),
                },
            )
            .await?),
        "remove_email" => Ok(app
            .directory
            .change(
                &actor,
                RemoveEmail {
                    id,
                    address: value("email"),
                },
            )
            .await?),
        "verify_email" => Ok(app
            .directory
            .change(
                &actor,
                VerifyEmail {
                    id,
                    address: value("email"),
                },
            )
            .await?),
        "primary_email" => {
            let address = value("email");
            Ok(app
                .directory
                .change(&actor, MakeEmailPrimary { id, address })
                .await?)
        }
        _ => Err(ChangeError::Refused("There is nothing to do by that name.")),
    }
}
