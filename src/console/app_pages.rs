//! The pages of one app: an overview, who may sign in, and the settings.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};

use super::app_settings::find;
use super::console_user::{AppAdmin, ConsoleUser};
use super::shell::{NavItem, Shell};
use crate::app::AppState;
use crate::clock::Time;
use crate::directory::accounts::AccountRef;
use crate::directory::clients::{
    AddClientSecret, ApproveRedirects, ClientDetail, DeleteClient, DisableClient, DropOldClientSecrets,
    EnableClient, Entrant, ExplainAccess, GetClient, LetIn, ListEntrants, RejectRedirects,
    SetAppSecondFactor, ShutOut,
};
use crate::directory::groups::GroupRef;
use crate::directory::teams::TeamRef;
use crate::directory::{Change, Failure};
use crate::model::ClientId;
use crate::model::permission::Permission;
use crate::model::refusal::Code;
use crate::paths;
use crate::web::error::PageError;
use crate::web::note::{Note, noted};
use crate::web::page::{FieldError, PageState, page};
use crate::web::recent::{Recent, SensitiveSubmission};
use crate::web::rejection::Rejection;
use crate::web::shown_once::{self, Shown};
use crate::web::submission::{PageRequest, Submission, Visitor, WithSession};
use crate::web::teams::confirmed;
use crate::web::visit::SafeForm;
use crate::words::{self, changes};

/// A new secret, as its page shows it once.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NewSecret {
    /// The secret.
    pub secret: String,
}

page! {
    /// The overview of one app.
    AppPage "console/app.html" {
        /// The navigation and the signed-in person.
        shell: Shell,
        /// The app.
        app: ClientDetail,
        /// Our issuer.
        issuer: String,
        /// Who may sign in, in words.
        access: String,
        /// Whether the app has secrets that this server issued.
        has_secrets: bool,
        /// A new secret, while it is shown.
        new: Option<Shown<NewSecret>>,
        /// The errors and the notice.
        #[serde(flatten)]
        state: PageState,
    }
}

