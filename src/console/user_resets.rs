//! Resets of the password of an account, from its page.

use axum::response::Response;
use serde::{Deserialize, Serialize};

use super::user::UserTab;
use super::user_changes::AccountForm;
use crate::clock::Time;
use crate::directory::accounts::SetPassword;
use crate::directory::resets::{MakeTemporaryPassword, ResetWay};
use crate::web::error::PageError;
use crate::web::shown_once;

/// What an administrator hands over to the owner of an account.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ResetSecret {
    /// What it is.
    pub way: ResetWay,
    /// The password, the link or the code.
    pub secret: String,
    /// When it stops working.
    pub until: Time,
}

pub(super) async fn make_temporary(form: AccountForm) -> Result<Response, PageError> {
    match form.sent.change(MakeTemporaryPassword::new(form.id())).await {
        Ok(made) => {
            let secret = ResetSecret {
                way: ResetWay::Temporary,
                secret: made.password.expose().clone(),
                until: made.until,
            };
            let page = UserTab::SignIn.path(form.account.number);
            shown_once::keep(&form.sent, &page, &secret).await
        }
        Err(failure) => form.refuse(UserTab::SignIn, failure).await,
    }
}

pub(super) async fn set_password(form: AccountForm) -> Result<Response, PageError> {
    let (id, password) = (
        form.id(),
        form.sent.form.get("password").unwrap_or_default().into(),
    );
    form.change(UserTab::SignIn, "password", SetPassword { id, password })
        .await
}
