//! The settings of the instance, with a section for each permission.

use axum::http::StatusCode;
use axum::response::Response;

use super::console_user::ConsoleUser;
use super::shell::{NavItem, Shell};
use crate::directory::Failure;
use crate::directory::settings::{
    ChangeBranding, ChangePeopleSettings, ChangeSignInSettings, GetSettings, SettingsDetail,
};
use crate::model::permission::Permission;
use crate::model::refusal::{Code, Kind};
use crate::model::settings::{InstanceSettings, Registration, SecondFactorFor, SecondFactorKinds};
use crate::paths;
use crate::web::conflict::{Conflict, Stored};
use crate::web::error::PageError;
use crate::web::page::{Notice, PageState, Tone, page};
use crate::web::recent::SensitiveSubmission;
use crate::web::rejection::Rejection;
use crate::web::submission::{PageRequest, Submission, Visitor};
use crate::web::visit::SafeForm;

page! {
    /// The page of settings.
    Settings "console/settings.html" {
        /// The navigation and the signed-in person.
        shell: Shell,
        /// The stored settings, with submitted values in place of refused ones.
        settings: InstanceSettings,
        /// The domains, one per line.
        domains: String,
        /// The user's permissions that show a section.
        may: Vec<&'static str>,
        /// The scheme's name.
        scheme: String,
        /// The server's version.
        version: &'static str,
        /// The errors and the notice.
        #[serde(flatten)]
        state: PageState,
    }
}

/// Shows the sections that the user may see.
pub(super) async fn show(
    PageRequest { app, user, params }: PageRequest<ConsoleUser>,
) -> Result<Response, PageError> {
    let saved = || Notice::new(Tone::Success, "Saved. The settings apply from now on.");
    let state = PageState::with_notice(params.get("done").map(|_| saved()));
    let detail = app.directory.read(&user.actor(), GetSettings).await?;
    let page = page(&user, detail, state);
    Ok(user.visit.show(&app, StatusCode::OK, &page))
}

fn page(user: &ConsoleUser, detail: SettingsDetail, state: PageState) -> Settings {
    Settings {
        shell: user.shell(NavItem::Settings),
        domains: detail.settings.domains.join("\n"),
        settings: detail.settings,
        may: detail.may.into_iter().map(Permission::as_str).collect(),
        scheme: detail.scheme,
        version: env!("CARGO_PKG_VERSION"),
        state,
    }
}

/// Changes who can get an account and how.
pub(super) async fn change_people(
    SensitiveSubmission(sent): SensitiveSubmission<ConsoleUser>,
) -> Result<Response, PageError> {
    let change = ChangePeopleSettings {
        registration: sent
            .trimmed("registration")
            .parse()
            .unwrap_or(Registration::Closed),
        domains: sent
            .trimmed("domains")
            .split([',', ' ', '\n', '\r', '\t'])
            .map(|domain| domain.trim_start_matches('@').to_lowercase())
            .filter(|domain| !domain.is_empty())
            .collect(),
        invitation_days: sent.trimmed("invitation_days").parse().unwrap_or(0),
        personal_teams: sent.form.get("personal_teams").is_some(),
        revision: revision(&sent.form),
    };
    let outcome = sent.change(change.clone()).await;
    let form = paths::CONSOLE_SETTINGS_PEOPLE;
    respond(&sent, form, outcome, |settings| change.apply_to(settings)).await
}

