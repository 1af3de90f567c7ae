//! What the hosted pages show. Each struct holds exactly what its template under `templates/signin/` reads.

use serde::Serialize;

use crate::clock::Time;
use crate::web::page::{AppTile, FieldError, Link, Notice, Page, Person, Tone};

/// Sign-in with a password.
#[derive(Clone, Debug, Default, Serialize)]
pub struct SignIn {
    /// The app that waits, if one does.
    pub app: Option<AppTile>,
    /// Who has to prove themselves again; then only the password is asked.
    pub person: Option<Person>,
    /// What was typed or hinted so far.
    pub username: String,
    /// What was wrong with the last try.
    pub errors: Vec<FieldError>,
    /// Why the page is shown, if that is not plain.
    pub notice: Option<Notice>,
    /// The attempt to sign in, sealed.
    pub attempt: Option<String>,
    /// Where an account can be created, if registration is open.
    pub register: Option<String>,
}

impl Page for SignIn {
    const TEMPLATE: &'static str = "signin/sign_in.html";

    fn samples() -> Vec<Self> {
        let attempt = Some("0198c0de-7a11".to_owned());
        vec![
            Self {
                app: Some(AppTile::sample()),
                attempt: attempt.clone(),
                register: Some("/register".into()),
                ..Self::default()
            },
            Self {
                username: "ann".into(),
                errors: vec![FieldError::at(
                    "password",
                    "The username or password is wrong. Check both and try again.",
                )],
                app: Some(AppTile::sample()),
                attempt: attempt.clone(),
                ..Self::default()
            },
            Self {
                errors: vec![FieldError::form(
                    "Too many wrong passwords. Wait 30 seconds and try again.",
                )],
                ..Self::default()
            },
            Self {
                errors: vec![
                    FieldError::at("username", "Enter your username or e-mail address."),
                    FieldError::at("password", "Enter your password."),
                ],
                ..Self::default()
            },
            Self {
                notice: Some(Notice::new(
                    Tone::Warning,
                    "An administrator signed you out. Sign in again to go on.",
                )),
                ..Self::default()
            },
            Self {
                app: Some(AppTile {
                    logo: Some("/static/mark.svg".into()),
                    ..AppTile::sample()
                }),
                person: Some(Person::sample()),
                username: "ann".into(),
                notice: Some(Notice::new(
                    Tone::Info,
                    "Grafana asks you to confirm that it is still you.",
                )),
                attempt,
                ..Self::default()
            },
        ]
    }
}

/// A session that the browser holds, as the account chooser lists it.
#[derive(Clone, Debug, Serialize)]
pub struct Choice {
    /// The session's id, the value that choosing it sends.
    pub id: String,
    /// Whose session it is.
    pub person: Person,
    /// When they signed in.
    pub signed_in: Time,
}

/// The account chooser.
#[derive(Clone, Debug, Serialize)]
pub struct Accounts {
    /// The app that waits, if one does.
    pub app: Option<AppTile>,
    /// The live sessions of this browser.
    pub sessions: Vec<Choice>,
    /// The attempt to sign in, sealed.
    pub attempt: Option<String>,
}

impl Page for Accounts {
    const TEMPLATE: &'static str = "signin/accounts.html";

    fn samples() -> Vec<Self> {
        let choice = |id: &str, name: &str, username: &str, minutes: i64| Choice {
            id: id.into(),
            person: Person {
                name: name.into(),
                username: username.into(),
                email: None,
            },
            signed_in: Time::from_seconds(SAMPLE_NOW - minutes * 60),
        };
        vec![
            Self {
                app: Some(AppTile::sample()),
                sessions: vec![
                    choice("s1", "Ann Lee", "ann", 4),
                    choice("s2", "Ann Lee (operations)", "ann-ops", 60 * 26),
                ],
                attempt: Some("0198c0de-7a11".into()),
            },
            Self {
                app: None,
                sessions: vec![choice("s1", "Ben Okafor", "ben", 0)],
                attempt: None,
            },
        ]
    }
}

/// Close to the moment that tests give as `Layout::now`, so that samples read naturally.
const SAMPLE_NOW: i64 = 1_795_000_000;

