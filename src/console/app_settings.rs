//! The form with the settings of an app, for a new app and for an existing one.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

use super::apps_connect::NewApp;
use super::console_user::{AppKeeper, ConsoleUser};
use super::shell::{NavItem, Shell};
use crate::app::AppState;
use crate::clock::Time;
use crate::crypto::{Algorithm, Token};
use crate::directory::clients::{ClientDetail, CreateClient, FindAppOwner, GetClient, Saved, UpdateClient};
use crate::directory::teams::TeamRef;
use crate::model::access::{AccessRule, NamedTeam};
use crate::model::client::{ClientAuth, ClientSettings, Login};
use crate::model::permission::Permission;
use crate::model::{ClientId, Scopes, text_enum};
use crate::paths;
use crate::web::error::PageError;
use crate::web::note::{Note, noted};
use crate::web::page::{PageState, page};
use crate::web::recent::Recent;
use crate::web::rejection::Rejection;
use crate::web::shown_once;
use crate::web::submission::{PageRequest, Submission, Visitor};
use crate::web::visit::SafeForm;
use crate::words::changes;

text_enum! {
    /// The kind of a new app, from which its first settings follow.
    AppKind {
        /// A website with a server, which keeps a secret.
        Web = "web",
        /// A website that runs in the browser only.
        SinglePage = "single_page",
        /// A program on people's own machines.
        Native = "native",
        /// A program on devices without a browser.
        Device = "device",
        /// A service that acts for itself.
        Service = "service",
        /// A website that people do not sign in to with Doorward.
        Link = "link",
    }
}

impl AppKind {
    /// The first settings of such an app.
    fn settings(self) -> ClientSettings {
        let defaults = ClientSettings::default();
        match self {
            Self::Web => defaults,
            Self::SinglePage => ClientSettings {
                client_auth: ClientAuth::None,
                ..defaults
            },
            Self::Native => ClientSettings {
                client_auth: ClientAuth::None,
                native: true,
                ..defaults
            },
            Self::Device => ClientSettings {
                client_auth: ClientAuth::None,
                device_code: true,
                ..defaults
            },
            Self::Service => ClientSettings {
                client_credentials: true,
                ..defaults
            },
            Self::Link => ClientSettings {
                login: Login::Link,
                ..defaults
            },
        }
    }
}

page! {
    /// The form of a new app.
    NewAppForm "console/app_new.html" {
        /// The navigation and the signed-in person.
        shell: Shell,
        /// The team that is to own it; `None` for the instance.
        team: Option<NamedTeam>,
        /// The errors and the notice.
        #[serde(flatten)]
        state: PageState,
    }
}

page! {
    /// The settings of one app.
    AppSettings "console/app_settings.html" {
        /// The navigation and the signed-in person.
        shell: Shell,
        /// The app, with submitted values in place of refused ones.
        app: ClientDetail,
        /// The lists, one entry per line.
        lists: Lists,
        /// The names of the client authentication methods.
        methods: Vec<&'static str>,
        /// The names of the algorithms.
        algorithms: Vec<&'static str>,
        /// The errors and the notice.
        #[serde(flatten)]
        state: PageState,
    }
}

/// The settings that are lists, one entry per line.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Lists {
    redirect_uris: String,
    post_logout_redirect_uris: String,
    allowed_origins: String,
}

impl Lists {
    /// The lists of these settings.
    #[must_use]
    pub fn of(settings: &ClientSettings) -> Self {
        Self {
            redirect_uris: settings.redirect_uris.join("\n"),
            post_logout_redirect_uris: settings.post_logout_redirect_uris.join("\n"),
            allowed_origins: settings.allowed_origins.join("\n"),
        }
    }
}

/// Shows the form of a new app.
pub(super) async fn new(
    PageRequest { app, user, params }: PageRequest<Recent<AppKeeper>>,
) -> Result<Response, PageError> {
    let user = user.0.0;
    let page = NewAppForm {
        shell: user.shell(NavItem::Apps),
        team: owner(&app, &user, params.get("team")).await?,
        state: PageState::default(),
    };
    Ok(user.visit.show(&app, StatusCode::OK, &page))
}

/// Creates an app and leads to the page that shows its secret once.
pub(super) async fn create(sent: Submission<Recent<AppKeeper>>) -> Result<Response, PageError> {
    let team = owner(&sent.app, &sent.user.0.0, sent.form.get("team")).await?;
    let create = typed_app(&sent.form, team.as_ref());
    let (name, id) = (create.name.clone(), create.id.to_string());
    match sent.change(create).await {
        Ok(secret) => {
            let new = NewApp {
                name,
                issuer: sent.app.config.server.issuer.as_str().to_owned(),
                client_id: id,
                client_secret: secret.as_ref().map(Token::as_str).map(str::to_owned),
                snippets: Vec::new(),
                notes: Vec::new(),
            };
            shown_once::keep(&sent, paths::CONSOLE_APPS_CONNECTED.as_ref(), &new).await
        }
        Err(failure) => {
            let Rejection { status, state } = Rejection::of(failure)?;
            let shell = sent.user.0.0.shell(NavItem::Apps);
            Ok(sent.show(status, &NewAppForm { shell, team, state }))
        }
    }
}