/// Changes who must have a second factor, and what counts as one.
pub(super) async fn change_sign_in(
    SensitiveSubmission(sent): SensitiveSubmission<ConsoleUser>,
) -> Result<Response, PageError> {
    let asked = sent.trimmed("second_factor");
    let second_factor = asked.parse().unwrap_or(SecondFactorFor::Nobody);
    let asked = sent.trimmed("second_factor_kinds");
    let kinds = asked.parse().unwrap_or(SecondFactorKinds::Any);
    let days = sent.trimmed("days");
    let change = ChangeSignInSettings {
        second_factor,
        kinds,
        has_passkeys: sent.app.passkeys.is_some(),
        days: (!days.is_empty()).then(|| days.parse().unwrap_or(u32::MAX)),
        revision: revision(&sent.form),
    };
    let outcome = sent.change(change).await;
    let form = paths::CONSOLE_SETTINGS_SIGN_IN;
    respond(&sent, form, outcome, |settings| {
        settings.second_factor = second_factor;
        settings.second_factor_kinds = kinds;
    })
    .await
}

/// Changes the organisation's name and the accent colour.
pub(super) async fn change_branding(sent: Submission<ConsoleUser>) -> Result<Response, PageError> {
    let accent = sent.trimmed("accent").to_lowercase();
    let change = ChangeBranding {
        organisation: sent.trimmed("organisation"),
        accent: Some(accent).filter(|accent| !accent.is_empty()),
        revision: revision(&sent.form),
    };
    let outcome = sent.change(change.clone()).await;
    let form = paths::CONSOLE_SETTINGS_BRANDING;
    respond(&sent, form, outcome, |settings| change.apply_to(settings)).await
}

fn revision(form: &SafeForm) -> i64 {
    form.trimmed("revision").parse().unwrap_or(-1)
}

/// Redirects to the settings after a change, or shows them with the submitted values and why they were refused.
async fn respond(
    sent: &Submission<ConsoleUser>,
    form: paths::Path<0>,
    outcome: Result<(), Failure>,
    apply_typed_to: impl FnOnce(&mut InstanceSettings),
) -> Result<Response, PageError> {
    let Err(failure) = outcome else {
        return Ok(sent.go_to(&format!("{}?done=1", paths::CONSOLE_SETTINGS)));
    };
    // The page would show settings that the user may not see.
    if failure.kind() == Some(Kind::Forbidden) {
        return Err(failure.into());
    }
    let is_conflict = failure.is(Code::SettingsChanged);
    let Rejection { status, mut state } = Rejection::of(failure)?;
    let mut detail = sent.app.directory.read(&sent.user.actor(), GetSettings).await?;
    if is_conflict {
        let version = ("revision", detail.settings.revision.to_string());
        let [action, page] =
            [form, paths::CONSOLE_SETTINGS].map(|path| sent.app.config.server.issuer.local(path));
        state.conflict = Conflict::of(
            |name| sent.form.trimmed(name),
            (action, page),
            version,
            stored(form, &detail.settings),
        );
    }
    apply_typed_to(&mut detail.settings);
    let page = page(&sent.user, detail, state);
    Ok(sent.show(status, &page))
}

/// The fields of a form with what is stored.
fn stored(form: paths::Path<0>, settings: &InstanceSettings) -> Vec<Stored> {
    let field = |name, label, value: &str| Stored {
        name,
        label,
        value: value.to_owned(),
    };
    if form == paths::CONSOLE_SETTINGS_BRANDING {
        return vec![
            field("organisation", "Organisation", &settings.organisation),
            field(
                "accent",
                "Accent colour",
                settings.accent.as_deref().unwrap_or_default(),
            ),
        ];
    }
    if form == paths::CONSOLE_SETTINGS_SIGN_IN {
        let (who, kinds) = (settings.second_factor, settings.second_factor_kinds);
        return vec![
            field("second_factor", "Who needs a second factor", who.as_str()),
            field("second_factor_kinds", "What counts as one", kinds.as_str()),
        ];
    }
    let (days, personal) = (
        settings.invitation_days.to_string(),
        if settings.personal_teams { "1" } else { "" },
    );
    vec![
        field("registration", "Registration", settings.registration.as_str()),
        field("domains", "Domains", &settings.domains.join("\n")),
        field("invitation_days", "Days until an invitation expires", &days),
        field("personal_teams", "Show personal teams (1 for yes)", personal),
    ]
}