/// One scope, in words a person understands.
#[derive(Clone, Debug, Serialize)]
pub struct ScopeLine {
    /// The scope's name; it chooses the icon.
    pub scope: String,
    /// What the app will be able to do, as the end of "This lets Grafana …".
    pub sentence: String,
    /// The claims that it reveals.
    pub claims: Vec<String>,
}

impl ScopeLine {
    /// A line from its parts.
    #[must_use]
    pub fn new(scope: impl Into<String>, sentence: impl Into<String>, claims: &[&str]) -> Self {
        Self {
            scope: scope.into(),
            sentence: sentence.into(),
            claims: claims.iter().map(|&claim| claim.to_owned()).collect(),
        }
    }
}

/// Consent: what an app asks for.
#[derive(Clone, Debug, Serialize)]
pub struct Consent {
    /// Who asks.
    pub app: AppTile,
    /// Who is asked.
    pub person: Person,
    /// What is asked, in the order of the scopes' catalogue.
    pub scopes: Vec<ScopeLine>,
    /// Whether the app also wants to keep access while the person is away.
    pub offline: bool,
    /// The app's privacy policy.
    pub policy: Option<String>,
    /// The app's terms of service.
    pub terms: Option<String>,
    /// The attempt to sign in, sealed.
    pub attempt: String,
}

impl Page for Consent {
    const TEMPLATE: &'static str = "signin/consent.html";

    fn samples() -> Vec<Self> {
        let first = Self {
            app: AppTile::sample(),
            person: Person::sample(),
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
            terms: Some("https://grafana.example.org/terms".into()),
            attempt: "0198c0de-7a11".into(),
        };
        let every = [
            "openid",
            "profile",
            "email",
            "phone",
            "address",
            "groups",
            "teams",
            "roles",
            "files:read",
        ];
        let second = Self {
            app: AppTile {
                logo: Some("/static/mark.svg".into()),
                host: None,
                ..AppTile::sample()
            },
            person: Person {
                email: None,
                ..Person::sample()
            },
            scopes: every
                .iter()
                .map(|&scope| ScopeLine::new(scope, format!("Use {scope}"), &[]))
                .collect(),
            offline: false,
            policy: Some("https://grafana.example.org/privacy".into()),
            terms: None,
            ..first.clone()
        };
        vec![
            Self {
                policy: None,
                scopes: first.scopes[..1].to_vec(),
                offline: false,
                ..first.clone()
            },
            first,
            second,
        ]
    }
}

/// The question whether to sign out, asked when the app's request does not prove itself.
#[derive(Clone, Debug, Serialize)]
pub struct SignOut {
    /// The app that asks, if it is known.
    pub app: Option<AppTile>,
    /// Who is signed in.
    pub person: Person,
    /// What the answer must carry on, as names and values of hidden fields.
    pub fields: Vec<(String, String)>,
}

impl Page for SignOut {
    const TEMPLATE: &'static str = "signin/sign_out.html";

    fn samples() -> Vec<Self> {
        vec![
            Self {
                app: Some(AppTile::sample()),
                person: Person::sample(),
                fields: vec![("state".into(), "x1".into())],
            },
            Self {
                app: None,
                person: Person {
                    email: None,
                    ..Person::sample()
                },
                fields: vec![],
            },
        ]
    }
}

/// The end of a session.
#[derive(Clone, Debug, Serialize)]
pub struct SignedOut {
    /// The way back to the app, if it registered one.
    pub back: Option<Link>,
}

impl Page for SignedOut {
    const TEMPLATE: &'static str = "signin/signed_out.html";

    fn samples() -> Vec<Self> {
        vec![
            Self {
                back: Some(Link::new("Back to Grafana", "https://grafana.example.org/")),
            },
            Self { back: None },
        ]
    }
}

/// First-run set-up: the first account, number 0.
#[derive(Clone, Debug, Serialize)]
pub struct Setup {
    /// Whether the code printed at start has to be typed (not from loopback).
    pub needs_code: bool,
    /// The code, as typed.
    pub code: String,
    /// The organisation's name, as typed.
    pub organisation: String,
    /// The username, as typed.
    pub username: String,
    /// The display name, as typed.
    pub name: String,
    /// The e-mail address, as typed.
    pub email: String,
    /// The least number of characters of a password.
    pub min_password: usize,
    /// What was wrong with the last try.
    pub errors: Vec<FieldError>,
}

