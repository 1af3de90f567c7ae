//! What the account's pages show. Each struct holds exactly what its template under `templates/account/` reads.

use serde::Serialize;

use crate::clock::Time;
use crate::http::page::{Notice, Page, Person, Tone};

/// An e-mail address of the account.
#[derive(Clone, Debug, Serialize)]
pub struct Email {
    /// The address.
    pub address: String,
    /// Whether it was proven.
    pub verified: bool,
    /// Whether it is the one that apps receive.
    pub primary: bool,
}

/// A membership.
#[derive(Clone, Debug, Serialize)]
pub struct Team {
    /// The team's display name.
    pub name: String,
    /// The team's name in addresses and claims.
    pub slug: String,
    /// The account's roles in it.
    pub roles: Vec<String>,
    /// Whether it is the account's own team.
    pub personal: bool,
}

/// An app that the account has signed in to.
#[derive(Clone, Debug, Serialize)]
pub struct Grant {
    /// The app's client id.
    pub id: String,
    /// The app's display name.
    pub app: String,
    /// The scopes it holds.
    pub scopes: Vec<String>,
    /// When it was last used.
    pub used: Time,
}

/// The account at a glance.
#[derive(Clone, Debug, Serialize)]
pub struct Home {
    /// Who is signed in.
    pub person: Person,
    /// The account's number; the first account has number 0.
    pub number: i64,
    /// When this session began.
    pub signed_in: Time,
    /// How many sessions the account has, this one included.
    pub sessions: usize,
    /// Its addresses, the primary one first.
    pub emails: Vec<Email>,
    /// Its teams.
    pub teams: Vec<Team>,
    /// The names of its groups.
    pub groups: Vec<String>,
    /// Its roles on the instance.
    pub roles: Vec<String>,
    /// The apps that hold a grant.
    pub apps: Vec<Grant>,
    /// What just happened, if anything did.
    pub notice: Option<Notice>,
    /// Whether the console is open to the person.
    pub console: bool,
}

impl Page for Home {
    const TEMPLATE: &'static str = "account/home.html";

    fn samples() -> Vec<Self> {
        let now = Time::from_seconds(1_794_990_000);
        let full = Self {
            person: Person::sample(),
            number: 0,
            signed_in: now,
            sessions: 3,
            emails: vec![
                Email {
                    address: "ann@example.org".into(),
                    verified: true,
                    primary: true,
                },
                Email {
                    address: "ann.lee@a-very-long-subdomain.research.example.org".into(),
                    verified: false,
                    primary: false,
                },
            ],
            teams: vec![
                Team {
                    name: "Ops".into(),
                    slug: "ops".into(),
                    roles: vec!["owner".into(), "admin".into()],
                    personal: false,
                },
                Team {
                    name: "Ann Lee".into(),
                    slug: "ann".into(),
                    roles: vec!["owner".into()],
                    personal: true,
                },
                Team {
                    name: "Readers".into(),
                    slug: "readers".into(),
                    roles: vec![],
                    personal: false,
                },
            ],
            groups: vec!["engineering".into(), "on-call".into()],
            roles: vec!["owner".into()],
            apps: vec![Grant {
                id: "grafana".into(),
                app: "Grafana".into(),
                scopes: vec!["openid".into(), "profile".into()],
                used: now,
            }],
            notice: Some(Notice::new(
                Tone::Success,
                "Your account is ready. It has number 0 and the top role.",
            )),
            console: true,
        };
        let bare = Self {
            person: Person {
                email: None,
                ..Person::sample()
            },
            number: 41,
            sessions: 1,
            emails: vec![],
            teams: vec![],
            groups: vec![],
            roles: vec![],
            apps: vec![],
            notice: None,
            console: false,
            ..full.clone()
        };
        vec![full, bare]
    }
}
