//! The pages of one account: a tab with an address of its own for each subject.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

use super::console_user::ConsoleUser;
use super::shell::{NavItem, Shell};
use super::users::{back_to, list_query};
use crate::app::AppState;
use crate::directory::accounts::{AccountDetail, AccountRef, GetAccount, RoleChoice};
use crate::directory::clients::{AccountApp, ListAccountApps};
use crate::directory::invitations::NewInvitation;
use crate::directory::logouts::GetSignOutReceipt;
use crate::model::account::LOCAL;
use crate::model::logout::AppSignOut;
use crate::model::permission::Permission;
use crate::model::text_enum;
use crate::paths;
use crate::web::error::PageError;
use crate::web::invitation_links;
use crate::web::live_sessions::session_limits;
use crate::web::note::noted;
use crate::web::page::{Notice, PageState, Tone, page};
use crate::web::resets::Made;
use crate::web::shown_once::{self, Shown};
use crate::web::submission::{PageRequest, Submission, Visitor};
use crate::words::changes;

text_enum! {
    /// A tab of an account.
    UserTab {
        /// Name, addresses and facts.
        Profile = "profile",
        /// Roles, teams and groups.
        Access = "access",
        /// How and when the account signs in.
        SignIn = "sign-in",
        /// The open sessions.
        Sessions = "sessions",
        /// The latest audit entries.
        History = "history",
    }
}

impl UserTab {
    /// Its path for the account with this number.
    pub(super) fn path(self, number: i64) -> String {
        let path = match self {
            Self::Profile => paths::CONSOLE_USER,
            Self::Access => paths::CONSOLE_USER_ACCESS,
            Self::SignIn => paths::CONSOLE_USER_SIGN_IN,
            Self::Sessions => paths::CONSOLE_USER_SESSIONS,
            Self::History => paths::CONSOLE_USER_HISTORY,
        };
        path.of([number])
    }
}

page! {
    /// The page of one account.
    UserPage "console/user.html" {
        /// The navigation and the signed-in person.
        shell: Shell,
        /// The query string of the list of users that the visitor comes from.
        list: String,
        /// The query string of the other tabs, which keeps the list.
        keep: String,
        /// The tab that is shown.
        tab: UserTab,
        /// The account.
        #[serde(flatten)]
        account: AccountDetail,
        /// The other directory that manages the account, if one does.
        directory: Option<String>,
        /// Whether the user may add it to teams.
        adds_to_teams: bool,
        /// Whether the user may add it to groups.
        adds_to_groups: bool,
        /// The maximum number of minutes for which the user may act as the owner of the account.
        acting_minutes: u64,
        /// The role to grant that the user must confirm.
        asked: Option<AskedRole>,
        /// What became of the account's sign-outs from apps.
        signed_out: Vec<AppSignOut>,
        /// The apps that the account's owner may sign in to or that hold access, for a viewer who may see apps.
        person_apps: Option<Vec<AccountApp>>,
        /// What was just made for the account's owner.
        made: Option<Shown<Made>>,
        /// The errors and the notice.
        #[serde(flatten)]
        page_state: PageState,
    }
}

/// A role that the user is about to grant and whose holder can gain other permissions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AskedRole {
    /// The role.
    pub role: RoleChoice,
    /// The day on which it ends, as typed.
    pub until: String,
    /// The query string of the list of users, if the role is granted there.
    pub list: String,
}

/// The account number in the path.
pub(super) fn number_in(path: &str) -> Result<i64, PageError> {
    path.parse().map_err(|_| PageError::not_found())
}

/// Declares a handler for each tab.
macro_rules! tabs {
    ($($handler:ident => $tab:ident),*) => {$(
        pub(super) async fn $handler(
            path: Path<String>,
            request: PageRequest<ConsoleUser>,
        ) -> Result<Response, PageError> {
            show_tab(UserTab::$tab, path, request).await
        }
    )*};
}

tabs! {
    show => Profile, show_access => Access, show_sign_in => SignIn, show_sessions => Sessions, show_history => History
}

/// Shows a tab of an account.
async fn show_tab(
    tab: UserTab,
    Path(number): Path<String>,
    PageRequest { app, user, params }: PageRequest<ConsoleUser>,
) -> Result<Response, PageError> {
    if tab == UserTab::History {
        user.require(Permission::AuditRead)?;
    }
    let mut page = page(&app, &user, number_in(&number)?, tab).await?;
    let name = match &*page.account.view.name {
        "" => &page.account.view.username,
        name => name,
    };
    let done = params.get("done");
    let done = done.and_then(|word| changes::account(word, name, ""));
    let done = done.map(|text| Notice::new(Tone::Success, text));
    let path = tab.path(page.account.view.number);
    let (made, gone) = shown_once::find(&app, &user, &path, &params).await?;
    page.come_from(params.get("list").and_then(list_query));
    page.made = made;
    page.page_state.notice = noted(&app, &user, &params).or(done).or(gone);
    Ok(user.visit.show(&app, StatusCode::OK, &page))
}

/// The page of an account.
pub(super) async fn page(
    app: &AppState,
    user: &ConsoleUser,
    number: i64,
    tab: UserTab,
) -> Result<UserPage, PageError> {
    let get = GetAccount {
        account: AccountRef::Number(number),
        limits: session_limits(app),
    };
    let mut reader = app.directory.reader(&user.actor()).await?;
    let account = reader.read(get).await?;
    let signed_out = GetSignOutReceipt {
        account: account.view.id.clone().into(),
        id_token: app.config.lifetimes.id_token,
    };
    let signed_out = match tab {
        UserTab::Sessions => reader.read(signed_out).await?,
        _ => Vec::new(),
    };
    let own_apps = ListAccountApps {
        account: account.view.id.clone().into(),
    };
    let person_apps = match tab {
        UserTab::Access if user.authority.may(Permission::AppRead) => Some(reader.read(own_apps).await?),
        _ => None,
    };
    drop(reader);
    Ok(UserPage {
        shell: user.shell(NavItem::Users),
        list: String::new(),
        keep: String::new(),
        tab,
        directory: Some(account.source.clone()).filter(|source| source != LOCAL),
        account,
        adds_to_teams: user.authority.may(Permission::TeamMember),
        adds_to_groups: user.authority.may(Permission::GroupManage),
        acting_minutes: app.config.lifetimes.impersonation.as_secs() / 60,
        asked: None,
        signed_out,
        person_apps,
        made: None,
        page_state: PageState::default(),
    })
}

impl UserPage {
    /// Makes the links of the page lead back to the list of users with this query string.
    pub(super) fn come_from(&mut self, list: Option<String>) {
        self.keep = list.as_deref().map(back_to).unwrap_or_default();
        self.list = list.unwrap_or_default();
    }
}

/// The URL of a tab with the success message of a change.
pub(super) fn path_after_change(number: i64, tab: UserTab, done: &str) -> String {
    format!("{}?done={done}", tab.path(number))
}

/// Redirects to the page of an account, which shows the link with which its owner chooses a password.
pub(super) async fn show_link(
    sent: &Submission<ConsoleUser>,
    number: i64,
    link: NewInvitation,
    tab: UserTab,
) -> Result<Response, PageError> {
    invitation_links::show(sent, &tab.path(number), vec![link], String::new()).await
}
