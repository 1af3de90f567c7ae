//! Mail: the server that sends it, what it is about, and the steps of sending it.

use serde::{Deserialize, Serialize};

use super::account::Account;
use super::text_enum;
use crate::clock::Time;
use crate::crypto::TokenHash;

text_enum! {
    /// How the connection to the mail server is encrypted.
    Encryption {
        /// It begins unencrypted and is encrypted before anything is sent.
        StartTls = "starttls",
        /// It is encrypted from the beginning.
        Implicit = "implicit",
        /// It is not encrypted.
        None = "none",
    }
}

text_enum! {
    /// A step of sending mail.
    Step {
        /// Find the server's addresses.
        Resolve = "resolve",
        /// Connect to the server and read its greeting.
        Connect = "connect",
        /// Encrypt the connection and verify the certificate.
        Encrypt = "encrypt",
        /// Log in.
        LogIn = "log_in",
        /// Have the sender's address accepted.
        Sender = "sender",
        /// Have the recipient and the message accepted.
        Message = "message",
    }
}

impl Encryption {
    /// The usual port for it.
    #[must_use]
    pub const fn usual_port(self) -> u16 {
        match self {
            Self::StartTls => 587,
            Self::Implicit => 465,
            Self::None => 25,
        }
    }
}

/// The mail server and the sender.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailSettings {
    /// The server's name or IP address.
    pub server: String,
    /// Its port.
    pub port: u16,
    /// How the connection is encrypted.
    pub encryption: Encryption,
    /// The user who logs in; `None` for no login.
    pub user: Option<String>,
    /// The user's password, sealed with the master key, in hexadecimal.
    pub password: Option<String>,
    /// The sender, such as `Example <id@example.org>`.
    pub sender: String,
    /// The certificates (PEM) of the only authorities that the server's certificate may come from; `None` for the
    /// public ones.
    pub ca: Option<String>,
    /// The last test of exactly these settings.
    pub tested: Option<TestResult>,
}

/// The result of a test of the connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestResult {
    /// When it was made.
    pub at: Time,
    /// The step that failed, with what the server or the system said; `None` if all succeeded.
    pub failed: Option<(Step, String)>,
}

impl MailSettings {
    /// Whether the last test of exactly these settings succeeded.
    #[must_use]
    pub fn has_passed_test(&self) -> bool {
        self.tested.as_ref().is_some_and(|test| test.failed.is_none())
    }

    /// Whether the settings are the same, whatever their tests say.
    #[must_use]
    pub fn equals_but_for_test(&self, other: &Self) -> bool {
        let tested = self.tested.clone();
        *self
            == Self {
                tested,
                ..other.clone()
            }
    }

    /// Takes over the password of other settings if these have none, and only for the same server and user: otherwise
    /// whoever may change the mail server could have the stored password sent to a server of their own.
    pub fn keep_password_of(&mut self, other: &Self) {
        let to = |settings: &Self| {
            let Self {
                server,
                port,
                user,
                ca,
                ..
            } = settings.clone();
            (server.to_ascii_lowercase(), port, user, ca)
        };
        if self.password.is_none() && self.user.is_some() && to(self) == to(other) {
            self.password.clone_from(&other.password);
        }
    }

    /// A fingerprint of these settings, by which a form that replaces them notices that they have changed since it was
    /// opened.
    #[must_use]
    pub fn version(&self) -> String {
        let untested = Self {
            tested: None,
            ..self.clone()
        };
        let text = serde_json::to_vec(&untested).unwrap_or_default();
        hex::encode(TokenHash::of(&text).as_bytes())
    }
}

/// The name and the address of a sender such as `Example <id@example.org>`; the name may be empty.
#[must_use]
pub fn sender_parts(sender: &str) -> (&str, &str) {
    match sender
        .trim()
        .strip_suffix('>')
        .and_then(|text| text.rsplit_once('<'))
    {
        Some((name, address)) => (name.trim().trim_matches('"'), address.trim()),
        None => ("", sender.trim()),
    }
}

/// Whether a server is this machine.
#[must_use]
pub fn is_this_machine(server: &str) -> bool {
    let is_loopback = |address: std::net::IpAddr| address.is_loopback();
    server.eq_ignore_ascii_case("localhost") || server.parse().is_ok_and(is_loopback)
}

/// What a mail is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// The password was changed.
    PasswordChanged,
    /// An authenticator app was added.
    SecondFactorAdded {
        /// Its name.
        name: String,
    },
    /// An authenticator app was removed.
    SecondFactorRemoved {
        /// Its name.
        name: String,
    },
    /// A passkey was added.
    PasskeyAdded {
        /// Its name.
        name: String,
    },
    /// A passkey was removed.
    PasskeyRemoved {
        /// Its name.
        name: String,
    },
    /// Somebody made a link with which the owner chooses a password.
    ResetOffered {
        /// The id of the reset, from which the link follows.
        reset: String,
        /// When it expires.
        until: Time,
    },
    /// Somebody is invited.
    Invited {
        /// The id of the invitation, from which the link follows.
        invitation: String,
        /// The name of the team.
        team: Option<String>,
        /// The name of whoever invites, if that is a person.
        by: Option<String>,
        /// When it expires.
        until: Time,
    },
    /// An account was created, whose owner chooses the first password.
    AccountCreated {
        /// The id of the invitation, from which the link follows.
        invitation: String,
        /// When it expires.
        until: Time,
    },
    /// An account was created with a temporary password, which its owner replaces.
    FirstPassword {
        /// The password, sealed with the master key.
        sealed: String,
        /// When it expires.
        until: Time,
    },
    /// Somebody entered the address for an account.
    EmailProof {
        /// The id of the proof, from which the link follows.
        proof: String,
        /// When it expires.
        until: Time,
    },
    /// Somebody entered the address for an account, but another account has verified it.
    EmailInUse,
    /// A command on the host made a secret with which an owner signs in once.
    OwnerSignIn {
        /// The username of that owner.
        owner: String,
    },
    /// Somebody acts as the owner of the account.
    ActedAs {
        /// Their name.
        by: String,
        /// Why.
        reason: String,
        /// Until when.
        until: Time,
    },
    /// An administrator removed every second factor.
    SecondFactorsReset,
    /// Somebody signed in to the account in a browser where nobody had done so before.
    NewBrowser {
        /// Its `User-Agent`.
        user_agent: String,
        /// Its IP address.
        address: String,
        /// When.
        at: Time,
    },
    /// An address was added.
    EmailAdded {
        /// The address.
        address: String,
    },
    /// An address was removed.
    EmailRemoved {
        /// The address.
        address: String,
    },
    /// Another address became the primary one.
    PrimaryEmailChanged {
        /// The address.
        address: String,
    },
}

