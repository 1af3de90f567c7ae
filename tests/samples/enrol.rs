//! Examples of the pages on which somebody adds their first second factor while signing in.

use doorward::directory::passkeys::Challenge;
use doorward::signin::enrol::EnrolPage;
use doorward::signin::enrol_passkey::EnrolPasskeyPage;
use doorward::signin::enrolled::EnrolledPage;
use doorward::web::page::FieldError;
use doorward::web::qr_code::QrCode;

use super::parts::{app, person_without_email};
use super::signin::ATTEMPT;
use super::{Sample, of};

pub fn all() -> Vec<Sample> {
    [
        of([enrol(), wrong_enrol()]),
        of(enrol_passkeys()),
        of([enrolled(), enrolled_passkey()]),
    ]
    .concat()
}

fn enrol() -> EnrolPage {
    EnrolPage {
        app: Some(app()),
        person: person_without_email(),
        qr: QrCode::of("otpauth://totp/Example:ann?secret=JBSWY3DPEHPK3PXP"),
        secret: "JBSW Y3DP EHPK 3PXP".into(),
        enrolment: "sealed".into(),
        errors: Vec::new(),
        attempt: ATTEMPT.into(),
    }
}

fn wrong_enrol() -> EnrolPage {
    EnrolPage {
        app: None,
        errors: vec![FieldError::at("code", "This code is wrong or was used before.")],
        ..enrol()
    }
}

fn enrolled() -> EnrolledPage {
    EnrolledPage {
        codes: vec![
            "7QK2-M0XD-93TB-HRWA-QK2M-0XD9".into(),
            "M0XD-93TB-HRWA-QK2M-0XD9-7QK2".into(),
        ],
        passkey: false,
        next: "/sign-in/continue?attempt=x".into(),
    }
}

fn enrolled_passkey() -> EnrolledPage {
    EnrolledPage {
        passkey: true,
        ..enrolled()
    }
}

fn enrol_passkeys() -> [EnrolPasskeyPage; 2] {
    let some = EnrolPasskeyPage {
        app: Some(app()),
        person: person_without_email(),
        challenge: Some(Challenge {
            options: r#"{"challenge":"4n1Hc0","rp":{"name":"Example","id":"id.example.org"}}"#.into(),
            sealed: "sealed".into(),
        }),
        errors: vec![FieldError::form("The passkey could not be created. Try again.")],
        attempt: ATTEMPT.into(),
    };
    let none = EnrolPasskeyPage {
        app: None,
        challenge: None,
        errors: Vec::new(),
        ..some.clone()
    };
    [some, none]
}
