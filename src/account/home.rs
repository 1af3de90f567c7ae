//! The account page.

use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

use super::signed_in::SignedIn;
use crate::app::AppState;
use crate::clock::Time;
use crate::directory::Actor;
use crate::directory::accounts::{AccountEmail, AccountSession, AccountTeam, GetOwnAccount, OwnAccount};
use crate::directory::audit::AuditEntry;
use crate::directory::consents::{AppAccess, ListAppAccess};
use crate::model::session::Session;
use crate::web::agent::browser_name;
use crate::web::error::PageError;
use crate::web::page::{Notice, Page, PageState, Person, Tone};
use crate::web::submission::PageRequest;

/// A session of the account.
#[derive(Clone, Debug, Serialize)]
pub struct SessionRow {
    /// The session's id.
    pub id: String,
    /// The browser and the operating system.
    pub agent: String,
    /// The client's IP address.
    pub address: String,
    /// When it began.
    pub began: Time,
    /// When it was last used.
    pub seen: Time,
    /// Whether this page was requested in it.
    pub current: bool,
}

impl SessionRow {
    fn of(session: AccountSession, looking: &Session) -> Self {
        Self {
            current: session.id == looking.id,
            id: session.id.0,
            agent: browser_name(&session.user_agent),
            address: session.client_address,
            began: session.created_at,
            seen: session.seen_at,
        }
    }
}

/// The account page.
#[derive(Clone, Debug, Serialize)]
pub struct Home {
    /// Who is signed in.
    pub person: Person,
    /// The account's number; the first account has number 0.
    pub number: i64,
    /// The URL of the picture, if there is one.
    pub picture: Option<String>,
    /// The preferred language.
    pub locale: String,
    /// The time zone.
    pub zoneinfo: String,
    /// The version of the account that the form shows, to detect a concurrent change.
    pub seen: i64,
    /// Whether this server manages the name and the password, and not another directory.
    pub local: bool,
    /// The live sessions, the most recently used first.
    pub sessions: Vec<SessionRow>,
    /// The minimum length of a password.
    pub min_password: usize,
    /// The e-mail addresses, the primary one first.
    pub emails: Vec<AccountEmail>,
    /// The account's teams.
    pub teams: Vec<AccountTeam>,
    /// The names of the account's groups.
    pub groups: Vec<String>,
    /// The account's roles on the instance.
    pub roles: Vec<String>,
    /// The apps that have access to the account.
    pub apps: Vec<AppAccess>,
    /// The latest audit entries about the account.
    pub history: Vec<AuditEntry>,
    /// The errors and the notice.
    #[serde(flatten)]
    pub state: PageState,
    /// Whether the user may open the console.
    pub console: bool,
}

impl Page for Home {
    const TEMPLATE: &'static str = "account/home.html";
}

/// Shows the account page.
pub async fn show(PageRequest { app, user, params }: PageRequest<SignedIn>) -> Result<Response, PageError> {
    let done = DONE.iter().find(|(word, _)| params.get("done") == Some(word));
    let state = PageState {
        errors: Vec::new(),
        notice: done.map(|(_, text)| Notice::new(Tone::Success, *text)),
    };
    let page = Home {
        state,
        ..page(&app, &user.session).await?
    };
    Ok(user.visit.show(&app, StatusCode::OK, &page))
}

/// The success message of each change, by the value of `done` in the query.
const DONE: &[(&str, &str)] = &[
    (
        "app",
        "The app no longer has access. It asks again when you next sign in to it.",
    ),
    (
        "profile",
        "Your profile is saved. Apps receive it with your next sign-in.",
    ),
    (
        "password",
        "Your password is changed, and you are signed out everywhere else.",
    ),
    (
        "picture",
        "Your picture is saved. Apps receive it with your next sign-in.",
    ),
    ("sessions", "The session has ended."),
    ("team", "You are no longer in the team."),
];

/// The account page.
pub(super) async fn page(app: &AppState, session: &Session) -> Result<Home, PageError> {
    let actor = Actor::signed_in(session, "");
    let mut reader = app.directory.reader(&actor).await?;
    let apps = reader.read(ListAppAccess).await?;
    let session_idle = app.config.lifetimes.session_idle;
    let account = reader.read(GetOwnAccount { session_idle }).await?;
    drop(reader);
    Ok(Home {
        person: person(&account),
        picture: account.profile.picture,
        locale: account.profile.locale.unwrap_or_default(),
        zoneinfo: account.profile.zoneinfo.unwrap_or_default(),
        seen: account.updated_at.0,
        local: account.local,
        number: account.number,
        sessions: account
            .sessions
            .into_iter()
            .map(|row| SessionRow::of(row, session))
            .collect(),
        min_password: account.min_password,
        emails: account.emails,
        teams: account.teams,
        groups: account.groups,
        console: account.is_staff,
        roles: account.roles,
        apps,
        history: account.history,
        state: PageState::default(),
    })
}

pub(super) fn person(account: &OwnAccount) -> Person {
    let primary = account.emails.iter().find(|email| email.primary);
    let name = match account.name.as_str() {
        "" => &account.username,
        name => name,
    };
    Person {
        name: name.to_owned(),
        username: account.username.clone(),
        email: primary.map(|email| email.address.clone()),
    }
}