/// The new app that the form describes.
fn typed_app(form: &SafeForm, team: Option<&NamedTeam>) -> CreateClient {
    let name = form.trimmed("name");
    let id = optional(form, "client_id").unwrap_or_else(|| name.to_lowercase().replace(' ', "-"));
    let kind: AppKind = form.trimmed("app_kind").parse().unwrap_or(AppKind::Web);
    CreateClient {
        id: ClientId(id),
        name,
        settings: ClientSettings {
            access: access_of(form),
            redirect_uris: lines(form, "redirect_uris"),
            home_uri: optional(form, "home_uri"),
            ..kind.settings()
        },
        team: team.map(|team| team.id.clone().into()),
    }
}

/// The team with this slug, which is to own a new app of the user; without one, the instance is.
///
/// # Errors
/// 403 or 404 if the user may not add apps there.
pub(super) async fn owner(
    app: &AppState,
    user: &ConsoleUser,
    slug: Option<&str>,
) -> Result<Option<NamedTeam>, PageError> {
    let Some(slug) = slug.filter(|slug| !slug.is_empty()) else {
        user.require(Permission::AppManage)?;
        return Ok(None);
    };
    let owner = FindAppOwner {
        team: TeamRef::Slug(slug.to_owned()),
    };
    Ok(Some(app.directory.read(&user.actor(), owner).await?))
}

/// Whom a new app lets in, as chosen in its form: everyone, or nobody yet.
pub(super) fn access_of(form: &SafeForm) -> AccessRule {
    AccessRule {
        everyone: form.trimmed("access") == "everyone",
        ..AccessRule::default()
    }
}

/// Shows the settings of an app.
pub(super) async fn show(
    Path(id): Path<String>,
    PageRequest { app, user, params }: PageRequest<Recent<AppKeeper>>,
) -> Result<Response, PageError> {
    let user = user.0.0;
    let page = AppSettings {
        state: PageState::with_notice(noted(&app, &user, &params)),
        ..form(&app, &user, id).await?
    };
    Ok(user.visit.show(&app, StatusCode::OK, &page))
}

async fn form(app: &AppState, user: &ConsoleUser, id: String) -> Result<AppSettings, PageError> {
    let client = app
        .directory
        .read(&user.actor(), GetClient { id: ClientId(id) })
        .await?;
    Ok(AppSettings {
        shell: user.shell(NavItem::Apps),
        lists: Lists::of(&client.settings),
        app: client,
        methods: ClientAuth::ALL.iter().map(|method| method.as_str()).collect(),
        algorithms: Algorithm::ALL
            .iter()
            .map(|algorithm| algorithm.as_str())
            .collect(),
        state: PageState::default(),
    })
}

/// Saves the settings of an app.
pub(super) async fn save(
    Path(id): Path<String>,
    sent: Submission<Recent<AppKeeper>>,
) -> Result<Response, PageError> {
    let user = &sent.user.0.0;
    let page = form(&sent.app, user, id.clone()).await?;
    let stored = &page.app.settings;
    let mut settings = typed_into(stored.clone(), &sent.form);
    if !page.app.may_manage {
        // Their fields are not shown.
        settings = settings.with_reserved_of(stored);
    }
    let update = UpdateClient {
        id: ClientId(id.clone()),
        name: Some(sent.trimmed("name")),
        settings: settings.clone(),
        seen: sent.trimmed("seen").parse().ok().map(Time),
    };
    match sent.change(update).await {
        Ok(saved) => {
            let done = Note::new(match saved {
                Saved::Now => changes::APP_SAVED,
                Saved::Proposed => changes::REDIRECTS_PROPOSED,
            });
            Ok(done.go_to(&sent, &paths::CONSOLE_APP_SETTINGS.of([&id])))
        }
        Err(failure) => {
            let Rejection { status, state } = Rejection::of(failure)?;
            let mut page = AppSettings { state, ..page };
            page.lists = Lists::of(&settings);
            page.app.settings = settings;
            Ok(sent.show(status, &page))
        }
    }
}

/// The settings with what was typed and chosen in the form.
fn typed_into(settings: ClientSettings, form: &SafeForm) -> ClientSettings {
    let is_ticked = |name| form.get(name).is_some();
    ClientSettings {
        login: form.trimmed("login").parse().unwrap_or(settings.login),
        redirect_uris: lines(form, "redirect_uris"),
        post_logout_redirect_uris: lines(form, "post_logout_redirect_uris"),
        allowed_origins: lines(form, "allowed_origins"),
        client_auth: form
            .trimmed("client_auth")
            .parse()
            .unwrap_or(settings.client_auth),
        jwks_uri: optional(form, "jwks_uri"),
        native: is_ticked("native"),
        require_pkce: is_ticked("require_pkce"),
        require_consent: is_ticked("require_consent"),
        redirects_need_approval: is_ticked("redirects_need_approval"),
        refuse_impersonation: is_ticked("refuse_impersonation"),
        client_credentials: is_ticked("client_credentials"),
        device_code: is_ticked("device_code"),
        claims_in_id_token: is_ticked("claims_in_id_token"),
        scopes: Scopes::parse(&form.trimmed("scopes")),
        id_token_alg: form
            .trimmed("id_token_alg")
            .parse()
            .unwrap_or(settings.id_token_alg),
        home_uri: optional(form, "home_uri"),
        initiate_login_uri: optional(form, "initiate_login_uri"),
        policy_uri: optional(form, "policy_uri"),
        tos_uri: optional(form, "tos_uri"),
        ..settings
    }
}

/// The lines of a field that are not empty.
fn lines(form: &SafeForm, name: &str) -> Vec<String> {
    let text = form.trimmed(name);
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.map(str::to_owned).collect()
}

fn optional(form: &SafeForm, name: &str) -> Option<String> {
    Some(form.trimmed(name)).filter(|text| !text.is_empty())
}
