//! Examples of the page of mail.

use doorward::clock::Time;
use doorward::console::mail::{GivenUp, Mail, Server};
use doorward::console::shell::NavItem;
use doorward::model::mail::Encryption;
use doorward::web::page::PageState;

use super::parts::shell;
use super::{Sample, of};

pub fn all() -> Vec<Sample> {
    of([none(), full()])
}

fn none() -> Mail {
    Mail {
        shell: shell(NavItem::Settings),
        server: None,
        rows: Vec::new(),
        state: PageState::default(),
    }
}

fn full() -> Mail {
    Mail {
        server: Some(Server {
            address: "mail.example.org port 587".into(),
            encryption: Encryption::StartTls,
            own_ca: true,
            user: Some("mailer".into()),
            sender: "Example <id@example.org>".into(),
            tested_at: Some(Time(0)),
            failed: None,
        }),
        rows: vec![GivenUp {
            id: "1".into(),
            recipient: "ann@example.org".into(),
            about: "Address added",
            reason: "message: permanent error (550): No such mailbox".into(),
            failed_at: Time(0),
        }],
        ..none()
    }
}
