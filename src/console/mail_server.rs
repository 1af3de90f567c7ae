//! The form of the mail server. It carries what was typed last, with the password and the result of the last test,
//! encrypted for the session, so that nobody types the password twice and nobody claims a test that was not made.

use axum::http::StatusCode;
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;

use super::console_user::ConsoleUser;
use super::shell::{NavItem, Shell};
use crate::crypto::Aad;
use crate::directory::Failure;
use crate::directory::mail::{
    ChangeMailSettings, CheckMailSettings, GetMailSettings, RecordMailTest, RemoveMailSettings, seal_password,
};
use crate::mail::{Access, Tested, result_of, test};
use crate::model::mail::{Encryption, MailSettings};
use crate::model::refusal::Code;
use crate::paths;
use crate::web::conflict::{Conflict, Stored};
use crate::web::error::PageError;
use crate::web::note::Note;
use crate::web::page::{PageState, page};
use crate::web::recent::Recent;
use crate::web::rejection::Rejection;
use crate::web::submission::{PageRequest, Submission, Visitor, WithSession};
use crate::words;

/// A step of a test.
#[derive(Clone, Debug, Serialize)]
pub struct TestStep {
    /// What it does.
    pub name: &'static str,
    /// What the server or the system said when it failed, and what to do.
    pub failed: Option<(String, &'static str)>,
}

page! {
    /// The form of the mail server.
    MailServer "console/mail_server.html" {
        /// The navigation and the signed-in person.
        shell: Shell,
        /// The settings as typed or stored, without the password.
        server: Option<MailSettings>,
        /// How the connection is encrypted, as the form says it.
        encryption: &'static str,
        /// Whether an empty password keeps one.
        has_password: bool,
        /// Whether there is a mail server.
        is_set: bool,
        /// The version of the stored settings.
        seen: String,
        /// What was typed last, encrypted.
        draft: String,
        /// The steps of the test that was just made.
        steps: Vec<TestStep>,
        /// Whether to ask for confirmation, since the settings were not tested successfully.
        asks: bool,
        /// The errors and the notice.
        #[serde(flatten)]
        state: PageState,
    }
}

type User = Recent<ConsoleUser>;
type Sent = Submission<User>;

/// Shows the form.
pub(super) async fn show(PageRequest { app, user, .. }: PageRequest<User>) -> Result<Response, PageError> {
    let stored = app.directory.read(&user.actor(), GetMailSettings).await?;
    let page = page(&user, stored.as_ref(), stored.clone());
    Ok(user.visit().show(&app, StatusCode::OK, &page))
}

/// The form with these settings in its fields.
fn page(user: &User, stored: Option<&MailSettings>, shown: Option<MailSettings>) -> MailServer {
    MailServer {
        shell: user.0.shell(NavItem::Settings),
        encryption: word_of(
            shown
                .as_ref()
                .map_or(Encryption::StartTls, |shown| shown.encryption),
        ),
        has_password: shown.as_ref().is_some_and(|shown| shown.password.is_some()),
        server: shown.map(|shown| MailSettings {
            password: None,
            ..shown
        }),
        is_set: stored.is_some(),
        seen: stored.map(MailSettings::version).unwrap_or_default(),
        draft: String::new(),
        steps: Vec::new(),
        asks: false,
        state: PageState::default(),
    }
}

/// Tests the settings, or saves them.
pub(super) async fn submit(sent: Sent) -> Result<Response, PageError> {
    let stored = sent
        .app
        .directory
        .read(&sent.user.actor(), GetMailSettings)
        .await?;
    let typed = typed(&sent, stored.as_ref());
    let check = CheckMailSettings {
        settings: typed.clone(),
    };
    let checked = sent.app.directory.read(&sent.user.actor(), check).await;
    if let Err(failure) = checked {
        return refused(&sent, stored.as_ref(), typed, failure);
    }
    if sent.form.get("test").is_some() {
        return tested(&sent, stored.as_ref(), typed).await;
    }
    if !typed.has_passed_test() && sent.form.get("untested").is_none() {
        let page = MailServer {
            asks: true,
            ..again(&sent, stored.as_ref(), typed)
        };
        return Ok(sent.show(StatusCode::OK, &page));
    }
    let change = ChangeMailSettings {
        settings: typed.clone(),
        expected_version: sent.trimmed("seen"),
    };
    match sent.change(change).await {
        Ok(()) => Ok(go_back(&sent, "Mail is sent with these settings from now on.")),
        Err(failure) => refused(&sent, stored.as_ref(), typed, failure),
    }
}

/// What the form says for a kind of encryption.
const fn word_of(encryption: Encryption) -> &'static str {
    match encryption {
        Encryption::None => "unencrypted",
        other => other.as_str(),
    }
}

