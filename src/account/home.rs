//! The account pages: a tab with an address of its own for each subject.

use axum::http::StatusCode;
use axum::response::Response;

use super::signed_in::SignedIn;
use crate::app::AppState;
use crate::directory::Actor;
use crate::directory::accounts::{AccountView, GetOwnAccount, OwnAccount};
use crate::directory::consents::{AppAccess, ListAppAccess};
use crate::directory::logouts::GetOwnSignOutReceipt;
use crate::model::SessionId;
use crate::model::logout::AppSignOut;
use crate::model::session::Session;
use crate::model::text_enum;
use crate::paths;
use crate::web::error::PageError;
use crate::web::live_sessions::session_limits;
use crate::web::note::noted;
use crate::web::page::{Notice, PageState, Person, Tone, page};
use crate::web::submission::PageRequest;

text_enum! {
    /// A tab of the account pages.
    AccountTab {
        /// Name, picture and addresses.
        Profile = "profile",
        /// Password and sessions.
        Security = "security",
        /// Roles, groups and teams.
        Teams = "teams",
        /// The apps that have access.
        Apps = "apps",
        /// The latest audit entries.
        History = "history",
    }
}

impl AccountTab {
    const fn path(self) -> paths::Path<0> {
        match self {
            Self::Profile => paths::ACCOUNT,
            Self::Security => paths::ACCOUNT_SECURITY,
            Self::Teams => paths::ACCOUNT_TEAMS,
            Self::Apps => paths::ACCOUNT_APPS,
            Self::History => paths::ACCOUNT_HISTORY,
        }
    }
}

page! {
    /// One of the account pages.
    Home "account/home.html" {
        /// The tab that is shown.
        tab: AccountTab,
        /// The signed-in person.
        person: Person,
        /// The account.
        #[serde(flatten)]
        account: OwnAccount,
        /// The current session, one of the account's.
        current: SessionId,
        /// The apps that have access to the account.
        apps: Vec<AppAccess>,
        /// What became of the account's sign-outs from apps.
        signed_out: Vec<AppSignOut>,
        /// The errors and the notice.
        #[serde(flatten)]
        state: PageState,
        /// Whether the person may open the console.
        console: bool,
    }
}

/// Declares a handler for each tab.
macro_rules! tabs {
    ($($handler:ident => $tab:ident),*) => {$(
        pub(super) async fn $handler(request: PageRequest<SignedIn>) -> Result<Response, PageError> {
            show_tab(AccountTab::$tab, request).await
        }
    )*};
}

tabs! {
    show => Profile, show_security => Security, show_teams => Teams, show_apps => Apps, show_history => History
}

/// Shows a tab.
async fn show_tab(
    tab: AccountTab,
    PageRequest { app, user, params }: PageRequest<SignedIn>,
) -> Result<Response, PageError> {
    let done = DONE.iter().find(|(word, ..)| params.get("done") == Some(word));
    let state = PageState::with_notice(
        done.map(|(.., text)| Notice::new(Tone::Success, *text))
            .or_else(|| noted(&app, &user, &params)),
    );
    let page = Home {
        state,
        ..page(&app, &user.session, tab).await?
    };
    Ok(user.visit.show(&app, StatusCode::OK, &page))
}

/// The tab and the success message of each change, by the value of `done` in the query.
const DONE: &[(&str, AccountTab, &str)] = &[
    (
        "app",
        AccountTab::Apps,
        "The app no longer has access. It asks again when you next sign in to it.",
    ),
    (
        "profile",
        AccountTab::Profile,
        "Your profile is saved. Apps receive it with your next sign-in.",
    ),
    (
        "password",
        AccountTab::Security,
        "Your password is changed, and you are signed out everywhere else.",
    ),
    (
        "picture",
        AccountTab::Profile,
        "Your picture is saved. Apps receive it with your next sign-in.",
    ),
    ("session", AccountTab::Security, "The session has ended."),
    (
        "device",
        AccountTab::Security,
        "The browser is forgotten. The next sign-in there counts as one from a new browser.",
    ),
    (
        "sessions",
        AccountTab::Security,
        "You are signed out everywhere else. Apps keep the access that you allowed.",
    ),
];

/// The path of the tab of a change, which shows the success message.
pub(super) fn path_after_change(done: &str) -> String {
    let found = DONE.iter().find(|(word, ..)| *word == done);
    let tab = found.map_or(AccountTab::Profile, |(_, tab, _)| *tab);
    format!("{}?done={done}", tab.path())
}

/// A tab of the account pages.
pub(super) async fn page(app: &AppState, session: &Session, tab: AccountTab) -> Result<Home, PageError> {
    let actor = Actor::signed_in(session, "");
    let mut reader = app.directory.reader(&actor).await?;
    let apps = reader.read(ListAppAccess).await?;
    let limits = session_limits(app);
    let account = reader.read(GetOwnAccount { limits }).await?;
    let id_token = app.config.lifetimes.id_token;
    let signed_out = match tab {
        AccountTab::Security => reader.read(GetOwnSignOutReceipt { id_token }).await?,
        _ => Vec::new(),
    };
    drop(reader);
    Ok(Home {
        tab,
        person: person(&account.view),
        console: account.is_staff,
        account,
        current: session.id.clone(),
        apps,
        signed_out,
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
