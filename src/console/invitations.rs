//! Inviting people to the instance, and every invitation there is.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

use super::console_user::ConsoleUser;
use super::shell::{NavItem, NextPage, Shell};
use crate::app::AppState;
use crate::directory::Failure;
use crate::directory::invitations::{
    InvitationRole, InvitationSummary, InvitationTarget, InvitePeople, ListInvitations, RevokeInvitation,
    addresses,
};
use crate::paths;
use crate::web::error::PageError;
use crate::web::invited::MadeRow;
use crate::web::page::{FieldError, Notice, Page, Tone};
use crate::web::params::{Params, Received};
use crate::web::rejection::Rejection;
use crate::web::visit::{SafeForm, see_other};

/// The invitations.
#[derive(Clone, Debug, Serialize)]
pub struct Invitations {
    /// What surrounds it.
    pub shell: Shell,
    /// The roles that the viewer may invite with, the default one first.
    pub roles: Vec<InvitationRole>,
    /// The invitations, the newest first.
    pub rows: Vec<InvitationSummary>,
    /// The way to older ones.
    pub next: NextPage,
    /// The addresses, as typed.
    pub addresses: String,
    /// The role, as chosen.
    pub role: String,
    /// What was just made.
    pub made: Vec<MadeRow>,
    /// Mistakes in the form that was sent.
    pub errors: Vec<FieldError>,
    /// What just happened, if anything did.
    pub notice: Option<Notice>,
}

impl Page for Invitations {
    const TEMPLATE: &'static str = "console/invitations.html";
}

/// How many invitations a page shows.
const PAGE: u16 = 50;

/// What was typed, and what came of it.
#[derive(Default)]
struct Typed {
    addresses: String,
    role: String,
    errors: Vec<FieldError>,
    made: Vec<MadeRow>,
    notice: Option<Notice>,
}

/// Shows the invitations.
pub(super) async fn list(
    State(app): State<Arc<AppState>>,
    user: ConsoleUser,
    Received(params): Received,
) -> Result<Response, PageError> {
    let params = params?;
    let revoked = "The invitation was revoked. Its link no longer works.";
    let typed = Typed {
        notice: params.get("done").map(|_| Notice::new(Tone::Success, revoked)),
        ..Typed::default()
    };
    let page = page(&app, &user, &params, typed).await?;
    Ok(user.visit.show(&app, StatusCode::OK, &page))
}

async fn page(
    app: &AppState,
    user: &ConsoleUser,
    params: &Params,
    typed: Typed,
) -> Result<Invitations, PageError> {
    let list = ListInvitations {
        before: params.get("before").map(str::to_owned),
        limit: PAGE,
    };
    let list = app.directory.read(&user.actor(), list).await?;
    let default = InvitationRole {
        name: String::new(),
        title: "Default role".to_owned(),
    };
    Ok(Invitations {
        shell: user.shell(NavItem::Invitations),
        roles: std::iter::once(default).chain(list.roles).collect(),
        next: list.invitations.next(|last| format!("?before={}", last.id)),
        rows: list.invitations.rows,
        addresses: typed.addresses,
        role: typed.role,
        made: typed.made,
        errors: typed.errors,
        notice: typed.notice,
    })
}

/// Invites people.
pub(super) async fn invite(
    State(app): State<Arc<AppState>>,
    user: ConsoleUser,
    Received(params): Received,
) -> Result<Response, PageError> {
    let form = user.visit.form(&app, params)?;
    let role = form.get("role").map(str::to_owned);
    let invite = InvitePeople {
        target: InvitationTarget { team: None, role },
        addresses: addresses(form.get("addresses").unwrap_or_default()),
    };
    match app.directory.change(&user.actor(), invite).await {
        Ok(invited) => {
            let typed = Typed {
                made: MadeRow::of(&app, invited),
                ..Typed::default()
            };
            let page = page(&app, &user, &Params::default(), typed).await?;
            Ok(user.visit.show(&app, StatusCode::OK, &page))
        }
        Err(failure) => again(&app, &user, &form, failure).await,
    }
}

/// Revokes an invitation.
pub(super) async fn revoke(
    State(app): State<Arc<AppState>>,
    user: ConsoleUser,
    Received(params): Received,
) -> Result<Response, PageError> {
    let form = user.visit.form(&app, params)?;
    let id = form.get("invitation").unwrap_or_default().to_owned();
    match app.directory.change(&user.actor(), RevokeInvitation { id }).await {
        Ok(()) => {
            let list = app.config.server.issuer.url(paths::CONSOLE_INVITATIONS);
            Ok(see_other(&format!("{list}?done=1")))
        }
        Err(failure) => again(&app, &user, &form, failure).await,
    }
}

/// The page again, with what was typed and why it was refused.
async fn again(
    app: &AppState,
    user: &ConsoleUser,
    form: &SafeForm,
    failure: Failure,
) -> Result<Response, PageError> {
    let rejection = Rejection::of(failure)?;
    let typed = Typed {
        addresses: form.get("addresses").unwrap_or_default().trim().to_owned(),
        role: form.get("role").unwrap_or_default().to_owned(),
        errors: rejection.errors,
        notice: rejection.notice,
        ..Typed::default()
    };
    let page = page(app, user, &Params::default(), typed).await?;
    Ok(user.visit.show(app, rejection.status, &page))
}
