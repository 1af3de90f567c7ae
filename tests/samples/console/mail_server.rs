//! Examples of the form of the mail server.

use doorward::clock::Time;
use doorward::console::mail_server::{MailServer, TestStep};
use doorward::console::shell::NavItem;
use doorward::model::mail::{Encryption, MailSettings, Step, TestResult};
use doorward::web::page::PageState;

use super::parts::shell;
use super::{Sample, of};

pub fn all() -> Vec<Sample> {
    of([none(), stored(), untested(), asks(), tested(), succeeded()])
}

fn none() -> MailServer {
    MailServer {
        shell: shell(NavItem::Settings),
        server: None,
        encryption: "starttls",
        has_password: false,
        is_set: false,
        seen: String::new(),
        draft: String::new(),
        steps: Vec::new(),
        asks: false,
        state: PageState::default(),
    }
}

fn settings() -> MailSettings {
    MailSettings {
        server: "mail.example.org".into(),
        port: 587,
        encryption: Encryption::StartTls,
        user: None,
        password: None,
        sender: "Example <id@example.org>".into(),
        ca: None,
        tested: None,
    }
}

fn untested() -> MailServer {
    MailServer {
        server: Some(settings()),
        is_set: true,
        ..none()
    }
}

fn with_result(failed: Option<(Step, String)>) -> MailServer {
    MailServer {
        server: Some(MailSettings {
            user: Some("mailer".into()),
            tested: Some(TestResult { at: Time(0), failed }),
            ..settings()
        }),
        has_password: true,
        is_set: true,
        seen: "0".into(),
        ..none()
    }
}

fn stored() -> MailServer {
    with_result(None)
}

fn asks() -> MailServer {
    MailServer {
        asks: true,
        ..with_result(Some((Step::LogIn, "permanent error (535)".into())))
    }
}

fn succeeded() -> MailServer {
    let name = "Find the server's address";
    MailServer {
        steps: vec![TestStep { name, failed: None }],
        ..stored()
    }
}

fn tested() -> MailServer {
    let steps = [
        ("Find the server's address", None),
        ("Connect to the server", Some("Connection refused")),
    ];
    let step = |(name, failed): (&'static str, Option<&str>)| TestStep {
        name,
        failed: failed.map(|failed| {
            (
                failed.to_owned(),
                "Check the port, and that no firewall blocks it.",
            )
        }),
    };
    MailServer {
        steps: steps.map(step).into(),
        ..with_result(Some((Step::Connect, "Connection refused".into())))
    }
}
