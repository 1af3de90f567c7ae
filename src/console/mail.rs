//! The mail server, and undelivered mail.

use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

use super::console_user::ConsoleUser;
use super::shell::{NavItem, Shell};
use crate::app::AppState;
use crate::clock::Time;
use crate::directory::mail::{DiscardMail, GetMailSettings, ListUndeliveredMail, RetryAllMail, RetryMail};
use crate::model::mail::{Encryption, MailSettings};
use crate::paths;
use crate::web::error::PageError;
use crate::web::note::{Note, noted};
use crate::web::page::{PageState, page};
use crate::web::submission::{PageRequest, Submission, Visitor};
use crate::words;

/// How mail is sent, without the password.
#[derive(Clone, Debug, Serialize)]
pub struct Server {
    /// The server and its port.
    pub address: String,
    /// How the connection is encrypted.
    pub encryption: Encryption,
    /// Whether only certificates from the administrator's own authority are accepted.
    pub own_ca: bool,
    /// The user who logs in.
    pub user: Option<String>,
    /// The sender.
    pub sender: String,
    /// When these settings were last tested.
    pub tested_at: Option<Time>,
    /// The step of that test that failed, and what the server or the system said.
    pub failed: Option<(&'static str, String)>,
}

/// An undelivered mail.
#[derive(Clone, Debug, Serialize)]
pub struct GivenUp {
    /// Its id.
    pub id: String,
    /// The address that it should have gone to.
    pub recipient: String,
    /// What it is about.
    pub about: &'static str,
    /// Why it was given up.
    pub reason: String,
    /// When it was given up.
    pub failed_at: Time,
}

page! {
    /// The page of mail.
    Mail "console/mail.html" {
        /// The navigation and the signed-in person.
        shell: Shell,
        /// How mail is sent; `None` if there is no mail server.
        server: Option<Server>,
        /// The undelivered mails, the latest first.
        rows: Vec<GivenUp>,
        /// The errors and the notice.
        #[serde(flatten)]
        state: PageState,
    }
}

/// Shows how mail is sent, and undelivered mail.
pub(super) async fn show(
    PageRequest { app, user, params }: PageRequest<ConsoleUser>,
) -> Result<Response, PageError> {
    let state = PageState::with_notice(noted(&app, &user, &params));
    let page = page(&app, &user, state).await?;
    Ok(user.visit.show(&app, StatusCode::OK, &page))
}

async fn page(app: &AppState, user: &ConsoleUser, state: PageState) -> Result<Mail, PageError> {
    let settings = app.directory.read(&user.actor(), GetMailSettings).await?;
    let mails = app.directory.read(&user.actor(), ListUndeliveredMail).await?;
    let rows = mails.into_iter().map(|mail| GivenUp {
        about: words::mail_event(&mail.mail.event),
        id: mail.id,
        recipient: mail.recipient,
        reason: mail.error.unwrap_or_default(),
        failed_at: mail.failed_at,
    });
    Ok(Mail {
        shell: user.shell(NavItem::Settings),
        server: settings.map(server),
        rows: rows.collect(),
        state,
    })
}

fn server(settings: MailSettings) -> Server {
    let tested_at = settings.tested.as_ref().map(|test| test.at);
    let failed = settings.tested.and_then(|test| test.failed);
    Server {
        address: format!("{} port {}", settings.server, settings.port),
        encryption: settings.encryption,
        own_ca: settings.ca.is_some(),
        user: settings.user,
        sender: settings.sender,
        tested_at,
        failed: failed.map(|(step, detail)| (words::mail_step(step), detail)),
    }
}

/// Retries an undelivered mail.
pub(super) async fn retry(sent: Submission<ConsoleUser>) -> Result<Response, PageError> {
    let id = sent.trimmed("mail");
    sent.change(RetryMail { id }).await?;
    Ok(go_back(&sent, words::mails_queued(1)))
}

/// Retries all undelivered mail.
pub(super) async fn retry_all(sent: Submission<ConsoleUser>) -> Result<Response, PageError> {
    let mails = sent.change(RetryAllMail).await?;
    Ok(go_back(&sent, words::mails_queued(mails)))
}

/// Deletes an undelivered mail.
pub(super) async fn discard(sent: Submission<ConsoleUser>) -> Result<Response, PageError> {
    let id = sent.trimmed("mail");
    sent.change(DiscardMail { id }).await?;
    Ok(go_back(&sent, "The mail is deleted.".to_owned()))
}

fn go_back(sent: &Submission<ConsoleUser>, text: String) -> Response {
    Note::new(text).go_to(sent, paths::CONSOLE_SETTINGS_MAIL.as_ref())
}
