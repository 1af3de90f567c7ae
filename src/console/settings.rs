//! The settings of the instance, a section for each permission.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::console_user::{ConsoleUser, status_of, told};
use super::pages::{NavItem, Settings};
use crate::app::AppState;
use crate::directory::ChangeError;
use crate::directory::settings::{self, Section};
use crate::model::permission::Permission;
use crate::model::settings::InstanceSettings;
use crate::paths;
use crate::store::instance;
use crate::web::error::PageError;
use crate::web::page::{FieldError, Notice, Tone};
use crate::web::params::Received;
use crate::web::visit::{SafeForm, see_other};

/// Shows the sections that the person may see.
///
/// # Errors
/// A page when there is none, or the database fails.
pub(super) async fn show(
    State(app): State<Arc<AppState>>,
    user: ConsoleUser,
    Received(params): Received,
) -> Result<Response, PageError> {
    let params = params?;
    let instance = instance::get(&mut app.db.read().await?).await?;
    let notice = params
        .get("done")
        .map(|_| Notice::new(Tone::Success, "Saved. The settings apply from now on."));
    let page = page(&user, instance, Vec::new(), notice)?;
    Ok(user.visit.show(&app, StatusCode::OK, &page))
}

fn page(
    user: &ConsoleUser,
    instance: InstanceSettings,
    errors: Vec<FieldError>,
    notice: Option<Notice>,
) -> Result<Settings, PageError> {
    let sections: Vec<&str> = [
        Permission::SettingsRead,
        Permission::SettingsWrite,
        Permission::BrandingWrite,
        Permission::SystemUpdate,
    ]
    .into_iter()
    .filter(|permission| user.authority.may(*permission))
    .map(Permission::as_str)
    .collect();
    if sections.is_empty() {
        return Err(PageError::forbidden());
    }
    Ok(Settings {
        shell: user.shell(NavItem::Settings),
        domains: instance.domains.join("\n"),
        instance,
        may: sections,
        scheme: user.scheme.title.clone(),
        version: env!("CARGO_PKG_VERSION"),
        errors,
        notice,
    })
}

/// Changes the section whose button was pressed.
///
/// # Errors
/// A page when the person may not, the form is not ours, or the database fails.
pub(super) async fn change(
    State(app): State<Arc<AppState>>,
    user: ConsoleUser,
    Received(params): Received,
) -> Result<Response, PageError> {
    let form = user.visit.form(&app, params)?;
    let instance = instance::get(&mut app.db.read().await?).await?;
    let Some(section) = section(&form) else {
        return Err(PageError::not_found());
    };
    let revision = form
        .get("revision")
        .and_then(|revision| revision.parse().ok())
        .unwrap_or(-1);
    let typed = as_typed(instance, &section);
    match settings::change(&app.db, user.actor(), section, revision, app.clock.now()).await {
        Ok(()) => Ok(see_other(&format!(
            "{}?done=1",
            app.config.server.issuer.url(paths::CONSOLE_SETTINGS)
        ))),
        // Who may not change anything here is not told what there is.
        Err(ChangeError::Forbidden(_)) => Err(PageError::forbidden()),
        Err(error) => {
            let status = status_of(&error);
            let (errors, notice) = told(error)?;
            let page = page(&user, typed, errors, notice)?;
            Ok(user.visit.show(&app, status, &page))
        }
    }
}

fn section(form: &SafeForm) -> Option<Section> {
    let typed = |name| form.get(name).unwrap_or_default().trim().to_owned();
    match form.get("section")? {
        "people" => Some(Section::People {
            registration: typed("registration").parse().ok()?,
            domains: typed("domains")
                .split([',', ' ', '\n', '\r', '\t'])
                .map(|domain| domain.trim_start_matches('@').to_lowercase())
                .filter(|domain| !domain.is_empty())
                .collect(),
            invitation_days: typed("invitation_days").parse().unwrap_or(0),
            personal_teams: form.get("personal_teams").is_some(),
        }),
        "branding" => Some(Section::Branding {
            organisation: typed("organisation"),
            accent: Some(typed("accent").to_lowercase()).filter(|accent| !accent.is_empty()),
        }),
        _ => None,
    }
}

/// The settings with what was typed in their place, so that nothing typed is lost.
fn as_typed(mut instance: InstanceSettings, section: &Section) -> InstanceSettings {
    section.clone().put_into(&mut instance);
    instance
}
