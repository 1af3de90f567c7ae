//! The person's teams: creating one, and changing those that they may.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

use super::signed_in::SignedIn;
use crate::app::AppState;
use crate::directory::accounts::AccountRef;
use crate::directory::authority::Authority;
use crate::directory::invitations::{InvitationTarget, InvitePeople, RevokeInvitation, addresses};
use crate::directory::teams::{CreateTeam, DeleteTeam, RemoveTeamMember, RenameTeam, SetTeamMember, TeamRef};
use crate::directory::{Change, Failure, names};
use crate::model::AccountId;
use crate::paths;
use crate::web::error::PageError;
use crate::web::invited::MadeRow;
use crate::web::page::{Page, Person};
use crate::web::params::{Params, Received};
use crate::web::rejection::Rejection;
use crate::web::teams::{TeamView, Typed, confirmed, read_of};
use crate::web::visit::{SafeForm, see_other};

/// One of the person's teams.
#[derive(Clone, Debug, Serialize)]
pub struct MyTeam {
    /// Who is signed in.
    pub person: Person,
    /// Whether the console is open to the person.
    pub console: bool,
    /// The person's account.
    pub account: AccountId,
    /// The team, what was typed and what came of it.
    #[serde(flatten)]
    pub view: TeamView,
}

impl Page for MyTeam {
    const TEMPLATE: &'static str = "account/team.html";
}

/// How many members a page has.
const ROWS: u16 = 100;

/// Creates a team, in which the person gets the highest role.
pub(super) async fn create(
    State(app): State<Arc<AppState>>,
    user: SignedIn,
    Received(params): Received,
) -> Result<Response, PageError> {
    let form = user.visit.form(&app, params)?;
    let create = CreateTeam {
        slug: None,
        name: form.trimmed("team"),
    };
    match app.directory.change(&user.actor(), create).await {
        Ok(created) => Ok(to_team(&app, &created.slug)),
        // The page has another field of that name.
        Err(Failure::Refused(mut reasons)) => {
            for reason in &mut reasons {
                reason.field = reason.field.map(|_| "team");
            }
            super::changes::again(&app, &user, Failure::Refused(reasons)).await
        }
        Err(failure) => Err(failure.into()),
    }
}

fn to_team(app: &AppState, slug: &str) -> Response {
    let path = paths::ACCOUNT_TEAM.of([names::key(slug)]);
    see_other(&format!("{}?done=1", app.config.server.issuer.url(&path)))
}

fn to_account(app: &AppState) -> Response {
    let account = app.config.server.issuer.url(paths::ACCOUNT);
    see_other(&format!("{account}?done=team"))
}

/// Shows one of the person's teams; any other is not there.
pub(super) async fn show(
    State(app): State<Arc<AppState>>,
    user: SignedIn,
    Path(slug): Path<String>,
    Received(params): Received,
) -> Result<Response, PageError> {
    let params = params?;
    let page = page(&app, &user, &slug, &params, Typed::opening(&params)).await?;
    Ok(user.visit.show(&app, StatusCode::OK, &page))
}

async fn page(
    app: &AppState,
    user: &SignedIn,
    slug: &str,
    params: &Params,
    typed: Typed,
) -> Result<MyTeam, PageError> {
    let mut reader = app.directory.reader(&user.actor()).await?;
    let team = reader.read(read_of(slug, params, ROWS)).await?;
    let authority = reader.caller().authorization.authority();
    Ok(MyTeam {
        person: Person {
            name: user.session.name.clone(),
            username: user.session.username.clone(),
            email: None,
        },
        console: authority.is_some_and(Authority::is_staff),
        account: user.id(),
        view: TeamView::new(team, typed),
    })
}

/// Makes a change; the answer is `after` it, or the team's page with why it was refused.
async fn change<C: Change>(
    app: &AppState,
    user: &SignedIn,
    slug: &str,
    form: &SafeForm,
    change: C,
    after: impl Fn() -> Response,
) -> Result<Response, PageError> {
    match app.directory.change(&user.actor(), change).await {
        Ok(_) => Ok(after()),
        Err(failure) => again(app, user, slug, form, failure).await,
    }
}

/// The team's page with why a change was refused.
async fn again(
    app: &AppState,
    user: &SignedIn,
    slug: &str,
    form: &SafeForm,
    error: impl Into<Failure>,
) -> Result<Response, PageError> {
    let rejection = Rejection::of(error)?;
    let status = rejection.status;
    let typed = Typed::again(form, rejection);
    let page = page(app, user, slug, &Params::default(), typed).await?;
    Ok(user.visit.show(app, status, &page))
}

