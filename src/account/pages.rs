//! What the account's pages show. Each struct holds exactly what its template under `templates/account/` reads.

use serde::Serialize;

use crate::clock::Time;
use crate::directory::accounts::{AccountEmail, AccountSession, AccountTeam};
use crate::directory::audit::AuditEntry;
use crate::directory::consents::AppAccess;
use crate::model::{AccountId, session};
use crate::web::agent::described;
use crate::web::page::{FieldError, Notice, Page, Person};
use crate::web::teams::TeamView;

/// A session of the account.
#[derive(Clone, Debug, Serialize)]
pub struct Session {
    /// Which it is.
    pub id: String,
    /// What the browser calls itself.
    pub agent: String,
    /// Where it connected from.
    pub address: String,
    /// When it began.
    pub began: Time,
    /// When it was last used.
    pub seen: Time,
    /// Whether it is the one that looks at the page.
    pub current: bool,
}

impl Session {
    pub(super) fn of(session: AccountSession, looking: &session::Session) -> Self {
        Self {
            current: session.id == looking.id,
            id: session.id.0,
            agent: described(&session.user_agent),
            address: session.client_address,
            began: session.created_at,
            seen: session.seen_at,
        }
    }
}

/// One of the person's teams.
#[derive(Clone, Debug, Serialize)]
pub struct MyTeam {
    /// Who is signed in.
    pub person: Person,
    /// Whether the console is open to the person.
    pub console: bool,
    /// The person's account.
    pub account: AccountId,
    /// The team, what was typed and what came of it.
    #[serde(flatten)]
    pub view: TeamView,
}

impl Page for MyTeam {
    const TEMPLATE: &'static str = "account/team.html";
}

/// The account at a glance.
#[derive(Clone, Debug, Serialize)]
pub struct Home {
    /// Who is signed in.
    pub person: Person,
    /// The account's number; the first account has number 0.
    pub number: i64,
    /// The address of the picture, if there is one.
    pub picture: Option<String>,
    /// The preferred language.
    pub locale: String,
    /// The time zone.
    pub zoneinfo: String,
    /// The version of the account that the form shows.
    pub seen: i64,
    /// Whether the name and the password are kept here.
    pub local: bool,
    /// Its live sessions, the one used last first.
    pub sessions: Vec<Session>,
    /// The fewest characters of a password.
    pub min_password: usize,
    /// Mistakes in the form that was sent.
    pub errors: Vec<FieldError>,
    /// Its addresses, the primary one first.
    pub emails: Vec<AccountEmail>,
    /// Its teams.
    pub teams: Vec<AccountTeam>,
    /// The names of its groups.
    pub groups: Vec<String>,
    /// Its roles on the instance.
    pub roles: Vec<String>,
    /// The apps that hold a grant.
    pub apps: Vec<AppAccess>,
    /// What happened to the account lately.
    pub history: Vec<AuditEntry>,
    /// What just happened, if anything did.
    pub notice: Option<Notice>,
    /// Whether the console is open to the person.
    pub console: bool,
}

impl Page for Home {
    const TEMPLATE: &'static str = "account/home.html";
}
