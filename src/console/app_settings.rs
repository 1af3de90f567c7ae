//! The settings of an app: a page for each part of them, each with a form of its own.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

use super::console_user::{AppAdmin, ConsoleUser};
use super::shell::{NavItem, Shell};
use crate::app::AppState;
use crate::clock::Time;
use crate::directory::clients::{ClientDetail, GetClient, UpdateClient, UpdateOutcome};
use crate::model::ClientId;
use crate::model::client::ClientSettings;
use crate::paths;
use crate::web::error::PageError;
use crate::web::note::{Note, noted};
use crate::web::page::{Page, PageState, page};
use crate::web::recent::Recent;
use crate::web::rejection::Rejection;
use crate::web::submission::{PageRequest, Submission, Visitor};
use crate::web::visit::SafeForm;
use crate::words::changes;

page! {
    /// How people sign in to one app and out of it.
    AppSettings "console/app_settings.html" {
        /// The navigation and the signed-in person.
        shell: Shell,
        /// The app, with submitted values in place of refused ones.
        app: ClientDetail,
        /// The lists, one entry per line.
        lists: Lists,
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

/// A page with some of the settings of an app.
pub(super) trait SettingsPage: Page {
    /// Its path.
    const PATH: paths::Path<1>;

    /// The page for this app.
    fn of(app: &AppState, shell: Shell, client: ClientDetail, state: PageState) -> Self;

    /// The settings with what was typed and chosen in its form.
    fn apply_form(settings: ClientSettings, form: &SafeForm) -> ClientSettings;
}

impl SettingsPage for AppSettings {
    const PATH: paths::Path<1> = paths::CONSOLE_APP_SETTINGS;

    fn of(_: &AppState, shell: Shell, app: ClientDetail, state: PageState) -> Self {
        let lists = Lists::of(&app.settings);
        Self {
            shell,
            app,
            lists,
            state,
        }
    }

    fn apply_form(settings: ClientSettings, form: &SafeForm) -> ClientSettings {
        let is_ticked = |name| form.get(name).is_some();
        ClientSettings {
            login: form.trimmed("login").parse().unwrap_or(settings.login),
            redirect_uris: lines(form, "redirect_uris"),
            post_logout_redirect_uris: lines(form, "post_logout_redirect_uris"),
            allowed_origins: lines(form, "allowed_origins"),
            require_consent: is_ticked("require_consent"),
            backchannel_logout_session_required: is_ticked("backchannel_logout_session_required"),
            frontchannel_logout_session_required: is_ticked("frontchannel_logout_session_required"),
            redirects_need_approval: is_ticked("redirects_need_approval"),
            refuse_impersonation: is_ticked("refuse_impersonation"),
            ..with_logouts(settings, form)
        }
    }
}

/// The settings with the typed addresses for sign-outs.
pub(super) fn with_logouts(settings: ClientSettings, form: &SafeForm) -> ClientSettings {
    ClientSettings {
        backchannel_logout_uri: optional(form, "backchannel_logout_uri"),
        frontchannel_logout_uri: optional(form, "frontchannel_logout_uri"),
        ..settings
    }
}

/// Shows a page with settings of an app.
pub(super) async fn show<P: SettingsPage>(
    Path(id): Path<String>,
    PageRequest { app, user, params }: PageRequest<Recent<AppAdmin>>,
) -> Result<Response, PageError> {
    let user = user.0.0;
    let client = find(&app, &user, id).await?;
    let state = PageState::with_notice(noted(&app, &user, &params));
    let page = P::of(&app, user.shell(NavItem::Apps), client, state);
    Ok(user.visit.show(&app, StatusCode::OK, &page))
}

/// The app whose settings a page shows.
pub(super) async fn find(app: &AppState, user: &ConsoleUser, id: String) -> Result<ClientDetail, PageError> {
    let get = GetClient { id: ClientId(id) };
    Ok(app.directory.read(&user.actor(), get).await?)
}

/// Saves the settings of an app that its page shows.
pub(super) async fn save<P: SettingsPage>(
    Path(id): Path<String>,
    sent: Submission<Recent<AppAdmin>>,
) -> Result<Response, PageError> {
    let user = &sent.user.0.0;
    let mut client = find(&sent.app, user, id.clone()).await?;
    let mut settings = P::apply_form(client.settings.clone(), &sent.form);
    if !client.may_manage {
        // The form does not have the fields of the reserved settings.
        settings = settings.with_reserved_of(&client.settings);
    }
    let update = UpdateClient {
        id: ClientId(id.clone()),
        name: optional(&sent.form, "name"),
        settings: settings.clone(),
        expected: sent.trimmed("seen").parse().ok().map(Time),
    };
    match sent.change(update).await {
        Ok(saved) => {
            let done = Note::new(match saved {
                UpdateOutcome::Now => changes::APP_SAVED,
                UpdateOutcome::Proposed => changes::REDIRECTS_PROPOSED,
            });
            Ok(done.go_to(&sent, &P::PATH.of([&id])))
        }
        Err(failure) => {
            let Rejection { status, state } = Rejection::of(failure)?;
            client.settings = settings;
            let page = P::of(&sent.app, user.shell(NavItem::Apps), client, state);
            Ok(sent.show(status, &page))
        }
    }
}

/// The lines of a field that are not empty.
pub(super) fn lines(form: &SafeForm, name: &str) -> Vec<String> {
    let text = form.trimmed(name);
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.map(str::to_owned).collect()
}

/// The text of a field, if it is not empty.
pub(super) fn optional(form: &SafeForm, name: &str) -> Option<String> {
    Some(form.trimmed(name)).filter(|text| !text.is_empty())
}
