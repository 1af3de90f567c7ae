//! The changes that users make to their own account.

use axum::response::Response;

use super::home::{Home, page};
use super::signed_in::SignedIn;
use crate::clock::Time;
use crate::directory::accounts::UpdateProfile;
use crate::directory::consents::WithdrawAppAccess;
use crate::directory::own_account::{ChangeOwnPassword, EndOtherSessions, EndOwnSession};
use crate::directory::{Change, Failure};
use crate::model::{ClientId, SessionId};
use crate::paths;
use crate::web::error::PageError;
use crate::web::rejection::Rejection;
use crate::web::submission::Submission;

/// The account page with the success message of a change.
pub(super) fn path_after_change(done: &str) -> String {
    format!("{}?done={done}", paths::ACCOUNT)
}

/// Makes a change and redirects to the account page, or shows why it was refused.
pub(super) async fn change<C: Change>(
    sent: &Submission<SignedIn>,
    change: C,
    done: &str,
) -> Result<Response, PageError> {
    match sent.change(change).await {
        Ok(_) => Ok(sent.go_to(&path_after_change(done))),
        Err(failure) => refuse(sent, failure).await,
    }
}

/// The account page with the reasons for a refusal.
pub(super) async fn refuse(
    sent: &Submission<SignedIn>,
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
        ..page(&sent.app, &sent.user.session).await?
    };
    Ok(sent.show(rejection.status, &page))
}

/// Withdraws an app's access to the account.
pub async fn remove_app(sent: Submission<SignedIn>) -> Result<Response, PageError> {
    let client_id = ClientId(sent.form.get("app").unwrap_or_default().to_owned());
    sent.change(WithdrawAppAccess { client_id }).await?;
    Ok(sent.go_to(&path_after_change("app")))
}

/// Saves the name, the language and the time zone.
pub async fn save_profile(sent: Submission<SignedIn>) -> Result<Response, PageError> {
    let claim = |claim: &str| (claim.to_owned(), sent.trimmed(claim).into());
    let update = UpdateProfile {
        id: sent.user.id(),
        claims: ["name", "locale", "zoneinfo"].map(claim).into_iter().collect(),
        seen: sent.trimmed("seen").parse().ok().map(Time),
    };
    change(&sent, update, "profile").await
}

/// Ends one session, or all but this one.
pub async fn end_sessions(sent: Submission<SignedIn>) -> Result<Response, PageError> {
    match sent.form.get("session") {
        Some(id) => {
            let session = SessionId(id.to_owned());
            sent.change(EndOwnSession { session }).await?;
        }
        None => sent.change(EndOtherSessions).await?,
    }
    Ok(sent.go_to(&path_after_change("sessions")))
}

/// Changes the password if the current one is right.
pub async fn change_password(sent: Submission<SignedIn>) -> Result<Response, PageError> {
    let new = ChangeOwnPassword {
        current: sent.form.get("current").unwrap_or_default().to_owned().into(),
        network: sent.user.visit.network(),
        password: sent.form.get("new").unwrap_or_default().into(),
    };
    change(&sent, new, "password").await
}
