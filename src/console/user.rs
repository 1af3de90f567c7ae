//! The page of one account.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

use super::console_user::ConsoleUser;
use super::shell::{NavItem, Shell};
use crate::app::AppState;
use crate::directory::accounts::{AccountDetail, AccountRef, GetAccount};
use crate::directory::invitations::NewInvitation;
use crate::model::account::LOCAL;
use crate::paths;
use crate::web::error::PageError;
use crate::web::invitation_links::InvitationLink;
use crate::web::page::{Page, PageState};
use crate::web::submission::{PageRequest, Submission, Visitor};

/// The page of one account.
#[derive(Clone, Debug, Serialize)]
pub struct UserPage {
    /// The navigation and the signed-in person.
    pub shell: Shell,
    /// The account.
    #[serde(flatten)]
    pub account: AccountDetail,
    /// The other directory that manages the account, if one does.
    pub directory: Option<String>,
    /// The link that was just created for the account's owner.
    pub links: Vec<InvitationLink>,
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
        directory: Some(account.source.clone()).filter(|source| source != LOCAL),
        account,
        links: Vec::new(),
        page_state: PageState::default(),
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
