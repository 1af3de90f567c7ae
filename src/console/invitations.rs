//! Inviting people to the instance, and every invitation there is.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::console_user::{ConsoleUser, status_of, told};
use super::pages::{InvitationRow, Invitations, NavItem, RoleOption};
use super::paging::{READ, cut};
use crate::app::AppState;
use crate::directory::invitations::{self as directory, Offer};
use crate::directory::{ChangeError, audit};
use crate::model::AccountId;
use crate::model::permission::Permission;
use crate::model::role::RoleLevel;
use crate::paths;
use crate::store::invitations;
use crate::web::error::PageError;
use crate::web::invited::MadeRow;
use crate::web::page::{FieldError, Notice, Tone};
use crate::web::params::{Params, Received};
use crate::web::visit::{SafeForm, see_other};

/// Sorts after every id.
const NEWEST: &str = "z";

/// Shows the invitations.
///
/// # Errors
/// A page when the person may not, or the database fails.
pub(super) async fn list(
    State(app): State<Arc<AppState>>,
    user: ConsoleUser,
    Received(params): Received,
) -> Result<Response, PageError> {
    user.needs(Permission::AccountCreate)?;
    let params = params?;
    let notice = params.get("done").map(|_| {
        Notice::new(
            Tone::Success,
            "The invitation was revoked. Its link leads nowhere now.",
        )
    });
    let page = page(&app, &user, &params, Typed::default(), notice).await?;
    Ok(user.visit.show(&app, StatusCode::OK, &page))
}

/// What was typed, and what came of it.
#[derive(Default)]
struct Typed {
    addresses: String,
    role: String,
    errors: Vec<FieldError>,
    made: Vec<MadeRow>,
}

async fn page(
    app: &AppState,
    user: &ConsoleUser,
    params: &Params,
    typed: Typed,
    notice: Option<Notice>,
) -> Result<Invitations, PageError> {
    let now = app.clock.now();
    let mut conn = app.db.read().await?;
    let before = params.get("before").unwrap_or(NEWEST);
    let mut rows = invitations::page(&mut conn, before, READ).await?;
    let has_more = cut(&mut rows);
    let next = rows
        .last()
        .filter(|_| has_more)
        .map(|last| format!("?before={}", last.id));
    let ids = rows.iter().map(|row| row.invited_by.as_str());
    let accepted = rows.iter().filter_map(|row| row.accepted_by.as_ref());
    let ids = ids.chain(accepted.map(AccountId::as_str)).collect();
    let names = audit::Names::of(&mut conn, ids).await?;
    drop(conn);
    let is_default = |name: &str| user.scheme.default_role.as_deref() == Some(name);
    let default = RoleOption {
        name: String::new(),
        title: "No more than everybody has".to_owned(),
    };
    let more = user
        .scheme
        .roles_of(RoleLevel::Instance)
        .filter(|role| user.authority.may_create_as(&role.name) && !is_default(&role.name))
        .map(|role| RoleOption {
            name: role.name.clone(),
            title: role.title.clone(),
        });
    Ok(Invitations {
        shell: user.shell(NavItem::Invitations),
        roles: std::iter::once(default).chain(more).collect(),
        rows: rows
            .into_iter()
            .map(|row| InvitationRow {
                state: match (&row.accepted_by, row.ended_at) {
                    (Some(_), _) => "accepted",
                    (None, Some(_)) => "revoked",
                    (None, None) if row.expires_at <= now => "expired",
                    (None, None) => "open",
                },
                by: names.party(row.invited_by),
                accepted_by: row.accepted_by.map(|id| names.party(id.0)),
                id: row.id,
                email: row.email,
                team: row.team,
                role: row.role,
                created: row.created_at,
                expires: row.expires_at,
            })
            .collect(),
        next,
        addresses: typed.addresses,
        role: typed.role,
        made: typed.made,
        errors: typed.errors,
        notice,
    })
}

/// Makes invitations, or revokes one.
///
/// # Errors
/// A page when the person may not, the form is not ours, or the database fails.
pub(super) async fn change(
    State(app): State<Arc<AppState>>,
    user: ConsoleUser,
    Received(params): Received,
) -> Result<Response, PageError> {
    user.needs(Permission::AccountCreate)?;
    let form = user.visit.form(&app, params)?;
    let value = |name| form.get(name).unwrap_or_default().trim().to_owned();
    let mut typed = Typed {
        addresses: value("addresses"),
        role: value("role"),
        ..Typed::default()
    };
    let (status, notice) = match act(&app, &user, &form).await {
        Ok(None) => {
            let list = app.config.server.issuer.url(paths::CONSOLE_INVITATIONS);
            return Ok(see_other(&format!("{list}?done=1")));
        }
        Ok(Some(made)) => {
            typed = Typed {
                made,
                ..Typed::default()
            };
            (StatusCode::OK, None)
        }
        Err(error) => {
            let status = status_of(&error);
            let (errors, notice) = told(error)?;
            typed.errors = errors;
            (status, notice)
        }
    };
    let page = page(&app, &user, &Params::default(), typed, notice).await?;
    Ok(user.visit.show(&app, status, &page))
}

async fn act(
    app: &AppState,
    user: &ConsoleUser,
    form: &SafeForm,
) -> Result<Option<Vec<MadeRow>>, ChangeError> {
    let (actor, now) = (user.actor(), app.clock.now());
    match form.get("action").unwrap_or_default() {
        "invite" => {
            let offer = Offer {
                team: None,
                role: form.get("role").map(str::to_owned),
            };
            let addresses = directory::addresses(form.get("addresses").unwrap_or_default());
            let made = directory::invite(&app.db, actor, offer, addresses, now).await?;
            Ok(Some(MadeRow::of(app, made)))
        }
        "revoke" => {
            let id = form.get("invitation").unwrap_or_default().to_owned();
            directory::revoke(&app.db, actor, id, now).await?;
            Ok(None)
        }
        _ => Err(ChangeError::Refused("There is nothing to do by that name.")),
    }
}
