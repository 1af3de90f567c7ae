//! Examples of the sign-in pages.

use doorward::clock::Time;
use doorward::model::SessionId;
use doorward::model::access::Obstacle;
use doorward::oidc::claims::SCOPES;
use doorward::signin::accounts::{Accounts, Choice};
use doorward::signin::consent::{Consent, ScopeLine};
use doorward::signin::forgot::ForgotPassword;
use doorward::signin::hand_over::HandOver;
use doorward::signin::join::Join;
use doorward::signin::new_password::NewPasswordPage;
use doorward::signin::no_entry::NoEntry;
use doorward::signin::passkey_prompt::PasskeyPrompt;
use doorward::signin::prove_email::{ProveEmailPage, ProvenEmail};
use doorward::signin::register::Waiting;
use doorward::signin::reset::ResetPage;
use doorward::signin::second_factor::SecondFactorPage;
use doorward::signin::set_up::SetUp;
use doorward::signin::sign_in_page::SignIn;
use doorward::signin::sign_out::{SignOut, SignedOut};
use doorward::web::page::{AppTile, FieldError, Link, Notice, Person, Tone};
use doorward::words;
use doorward::words::sign_out::{UNKNOWN_APP, UNREGISTERED_ADDRESS, continue_to};

use super::parts::{app, app_with_logo, person, person_without_email};
use super::{Sample, layout, of};

pub fn all() -> Vec<Sample> {
    [
        of(sign_ins()),
        of([two_sessions(), one_session()]),
        of([consent_to_one(), consent(), consent_to_every()]),
        of([no_entry()]),
        of([sign_out_of_app(), sign_out()]),
        of(signed_out()),
        of([set_up(), wrong_set_up()]),
        of([
            register(),
            wrong_register(),
            invited(),
            invited_signed_in(),
            first_password(),
            invited_members_only(),
        ]),
        of([waiting()]),
        of([prove_email()]),
        of([proven_email()]),
        of(second_factors()),
        of(new_passwords()),
        super::enrol::all(),
        of(resets()),
        of(hand_overs()),
        of(forgotten_passwords()),
    ]
    .concat()
}

fn second_factors() -> [SecondFactorPage; 3] {
    let code = SecondFactorPage {
        app: Some(app()),
        person: person_without_email(),
        recovery: false,
        has_app: true,
        passkey: Some(passkey()),
        trusts_for: Some(30 * 24 * 60 * 60),
        trusts: false,
        errors: Vec::new(),
        attempt: ATTEMPT.into(),
    };
    let recovery = SecondFactorPage {
        app: None,
        trusts: true,
        recovery: true,
        errors: vec![FieldError::at("code", "This code is wrong or was used before.")],
        ..code.clone()
    };
    let passkey_only = SecondFactorPage {
        has_app: false,
        ..code.clone()
    };
    [code, recovery, passkey_only]
}

fn hand_overs() -> [HandOver; 2] {
    let closed = HandOver {
        action: "/hand-over/4n1Hc0".into(),
        secret: None,
    };
    let open = HandOver {
        secret: Some("7QK2-M0XD-93TB-HRWA".into()),
        ..closed.clone()
    };
    [closed, open]
}

fn resets() -> [ResetPage; 2] {
    let page = ResetPage {
        person: person_without_email(),
        action: "/reset/4n1Hc0".into(),
        min_password: 12,
        errors: Vec::new(),
    };
    let wrong = ResetPage {
        errors: vec![FieldError::at("password", "Use at least 12 characters.")],
        ..page.clone()
    };
    [page, wrong]
}

fn forgotten_passwords() -> [ForgotPassword; 4] {
    let by_mail = ForgotPassword {
        by_mail: true,
        by_code: false,
        sent: false,
        errors: Vec::new(),
    };
    let sent = ForgotPassword {
        sent: true,
        ..by_mail.clone()
    };
    let by_administrator = ForgotPassword {
        by_mail: false,
        ..by_mail.clone()
    };
    let by_code = ForgotPassword {
        by_code: true,
        ..by_administrator.clone()
    };
    [by_mail, sent, by_administrator, by_code]
}

fn new_passwords() -> [NewPasswordPage; 2] {
    let page = NewPasswordPage {
        app: Some(app()),
        person: person_without_email(),
        min_password: 12,
        errors: Vec::new(),
        attempt: ATTEMPT.into(),
    };
    let wrong = NewPasswordPage {
        app: None,
        errors: vec![FieldError::at("password", "Use at least 12 characters.")],
        ..page.clone()
    };
    [page, wrong]
}

