//! The page of the user's e-mail addresses. It requires a recent sign-in, since whoever controls an account's addresses
//! can take over the account.

use axum::http::StatusCode;
use axum::response::Response;

use super::home::person;
use super::signed_in::SignedIn;
use crate::app::AppState;
use crate::directory::Change;
use crate::directory::accounts::{AccountEmail, GetOwnAccount};
use crate::directory::emails::{AddEmail, MakeEmailPrimary, RemoveEmail};
use crate::model::AccountId;
use crate::paths;
use crate::web::error::PageError;
use crate::web::live_sessions::session_limits;
use crate::web::page::{Notice, PageState, Person, Tone, page};
use crate::web::recent::Recent;
use crate::web::rejection::Rejection;
use crate::web::submission::{PageRequest, Submission, Visitor};

page! {
    /// The page of the user's e-mail addresses.
    Emails "account/emails.html" {
        /// Who is signed in.
        person: Person,
        /// Whether the user may open the console.
        console: bool,
        /// The addresses, the primary one first.
        emails: Vec<AccountEmail>,
        /// The errors and the notice.
        #[serde(flatten)]
        state: PageState,
    }
}

type Sent = Submission<Recent<SignedIn>>;

/// Shows the addresses with the forms that change them.
pub(super) async fn show(
    PageRequest { app, user, params }: PageRequest<Recent<SignedIn>>,
) -> Result<Response, PageError> {
    let done = params.get("done").is_some();
    let saved = "Your addresses are saved. Apps receive them with your next sign-in.";
    let state = PageState::with_notice(done.then(|| Notice::new(Tone::Success, saved)));
    let page = page(&app, &user, state).await?;
    Ok(user.visit().show(&app, StatusCode::OK, &page))
}

/// Adds an address.
pub(super) async fn add(sent: Sent) -> Result<Response, PageError> {
    change(sent, |id, address| AddEmail { id, address }).await
}

/// Removes an address.
pub(super) async fn remove(sent: Sent) -> Result<Response, PageError> {
    change(sent, |id, address| RemoveEmail { id, address }).await
}

/// Makes an address the primary one.
pub(super) async fn make_primary(sent: Sent) -> Result<Response, PageError> {
    change(sent, |id, address| MakeEmailPrimary { id, address }).await
}

async fn change<C: Change>(
    sent: Sent,
    of: impl FnOnce(AccountId, String) -> C,
) -> Result<Response, PageError> {
    let id = sent.user.0.id();
    match sent.change(of(id, sent.trimmed("email"))).await {
        Ok(_) => Ok(sent.go_to(&format!("{}?done=email", paths::ACCOUNT_EMAILS))),
        Err(failure) => {
            let rejection = Rejection::of(failure)?;
            let page = page(&sent.app, &sent.user, rejection.state).await?;
            Ok(sent.show(rejection.status, &page))
        }
    }
}

async fn page(app: &AppState, user: &Recent<SignedIn>, state: PageState) -> Result<Emails, PageError> {
    let limits = session_limits(app);
    let mut reader = app.directory.reader(&user.actor()).await?;
    let account = reader.read(GetOwnAccount { limits }).await?;
    Ok(Emails {
        person: person(&account.view),
        console: account.is_staff,
        emails: account.view.emails,
        state,
    })
}
