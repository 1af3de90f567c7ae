//! One account: everything about it, and everything that may be done to it.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::console_user::{ConsoleUser, status_of, told};
use super::pages::{EmailRow, NavItem, RoleOption, SessionRow, UserPage, UserTeam};
use crate::app::AppState;
use crate::clock::Time;
use crate::directory::accounts::{
    ActivateAccount, ApproveAccount, DeleteAccount, EndAccountSessions, RejectAccount, RestoreAccount,
    SetValidity, SuspendAccount, UpdateProfile,
};
use crate::directory::audit::AuditEntry;
use crate::directory::authority::Authority;
use crate::directory::emails::{AddEmail, MakeEmailPrimary, RemoveEmail, VerifyEmail};
use crate::directory::filter::State as AccountState;
use crate::directory::invitations::{InviteAccount, NewInvitation};
use crate::directory::roles::{GrantRole, RevokeRole};
use crate::directory::{ChangeError, audit};
use crate::model::account::{Account, LOCAL};
use crate::model::permission::Permission;
use crate::model::role::RoleLevel;
use crate::model::team::{Membership, TeamKind};
use crate::paths;
use crate::store::accounts;
use crate::store::{Conn, emails, grants, groups, sessions, teams};
use crate::web::agent::described;
use crate::web::dates::{self, DAY};
use crate::web::error::PageError;
use crate::web::invited::MadeRow;
use crate::web::page::{FieldError, Notice, Tone};
use crate::web::params::Received;
use crate::web::visit::{SafeForm, see_other};

/// How many events the page shows.
const HISTORY: i64 = 10;

pub(super) async fn find(app: &AppState, number: &str) -> Result<Account, PageError> {
    let number = number.parse().map_err(|_| PageError::not_found())?;
    let found = accounts::by_number(&mut app.db.read().await?, number).await?;
    found.ok_or_else(PageError::not_found)
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
    user.needs(Permission::AccountRead)?;
    let account = find(&app, &number).await?;
    let notice = params?
        .get("done")
        .map(|_| Notice::new(Tone::Success, "Done. The change applies from now on."));
    let said = Said {
        notice,
        ..Said::default()
    };
    let page = page(&app, &user, account, said).await?;
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
    account: Account,
    said: Said,
) -> Result<UserPage, PageError> {
    let now = app.clock.now();
    let scheme = &user.scheme;
    let mut conn = app.db.read().await?;
    let authority = Authority::load(&mut conn, scheme.clone(), &account.id, now).await?;
    let emails = emails::of_account(&mut conn, &account.id).await?;
    let memberships = teams::of_account(&mut conn, &account.id, now).await?;
    let groups = groups::of_account(&mut conn, &account.id).await?;
    let idle = app.config.lifetimes.session_idle;
    let sessions = sessions::live_of(&mut conn, &account.id, now - idle, now).await?;
    let apps = grants::held_for(&mut conn, &account.id, now).await?.len();
    let history = history(user, &mut conn, &account).await?;
    drop(conn);
    let state = AccountState::of(account.status, account.last_seen_at, scheme.dormant_after(), now);
    let by = &user.authority;
    let covered = by.account == account.id || by.covers(&authority);
    let changeable = |role: &str| covered && by.may_change_role(role);
    let is_default = |role: &str| scheme.default_role.as_deref() == Some(role);
    let may_role = |permission| covered && by.may(permission);
    Ok(UserPage {
        shell: user.shell(NavItem::Users),
        number: account.number,
        id: account.id.0.clone(),
        username: account.username,
        name: account.name,
        state: state.as_str(),
        reason: account.status_reason.filter(|reason| !reason.is_empty()),
        locale: account.profile.locale.unwrap_or_default(),
        zoneinfo: account.profile.zoneinfo.unwrap_or_default(),
        version: account.updated_at.0,
        valid_from: account.valid_from.map(dates::written),
        valid_until: account.valid_until.map(|until| dates::written(until - DAY)),
        source: Some(account.source).filter(|source| source != LOCAL),
        created: account.created_at,
        seen: account.last_seen_at,
        emails: emails
            .into_iter()
            .map(|email| EmailRow {
                address: email.address,
                verified: email.verified,
                primary: email.is_primary,
            })
            .collect(),
        revocable: authority
            .roles
            .iter()
            .filter(|role| changeable(role) && !is_default(role))
            .cloned()
            .collect(),
        grantable: scheme
            .roles_of(RoleLevel::Instance)
            .filter(|role| changeable(&role.name) && !authority.roles.contains(&role.name))
            .map(|role| RoleOption {
                name: role.name.clone(),
                title: role.title.clone(),
            })
            .collect(),
        roles: authority.roles,
        teams: teams_of(&memberships),
        groups,
        sessions: sessions
            .into_iter()
            .map(|session| SessionRow {
                agent: described(&session.user_agent),
                address: session.client_address,
                began: session.created_at,
                seen: session.seen_at,
            })
            .collect(),
        apps,
        history,
        may: [
            ("update", Permission::AccountUpdate),
            ("suspend", Permission::AccountSuspend),
            ("delete", Permission::AccountDelete),
            ("approve", Permission::AccountCreate),
        ]
        .into_iter()
        .filter(|(word, permission)| may_role(*permission) || (*word == "update" && by.account == account.id))
        .map(|(word, _)| word)
        .collect(),
        errors: said.errors,
        notice: said.notice,
        made: said.made,
    })
}

/// The last events of an account, for who may read the record.
async fn history(
    user: &ConsoleUser,
    conn: &mut Conn,
    account: &Account,
) -> Result<Option<Vec<AuditEntry>>, PageError> {
    if !user.authority.may(Permission::AuditRead) {
        return Ok(None);
    }
    Ok(Some(audit::history(conn, &account.id, HISTORY).await?))
}

fn teams_of(memberships: &[Membership]) -> Vec<UserTeam> {
    memberships
        .chunk_by(|a, b| a.id == b.id)
        .filter_map(|rows| {
            let team = rows.first()?;
            Some(UserTeam {
                name: team.name.clone(),
                slug: team.slug.clone(),
                roles: rows.iter().map(|row| row.role.clone()).collect(),
                personal: team.kind == TeamKind::Personal,
            })
        })
        .collect()
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
    user.needs(Permission::AccountRead)?;
    let form = user.visit.form(&app, params)?;
    let account = find(&app, &number).await?;
    if form.get("action") == Some("invite") {
        let invite = InviteAccount {
            id: account.id.clone(),
        };
        let link = app.directory.change(&user.actor(), invite).await?;
        let said = Said::link(&app, link);
        let page = page(&app, &user, account, said).await?;
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
            let page = page(&app, &user, account, said).await?;
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
    account: &Account,
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
    account: &Account,
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
