//! The pages about accounts.

use serde::Serialize;

use super::{NextPage, Shell};
use crate::clock::Time;
use crate::directory::accounts::{AccountEmail, AccountRow, AccountSession, AccountTeam, RoleChoice};
use crate::directory::audit::AuditEntry;
use crate::directory::filter::State;
use crate::model::account::AccountAct;
use crate::web::agent::described;
use crate::web::invited::MadeRow;
use crate::web::page::{FieldError, Notice, Page};

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

impl Page for Users {
    const TEMPLATE: &'static str = "console/users.html";
}

impl Page for BulkAsk {
    const TEMPLATE: &'static str = "console/bulk_ask.html";
}

impl Page for Bulked {
    const TEMPLATE: &'static str = "console/bulked.html";
}

impl Page for UserPage {
    const TEMPLATE: &'static str = "console/user.html";
}

impl Page for NewUser {
    const TEMPLATE: &'static str = "console/user_new.html";
}
