//! The changes to one account: a handler for each button of its page.

use std::sync::Arc;

use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use axum::response::{IntoResponse, Response};

use super::console_user::ConsoleUser;
use super::user::{UserPage, number_in, page, path_after_change, show_link};
use crate::app::AppState;
use crate::clock::Time;
use crate::directory::accounts::{
    AccountRef, AccountSummary, ActivateAccount, ApproveAccount, DeleteAccount, EndAccountSessions,
    FindAccount, RejectAccount, RestoreAccount, SetValidity, SuspendAccount, UpdateProfile,
};
use crate::directory::emails::{AddEmail, MakeEmailPrimary, RemoveEmail, VerifyEmail};
use crate::directory::invitations::InviteAccount;
use crate::directory::roles::{GrantRole, RevokeRole};
use crate::directory::{Change, Failure};
use crate::model::AccountId;
use crate::model::refusal::Code;
use crate::web::dates;
use crate::web::error::PageError;
use crate::web::rejection::Rejection;
use crate::web::submission::{Submission, Visitor};

/// A form about one account that a user of the console submitted.
pub(super) struct AccountForm {
    sent: Submission<ConsoleUser>,
    account: AccountSummary,
}

impl FromRequest<Arc<AppState>> for AccountForm {
    type Rejection = Response;

    async fn from_request(request: Request, app: &Arc<AppState>) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let number = Path::<String>::from_request_parts(&mut parts, app)
            .await
            .map_err(IntoResponse::into_response)?;
        let sent = Submission::from_request(Request::from_parts(parts, body), app).await?;
        let form = Self::of(sent, &number).await;
        form.map_err(IntoResponse::into_response)
    }
}

impl AccountForm {
    async fn of(sent: Submission<ConsoleUser>, number: &str) -> Result<Self, PageError> {
        let find = FindAccount(AccountRef::Number(number_in(number)?));
        let account = sent.app.directory.read(&sent.user.actor(), find).await?;
        Ok(Self { sent, account })
    }

    fn id(&self) -> AccountId {
        self.account.id.clone()
    }

    fn trimmed(&self, field: &str) -> String {
        self.sent.trimmed(field)
    }

    /// Makes the change and redirects to the account's page, or shows why it was refused.
    async fn change<C: Change>(self, change: C) -> Result<Response, PageError> {
        match self.sent.change(change).await {
            Ok(_) => Ok(self.sent.go_to(&path_after_change(self.account.number))),
            Err(failure) => self.refuse(failure).await,
        }
    }

    /// The account's page with the reasons for a refusal.
    async fn refuse(self, error: impl Into<Failure>) -> Result<Response, PageError> {
        let rejection = Rejection::of(error)?;
        let page = UserPage {
            page_state: rejection.state,
            ..page(&self.sent.app, &self.sent.user, self.account.number).await?
        };
        Ok(self.sent.show(rejection.status, &page))
    }
}

pub(super) async fn update_profile(form: AccountForm) -> Result<Response, PageError> {
    let claim = |claim: &str| (claim.to_owned(), form.trimmed(claim).into());
    let change = UpdateProfile {
        id: form.id(),
        claims: ["name", "locale", "zoneinfo"].map(claim).into_iter().collect(),
        seen: form.trimmed("seen").parse().ok().map(Time),
    };
    form.change(change).await
}

pub(super) async fn add_email(form: AccountForm) -> Result<Response, PageError> {
    let (id, address) = (form.id(), form.trimmed("email"));
    form.change(AddEmail { id, address }).await
}

pub(super) async fn remove_email(form: AccountForm) -> Result<Response, PageError> {
    let (id, address) = (form.id(), form.trimmed("email"));
    form.change(RemoveEmail { id, address }).await
}

pub(super) async fn verify_email(form: AccountForm) -> Result<Response, PageError> {
    let (id, address) = (form.id(), form.trimmed("email"));
    form.change(VerifyEmail { id, address }).await
}

pub(super) async fn make_email_primary(form: AccountForm) -> Result<Response, PageError> {
    let (id, address) = (form.id(), form.trimmed("email"));
    form.change(MakeEmailPrimary { id, address }).await
}

pub(super) async fn grant_role(form: AccountForm) -> Result<Response, PageError> {
    let (account, role) = (form.id().into(), form.trimmed("role"));
    match dates::end_of_day(&form.sent.form, "until") {
        Ok(until) => form.change(GrantRole { account, role, until }).await,
        Err(error) => form.refuse(error).await,
    }
}

pub(super) async fn revoke_role(form: AccountForm) -> Result<Response, PageError> {
    let (account, role) = (form.id().into(), form.trimmed("role"));
    form.change(RevokeRole { account, role }).await
}

pub(super) async fn end_sessions(form: AccountForm) -> Result<Response, PageError> {
    let id = form.id();
    form.change(EndAccountSessions { id }).await
}

/// Creates a new link for an invited account, and shows it.
pub(super) async fn invite(form: AccountForm) -> Result<Response, PageError> {
    let link = form.sent.change(InviteAccount { id: form.id() }).await?;
    show_link(&form.sent, form.account.number, link).await
}

pub(super) async fn approve(form: AccountForm) -> Result<Response, PageError> {
    let id = form.id();
    form.change(ApproveAccount { id }).await
}

pub(super) async fn reject(form: AccountForm) -> Result<Response, PageError> {
    let id = form.id();
    form.change(RejectAccount { id }).await
}

pub(super) async fn set_validity(form: AccountForm) -> Result<Response, PageError> {
    let id = form.id();
    let fields = &form.sent.form;
    match (
        dates::day(fields, "from"),
        dates::end_of_day(fields, "valid-until"),
    ) {
        (Ok(from), Ok(until)) => form.change(SetValidity { id, from, until }).await,
        (Err(error), _) | (_, Err(error)) => form.refuse(error).await,
    }
}

pub(super) async fn suspend(form: AccountForm) -> Result<Response, PageError> {
    let (id, reason) = (form.id(), form.trimmed("reason"));
    form.change(SuspendAccount { id, reason }).await
}

pub(super) async fn activate(form: AccountForm) -> Result<Response, PageError> {
    let id = form.id();
    form.change(ActivateAccount { id }).await
}

/// Deletes the account if its username was typed to confirm.
pub(super) async fn delete(form: AccountForm) -> Result<Response, PageError> {
    if form.trimmed("confirm") != form.account.username {
        let refusal = Code::NotConfirmed
            .at("confirm")
            .with("text", &form.account.username);
        return form.refuse(refusal).await;
    }
    let id = form.id();
    form.change(DeleteAccount { id }).await
}

pub(super) async fn restore(form: AccountForm) -> Result<Response, PageError> {
    let id = form.id();
    form.change(RestoreAccount { id }).await
}