/// Renames a team.
pub(super) async fn rename(
    State(app): State<Arc<AppState>>,
    user: SignedIn,
    Path(slug): Path<String>,
    Received(params): Received,
) -> Result<Response, PageError> {
    let form = user.visit.form(&app, params)?;
    let rename = RenameTeam {
        team: TeamRef::Slug(slug.clone()),
        name: form.trimmed("name"),
    };
    change(&app, &user, &slug, &form, rename, || to_team(&app, &slug)).await
}

/// Deletes a team, once its slug was typed.
pub(super) async fn delete(
    State(app): State<Arc<AppState>>,
    user: SignedIn,
    Path(slug): Path<String>,
    Received(params): Received,
) -> Result<Response, PageError> {
    let form = user.visit.form(&app, params)?;
    if let Err(failure) = confirmed(&form, &slug) {
        return again(&app, &user, &slug, &form, failure).await;
    }
    let team = TeamRef::Slug(slug.clone());
    change(&app, &user, &slug, &form, DeleteTeam { team }, || {
        to_account(&app)
    })
    .await
}

/// Removes the person from a team.
pub(super) async fn leave(
    State(app): State<Arc<AppState>>,
    user: SignedIn,
    Path(slug): Path<String>,
    Received(params): Received,
) -> Result<Response, PageError> {
    let form = user.visit.form(&app, params)?;
    let leave = RemoveTeamMember {
        team: TeamRef::Slug(slug.clone()),
        account: user.id().into(),
    };
    change(&app, &user, &slug, &form, leave, || to_account(&app)).await
}

/// Changes a member's role.
pub(super) async fn set_member(
    State(app): State<Arc<AppState>>,
    user: SignedIn,
    Path(slug): Path<String>,
    Received(params): Received,
) -> Result<Response, PageError> {
    let form = user.visit.form(&app, params)?;
    let set = SetTeamMember {
        team: TeamRef::Slug(slug.clone()),
        account: AccountRef::SignInName(form.trimmed("username")),
        role: Some(form.trimmed("role")),
        until: None,
    };
    change(&app, &user, &slug, &form, set, || to_team(&app, &slug)).await
}

/// Removes a member.
pub(super) async fn remove_member(
    State(app): State<Arc<AppState>>,
    user: SignedIn,
    Path(slug): Path<String>,
    Received(params): Received,
) -> Result<Response, PageError> {
    let form = user.visit.form(&app, params)?;
    let remove = RemoveTeamMember {
        team: TeamRef::Slug(slug.clone()),
        account: AccountRef::SignInName(form.trimmed("username")),
    };
    change(&app, &user, &slug, &form, remove, || to_team(&app, &slug)).await
}

/// Invites people to a team.
pub(super) async fn invite(
    State(app): State<Arc<AppState>>,
    user: SignedIn,
    Path(slug): Path<String>,
    Received(params): Received,
) -> Result<Response, PageError> {
    let form = user.visit.form(&app, params)?;
    let read = read_of(&slug, &Params::default(), 0);
    let team = app.directory.read(&user.actor(), read).await?;
    let invite = InvitePeople {
        target: InvitationTarget {
            team: Some(team.id),
            role: form.get("role").map(str::to_owned),
        },
        addresses: addresses(form.get("addresses").unwrap_or_default()),
    };
    let made = match app.directory.change(&user.actor(), invite).await {
        Ok(made) => MadeRow::of(&app, made),
        Err(error) => return again(&app, &user, &slug, &form, error).await,
    };
    let typed = Typed {
        made,
        ..Typed::default()
    };
    let page = page(&app, &user, &slug, &Params::default(), typed).await?;
    Ok(user.visit.show(&app, StatusCode::OK, &page))
}

/// Revokes an invitation to a team.
pub(super) async fn revoke_invitation(
    State(app): State<Arc<AppState>>,
    user: SignedIn,
    Path(slug): Path<String>,
    Received(params): Received,
) -> Result<Response, PageError> {
    let form = user.visit.form(&app, params)?;
    let id = form.trimmed("invitation");
    match app.directory.change(&user.actor(), RevokeInvitation { id }).await {
        Ok(()) => Ok(to_team(&app, &slug)),
        Err(error) => again(&app, &user, &slug, &form, error).await,
    }
}