/// The settings in a form, with the password and the test result that the form's draft or the database has for them.
fn typed(sent: &Sent, stored: Option<&MailSettings>) -> MailSettings {
    let chosen = sent.trimmed("encryption");
    let chosen = Encryption::ALL.iter().find(|way| word_of(**way) == chosen);
    let encryption = chosen.copied().unwrap_or(Encryption::StartTls);
    let optional = |name| Some(sent.trimmed(name).replace('\r', "")).filter(|text| !text.is_empty());
    let password = sent.form.get("password");
    let mut typed = MailSettings {
        server: sent.trimmed("server"),
        port: match optional("port") {
            Some(port) => port.parse().unwrap_or(0),
            None => encryption.usual_port(),
        },
        encryption,
        user: optional("user"),
        password: password.map(|password| seal_password(&sent.app.master, password)),
        sender: sent.trimmed("sender"),
        ca: optional("ca"),
        tested: None,
    };
    let draft = open_draft(sent);
    let known: Vec<_> = draft.iter().chain(stored).collect();
    for other in &known {
        typed.keep_password_of(other);
    }
    let mut same = known
        .into_iter()
        .filter(|other| other.equals_but_for_test(&typed));
    typed.tested = same.find_map(|other| other.tested.clone());
    typed
}

/// The form as it was sent.
fn again(sent: &Sent, stored: Option<&MailSettings>, typed: MailSettings) -> MailServer {
    MailServer {
        draft: seal_draft(sent, &typed),
        seen: sent.trimmed("seen"),
        ..page(&sent.user, stored, Some(typed))
    }
}

async fn tested(
    sent: &Sent,
    stored: Option<&MailSettings>,
    mut typed: MailSettings,
) -> Result<Response, PageError> {
    let app = &sent.app;
    let access = Access::new(&app.config, &app.master, typed.clone());
    let steps = test(&access.map_err(|error| PageError::internal(&error))?).await;
    typed.tested = Some(result_of(&steps, app.clock.now()));
    let settings = typed.clone();
    sent.change(RecordMailTest { settings }).await?;
    let page = MailServer {
        steps: steps.into_iter().map(step).collect(),
        ..again(sent, stored, typed)
    };
    Ok(sent.show(StatusCode::OK, &page))
}

fn step((step, outcome): Tested) -> TestStep {
    let failed = outcome.err();
    TestStep {
        name: words::mail_step(step),
        failed: failed.map(|failed| (failed.detail, words::mail_step_remedy(step))),
    }
}

/// The form, with the reasons why the settings were refused.
fn refused(
    sent: &Sent,
    stored: Option<&MailSettings>,
    typed: MailSettings,
    failure: Failure,
) -> Result<Response, PageError> {
    let is_conflict = failure.is(Code::SettingsChanged);
    let Rejection { status, mut state } = Rejection::of(failure)?;
    let mut page = again(sent, stored, typed);
    if is_conflict {
        let version = stored.map(MailSettings::version).unwrap_or_default();
        state.conflict = conflict(sent, stored, version, &page.draft);
    }
    page.state = state;
    Ok(sent.show(status, &page))
}

/// Both versions; the user's keeps its password.
fn conflict(sent: &Sent, stored: Option<&MailSettings>, version: String, draft: &str) -> Option<Conflict> {
    let field = |name, label, value: fn(&MailSettings) -> String| Stored {
        name,
        label,
        value: stored.map(value).unwrap_or_default(),
    };
    let fields = vec![
        field("server", "Server", |stored| stored.server.clone()),
        field("port", "Port", |stored| stored.port.to_string()),
        field("encryption", "Encryption", |stored| {
            word_of(stored.encryption).to_owned()
        }),
        field("user", "User", |stored| stored.user.clone().unwrap_or_default()),
        field("sender", "Sender", |stored| stored.sender.clone()),
        field("ca", "Certificates of your own authority", |stored| {
            stored.ca.clone().unwrap_or_default()
        }),
    ];
    let form = sent
        .app
        .config
        .server
        .issuer
        .local(paths::CONSOLE_SETTINGS_MAIL_SERVER);
    let mut conflict = Conflict::of(
        |name| sent.form.trimmed(name),
        (form.clone(), form),
        ("seen", version),
        fields,
    )?;
    conflict.fields.push(("draft".to_owned(), draft.to_owned()));
    Some(conflict)
}

/// Stops sending mail.
pub(super) async fn turn_off(sent: Sent) -> Result<Response, PageError> {
    sent.change(RemoveMailSettings).await?;
    Ok(go_back(&sent, "No mail is sent from now on."))
}

fn go_back(sent: &Sent, text: &str) -> Response {
    Note::new(text).go_to(sent, paths::CONSOLE_SETTINGS_MAIL.as_ref())
}

fn seal_draft(sent: &Sent, typed: &MailSettings) -> String {
    let text = serde_json::to_vec(typed).unwrap_or_default();
    URL_SAFE_NO_PAD.encode(sent.app.master.seal(&text, aad(sent)))
}

fn open_draft(sent: &Sent) -> Option<MailSettings> {
    let record = URL_SAFE_NO_PAD.decode(sent.form.get("draft")?).ok()?;
    let text = sent.app.master.open(&record, aad(sent)).ok()?;
    serde_json::from_slice(text.expose()).ok()
}

/// The associated data of the encryption: in place of a row it names the session.
fn aad(sent: &Sent) -> Aad<'_> {
    Aad {
        table: "settings",
        row: sent.user.session().id.as_str(),
        column: "draft of mail",
    }
}
