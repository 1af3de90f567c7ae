//! Resets of the password of an account, from its page.

use axum::response::Response;

use super::user::UserTab;
use super::user_changes::{AccountForm, SensitiveForm};
use crate::directory::acting::ActAs;
use crate::directory::resets::{ResetWay, SetPassword};
use crate::model::own_path::OwnPath;
use crate::web::acting::lifetime_of;
use crate::web::error::PageError;
use crate::web::recent::is_recent;
use crate::web::resets::{self, ResetSecret, SecretKind};
use crate::web::sealed_attempt::sign_in_again_for;
use crate::web::shown_once;
use crate::web::submission::{Visitor, WithSession};

/// Makes a reset and redirects to the page that shows it.
async fn make(form: AccountForm, way: ResetWay) -> Result<Response, PageError> {
    let who = name_of(&form);
    match resets::make(&form.sent, form.id().into(), who, way).await {
        Ok(secret) => show(form, &secret).await,
        Err(failure) => form.refuse(UserTab::SignIn, failure).await,
    }
}

pub(super) async fn make_link(SensitiveForm(form): SensitiveForm) -> Result<Response, PageError> {
    make(form, ResetWay::Link).await
}

pub(super) async fn make_temporary(SensitiveForm(form): SensitiveForm) -> Result<Response, PageError> {
    make(form, ResetWay::Temporary).await
}

pub(super) async fn make_code(SensitiveForm(form): SensitiveForm) -> Result<Response, PageError> {
    make(form, ResetWay::Code).await
}

/// Makes a one-time password with which somebody acts as the owner of the account for a limited time.
pub(super) async fn make_acting_password(form: AccountForm) -> Result<Response, PageError> {
    let (app, user) = (&form.sent.app, &form.sent.user);
    if !is_recent(app, user.session()) {
        let page = OwnPath::try_from(UserTab::SignIn.path(form.account.number));
        let page = page.unwrap_or_else(|_| OwnPath::account());
        return Ok(sign_in_again_for(app, user.visit(), page));
    }
    let act = ActAs {
        account: form.id().into(),
        reason: form.sent.trimmed("why"),
        lifetime: lifetime_of(
            &form.sent.trimmed("minutes"),
            form.sent.app.config.lifetimes.impersonation,
        ),
    };
    match form.sent.change(act).await {
        Ok(made) => {
            let secret = ResetSecret {
                kind: SecretKind::Acting,
                secret: made.secret.expose().clone(),
                until: Some(made.until),
                mailed: 0,
                who: name_of(&form),
                hand_over: None,
            };
            show(form, &secret).await
        }
        Err(failure) => form.refuse(UserTab::SignIn, failure).await,
    }
}

/// Sets the typed password, and offers to hand it over.
pub(super) async fn set_password(SensitiveForm(form): SensitiveForm) -> Result<Response, PageError> {
    let typed = form.sent.form.get("password").unwrap_or_default().to_owned();
    let (id, password) = (form.id(), typed.clone().into());
    match form.sent.change(SetPassword { id, password }).await {
        Ok(()) => {
            let secret = ResetSecret {
                kind: SecretKind::Typed,
                secret: typed,
                until: None,
                mailed: 0,
                who: name_of(&form),
                hand_over: None,
            };
            show(form, &secret).await
        }
        Err(failure) => form.refuse(UserTab::SignIn, failure).await,
    }
}

fn name_of(form: &AccountForm) -> String {
    match &*form.account.name {
        "" => form.account.username.clone(),
        name => name.to_owned(),
    }
}

async fn show(form: AccountForm, secret: &ResetSecret) -> Result<Response, PageError> {
    let page = UserTab::SignIn.path(form.account.number);
    shown_once::keep(&form.sent, &page, secret).await
}
