//! The form that adds an account.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::console_user::ConsoleUser;
use super::shell::{NavItem, Shell};
use super::user::{self, UserTab};
use crate::app::AppState;
use crate::crypto::Secret;
use crate::directory::accounts::{
    AccountSummary, CreateAccount, CreatedAccount, GetNewAccountOptions, NewAccount, NewAccountOptions,
    NewPassword,
};
use crate::directory::invitations::{CreateInvitedAccount, NewInvitation};
use crate::directory::mail::seal_first_password;
use crate::directory::{Failure, schemes};
use crate::web::error::PageError;
use crate::web::note::Note;
use crate::web::page::{FieldError, page};
use crate::web::recent::{Recent, SensitiveSubmission};
use crate::web::rejection::Rejection;
use crate::web::resets::{ResetSecret, SecretKind};
use crate::web::shown_once;
use crate::web::submission::{Submission, Visitor};

page! {
    /// The form that adds an account.
    NewUser "console/user_new.html" {
        /// The navigation and the signed-in person.
        shell: Shell,
        /// The username as typed.
        username: String,
        /// The full name as typed.
        name: String,
        /// The address as typed.
        email: String,
        /// Whether the form marks the address as verified.
        email_verified: bool,
        /// The chosen role.
        role: String,
        /// The options of the form.
        #[serde(flatten)]
        options: NewAccountOptions,
        /// The mistakes in the submitted form.
        errors: Vec<FieldError>,
    }
}

/// Shows the form.
pub(super) async fn show(
    State(app): State<Arc<AppState>>,
    Recent(user): Recent<ConsoleUser>,
) -> Result<Response, PageError> {
    let options = app.directory.read(&user.actor(), GetNewAccountOptions).await?;
    Ok(user.visit.show(&app, StatusCode::OK, &page(&user, options)))
}

fn page(user: &ConsoleUser, options: NewAccountOptions) -> NewUser {
    NewUser {
        shell: user.shell(NavItem::Users),
        username: String::new(),
        name: String::new(),
        email: String::new(),
        email_verified: false,
        role: String::new(),
        options,
        errors: Vec::new(),
    }
}

/// Adds the account, and shows a link for its owner if no password was typed.
pub(super) async fn create(
    SensitiveSubmission(sent): SensitiveSubmission<ConsoleUser>,
) -> Result<Response, PageError> {
    let actor = sent.user.actor();
    let options = sent.app.directory.read(&actor, GetNewAccountOptions).await?;
    match create_or_invite(&sent).await {
        Ok((account, FirstSignIn::Link(link))) => {
            user::show_link(&sent, account.number, link, UserTab::Profile).await
        }
        Ok((account, FirstSignIn::Temporary(password))) => show_password(&sent, account, password).await,
        Ok((account, FirstSignIn::Mailed(address))) => Ok(show_mailed(&sent, &account, &address)),
        Ok((account, FirstSignIn::Typed)) => Ok(sent.go_to(&user::path_after_change(
            account.number,
            UserTab::Profile,
            "created",
        ))),
        Err(failure) => {
            let (status, errors) = Rejection::of(failure)?.into_errors();
            let page = NewUser {
                username: sent.trimmed("username"),
                name: sent.trimmed("name"),
                email: sent.trimmed("email"),
                email_verified: sent.form.get("email_verified").is_some(),
                role: sent.trimmed("role"),
                errors,
                ..page(&sent.user, options)
            };
            Ok(sent.show(status, &page))
        }
    }
}

/// How the owner of a new account signs in for the first time.
enum FirstSignIn {
    /// With the password that was typed.
    Typed,
    /// With a link by which they choose a password.
    Link(NewInvitation),
    /// With a password that was made for them, which they replace.
    Temporary(String),
    /// The same, mailed to them at this address.
    Mailed(String),
}

/// Creates an account with the typed or a temporary password, or one with a link by which its owner chooses a password.
async fn create_or_invite(sent: &Submission<ConsoleUser>) -> Result<(AccountSummary, FirstSignIn), Failure> {
    let given = |name| Some(sent.trimmed(name)).filter(|text| !text.is_empty());
    let made = sent.form.get("temporary").map(|_| NewPassword::generate());
    let (made, secret) = made.unzip();
    let username = sent.trimmed("username");
    let seal = |made: &Secret<String>| seal_first_password(&sent.app.master, &username, made.expose());
    let typed = || sent.form.get("password").map(NewPassword::from);
    let new = NewAccount {
        mailed_password: secret.as_ref().map(seal),
        username,
        name: sent.trimmed("name"),
        email: given("email"),
        email_verified: sent.form.get("email_verified").is_some(),
        password: made.or_else(typed),
        role: given("role"),
        ..NewAccount::default()
    };
    if new.password.is_some() {
        let CreatedAccount { account, mailed } = sent.change(CreateAccount { new }).await?;
        let first = match secret {
            Some(_) if mailed => FirstSignIn::Mailed(sent.trimmed("email")),
            Some(made) => FirstSignIn::Temporary(made.expose().clone()),
            None => FirstSignIn::Typed,
        };
        return Ok((account, first));
    }
    let (account, link) = sent.change(CreateInvitedAccount { new }).await?;
    Ok((account, FirstSignIn::Link(link)))
}

/// Redirects to the page of a new account, and says there to which address its temporary password is mailed.
fn show_mailed(sent: &Submission<ConsoleUser>, account: &AccountSummary, address: &str) -> Response {
    let username = &account.username;
    let note = format!("{username} is added. Their temporary password is on its way by mail to {address}.");
    Note::new(note).go_to(sent, &UserTab::SignIn.path(account.number))
}

/// Redirects to the page of a new account, which shows its temporary password.
async fn show_password(
    sent: &Submission<ConsoleUser>,
    account: AccountSummary,
    password: String,
) -> Result<Response, PageError> {
    let scheme = schemes::active(&sent.app.db).await?;
    let secret = ResetSecret {
        kind: SecretKind::Temporary,
        secret: password,
        until: Some(sent.app.clock.now() + scheme.temporary_password_lifetime()),
        mailed: 0,
        who: account.username,
        hand_over: None,
    };
    shown_once::keep(sent, &UserTab::SignIn.path(account.number), &secret).await
}
