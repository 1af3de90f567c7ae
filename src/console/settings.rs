//! The settings of the instance, a section for each permission.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

use super::console_user::ConsoleUser;
use super::shell::{NavItem, Shell};
use crate::app::AppState;
use crate::directory::Failure;
use crate::directory::settings::{ChangeBranding, ChangePeopleSettings, GetSettings, SettingsDetail};
use crate::model::permission::Permission;
use crate::model::refusal::Kind;
use crate::model::settings::{InstanceSettings, Registration};
use crate::paths;
use crate::web::error::PageError;
use crate::web::page::{FieldError, Notice, Page, Tone};
use crate::web::params::Received;
use crate::web::rejection::{refused, status_of_failure};
use crate::web::visit::{SafeForm, see_other};

/// The settings.
#[derive(Clone, Debug, Serialize)]
pub struct Settings {
    /// What surrounds it.
    pub shell: Shell,
    /// The settings as they are, or as typed.
    pub settings: InstanceSettings,
    /// The domains, one a line.
    pub domains: String,
    /// The permissions of the viewer that open a section.
    pub may: Vec<&'static str>,
    /// The scheme's name.
    pub scheme: String,
    /// The server's version.
    pub version: &'static str,
    /// Mistakes in the form that was sent.
    pub errors: Vec<FieldError>,
    /// What just happened, if anything did.
    pub notice: Option<Notice>,
}

impl Page for Settings {
    const TEMPLATE: &'static str = "console/settings.html";
}

/// Shows the sections that the person may see.
pub(super) async fn show(
    State(app): State<Arc<AppState>>,
    user: ConsoleUser,
    Received(params): Received,
) -> Result<Response, PageError> {
    let params = params?;
    let detail = app.directory.read(&user.actor(), GetSettings).await?;
    let notice = params
        .get("done")
        .map(|_| Notice::new(Tone::Success, "Saved. The settings apply from now on."));
    let page = page(&user, detail, Vec::new(), notice);
    Ok(user.visit.show(&app, StatusCode::OK, &page))
}

fn page(
    user: &ConsoleUser,
    detail: SettingsDetail,
    errors: Vec<FieldError>,
    notice: Option<Notice>,
) -> Settings {
    Settings {
        shell: user.shell(NavItem::Settings),
        domains: detail.settings.domains.join("\n"),
        settings: detail.settings,
        may: detail.may.into_iter().map(Permission::as_str).collect(),
        scheme: detail.scheme,
        version: env!("CARGO_PKG_VERSION"),
        errors,
        notice,
    }
}

/// Changes who can get an account and how.
pub(super) async fn change_people(
    State(app): State<Arc<AppState>>,
    user: ConsoleUser,
    Received(params): Received,
) -> Result<Response, PageError> {
    let form = user.visit.form(&app, params)?;
    let change = ChangePeopleSettings {
        registration: typed(&form, "registration")
            .parse()
            .unwrap_or(Registration::Closed),
        domains: typed(&form, "domains")
            .split([',', ' ', '\n', '\r', '\t'])
            .map(|domain| domain.trim_start_matches('@').to_lowercase())
            .filter(|domain| !domain.is_empty())
            .collect(),
        invitation_days: typed(&form, "invitation_days").parse().unwrap_or(0),
        personal_teams: form.get("personal_teams").is_some(),
        revision: revision(&form),
    };
    let changed = app.directory.change(&user.actor(), change.clone()).await;
    answer(&app, &user, changed, |settings| change.put_into(settings)).await
}

/// Changes whose sign-in this is, and its look.
pub(super) async fn change_branding(
    State(app): State<Arc<AppState>>,
    user: ConsoleUser,
    Received(params): Received,
) -> Result<Response, PageError> {
    let form = user.visit.form(&app, params)?;
    let change = ChangeBranding {
        organisation: typed(&form, "organisation"),
        accent: Some(typed(&form, "accent").to_lowercase()).filter(|accent| !accent.is_empty()),
        revision: revision(&form),
    };
    let changed = app.directory.change(&user.actor(), change.clone()).await;
    answer(&app, &user, changed, |settings| change.put_into(settings)).await
}

fn typed(form: &SafeForm, name: &str) -> String {
    form.get(name).unwrap_or_default().trim().to_owned()
}

fn revision(form: &SafeForm) -> i64 {
    form.get("revision")
        .and_then(|revision| revision.parse().ok())
        .unwrap_or(-1)
}

/// Leads back to the settings, or shows them with what was typed in its place.
async fn answer(
    app: &AppState,
    user: &ConsoleUser,
    changed: Result<(), Failure>,
    put_typed_into: impl FnOnce(&mut InstanceSettings),
) -> Result<Response, PageError> {
    let failure = match changed {
        Ok(()) => {
            let settings = app.config.server.issuer.url(paths::CONSOLE_SETTINGS);
            return Ok(see_other(&format!("{settings}?done=1")));
        }
        Err(failure) => failure,
    };
    // Who may not change anything here is not told what there is.
    if failure.kind() == Some(Kind::Forbidden) {
        return Err(failure.into());
    }
    let status = status_of_failure(&failure);
    let (errors, notice) = refused(failure)?;
    let mut detail = app.directory.read(&user.actor(), GetSettings).await?;
    put_typed_into(&mut detail.settings);
    let page = page(user, detail, errors, notice);
    Ok(user.visit.show(app, status, &page))
}
