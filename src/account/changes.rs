//! The changes that users make to their own account.

use axum::http::header;
use axum::response::Response;

use super::home::{AccountTab, Home, page, path_after_change};
use super::signed_in::SignedIn;
use crate::clock::Time;
use crate::directory::accounts::UpdateProfile;
use crate::directory::consents::WithdrawAppAccess;
use crate::directory::devices::ForgetOwnDevice;
use crate::directory::own_account::{ChangeOwnPassword, EndOtherSessions, EndOwnSession};
use crate::directory::{Change, Failure};
use crate::model::own_path::OwnPath;
use crate::model::refusal::Code;
use crate::model::{ClientId, DeviceId, SessionId};
use crate::paths;
use crate::web::error::PageError;
use crate::web::page::PageState;
use crate::web::profile_conflict::profile_conflict;
use crate::web::rejection::Rejection;
use crate::web::submission::Submission;
use crate::web::{hand_over, shown_once};

/// Makes a change and redirects to the tab of its form, or shows there why it was refused.
pub(super) async fn change<C: Change>(
    sent: &Submission<SignedIn>,
    change: C,
    tab: AccountTab,
    done: &str,
) -> Result<Response, PageError> {
    match sent.change(change).await {
        Ok(_) => Ok(sent.go_to(&path_after_change(done))),
        Err(failure) => refuse(sent, tab, failure).await,
    }
}

/// A tab with the reasons for a refusal.
pub(super) async fn refuse(
    sent: &Submission<SignedIn>,
    tab: AccountTab,
    failure: impl Into<Failure>,
) -> Result<Response, PageError> {
    let mut rejection = Rejection::of(failure)?;
    for error in &mut rejection.state.errors {
        if error.field == Some("password") {
            error.field = Some("new");
        }
    }
    let page = Home {
        state: rejection.state,
        ..page(&sent.app, &sent.user.session, tab).await?
    };
    Ok(sent.show(rejection.status, &page))
}

/// Withdraws an app's access to the account.
pub async fn remove_app(sent: Submission<SignedIn>) -> Result<Response, PageError> {
    let client_id = ClientId(sent.form.get("app").unwrap_or_default().to_owned());
    sent.change(WithdrawAppAccess { client_id }).await?;
    Ok(sent.go_to(&path_after_change("app")))
}

/// Keeps the chosen theme in the browser's cookie, or none, and returns to the page with the form.
pub async fn choose_theme(sent: Submission<SignedIn>) -> Response {
    let theme = sent.trimmed("theme").parse().ok();
    let page = OwnPath::try_from(sent.trimmed("page")).unwrap_or_else(|_| OwnPath::account());
    let mut response = sent.go_to(page.as_str());
    if let Ok(cookie) = sent.app.cookies.set_theme(theme) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// Deletes the secrets that the user has copied from a page.
pub async fn forget_links(sent: Submission<SignedIn>) -> Result<Response, PageError> {
    shown_once::forget(&sent).await
}

/// Makes a one-time link to a secret that a page shows.
pub async fn hand_over(sent: Submission<SignedIn>) -> Result<Response, PageError> {
    hand_over::offer(&sent).await
}

/// Saves the name, the language and the time zone.
pub async fn save_profile(sent: Submission<SignedIn>) -> Result<Response, PageError> {
    let claim = |claim: &str| (claim.to_owned(), sent.trimmed(claim).into());
    let update = UpdateProfile {
        id: sent.user.id(),
        claims: ["name", "locale", "zoneinfo"].map(claim).into_iter().collect(),
        expected: sent.trimmed("seen").parse().ok().map(Time),
    };
    match sent.change(update).await {
        Err(failure) if failure.is(Code::AccountChanged) => conflict(&sent, failure).await,
        Err(failure) => refuse(&sent, AccountTab::Profile, failure).await,
        Ok(()) => Ok(sent.go_to(&path_after_change("profile"))),
    }
}

/// Shows both versions of the profile, which somebody else has changed meanwhile.
async fn conflict(sent: &Submission<SignedIn>, failure: Failure) -> Result<Response, PageError> {
    let Rejection { status, state } = Rejection::of(failure)?;
    let shown = page(&sent.app, &sent.user.session, AccountTab::Profile).await?;
    let paths = [paths::ACCOUNT_PROFILE, paths::ACCOUNT].map(|path| path.to_string());
    let state = PageState {
        conflict: profile_conflict(sent, paths, &shown.account.view),
        ..state
    };
    Ok(sent.show(status, &Home { state, ..shown }))
}

/// Ends one session, or all but this one.
pub async fn end_sessions(sent: Submission<SignedIn>) -> Result<Response, PageError> {
    let done = if let Some(id) = sent.form.get("session") {
        let session = SessionId(id.to_owned());
        sent.change(EndOwnSession { session }).await?;
        "session"
    } else {
        sent.change(EndOtherSessions).await?;
        "sessions"
    };
    Ok(sent.go_to(&path_after_change(done)))
}

/// Forgets a browser of the account.
pub async fn forget_device(sent: Submission<SignedIn>) -> Result<Response, PageError> {
    let id = DeviceId(sent.form.get("device").unwrap_or_default().to_owned());
    sent.change(ForgetOwnDevice { id }).await?;
    Ok(sent.go_to(&path_after_change("device")))
}

/// Changes the password if the current one is right.
pub async fn change_password(sent: Submission<SignedIn>) -> Result<Response, PageError> {
    let typed = |field: &str| sent.form.get(field).unwrap_or_default();
    let current = typed("current").to_owned().into();
    let new = ChangeOwnPassword::new(current, sent.user.visit.network(), typed("new").into());
    change(&sent, new, AccountTab::Security, "password").await
}
