//! The pages about accounts.

use serde::Serialize;

use super::{NavItem, NextPage, Shell};
use crate::clock::Time;
use crate::directory::accounts::{AccountEmail, AccountRow, AccountSession, AccountTeam, RoleChoice};
use crate::directory::audit::AuditEntry;
use crate::directory::filter::State;
use crate::model::AccountId;
use crate::model::account::AccountAct;
use crate::web::agent::described;
use crate::web::invited::MadeRow;
use crate::web::page::{FieldError, Notice, Page, Tone};

/// A filter that is a click away.
#[derive(Clone, Debug, Serialize)]
pub struct Chip {
    /// What it says.
    pub text: &'static str,
    /// The query that it writes.
    pub query: &'static str,
    /// Whether the list shows just this now.
    pub on: bool,
}

/// The list of accounts.
#[derive(Clone, Debug, Serialize)]
pub struct Users {
    /// What surrounds it.
    pub shell: Shell,
    /// The query as typed.
    pub query: String,
    /// The order: `newest`, `name` or `seen`.
    pub sort: &'static str,
    /// What is wrong with the query.
    pub mistake: Option<String>,
    /// The usual filters.
    pub chips: Vec<Chip>,
    /// How many accounts the whole list has.
    pub count: i64,
    /// How many accounts are in use, as licences count them.
    pub seats: i64,
    /// This page of it.
    pub rows: Vec<AccountRow>,
    /// The next page.
    pub next: NextPage,
    /// Whether the person may add accounts.
    pub may_create: bool,
    /// What may be done to many at once, as value and words.
    pub actions: Vec<(&'static str, &'static str)>,
    /// What just happened.
    pub notice: Option<Notice>,
}

/// What became of one account of many.
#[derive(Clone, Debug, Serialize)]
pub struct BulkResult {
    /// Its number.
    pub number: i64,
    /// Its user name.
    pub username: String,
    /// Whether it was done.
    pub done: bool,
    /// What was done, or why not.
    pub text: String,
}

/// The question before something is done to many accounts that ends what they have.
#[derive(Clone, Debug, Serialize)]
pub struct BulkAsk {
    /// What surrounds it.
    pub shell: Shell,
    /// What is to be done, as the form sends it.
    pub action: String,
    /// What is to be done, as people read it.
    pub verb: &'static str,
    /// What comes of it, in a sentence.
    pub consequence: &'static str,
    /// The accounts, each with its number and user name.
    pub people: Vec<(i64, String)>,
}

/// What became of many accounts.
#[derive(Clone, Debug, Serialize)]
pub struct Bulked {
    /// What surrounds it.
    pub shell: Shell,
    /// What was to be done.
    pub action: &'static str,
    /// How many it was done to.
    pub done: usize,
    /// One line each.
    pub results: Vec<BulkResult>,
}

/// A session.
#[derive(Clone, Debug, Serialize)]
pub struct SessionRow {
    /// What the browser calls itself.
    pub agent: String,
    /// Where it connected from.
    pub address: String,
    /// When it began.
    pub began: Time,
    /// When it was last used.
    pub seen: Time,
}

impl From<AccountSession> for SessionRow {
    fn from(session: AccountSession) -> Self {
        Self {
            agent: described(&session.user_agent),
            address: session.client_address,
            began: session.created_at,
            seen: session.seen_at,
        }
    }
}

