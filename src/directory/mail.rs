//! The mail server, and the mail that delivery gave up on.

use serde_json::json;

use super::actor::difference;
use super::{ChangeContext, Failure, ReadContext, names, operation};
use crate::crypto::{Aad, MasterKey, SealError, Secret};
use crate::model::action::Action;
use crate::model::mail::{Encryption, MailSettings, is_this_machine, sender_parts};
use crate::model::refusal::{Code, Refusal};
use crate::store::outbox::Undelivered;
use crate::store::{counters, mail_settings, outbox};

/// The maximum number of listed mails.
const MAX_LISTED: i64 = 100;

/// The place that the sealed password of the mail server's user is bound to.
const PASSWORD: Aad<'static> = Aad {
    table: "settings",
    row: "mail",
    column: "password",
};

/// Seals the password of the mail server's user.
#[must_use]
pub fn seal_password(master: &MasterKey, password: &str) -> String {
    hex::encode(master.seal(password.as_bytes(), PASSWORD))
}

/// Opens what [`seal_password`] made.
///
/// # Errors
/// When it was changed, or sealed with another master key.
pub fn open_password(master: &MasterKey, sealed: &str) -> Result<Secret<String>, SealError> {
    open_text(master, sealed, PASSWORD)
}

/// The place that the sealed temporary password for the account with this username is bound to.
const fn first_password_of(username: &str) -> Aad<'_> {
    Aad {
        table: "outbox",
        row: username,
        column: "mail",
    }
}

/// Seals the temporary password of a new account, so that queued mail contains no secret.
#[must_use]
pub fn seal_first_password(master: &MasterKey, username: &str, password: &str) -> String {
    hex::encode(master.seal(password.as_bytes(), first_password_of(username)))
}

/// Opens what [`seal_first_password`] made for the same username.
///
/// # Errors
/// When it was changed, or sealed with another master key or for another username.
pub fn open_first_password(
    master: &MasterKey,
    username: &str,
    sealed: &str,
) -> Result<Secret<String>, SealError> {
    open_text(master, sealed, first_password_of(username))
}

fn open_text(master: &MasterKey, sealed: &str, place: Aad<'_>) -> Result<Secret<String>, SealError> {
    let sealed = hex::decode(sealed).map_err(|_| SealError::Damaged)?;
    let opened = master.open(&sealed, place)?;
    let text = std::str::from_utf8(opened.expose()).map_err(|_| SealError::Damaged)?;
    Ok(Secret::new(text.to_owned()))
}

operation! {
    /// Reads how mail is sent; `None` if there is no mail server.
    read GetMailSettings -> Option<MailSettings>, requires SettingsWrite;
}

impl GetMailSettings {
    async fn perform(self, context: &mut ReadContext<'_>) -> Result<Option<MailSettings>, Failure> {
        Ok(mail_settings::get(context.conn()).await?)
    }
}

operation! {
    /// Checks settings before a test of the connection, which sends the password.
    read CheckMailSettings { settings: MailSettings } -> (), requires SettingsWrite;
}

impl CheckMailSettings {
    #[expect(clippy::unused_async, reason = "every operation is asynchronous")]
    async fn perform(self, _: &mut ReadContext<'_>) -> Result<(), Failure> {
        Failure::if_any(reasons_against(&self.settings))
    }
}

operation! {
    /// Records a test of the connection, and stores its result if it tested the stored settings.
    change RecordMailTest { settings: MailSettings } -> (), requires SettingsWrite;
}

impl RecordMailTest {
    async fn perform(self, context: &mut ChangeContext<'_>) -> Result<(), Failure> {
        let settings = self.settings;
        counters::invalidate_cache(context.tx()).await?;
        let stored = mail_settings::get(context.tx()).await?;
        if stored.is_some_and(|stored| stored.equals_but_for_test(&settings)) {
            mail_settings::set(context.tx(), &settings).await?;
        }
        let failed = settings.tested.and_then(|test| test.failed).map(|(step, _)| step);
        let detail = json!({ "server": settings.server, "port": settings.port, "failed": failed });
        context.record(Action::MailTest, "", &detail).await
    }
}

operation! {
    /// Changes how mail is sent.
    change ChangeMailSettings {
        settings: MailSettings,
        /// The version of the settings that these replace; empty for none.
        expected_version: String,
    } -> (), requires SettingsWrite;
}

