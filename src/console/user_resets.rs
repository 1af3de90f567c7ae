//! Resets of the password of an account, from its page.

use axum::response::Response;

use super::user::UserTab;
use super::user_changes::AccountForm;
use crate::directory::accounts::SetPassword;
use crate::directory::resets::ResetWay;
use crate::web::error::PageError;
use crate::web::{resets, shown_once};

/// Makes a reset and leads to the page that shows it.
async fn make(form: AccountForm, way: ResetWay) -> Result<Response, PageError> {
    let who = match &*form.account.name {
        "" => form.account.username.clone(),
        name => name.to_owned(),
    };
    match resets::make(&form.sent, form.id().into(), who, way).await {
        Ok(secret) => {
            let page = UserTab::SignIn.path(form.account.number);
            shown_once::keep(&form.sent, &page, &secret).await
        }
        Err(failure) => form.refuse(UserTab::SignIn, failure).await,
    }
}

pub(super) async fn make_link(form: AccountForm) -> Result<Response, PageError> {
    make(form, ResetWay::Link).await
}

pub(super) async fn make_temporary(form: AccountForm) -> Result<Response, PageError> {
    make(form, ResetWay::Temporary).await
}

pub(super) async fn make_code(form: AccountForm) -> Result<Response, PageError> {
    make(form, ResetWay::Code).await
}

pub(super) async fn set_password(form: AccountForm) -> Result<Response, PageError> {
    let typed = form.sent.form.get("password").unwrap_or_default();
    let (id, password) = (form.id(), typed.into());
    form.change(UserTab::SignIn, "password", SetPassword { id, password })
        .await
}
