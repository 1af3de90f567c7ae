//! The page of the user's e-mail addresses. It requires a recent sign-in, since whoever controls an account's addresses
//! can take over the account.

use axum::http::StatusCode;
use axum::response::Response;

use super::home::person;
use super::signed_in::SignedIn;
use crate::app::AppState;
use crate::directory::Change;
use crate::directory::accounts::{AccountEmail, GetOwnAccount};
use crate::directory::email_proofs::{AreEmailsProven, SendEmailProof};
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
        /// Whether a mailed link proves an address.
        by_mail: bool,
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
    let mut page = page(&app, &user, PageState::default()).await?;
    page.state.notice = params.get("done").map(|done| {
        let text = if page.by_mail && done == "link" {
            "A link is on its way to this address. Open it to confirm that the address is yours."
        } else {
            "Your addresses are saved. Apps receive them with your next sign-in."
        };
        Notice::new(Tone::Success, text)
    });
    Ok(user.visit().show(&app, StatusCode::OK, &page))
}

/// Adds an address.
pub(super) async fn add(sent: Sent) -> Result<Response, PageError> {
    change(sent, "link", |id, address| AddEmail { id, address }).await
}

/// Removes an address.
pub(super) async fn remove(sent: Sent) -> Result<Response, PageError> {
    change(sent, "email", |id, address| RemoveEmail { id, address }).await
}

/// Makes an address the primary one.
pub(super) async fn make_primary(sent: Sent) -> Result<Response, PageError> {
    change(sent, "email", |id, address| MakeEmailPrimary { id, address }).await
}

/// Mails a link that proves an address.
pub(super) async fn send_proof(sent: Sent) -> Result<Response, PageError> {
    change(sent, "link", |_, address| SendEmailProof { address }).await
}

async fn change<C: Change>(
    sent: Sent,
    done: &str,
    of: impl FnOnce(AccountId, String) -> C,
) -> Result<Response, PageError> {
    let id = sent.user.0.id();
    match sent.change(of(id, sent.trimmed("email"))).await {
        Ok(_) => Ok(sent.go_to(&format!("{}?done={done}", paths::ACCOUNT_EMAILS))),
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
        by_mail: reader.read(AreEmailsProven).await?,
        state,
    })
}
