//! The form that adds an account.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

use super::console_user::ConsoleUser;
use super::shell::{NavItem, Shell};
use super::user;
use crate::app::AppState;
use crate::directory::Failure;
use crate::directory::accounts::{
    AccountSummary, CreateAccount, GetNewAccountOptions, NewAccount, NewAccountOptions,
};
use crate::directory::invitations::{CreateInvitedAccount, NewInvitation};
use crate::web::error::PageError;
use crate::web::page::{FieldError, Page};
use crate::web::rejection::Rejection;
use crate::web::submission::{Submission, Visitor};

/// The form that adds an account.
#[derive(Clone, Debug, Serialize)]
pub struct NewUser {
    /// The navigation and the signed-in person.
    pub shell: Shell,
    /// The username as typed.
    pub username: String,
    /// The full name as typed.
    pub name: String,
    /// The address as typed.
    pub email: String,
    /// The chosen role.
    pub role: String,
    /// The options of the form.
    #[serde(flatten)]
    pub options: NewAccountOptions,
    /// The mistakes in the submitted form.
    pub errors: Vec<FieldError>,
}

impl Page for NewUser {
    const TEMPLATE: &'static str = "console/user_new.html";
}

/// Shows the form.
pub(super) async fn show(State(app): State<Arc<AppState>>, user: ConsoleUser) -> Result<Response, PageError> {
    let options = app.directory.read(&user.actor(), GetNewAccountOptions).await?;
    Ok(user.visit.show(&app, StatusCode::OK, &page(&user, options)))
}

fn page(user: &ConsoleUser, options: NewAccountOptions) -> NewUser {
    NewUser {
        shell: user.shell(NavItem::Users),
        username: String::new(),
        name: String::new(),
        email: String::new(),
        role: String::new(),
        options,
        errors: Vec::new(),
    }
}

/// Adds the account, and shows a link for its owner if no password was typed.
pub(super) async fn create(sent: Submission<ConsoleUser>) -> Result<Response, PageError> {
    let actor = sent.user.actor();
    let options = sent.app.directory.read(&actor, GetNewAccountOptions).await?;
    match create_or_invite(&sent).await {
        Ok((account, Some(link))) => user::show_link(&sent, account.number, link).await,
        Ok((account, None)) => Ok(sent.go_to(&user::path_after_change(account.number))),
        Err(failure) => {
            let (status, errors) = Rejection::of(failure)?.into_errors();
            let page = NewUser {
                username: sent.trimmed("username"),
                name: sent.trimmed("name"),
                email: sent.trimmed("email"),
                role: sent.trimmed("role"),
                errors,
                ..page(&sent.user, options)
            };
            Ok(sent.show(status, &page))
        }
    }
}

/// Creates an account with the typed password, or one with a link by which its owner chooses a password.
async fn create_or_invite(
    sent: &Submission<ConsoleUser>,
) -> Result<(AccountSummary, Option<NewInvitation>), Failure> {
    let given = |name| Some(sent.trimmed(name)).filter(|text| !text.is_empty());
    let new = NewAccount {
        username: sent.trimmed("username"),
        name: sent.trimmed("name"),
        email: given("email"),
        email_verified: false,
        password: sent.form.get("password").map(Into::into),
        role: given("role"),
        ..NewAccount::default()
    };
    if new.password.is_some() {
        let account = sent.change(CreateAccount { new }).await?;
        return Ok((account, None));
    }
    let (account, link) = sent.change(CreateInvitedAccount { new }).await?;
    Ok((account, Some(link)))
}
