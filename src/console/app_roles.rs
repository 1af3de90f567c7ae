//! Who holds the roles for an app.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;

use super::console_user::{AppAdmin, ConsoleUser};
use super::shell::{NavItem, Shell};
use crate::app::AppState;
use crate::clock::Time;
use crate::directory::Failure;
use crate::directory::accounts::AccountRef;
use crate::directory::clients::{
    AppRoles, ClientDetail, GetClient, Holder, ListAppRoles, ShareAppRole, UnshareAppRole,
};
use crate::directory::groups::GroupRef;
use crate::directory::roles::{GrantAppRole, RevokeAppRole};
use crate::directory::teams::TeamRef;
use crate::model::ClientId;
use crate::model::role::HolderKind;
use crate::paths;
use crate::web::date_fields;
use crate::web::error::PageError;
use crate::web::note::{Note, noted};
use crate::web::page::{PageState, page};
use crate::web::recent::SensitiveSubmission;
use crate::web::rejection::Rejection;
use crate::web::submission::{PageRequest, Submission, Visitor};
use crate::words::changes;

page! {
    /// Who holds the roles for an app.
    AppRolesPage "console/app_roles.html" {
        /// The navigation and the signed-in person.
        shell: Shell,
        /// The app.
        app: ClientDetail,
        /// The roles, and who holds them.
        holders: AppRoles,
        /// The errors and the notice.
        #[serde(flatten)]
        state: PageState,
    }
}

type Sent = Submission<AppAdmin>;

/// Shows who holds the roles for an app.
pub(super) async fn show(
    Path(id): Path<String>,
    PageRequest { app, user, params }: PageRequest<AppAdmin>,
) -> Result<Response, PageError> {
    let page = AppRolesPage {
        state: PageState::with_notice(noted(&app, &user, &params)),
        ..page(&app, &user.0, id).await?
    };
    Ok(user.visit().show(&app, StatusCode::OK, &page))
}

async fn page(app: &AppState, user: &ConsoleUser, id: String) -> Result<AppRolesPage, PageError> {
    let mut reader = app.directory.reader(&user.actor()).await?;
    let client = reader
        .read(GetClient {
            id: ClientId(id.clone()),
        })
        .await?;
    let holders = reader.read(ListAppRoles { app: ClientId(id) }).await?;
    drop(reader);
    Ok(AppRolesPage {
        shell: user.shell(NavItem::Apps),
        app: client,
        holders,
        state: PageState::default(),
    })
}

/// The group or team that the form names; `None` for a person.
fn holder(sent: &Sent) -> Option<Holder> {
    let name = sent.trimmed("name");
    match sent.trimmed("kind").parse() {
        Ok(HolderKind::Group) => Some(Holder::Group(GroupRef::Name(name))),
        Ok(HolderKind::Team) => Some(Holder::Team(TeamRef::Slug(name))),
        Err(_) => None,
    }
}

/// Grants a role for an app to a person, or to the members of a group or a team.
pub(super) async fn grant(
    Path(id): Path<String>,
    SensitiveSubmission(sent): SensitiveSubmission<AppAdmin>,
) -> Result<Response, PageError> {
    let (app, role) = (ClientId(id.clone()), sent.trimmed("role"));
    let outcome = match date_fields::end_of_day(&sent.form, "until") {
        Ok(until) => grant_until(&sent, app, role, until).await,
        Err(failure) => Err(failure),
    };
    respond(&sent, id, outcome).await
}

async fn grant_until(sent: &Sent, app: ClientId, role: String, until: Option<Time>) -> Result<(), Failure> {
    if let Some(with) = holder(sent) {
        let share = ShareAppRole {
            app,
            role,
            with,
            until,
        };
        return sent.change(share).await;
    }
    let grant = GrantAppRole {
        account: AccountRef::SignInName(sent.trimmed("name")),
        app,
        role,
        until,
    };
    sent.change(grant).await
}

/// Revokes a role for an app.
pub(super) async fn revoke(Path(id): Path<String>, sent: Sent) -> Result<Response, PageError> {
    let (app, role) = (ClientId(id.clone()), sent.trimmed("role"));
    let outcome = if let Some(with) = holder(&sent) {
        sent.change(UnshareAppRole { app, role, with }).await
    } else {
        let account = AccountRef::SignInName(sent.trimmed("name"));
        sent.change(RevokeAppRole { account, app, role }).await
    };
    respond(&sent, id, outcome).await
}

async fn respond(sent: &Sent, id: String, outcome: Result<(), Failure>) -> Result<Response, PageError> {
    match outcome {
        Ok(()) => Ok(Note::new(changes::APP_ROLES_CHANGED).go_to(sent, &paths::CONSOLE_APP_ROLES.of([id]))),
        Err(failure) => {
            let Rejection { status, state } = Rejection::of(failure)?;
            let page = AppRolesPage {
                state,
                ..page(&sent.app, &sent.user.0, id).await?
            };
            Ok(sent.show(status, &page))
        }
    }
}
