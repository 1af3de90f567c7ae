//! What may be done to one account: one handler a button.

use std::sync::Arc;

use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::console_user::ConsoleUser;
use super::user::{Said, day, number_in, page};
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
use crate::paths;
use crate::web::dates::DAY;
use crate::web::error::PageError;
use crate::web::params::{Params, ParamsError, Received};
use crate::web::rejection::Rejection;
use crate::web::visit::{SafeForm, see_other};

/// A form of ours about one account, sent by a person at the console.
pub(super) struct AccountForm {
    app: Arc<AppState>,
    user: ConsoleUser,
    account: AccountSummary,
    form: SafeForm,
}

impl FromRequest<Arc<AppState>> for AccountForm {
    type Rejection = Response;

    async fn from_request(request: Request, app: &Arc<AppState>) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let user = ConsoleUser::from_request_parts(&mut parts, app).await?;
        let Path(number) = Path::<String>::from_request_parts(&mut parts, app)
            .await
            .map_err(IntoResponse::into_response)?;
        let Ok(Received(params)) = Received::from_request(Request::from_parts(parts, body), app).await;
        let form = Self::of(app, user, &number, params).await;
        form.map_err(IntoResponse::into_response)
    }
}

impl AccountForm {
    async fn of(
        app: &Arc<AppState>,
        user: ConsoleUser,
        number: &str,
        params: Result<Params, ParamsError>,
    ) -> Result<Self, PageError> {
        let form = user.visit.form(app, params)?;
        let find = FindAccount(AccountRef::Number(number_in(number)?));
        let account = app.directory.read(&user.actor(), find).await?;
        Ok(Self {
            app: app.clone(),
            user,
            account,
            form,
        })
    }

    fn id(&self) -> AccountId {
        self.account.id.clone()
    }

    fn day(&self, field: &'static str) -> Result<Option<Time>, Failure> {
        day(field, &self.form.trimmed(field))
    }

    /// When the last day that a field names is over.
    fn end_of_day(&self, field: &'static str) -> Result<Option<Time>, Failure> {
        Ok(self.day(field)?.map(|start| start + DAY))
    }

    /// Makes the change and leads back to the account; shows why not if it is refused.
    async fn change<C: Change>(self, change: C) -> Result<Response, PageError> {
        let made = self.app.directory.change(&self.user.actor(), change).await;
        match made {
            Ok(_) => {
                let path = paths::CONSOLE_USER.of([self.account.number]);
                let page = self.app.config.server.issuer.url(path);
                Ok(see_other(&format!("{page}?done=1")))
            }
            Err(failure) => self.refuse(failure).await,
        }
    }

    /// The page of the account with what is wrong.
    async fn refuse(self, error: impl Into<Failure>) -> Result<Response, PageError> {
        let rejection = Rejection::of(error)?;
        let said = Said {
            errors: rejection.errors,
            notice: rejection.notice,
            ..Said::default()
        };
        let page = page(&self.app, &self.user, self.account.number, said).await?;
        Ok(self.user.visit.show(&self.app, rejection.status, &page))
    }
}

pub(super) async fn update_profile(form: AccountForm) -> Result<Response, PageError> {
    let claim = |claim: &str| (claim.to_owned(), form.form.trimmed(claim).into());
    let change = UpdateProfile {
        id: form.id(),
        claims: ["name", "locale", "zoneinfo"].map(claim).into_iter().collect(),
        seen: form.form.trimmed("seen").parse().ok().map(Time),
    };
    form.change(change).await
}

pub(super) async fn add_email(form: AccountForm) -> Result<Response, PageError> {
    let (id, address) = (form.id(), form.form.trimmed("email"));
    form.change(AddEmail { id, address }).await
}

pub(super) async fn remove_email(form: AccountForm) -> Result<Response, PageError> {
    let (id, address) = (form.id(), form.form.trimmed("email"));
    form.change(RemoveEmail { id, address }).await
}

pub(super) async fn verify_email(form: AccountForm) -> Result<Response, PageError> {
    let (id, address) = (form.id(), form.form.trimmed("email"));
    form.change(VerifyEmail { id, address }).await
}

pub(super) async fn make_email_primary(form: AccountForm) -> Result<Response, PageError> {
    let (id, address) = (form.id(), form.form.trimmed("email"));
    form.change(MakeEmailPrimary { id, address }).await
}

pub(super) async fn grant_role(form: AccountForm) -> Result<Response, PageError> {
    let (account, role) = (form.id().into(), form.form.trimmed("role"));
    match form.end_of_day("until") {
        Ok(until) => form.change(GrantRole { account, role, until }).await,
        Err(error) => form.refuse(error).await,
    }
}

pub(super) async fn revoke_role(form: AccountForm) -> Result<Response, PageError> {
    let (account, role) = (form.id().into(), form.form.trimmed("role"));
    form.change(RevokeRole { account, role }).await
}

pub(super) async fn end_sessions(form: AccountForm) -> Result<Response, PageError> {
    let id = form.id();
    form.change(EndAccountSessions { id }).await
}

/// Makes a new link for who was invited, and shows it.
pub(super) async fn invite(form: AccountForm) -> Result<Response, PageError> {
    let AccountForm {
        app, user, account, ..
    } = form;
    let invite = InviteAccount { id: account.id };
    let link = app.directory.change(&user.actor(), invite).await?;
    let said = Said::link(&app, link);
    let page = page(&app, &user, account.number, said).await?;
    Ok(user.visit.show(&app, StatusCode::OK, &page))
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
    match (form.day("from"), form.end_of_day("valid-until")) {
        (Ok(from), Ok(until)) => form.change(SetValidity { id, from, until }).await,
        (Err(error), _) | (_, Err(error)) => form.refuse(error).await,
    }
}

pub(super) async fn suspend(form: AccountForm) -> Result<Response, PageError> {
    let (id, reason) = (form.id(), form.form.trimmed("reason"));
    form.change(SuspendAccount { id, reason }).await
}

pub(super) async fn activate(form: AccountForm) -> Result<Response, PageError> {
    let id = form.id();
    form.change(ActivateAccount { id }).await
}

/// Deletes the account once its username is typed.
pub(super) async fn delete(form: AccountForm) -> Result<Response, PageError> {
    if form.form.trimmed("confirm") != form.account.username {
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