fn passkey() -> PasskeyPrompt {
    PasskeyPrompt {
        options: r#"{"challenge":"4n1Hc0","rpId":"id.example.org"}"#.into(),
        sealed: "sealed".into(),
    }
}

/// A sealed sign-in attempt.
pub(super) const ATTEMPT: &str = "0198c0de-7a11";

fn sign_ins() -> Vec<SignIn> {
    vec![
        SignIn {
            app: Some(app()),
            attempt: Some(ATTEMPT.into()),
            register: Some("/register".into()),
            passkey: Some(passkey()),
            ..SignIn::default()
        },
        wrong_password(),
        SignIn {
            errors: vec![FieldError::form(
                "There were too many wrong passwords. Wait 30 seconds and try again.",
            )],
            ..SignIn::default()
        },
        SignIn {
            errors: vec![
                FieldError::at("username", "Enter your username or e-mail address."),
                FieldError::at("password", "Enter your password."),
            ],
            ..SignIn::default()
        },
        SignIn {
            notice: Some(Notice::new(
                Tone::Warning,
                "An administrator signed you out. Sign in again to go on.",
            )),
            ..SignIn::default()
        },
        wrong_reset_code(),
        confirm_password(),
    ]
}

fn wrong_reset_code() -> SignIn {
    SignIn {
        takes_code: true,
        code: "7QK2-M0XD".into(),
        resets_by_mail: true,
        errors: vec![FieldError::at(
            "code",
            "This code is wrong, was used, or has expired. Ask for a new one.",
        )],
        ..SignIn::default()
    }
}

fn wrong_password() -> SignIn {
    SignIn {
        username: "ann".into(),
        errors: vec![FieldError::at(
            "password",
            "The username or password is wrong. Check both and try again.",
        )],
        app: Some(app()),
        attempt: Some(ATTEMPT.into()),
        ..SignIn::default()
    }
}

/// A signed-in user who must enter the password again.
fn confirm_password() -> SignIn {
    SignIn {
        app: Some(app_with_logo()),
        person: Some(person()),
        username: "ann".into(),
        notice: Some(Notice::new(
            Tone::Info,
            "Grafana asks you to confirm that it is still you.",
        )),
        attempt: Some(ATTEMPT.into()),
        ..SignIn::default()
    }
}

fn choice(id: &str, name: &str, username: &str, minutes_ago: i64) -> Choice {
    Choice {
        id: id.into(),
        person: Person {
            name: name.into(),
            username: username.into(),
            email: None,
        },
        signed_in: Time::from_seconds(layout().now.seconds() - minutes_ago * 60),
    }
}

fn two_sessions() -> Accounts {
    Accounts {
        app: Some(app()),
        sessions: vec![
            choice("s1", "Ann Lee", "ann", 4),
            choice("s2", "Ann Lee (operations)", "ann-ops", 60 * 26),
        ],
        attempt: Some(ATTEMPT.into()),
    }
}

fn one_session() -> Accounts {
    Accounts {
        app: None,
        sessions: vec![choice("s1", "Ben Okafor", "ben", 0)],
        attempt: None,
    }
}

fn no_entry() -> NoEntry {
    NoEntry {
        app: app(),
        person: person(),
        sentence: words::no_entry(Obstacle::NotChosen),
        reference: "QF7N2KXR".into(),
        attempt: ATTEMPT.into(),
    }
}

fn consent() -> Consent {
    Consent {
        app: app(),
        person: person(),
        scopes: vec![
            ScopeLine::new("openid", "Know who you are", &["sub"]),
            ScopeLine::new(
                "profile",
                "See your name and profile",
                &["name", "preferred_username", "picture", "locale"],
            ),
            ScopeLine::new("email", "See your e-mail address", &["email", "email_verified"]),
            ScopeLine::new("teams", "See your teams and your roles in them", &["teams"]),
            ScopeLine::new("groups", "See your groups", &["groups"]),
        ],
        offline: true,
        policy: Some("https://grafana.example.org/privacy".into()),
        home: Some("https://grafana.example.org".into()),
        terms: Some("https://grafana.example.org/terms".into()),
        attempt: ATTEMPT.into(),
        session: SessionId("0198c3a0-0000-7000-8000-000000000001".into()),
    }
}

fn consent_to_one() -> Consent {
    let mut consent = consent();
    consent.scopes.truncate(1);
    Consent {
        policy: None,
        offline: false,
        ..consent
    }
}