/// One account.
#[derive(Clone, Debug, Serialize)]
pub struct UserPage {
    /// What surrounds it.
    pub shell: Shell,
    /// Its number.
    pub number: i64,
    /// Its id.
    pub id: String,
    /// Its user name.
    pub username: String,
    /// The full name; may be empty.
    pub name: String,
    /// Its state.
    pub state: State,
    /// Why it is suspended.
    pub reason: Option<String>,
    /// When it was made.
    pub created: Time,
    /// When it was last seen.
    pub seen: Option<Time>,
    /// Its addresses, each with whether it was proven.
    pub emails: Vec<AccountEmail>,
    /// The preferred language.
    pub locale: String,
    /// The time zone.
    pub zoneinfo: String,
    /// The version of the account that the forms show.
    pub version: i64,
    /// The first day on which it may be used.
    pub valid_from: Option<String>,
    /// The last day on which it may be used.
    pub valid_until: Option<String>,
    /// The directory that it comes from, if it is not kept here.
    pub source: Option<String>,
    /// The roles that it holds.
    pub roles: Vec<String>,
    /// The roles that the viewer may take from it.
    pub revocable: Vec<String>,
    /// The roles that the viewer may give to it.
    pub grantable: Vec<RoleChoice>,
    /// Its teams.
    pub teams: Vec<AccountTeam>,
    /// Its groups.
    pub groups: Vec<String>,
    /// Its live sessions.
    pub sessions: Vec<SessionRow>,
    /// How many apps hold access for it.
    pub apps: usize,
    /// The link that was just made for its owner.
    pub made: Vec<MadeRow>,
    /// What was done to it lately; none for who may not read the audit log.
    pub history: Option<Vec<AuditEntry>>,
    /// What the viewer may do.
    pub may: Vec<AccountAct>,
    /// Mistakes in the form that was sent.
    pub errors: Vec<FieldError>,
    /// What just happened.
    pub notice: Option<Notice>,
}

/// The form that adds an account.
#[derive(Clone, Debug, Serialize)]
pub struct NewUser {
    /// What surrounds it.
    pub shell: Shell,
    /// The user name as typed.
    pub username: String,
    /// The full name as typed.
    pub name: String,
    /// The address as typed.
    pub email: String,
    /// The role as chosen.
    pub role: String,
    /// The roles to choose from.
    pub roles: Vec<RoleChoice>,
    /// Whether a password may be typed for somebody else.
    pub types_password: bool,
    /// The fewest characters of a password.
    pub min_password: usize,
    /// Mistakes in the form that was sent.
    pub errors: Vec<FieldError>,
}

pub(super) fn role_options() -> Vec<RoleChoice> {
    vec![
        RoleChoice {
            name: "admin".into(),
            title: "Admin".into(),
        },
        RoleChoice {
            name: "auditor".into(),
            title: "Auditor".into(),
        },
    ]
}

impl Page for Users {
    const TEMPLATE: &'static str = "console/users.html";

    fn samples() -> Vec<Self> {
        let now = Time::from_seconds(1_794_990_000);
        let row = |number, username: &str, state, role: Option<&str>| AccountRow {
            id: AccountId(format!("01990000-0000-7000-8000-00000000000{number}")),
            number,
            username: username.into(),
            name: if number == 2 {
                String::new()
            } else {
                "Ann Lee".into()
            },
            email: (number != 2).then(|| format!("{username}@example.org")),
            state,
            role: role.map(str::to_owned),
            more_roles: i64::from(number == 0),
            last_seen_at: (number < 2).then_some(now),
        };
        let full = Self {
            shell: Shell::sample(NavItem::Users),
            query: "status:active".into(),
            sort: "newest",
            mistake: None,
            chips: vec![
                Chip {
                    text: "Active",
                    query: "status:active",
                    on: true,
                },
                Chip {
                    text: "Dormant",
                    query: "status:dormant",
                    on: false,
                },
            ],
            count: 10_000,
            seats: 9_000,
            rows: vec![
                row(3, "dave", State::Suspended, None),
                row(2, "carol", State::Dormant, None),
                row(1, "bob", State::Active, Some("admin")),
                row(0, "ann", State::Active, Some("owner")),
            ],
            next: Some("?after=0".into()),
            may_create: true,
            actions: vec![("suspend", "Suspend"), ("delete", "Delete")],
            notice: Some(Notice::new(Tone::Success, "The account was added.")),
        };
        let empty = Self {
            query: "nobody".into(),
            rows: Vec::new(),
            count: 0,
            next: None,
            may_create: false,
            actions: Vec::new(),
            notice: None,
            ..full.clone()
        };
        let wrong = Self {
            mistake: Some("There is no status \"gone\". Use one of active, dormant.".into()),
            ..empty.clone()
        };
        vec![full, empty, wrong]
    }
}

impl Page for BulkAsk {
    const TEMPLATE: &'static str = "console/bulk_ask.html";

    fn samples() -> Vec<Self> {
        let one = Self {
            shell: Shell::sample(NavItem::Users),
            action: "suspend".into(),
            verb: "Suspend",
            consequence: "Every session of theirs ends at once. Nothing is lost.",
            people: vec![(4, "user4".into())],
        };
        let two = Self {
            people: vec![(4, "user4".into()), (5, "user5".into())],
            ..one.clone()
        };
        vec![one, two]
    }
}

