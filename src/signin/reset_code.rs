//! Resetting a password on the sign-in page: with a reset code, the password typed there becomes the new one.

use axum::response::Response;

use super::attempt::{OpenAttempt, resume_attempt};
use super::refused::Refused;
use super::session::sign_in_with_new_password;
use super::sign_in_page::{show_mistakes, show_refusal};
use crate::app::AppState;
use crate::auth::throttle::Subjects;
use crate::directory::resets::CompleteCodeReset;
use crate::directory::{Failure, names};
use crate::model::AccountId;
use crate::model::refusal::Code;
use crate::store::{Error, accounts};
use crate::web::error::PageError;
use crate::web::rejection::Rejection;
use crate::web::submission::Visitor;
use crate::web::visit::{SafeForm, Visit};

/// Completes the reset of the form's code, and continues with the sign-in.
///
/// # Errors
/// When the database fails or the server is too busy to hash.
pub(super) async fn sign_in(
    app: &AppState,
    visit: &Visit,
    form: &SafeForm,
    open: Option<&OpenAttempt>,
) -> Result<Response, PageError> {
    let key = names::folded(form.get("username").unwrap_or_default());
    let now = app.clock.now();
    let mut conn = app.db.read().await?;
    let account = accounts::by_sign_in_name(&mut conn, &key)
        .await?
        .map(|account| account.id);
    let subjects = match &account {
        Some(account) => Subjects::of(account, &visit.network()),
        None => Subjects::of_unknown(&key, &app.master, &visit.network()),
    };
    let throttled = Refused::of(subjects.decide(&mut conn, now).await?);
    drop(conn);
    if let Some(throttled) = throttled {
        return show_refusal(app, visit, form, open, &throttled).await;
    }
    match complete(app, visit, form, account).await {
        Ok(account) => {
            let next = resume_attempt(app, visit, form.get("attempt"));
            let attempt = open.map(|open| open.attempt.clone());
            sign_in_with_new_password(app, visit, account, attempt, next).await
        }
        Err(failure) if failure.is(Code::ResetEnded) => {
            let counted = app.db.write::<_, Error, _>(move |tx| {
                Box::pin(async move { subjects.count_failure(tx, now).await })
            });
            let refused = Refused::of(counted.await?).unwrap_or(Refused::WrongResetCode);
            show_refusal(app, visit, form, open, &refused).await
        }
        Err(failure) => {
            let mistakes = Rejection::of(failure)?.into_errors();
            show_mistakes(app, visit, form, open, mistakes).await
        }
    }
}

async fn complete(
    app: &AppState,
    visit: &Visit,
    form: &SafeForm,
    account: Option<AccountId>,
) -> Result<AccountId, Failure> {
    let complete = CompleteCodeReset {
        code: form.get("code").unwrap_or_default().to_owned(),
        account: account.ok_or(Code::ResetEnded)?,
        password: form.get("password").unwrap_or_default().into(),
    };
    app.directory.change(&visit.actor(), complete).await
}