impl Event {
    /// The name of its template.
    #[must_use]
    pub const fn template(&self) -> &'static str {
        match self {
            Self::PasswordChanged => "mail/password_changed.txt",
            Self::SecondFactorAdded { .. } => "mail/second_factor_added.txt",
            Self::SecondFactorRemoved { .. } => "mail/second_factor_removed.txt",
            Self::PasskeyAdded { .. } => "mail/passkey_added.txt",
            Self::PasskeyRemoved { .. } => "mail/passkey_removed.txt",
            Self::ResetOffered { .. } => "mail/reset_offered.txt",
            Self::Invited { .. } => "mail/invited.txt",
            Self::AccountCreated { .. } => "mail/account_created.txt",
            Self::FirstPassword { .. } => "mail/first_password.txt",
            Self::EmailProof { .. } => "mail/email_proof.txt",
            Self::EmailInUse => "mail/email_in_use.txt",
            Self::OwnerSignIn { .. } => "mail/owner_sign_in.txt",
            Self::ActedAs { .. } => "mail/acted_as.txt",
            Self::SecondFactorsReset => "mail/second_factors_reset.txt",
            Self::NewBrowser { .. } => "mail/new_browser.txt",
            Self::EmailAdded { .. } => "mail/email_added.txt",
            Self::EmailRemoved { .. } => "mail/email_removed.txt",
            Self::PrimaryEmailChanged { .. } => "mail/primary_email_changed.txt",
        }
    }
}

/// A mail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mail {
    /// The username of the account that it is about; empty if it is about none.
    pub username: String,
    /// The language of that account's owner; empty if it is not known.
    #[serde(default)]
    pub language: String,
    /// What happened.
    #[serde(flatten)]
    pub event: Event,
}

impl Mail {
    /// A mail about an account, or about none.
    #[must_use]
    pub fn about(account: Option<&Account>, event: Event) -> Self {
        let language = account.and_then(|account| account.profile.locale.clone());
        Self {
            username: account.map_or_else(String::new, |account| account.username.clone()),
            language: language.unwrap_or_default(),
            event,
        }
    }

    /// The templates of its text, in order of preference: the owner's language as they wrote it, the same language
    /// without its region, and the server's language.
    #[must_use]
    pub fn templates(&self) -> Vec<String> {
        let whole = self.event.template();
        let file = whole.strip_prefix("mail/").unwrap_or(whole);
        let any_region = self.language.split('-').next().unwrap_or_default();
        let any_region = any_region.to_ascii_lowercase();
        let mut all: Vec<String> = [self.language.as_str(), &any_region]
            .into_iter()
            .filter(|language| !language.is_empty())
            .map(|language| format!("mail/{language}/{file}"))
            .collect();
        all.dedup();
        all.push(whole.to_owned());
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_is_in_the_language_of_the_owner_if_there_is_one() {
        for (language, templates) in [
            ("", &["mail/password_changed.txt"][..]),
            (
                "de",
                &["mail/de/password_changed.txt", "mail/password_changed.txt"],
            ),
            (
                "DE-at",
                &[
                    "mail/DE-at/password_changed.txt",
                    "mail/de/password_changed.txt",
                    "mail/password_changed.txt",
                ],
            ),
            (
                "pt-BR",
                &[
                    "mail/pt-BR/password_changed.txt",
                    "mail/pt/password_changed.txt",
                    "mail/password_changed.txt",
                ],
            ),
        ] {
            let mail = Mail {
                language: language.into(),
                ..Mail::about(None, Event::PasswordChanged)
            };
            assert_eq!(mail.templates(), templates);
        }
    }

    #[test]
    fn a_sender_has_a_name_and_an_address() {
        for (sender, parts) in [
            ("Example <id@example.org>", ("Example", "id@example.org")),
            (
                "\"Example, Inc.\" <id@example.org>",
                ("Example, Inc.", "id@example.org"),
            ),
            ("id@example.org", ("", "id@example.org")),
            (" <id@example.org> ", ("", "id@example.org")),
        ] {
            assert_eq!(sender_parts(sender), parts, "{sender}");
        }
    }

    #[test]
    fn only_loopback_is_this_machine() {
        for here in ["localhost", "127.0.0.1", "::1", "127.8.8.8"] {
            assert!(is_this_machine(here), "{here}");
        }
        for elsewhere in ["mail.example.org", "10.0.0.1", "localhost.example.org", ""] {
            assert!(!is_this_machine(elsewhere), "{elsewhere}");
        }
    }
}
