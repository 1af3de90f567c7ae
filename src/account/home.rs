//! The account page.

use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

use super::signed_in::SignedIn;
use crate::app::AppState;
use crate::directory::Actor;
use crate::directory::accounts::{AccountView, GetOwnAccount, OwnAccount};
use crate::directory::consents::{AppAccess, ListAppAccess};
use crate::model::SessionId;
use crate::model::session::Session;
use crate::web::error::PageError;
use crate::web::page::{Notice, Page, PageState, Person, Tone};
use crate::web::submission::PageRequest;

/// The account page.
#[derive(Clone, Debug, Serialize)]
pub struct Home {
    /// The signed-in person.
    pub person: Person,
    /// The account.
    #[serde(flatten)]
    pub account: OwnAccount,
    /// The current session, one of the account's.
    pub current: SessionId,
    /// The apps that have access to the account.
    pub apps: Vec<AppAccess>,
    /// The errors and the notice.
    #[serde(flatten)]
    pub state: PageState,
    /// Whether the console is open to the person.
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
        person: person(&account.view),
        console: account.is_staff,
        account,
        current: session.id.clone(),
        apps,
        state: PageState::default(),
    })
}

pub(super) fn person(account: &AccountView) -> Person {
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
