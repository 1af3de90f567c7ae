//! The messages: subject and text from a template, which an operator's theme folder can replace, and the same in HTML.

use std::time::{Duration, UNIX_EPOCH};

use lettre::message::{Mailbox, MultiPart};
use lettre::{Address, Message};
use serde::Serialize;
use serde_json::Value;

use crate::clock::Time;
use crate::config::Issuer;
use crate::crypto::{MasterKey, SealError};
use crate::directory::mail::open_first_password;
use crate::directory::resets::link_token;
use crate::directory::signed_id::{Purpose, SignedId};
use crate::model::mail::{Event, Mail, sender_parts};
use crate::paths;
use crate::store::outbox::Leased;
use crate::web::templates::Templates;

/// The fields that the template of a mail can use.
#[derive(Serialize)]
struct Fields<'m> {
    #[serde(flatten)]
    mail: &'m Mail,
    /// The organisation's name.
    organisation: &'m str,
    /// The page on which recipients manage their account.
    account_url: String,
    /// The page that the mail links to, if there is one.
    link_url: Option<String>,
    /// The temporary password, if the mail hands one over.
    password: Option<String>,
}

/// The fields of the HTML layout, which shows the same as the text.
#[derive(Serialize)]
struct Html<'m> {
    /// The language of the text.
    language: &'m str,
    organisation: &'m str,
    subject: &'m str,
    paragraphs: Vec<&'m str>,
}

/// What all messages share.
pub(super) struct Sending<'s> {
    pub master: &'s MasterKey,
    pub templates: &'s Templates,
    pub issuer: &'s Issuer,
    pub organisation: &'s str,
    pub sender: &'s str,
}

impl Sending<'_> {
    /// The link of a mail, made from the id of what it leads to, which is all that the outbox stores.
    fn link_url(&self, event: &Event) -> Option<String> {
        let path = match event {
            Event::ResetOffered { reset, .. } => paths::RESET.of([link_token(self.master, reset).as_str()]),
            Event::Invited { invitation, .. } | Event::AccountCreated { invitation, .. } => {
                paths::INVITATION.of([SignedId::text(self.master, Purpose::Invitation, invitation)])
            }
            Event::EmailProof { proof, .. } => {
                paths::PROVE_EMAIL.of([SignedId::text(self.master, Purpose::EmailProof, proof)])
            }
            _ => return None,
        };
        Some(self.issuer.url(path))
    }

    /// The temporary password of a mail, which the outbox stores sealed.
    fn password(&self, mail: &Mail) -> Result<Option<String>, SealError> {
        let Event::FirstPassword { sealed, .. } = &mail.event else {
            return Ok(None);
        };
        let opened = open_first_password(self.master, &mail.username, sealed)?;
        Ok(Some(opened.expose().clone()))
    }

    /// The message of a mail. It has the same id each time, so that a recipient's server recognises one that was sent
    /// twice.
    ///
    /// # Errors
    /// When a template or an address is unusable.
    pub(super) fn message(&self, leased: &Leased, now: Time) -> anyhow::Result<Message> {
        let fields = Fields {
            mail: &leased.mail,
            organisation: self.organisation,
            account_url: self.issuer.url(paths::ACCOUNT),
            link_url: self.link_url(&leased.mail.event),
            password: self.password(&leased.mail)?,
        };
        let templates = leased.mail.templates();
        let template = self.templates.first_of(&templates);
        let rendered = self.templates.render_mail(template, &fields)?;
        let (subject, text) = rendered.trim().split_once('\n').unwrap_or((&rendered, ""));
        let text = text.trim();
        let html = self.templates.render_mail(
            "mail/layout.html",
            &Html {
                language: language_of(template),
                organisation: self.organisation,
                subject,
                paragraphs: text.split("\n\n").collect(),
            },
        )?;
        let (name, address) = sender_parts(self.sender);
        let name = Some(name.to_owned()).filter(|name| !name.is_empty());
        let address: Address = address.parse()?;
        let date = UNIX_EPOCH + Duration::from_secs(u64::try_from(now.seconds())?);
        Ok(Message::builder()
            .from(Mailbox::new(name, address.clone()))
            .to(Mailbox::new(None, leased.recipient.parse()?))
            .subject(subject)
            .date(date)
            .message_id(Some(format!("<{}@{}>", leased.id, address.domain())))
            .multipart(MultiPart::alternative_plain_html(text.to_owned(), html))?)
    }
}

/// The language of a template, which is the folder that it is in.
fn language_of(template: &str) -> &str {
    let mut folders = template.split('/').skip(1);
    match (folders.next(), folders.next()) {
        (Some(language), Some(_)) => language,
        _ => "en",
    }
}

/// The name of a mail's event, for logs.
pub(super) fn name_of(mail: &Mail) -> String {
    match serde_json::to_value(&mail.event) {
        Ok(Value::Object(fields)) => fields["event"].as_str().unwrap_or_default().to_owned(),
        _ => String::new(),
    }
}