impl ChangeMailSettings {
    async fn perform(self, context: &mut ChangeContext<'_>) -> Result<(), Failure> {
        Failure::if_any(reasons_against(&self.settings))?;
        // Serializes concurrent changes, so that the second one finds the version of the first.
        counters::invalidate_cache(context.tx()).await?;
        let before = mail_settings::get(context.tx()).await?;
        if before.as_ref().map(MailSettings::version).unwrap_or_default() != self.expected_version {
            return Err(Code::SettingsChanged.into());
        }
        mail_settings::set(context.tx(), &self.settings).await?;
        let without_password = |settings: Option<MailSettings>| {
            settings.map(|settings| MailSettings {
                password: None,
                ..settings
            })
        };
        let (before, after) = (without_password(before), without_password(Some(self.settings)));
        context
            .record(Action::MailChange, "", &difference(&before, &after))
            .await
    }
}

/// What is wrong with the settings.
fn reasons_against(settings: &MailSettings) -> Vec<Refusal> {
    let mut reasons = Vec::new();
    let is_server = |c: char| c.is_ascii_alphanumeric() || ['.', '-', ':', '_'].contains(&c);
    if !(1..=253).contains(&settings.server.len()) || !settings.server.chars().all(is_server) {
        reasons.push(Code::MailServerInvalid.at("server"));
    }
    if settings.port == 0 {
        let range = Code::OutOfRange.at("port");
        reasons.push(range.with("min", "1").with("max", "65535"));
    }
    let (name, address) = sender_parts(&settings.sender);
    if names::validate_email("sender", address).is_err()
        || names::validate_line("sender", name).is_err()
        || name.contains(['<', '>'])
        || name.chars().count() > 100
    {
        reasons.push(Code::MailSenderInvalid.at("sender"));
    }
    if settings.user.is_some() && settings.password.is_none() {
        reasons.push(Code::MailPasswordMissing.at("password"));
    }
    let is_exposed = settings.encryption == Encryption::None && !is_this_machine(&settings.server);
    if is_exposed && settings.user.is_some() {
        reasons.push(Code::MailPasswordUnencrypted.at("encryption"));
    }
    let is_certificate = |pem: &String| {
        openssl::x509::X509::stack_from_pem(pem.as_bytes()).is_ok_and(|found| !found.is_empty())
    };
    if settings.ca.as_ref().is_some_and(|pem| !is_certificate(pem)) {
        reasons.push(Code::MailCaInvalid.at("ca"));
    }
    reasons
}

operation! {
    /// Stops sending mail, and removes the queued mail.
    change RemoveMailSettings -> (), requires SettingsWrite;
}

impl RemoveMailSettings {
    async fn perform(self, context: &mut ChangeContext<'_>) -> Result<(), Failure> {
        if !mail_settings::remove(context.tx()).await? {
            return Err(Code::MailNotSetUp.into());
        }
        context.record(Action::MailRemove, "", &json!({})).await
    }
}

operation! {
    /// Lists the latest undelivered mails.
    read ListUndeliveredMail -> Vec<Undelivered>, requires SettingsWrite;
}

impl ListUndeliveredMail {
    async fn perform(self, context: &mut ReadContext<'_>) -> Result<Vec<Undelivered>, Failure> {
        Ok(outbox::undelivered(context.conn(), MAX_LISTED).await?)
    }
}

operation! {
    /// Queues an undelivered mail again.
    change RetryMail { id: String } -> (), requires SettingsWrite;
}

impl RetryMail {
    async fn perform(self, context: &mut ChangeContext<'_>) -> Result<(), Failure> {
        let (tx, now) = context.tx_now();
        if !outbox::retry(tx, &self.id, now).await? {
            return Err(Code::MailNotFound.into());
        }
        let detail = json!({ "id": self.id });
        context.record(Action::MailRetry, "", &detail).await
    }
}

operation! {
    /// Queues the undelivered mails again, as many as the queue takes; yields how many.
    change RetryAllMail -> u64, requires SettingsWrite;
}

impl RetryAllMail {
    async fn perform(self, context: &mut ChangeContext<'_>) -> Result<u64, Failure> {
        let (tx, now) = context.tx_now();
        let mails = outbox::retry_all(tx, now).await?;
        if mails > 0 {
            let detail = json!({ "mails": mails });
            context.record(Action::MailRetry, "", &detail).await?;
        }
        Ok(mails)
    }
}

operation! {
    /// Deletes an undelivered mail.
    change DiscardMail { id: String } -> (), requires SettingsWrite;
}

impl DiscardMail {
    async fn perform(self, context: &mut ChangeContext<'_>) -> Result<(), Failure> {
        if !outbox::discard(context.tx(), &self.id).await? {
            return Err(Code::MailNotFound.into());
        }
        let detail = json!({ "id": self.id });
        context.record(Action::MailDiscard, "", &detail).await
    }
}