fn consent_to_every() -> Consent {
    let known = SCOPES.iter().map(|(scope, _)| *scope);
    let every = known
        .filter(|scope| *scope != "offline_access")
        .chain(["files:read"]);
    Consent {
        app: AppTile {
            host: None,
            ..app_with_logo()
        },
        person: person_without_email(),
        scopes: every
            .map(|scope| ScopeLine::new(scope, format!("Use {scope}"), &[]))
            .collect(),
        offline: false,
        home: None,
        terms: None,
        ..consent()
    }
}

fn sign_out_of_app() -> SignOut {
    SignOut {
        app: Some(app()),
        person: person(),
        unused: Some(UNREGISTERED_ADDRESS),
        fields: vec![("state".into(), "x1".into())],
    }
}

fn sign_out() -> SignOut {
    SignOut {
        app: None,
        person: person_without_email(),
        unused: None,
        fields: Vec::new(),
    }
}

fn signed_out() -> [SignedOut; 2] {
    let link = Link::new(continue_to("Grafana"), "https://grafana.example.org/");
    [(Some(link), None), (None, Some(UNKNOWN_APP))].map(|(back, unused)| SignedOut {
        back,
        unused,
        frames: Vec::new(),
    })
}

fn set_up() -> SetUp {
    SetUp {
        needs_code: false,
        code: String::new(),
        organisation: String::new(),
        username: String::new(),
        name: String::new(),
        email: String::new(),
        min_password: 12,
        errors: Vec::new(),
    }
}

fn wrong_set_up() -> SetUp {
    SetUp {
        needs_code: true,
        code: "KD4Q-77".into(),
        organisation: "Example".into(),
        username: "ann lee".into(),
        name: "Ann Lee".into(),
        email: "ann@example.org".into(),
        errors: vec![
            FieldError::at(
                "code",
                "This is not the code of this server. It is in the log, on the line that starts with “Set-up code”.",
            ),
            FieldError::at(
                "username",
                "Use letters, digits, dots, dashes and underscores only.",
            ),
            FieldError::at(
                "password",
                "This password is on a list of common passwords. Choose another one.",
            ),
        ],
        ..set_up()
    }
}

fn register() -> Join {
    Join {
        heading: "Create an account".into(),
        lead: "Use it to sign in to every app of Example.".into(),
        action: "/register".into(),
        attempt: Some("0198c2de".into()),
        username: String::new(),
        name: String::new(),
        email: String::new(),
        fields: vec!["name", "username", "email"],
        domains: vec!["example.org".into()],
        may_create_account: true,
        person: None,
        other_account: "/sign-in/accounts".into(),
        sign_in: Some("/sign-in?attempt=0198c2de".into()),
        min_password: 12,
        errors: Vec::new(),
    }
}

fn wrong_register() -> Join {
    Join {
        username: "ann lee".into(),
        name: "Ann Lee".into(),
        email: "ann@example.com".into(),
        domains: Vec::new(),
        errors: vec![
            FieldError::at("username", "Use letters, digits, dots and hyphens only."),
            FieldError::at("email", "Use an address at example.org."),
        ],
        attempt: None,
        ..register()
    }
}

fn invited() -> Join {
    Join {
        heading: "Join Ops".into(),
        lead: "Bob invites you to the team Ops at Example.".into(),
        action: "/invitation/t0k3n".into(),
        email: "ann@example.org".into(),
        fields: vec!["name", "username"],
        attempt: None,
        domains: Vec::new(),
        ..register()
    }
}

fn invited_signed_in() -> Join {
    Join {
        person: Some(person()),
        ..first_password()
    }
}

/// The owner of an invited account, which has no password yet.
fn first_password() -> Join {
    Join {
        fields: Vec::new(),
        sign_in: None,
        ..invited()
    }
}

/// An invitation that only people with an account can accept.
fn invited_members_only() -> Join {
    Join {
        may_create_account: false,
        ..invited()
    }
}

fn prove_email() -> ProveEmailPage {
    ProveEmailPage {
        address: "bob@example.org".into(),
        username: "bob".into(),
        action: "/confirm-email/0198c2de.Vb2p7cQxw0oO1uQmLr4hYkqP3f1vJ8dZ5tXs6nEaBcI".into(),
    }
}

fn proven_email() -> ProvenEmail {
    ProvenEmail {
        address: "bob@example.org".into(),
    }
}

fn waiting() -> Waiting {
    Waiting {
        heading: "Your registration is waiting for approval",
        lead: "You can sign in once an administrator has approved it.".into(),
        again: Some("0198c2de.Vb2p7cQxw0oO1uQmLr4hYkqP3f1vJ8dZ5tXs6nEaBcI".into()),
    }
}
