//! Examples of the pages on which somebody allows a device access.

use doorward::clock::Time;
use doorward::model::SessionId;
use doorward::signin::consent::ScopeLine;
use doorward::signin::device::{ConfirmDevice, DeviceAnswered, DevicePage};
use doorward::web::page::FieldError;
use doorward::words;

use super::parts::{app, person};
use super::{Sample, of};

pub fn all() -> Vec<Sample> {
    [
        of([empty(), filled_in(), wrong()]),
        of([confirm(true), confirm(false)]),
        of([true, false].map(|allowed| DeviceAnswered { app: app(), allowed })),
    ]
    .concat()
}

fn empty() -> DevicePage {
    DevicePage {
        user_code: String::new(),
        errors: Vec::new(),
    }
}

fn filled_in() -> DevicePage {
    DevicePage {
        user_code: "WDJB-MJHT".into(),
        ..empty()
    }
}

fn wrong() -> DevicePage {
    DevicePage {
        errors: vec![FieldError::at("user_code", words::USER_CODE_WRONG)],
        ..empty()
    }
}

fn confirm(offline: bool) -> ConfirmDevice {
    ConfirmDevice {
        app: app(),
        person: person(),
        user_code: "WDJB-MJHT".into(),
        client_address: "203.0.113.7".into(),
        asked_at: Time(1_790_000_000_000_000),
        scopes: vec![
            ScopeLine::new("openid", "Know who you are", &[]),
            ScopeLine::new("email", "See your e-mail address", &[]),
        ],
        offline,
        session: SessionId("0198c3a0-0000-7000-8000-000000000001".into()),
    }
}
