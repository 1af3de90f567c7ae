//! Signing in with a one-time secret, typed in place of the password.

use axum::response::Response;

use super::attempt::{OpenAttempt, resume_attempt};
use super::session::SessionStart;
use crate::app::AppState;
use crate::directory::acting::find_one_time;
use crate::directory::names;
use crate::oidc::session_start::{Proven, Required, ensure_session_may_begin};
use crate::store::{Error, accounts};
use crate::web::error::PageError;
use crate::web::visit::{SafeForm, Visit};

/// The length of a one-time secret without its hyphens.
const LENGTH: usize = 24;

/// Signs in if the typed password is a one-time secret; `None` if it is not, and the caller compares it with the
/// password. It works even after too many wrong passwords, since nobody can guess it.
///
/// # Errors
/// When the database fails.
pub(super) async fn sign_in(
    app: &AppState,
    visit: &Visit,
    form: &SafeForm,
    open: Option<&OpenAttempt>,
) -> Result<Option<Response>, PageError> {
    let typed = form.get("password").unwrap_or_default();
    if typed.chars().filter(char::is_ascii_alphanumeric).count() != LENGTH {
        return Ok(None);
    }
    let key = names::folded(form.get("username").unwrap_or_default());
    let now = app.clock.now();
    let mut conn = app.db.read().await?;
    let account = accounts::by_sign_in_name(&mut conn, &key).await?;
    let usable = account.filter(|account| {
        ensure_session_may_begin(account, Proven::OneTimeSecret, Required::Nothing, now).is_ok()
    });
    let Some(account) = usable else {
        return Ok(None);
    };
    let found = find_one_time(&mut conn, &app.db, &account.id, typed, now).await?;
    drop(conn);
    let Some(one_time) = found else {
        return Ok(None);
    };
    let attempt = open.map(|open| open.attempt.clone());
    let start = SessionStart::once(app, visit, one_time, attempt);
    let begun = app
        .db
        .write::<_, Error, _>(move |tx| Box::pin(async move { start.store(tx).await }));
    let Some(begun) = begun.await? else {
        return Ok(None);
    };
    let mut next = resume_attempt(app, visit, form.get("attempt"));
    begun.set_cookies(app, visit, &mut next);
    Ok(Some(next))
}