page! {
    /// Who may sign in to one app.
    AppAccess "console/app_access.html" {
        /// The navigation and the signed-in person.
        shell: Shell,
        /// The app.
        app: ClientDetail,
        /// Whether the viewer may ask about a person.
        may_ask: bool,
        /// The names of groups, teams and roles to choose from.
        entrants: Vec<(&'static str, String)>,
        /// The name that was typed.
        name: String,
        /// The person who was asked about, as typed.
        person: String,
        /// Whether that person may sign in, and why.
        answer: Option<Answer>,
        /// The errors and the notice.
        #[serde(flatten)]
        state: PageState,
    }
}

/// Whether somebody may sign in to an app, and why.
#[derive(Clone, Debug, Serialize)]
pub struct Answer {
    /// Whether they may.
    pub allowed: bool,
    /// The reason, in one sentence.
    pub sentence: String,
}

type Sent = Submission<AppAdmin>;
/// A form that requires a recent sign-in.
type SentRecently = Submission<Recent<AppAdmin>>;
type Asked = PageRequest<AppAdmin>;

/// Shows the overview of an app.
pub(super) async fn show(
    Path(id): Path<String>,
    PageRequest { app, user, params }: Asked,
) -> Result<Response, PageError> {
    let (new, gone) = shown_once::find(&app, &user, &paths::CONSOLE_APP.of([&id]), &params).await?;
    let page = AppPage {
        new,
        state: PageState::with_notice(noted(&app, &user, &params).or(gone)),
        ..overview(&app, &user.0, id).await?
    };
    Ok(user.visit().show(&app, StatusCode::OK, &page))
}

async fn overview(app: &AppState, user: &ConsoleUser, id: String) -> Result<AppPage, PageError> {
    let client = find(app, user, id).await?;
    Ok(AppPage {
        shell: user.shell(NavItem::Apps),
        issuer: app.config.server.issuer.as_str().to_owned(),
        access: words::access_rule(&client.access),
        has_secrets: client.has_secrets(),
        app: client,
        new: None,
        state: PageState::default(),
    })
}

/// Makes a change and redirects to the overview, or shows there why it was refused.
async fn change<V: WithSession, C: Change>(
    sent: &Submission<V>,
    user: &ConsoleUser,
    id: &str,
    done: &str,
    change: C,
) -> Result<Response, PageError> {
    match sent.change(change).await {
        Ok(_) => Ok(Note::new(done).go_to(sent, &paths::CONSOLE_APP.of([id]))),
        Err(failure) => refuse(sent, user, id, failure).await,
    }
}

async fn refuse<V: Visitor>(
    sent: &Submission<V>,
    user: &ConsoleUser,
    id: &str,
    failure: Failure,
) -> Result<Response, PageError> {
    let Rejection { status, state } = Rejection::of(failure)?;
    let page = AppPage {
        state,
        ..overview(&sent.app, user, id.to_owned()).await?
    };
    Ok(sent.show(status, &page))
}

/// Disables an app.
pub(super) async fn disable(Path(id): Path<String>, sent: Sent) -> Result<Response, PageError> {
    let disable = DisableClient {
        id: ClientId(id.clone()),
    };
    change(&sent, &sent.user.0, &id, changes::APP_DISABLED, disable).await
}

/// Enables an app.
pub(super) async fn enable(
    Path(id): Path<String>,
    SensitiveSubmission(sent): SensitiveSubmission<AppAdmin>,
) -> Result<Response, PageError> {
    let enable = EnableClient {
        id: ClientId(id.clone()),
    };
    change(&sent, &sent.user.0, &id, changes::APP_ENABLED, enable).await
}

/// Deletes an app whose client ID was typed.
pub(super) async fn delete(Path(id): Path<String>, sent: SentRecently) -> Result<Response, PageError> {
    let user = &sent.user.0.0;
    let app = overview(&sent.app, user, id.clone()).await?.app;
    if !app.may_manage {
        return Err(PageError::forbidden());
    }
    let name = app.name;
    let deleted = match confirmed(&sent.form, &id) {
        Ok(()) => {
            sent.change(DeleteClient {
                id: ClientId(id.clone()),
            })
            .await
        }
        Err(refused) => Err(refused),
    };
    match deleted {
        Ok(()) => Ok(Note::new(changes::deleted(&name)).go_to(&sent, paths::CONSOLE_APPS.as_ref())),
        Err(failure) => refuse(&sent, user, &id, failure).await,
    }
}

/// Adds a secret and redirects to the page that shows it once.
pub(super) async fn add_secret(Path(id): Path<String>, sent: SentRecently) -> Result<Response, PageError> {
    let days = Some(sent.trimmed("days")).filter(|days| !days.is_empty());
    let add = AddClientSecret {
        id: ClientId(id.clone()),
        // Zero is refused, so a typing mistake never makes a secret that does not expire.
        days: days.map(|days| days.parse().unwrap_or(0)),
    };
    match sent.change(add).await {
        Ok(secret) => {
            let secret = secret.as_str().to_owned();
            shown_once::keep(&sent, &paths::CONSOLE_APP.of([&id]), &NewSecret { secret }).await
        }
        Err(failure) => refuse(&sent, &sent.user.0.0, &id, failure).await,
    }
}

/// Removes the old secrets of an app.
pub(super) async fn drop_old_secrets(
    Path(id): Path<String>,
    sent: SentRecently,
) -> Result<Response, PageError> {
    let drop = DropOldClientSecrets {
        id: ClientId(id.clone()),
    };
    change(&sent, &sent.user.0.0, &id, changes::OLD_SECRETS_REMOVED, drop).await
}

/// Shows who may sign in to an app and, for the person in the query, whether they may and why.
pub(super) async fn show_access(
    Path(id): Path<String>,
    PageRequest { app, user, params }: Asked,
) -> Result<Response, PageError> {
    let person = params.get("person").unwrap_or_default().trim().to_owned();
    let mut page = AppAccess {
        state: PageState::with_notice(noted(&app, &user, &params)),
        ..access(&app, &user.0, id).await?
    };
    if !person.is_empty() {
        let ask = ExplainAccess {
            account: AccountRef::SignInName(person.clone()),
            app: page.app.client_id.clone(),
        };
        match app.directory.read(&user.actor(), ask).await {
            Ok(explained) => {
                page.answer = Some(Answer {
                    allowed: explained.allowed,
                    sentence: words::access_explained(
                        &explained.account.username,
                        &explained.app,
                        explained.allowed,
                        &explained.reasons,
                    ),
                });
            }
            Err(failure) if failure.is(Code::AccountNotFound) => {
                let unknown = words::refusal(&Code::UnknownAccount.with("name", &person));
                page.state.errors.push(FieldError::at("person", unknown));
            }
            Err(failure) => return Err(failure.into()),
        }
        page.person = person;
    }
    Ok(user.visit().show(&app, StatusCode::OK, &page))
}

async fn access(app: &AppState, user: &ConsoleUser, id: String) -> Result<AppAccess, PageError> {
    let mut reader = app.directory.reader(&user.actor()).await?;
    let client = reader.read(GetClient { id: ClientId(id) }).await?;
    let entrants = if client.may_manage {
        reader.read(ListEntrants).await?
    } else {
        Vec::new()
    };
    Ok(AppAccess {
        shell: user.shell(NavItem::Apps),
        app: client,
        may_ask: user.authority.may(Permission::AccountRead),
        entrants,
        name: String::new(),
        person: String::new(),
        answer: None,
        state: PageState::default(),
    })
}

/// The group, team or role that a form names, or everyone.
fn entrant(sent: &Sent) -> Entrant {
    let name = sent.trimmed("name");
    match sent.trimmed("kind").as_str() {
        "group" => Entrant::Group(GroupRef::Name(name)),
        "team" => Entrant::Team(TeamRef::Slug(name)),
        "everyone" => Entrant::Everyone,
        _ => Entrant::Role(name),
    }
}

/// Lets everyone, a group, a team or the holders of a role sign in to an app.
pub(super) async fn let_in(
    Path(id): Path<String>,
    SensitiveSubmission(sent): SensitiveSubmission<AppAdmin>,
) -> Result<Response, PageError> {
    let who = entrant(&sent);
    change_access(&sent, &id, |id| LetIn { id, who }).await
}

/// Removes everyone, a group, a team or a role from those who may sign in to an app.
pub(super) async fn shut_out(Path(id): Path<String>, sent: Sent) -> Result<Response, PageError> {
    let who = entrant(&sent);
    change_access(&sent, &id, |id| ShutOut { id, who }).await
}

/// Sets whether an app requires a second factor.
pub(super) async fn set_second_factor(
    Path(id): Path<String>,
    SensitiveSubmission(sent): SensitiveSubmission<AppAdmin>,
) -> Result<Response, PageError> {
    let required = sent.trimmed("second_factor") == "required";
    change_access(&sent, &id, |id| SetAppSecondFactor { id, required }).await
}

async fn change_access<C: Change>(
    sent: &Sent,
    id: &str,
    change: impl FnOnce(ClientId) -> C,
) -> Result<Response, PageError> {
    match sent.change(change(ClientId(id.to_owned()))).await {
        Ok(_) => Ok(Note::new(changes::ACCESS_CHANGED).go_to(sent, &paths::CONSOLE_APP_ACCESS.of([id]))),
        Err(failure) => {
            let Rejection { status, state } = Rejection::of(failure)?;
            let page = AppAccess {
                state,
                name: sent.trimmed("name"),
                ..access(&sent.app, &sent.user.0, id.to_owned()).await?
            };
            Ok(sent.show(status, &page))
        }
    }
}

/// Replaces the redirect URIs of an app with the proposed ones.
pub(super) async fn approve(Path(id): Path<String>, sent: SentRecently) -> Result<Response, PageError> {
    let approve = ApproveRedirects {
        id: ClientId(id.clone()),
        at: at(&sent.form),
    };
    change(&sent, &sent.user.0.0, &id, changes::REDIRECTS_APPROVED, approve).await
}

/// Discards the proposed redirect URIs of an app.
pub(super) async fn reject(Path(id): Path<String>, sent: Sent) -> Result<Response, PageError> {
    let reject = RejectRedirects {
        id: ClientId(id.clone()),
        at: at(&sent.form),
    };
    change(&sent, &sent.user.0, &id, changes::REDIRECTS_REJECTED, reject).await
}

/// The time of the proposal that the form approves or rejects.
fn at(form: &SafeForm) -> Time {
    Time(form.trimmed("at").parse().unwrap_or(0))
}
