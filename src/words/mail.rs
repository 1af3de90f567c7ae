//! The sentences about the mail server.

use super::counted;
use crate::model::mail::{Event, Step};

/// What a step does, for a list of steps.
#[must_use]
pub const fn mail_step(step: Step) -> &'static str {
    match step {
        Step::Resolve => "Find the server's address",
        Step::Connect => "Connect to the server",
        Step::Encrypt => "Encrypt the connection",
        Step::LogIn => "Log in",
        Step::Sender => "Announce the sender",
        Step::Message => "Submit the message",
    }
}

/// What to do if a step fails.
#[must_use]
pub const fn mail_step_remedy(step: Step) -> &'static str {
    match step {
        Step::Resolve => "Check the server's name and this machine's DNS.",
        Step::Connect => {
            "Check the port, and that no firewall blocks it. Port 465 needs implicit encryption, port 587 starttls."
        }
        Step::Encrypt => {
            "Check the kind of encryption, and that the certificate is valid for the server's name. If your own authority issued it, add that authority's certificate."
        }
        Step::LogIn => {
            "Check the user and the password, and that the server lets this user log in with a password."
        }
        Step::Sender => "Choose a sender that this user may send as.",
        Step::Message => "Check the recipient's address, and what the server says about the message.",
    }
}

/// What a mail is about, for a list of mails.
#[must_use]
pub const fn mail_event(event: &Event) -> &'static str {
    match event {
        Event::PasswordChanged => "Password changed",
        Event::SecondFactorAdded { .. } => "Authenticator app added",
        Event::SecondFactorRemoved { .. } => "Authenticator app removed",
        Event::PasskeyAdded { .. } => "Passkey added",
        Event::PasskeyRemoved { .. } => "Passkey removed",
        Event::ResetOffered { .. } => "A link for a new password",
        Event::Invited { .. } => "An invitation",
        Event::AccountCreated { .. } => "A link for the first password",
        Event::FirstPassword { .. } => "A temporary password",
        Event::EmailProof { .. } => "A link that confirms an address",
        Event::EmailInUse => "An address that already has an account",
        Event::OwnerSignIn { .. } => "A one-time sign-in of an owner",
        Event::ActedAs { .. } => "Somebody acts as them",
        Event::SecondFactorsReset => "Second factors removed",
        Event::NewBrowser { .. } => "Sign-in in a new browser",
        Event::EmailAdded { .. } => "Address added",
        Event::EmailRemoved { .. } => "Address removed",
        Event::PrimaryEmailChanged { .. } => "Primary address changed",
    }
}

/// The message after this many undelivered mails have been queued again.
#[must_use]
pub fn mails_queued(mails: u64) -> String {
    match mails {
        0 => "No mail will be sent again.".to_owned(),
        _ => format!("{} will be sent again.", counted(mails, "mail")),
    }
}