impl Page for Bulked {
    const TEMPLATE: &'static str = "console/bulked.html";

    fn samples() -> Vec<Self> {
        let result = |number, done, text: &str| BulkResult {
            number,
            username: format!("user{number}"),
            done,
            text: text.into(),
        };
        vec![Self {
            shell: Shell::sample(NavItem::Users),
            action: "Suspend",
            done: 1,
            results: vec![
                result(4, true, "Done"),
                result(
                    5,
                    false,
                    "This account may do more than you, so you cannot change it.",
                ),
            ],
        }]
    }
}

impl Page for UserPage {
    const TEMPLATE: &'static str = "console/user.html";

    fn samples() -> Vec<Self> {
        let now = Time::from_seconds(1_794_990_000);
        let full = Self {
            shell: Shell::sample(NavItem::Users),
            number: 1,
            id: "01990000-0000-7000-8000-000000000001".into(),
            username: "bob".into(),
            name: "Bob Ray".into(),
            state: State::Active,
            reason: None,
            created: now,
            seen: Some(now),
            emails: vec![
                AccountEmail {
                    address: "ann@example.org".into(),
                    verified: true,
                    primary: true,
                },
                AccountEmail {
                    address: "ann.lee@example.org".into(),
                    verified: false,
                    primary: false,
                },
            ],
            locale: "en".into(),
            zoneinfo: "Europe/Paris".into(),
            version: 1,
            valid_from: Some("2026-01-01".into()),
            valid_until: Some("2026-12-31".into()),
            source: None,
            roles: vec!["admin".into(), "member".into()],
            revocable: vec!["admin".into()],
            grantable: role_options(),
            teams: vec![AccountTeam {
                name: "Ops".into(),
                slug: "ops".into(),
                roles: vec!["admin".into()],
                personal: false,
            }],
            groups: vec!["engineering".into()],
            sessions: vec![SessionRow {
                agent: "Firefox".into(),
                address: "192.0.2.1".into(),
                began: now,
                seen: now,
            }],
            apps: 2,
            made: MadeRow::samples(),
            history: Some(AuditEntry::samples()),
            may: AccountAct::ALL.to_vec(),
            errors: Vec::new(),
            notice: Some(Notice::new(Tone::Success, "Saved.")),
        };
        let suspended = Self {
            state: State::Suspended,
            reason: Some("left".into()),
            made: Vec::new(),
            name: String::new(),
            seen: None,
            emails: Vec::new(),
            valid_from: None,
            valid_until: None,
            source: Some("ldap".into()),
            teams: Vec::new(),
            groups: Vec::new(),
            sessions: Vec::new(),
            apps: 0,
            grantable: Vec::new(),
            revocable: Vec::new(),
            notice: None,
            errors: vec![FieldError::at("name", "Use at most 200 characters.")],
            ..full.clone()
        };
        let looked_at = Self {
            state: State::Deleted,
            history: None,
            may: Vec::new(),
            errors: Vec::new(),
            ..suspended.clone()
        };
        let deleted = Self {
            state: State::Deleted,
            errors: Vec::new(),
            ..suspended.clone()
        };
        let waiting = Self {
            state: State::Pending,
            reason: None,
            errors: Vec::new(),
            ..suspended.clone()
        };
        let invited = Self {
            state: State::Invited,
            ..waiting.clone()
        };
        vec![full, suspended, looked_at, deleted, waiting, invited]
    }
}

impl Page for NewUser {
    const TEMPLATE: &'static str = "console/user_new.html";

    fn samples() -> Vec<Self> {
        let empty = Self {
            shell: Shell::sample(NavItem::Users),
            username: String::new(),
            name: String::new(),
            email: String::new(),
            role: String::new(),
            roles: role_options(),
            types_password: true,
            min_password: 12,
            errors: Vec::new(),
        };
        let wrong = Self {
            username: "bob".into(),
            role: "admin".into(),
            errors: vec![
                FieldError::at("username", "This user name is taken. Choose another one."),
                FieldError::at("password", "Use at least 12 characters."),
            ],
            ..empty.clone()
        };
        let by_link = Self {
            types_password: false,
            ..empty.clone()
        };
        vec![empty, wrong, by_link]
    }
}