impl Page for Setup {
    const TEMPLATE: &'static str = "signin/set_up.html";

    fn samples() -> Vec<Self> {
        let empty = Self {
            needs_code: false,
            code: String::new(),
            organisation: String::new(),
            username: String::new(),
            name: String::new(),
            email: String::new(),
            min_password: 12,
            errors: vec![],
        };
        let refused = Self {
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
            ..empty.clone()
        };
        vec![empty, refused]
    }
}

/// The form of a person who joins: who registers, or who holds an invitation.
#[derive(Clone, Debug, Serialize)]
pub struct Join {
    /// What happens, as the heading.
    pub heading: String,
    /// What comes of it, in a sentence.
    pub lead: String,
    /// Where the form leads, below the issuer.
    pub action: String,
    /// The attempt to sign in, sealed, that goes on afterwards.
    pub attempt: Option<String>,
    /// The username, as typed.
    pub username: String,
    /// The display name, as typed.
    pub name: String,
    /// The e-mail address, as typed or as invited.
    pub email: String,
    /// What the form asks for besides the password.
    pub asks: Vec<&'static str>,
    /// The domains that an address must have.
    pub domains: Vec<String>,
    /// Whether the link may lead to an account that is not there yet.
    pub may_make_account: bool,
    /// Who is signed in and could join as they are.
    pub person: Option<Person>,
    /// Where to sign in instead.
    pub sign_in: Option<String>,
    /// Where to choose another account than the one that is signed in.
    pub elsewhere: String,
    /// The least number of characters of a password.
    pub min_password: usize,
    /// What was wrong with the last try.
    pub errors: Vec<FieldError>,
}

impl Page for Join {
    const TEMPLATE: &'static str = "signin/join.html";

    fn samples() -> Vec<Self> {
        let register = Self {
            heading: "Create an account".into(),
            lead: "You sign in with it to every app of Example.".into(),
            action: "/register".into(),
            attempt: Some("0198c2de".into()),
            username: String::new(),
            name: String::new(),
            email: String::new(),
            asks: vec!["name", "username", "email"],
            domains: vec!["example.org".into()],
            may_make_account: true,
            person: None,
            elsewhere: "/sign-in/accounts".into(),
            sign_in: Some("/sign-in?attempt=0198c2de".into()),
            min_password: 12,
            errors: vec![],
        };
        let wrong = Self {
            username: "ann lee".into(),
            name: "Ann Lee".into(),
            email: "ann@example.com".into(),
            domains: vec![],
            errors: vec![
                FieldError::at("username", "Use letters, digits, dots and hyphens only."),
                FieldError::at("email", "Use an address at example.org."),
            ],
            attempt: None,
            ..register.clone()
        };
        let invited = Self {
            heading: "Join Ops".into(),
            lead: "Bob invites you to the team Ops at Example.".into(),
            action: "/invitation/t0k3n".into(),
            email: "ann@example.org".into(),
            asks: vec!["name", "username"],
            attempt: None,
            domains: vec![],
            ..register.clone()
        };
        let signed_in = Self {
            person: Some(Person::sample()),
            asks: vec![],
            sign_in: None,
            ..invited.clone()
        };
        let first_password = Self {
            asks: vec![],
            sign_in: None,
            ..invited.clone()
        };
        let for_members = Self {
            may_make_account: false,
            ..invited.clone()
        };
        vec![register, wrong, invited, signed_in, first_password, for_members]
    }
}

/// Something is done, or has to wait; there is nothing to fill in.
#[derive(Clone, Debug, Serialize)]
pub struct Waiting {
    /// What is so, as the heading.
    pub heading: &'static str,
    /// What comes next, in a sentence or two.
    pub lead: &'static str,
}

impl Page for Waiting {
    const TEMPLATE: &'static str = "signin/waiting.html";

    fn samples() -> Vec<Self> {
        vec![Self {
            heading: "Your registration waits for approval",
            lead: "An administrator looks at it. You can sign in once it is approved.",
        }]
    }
}
