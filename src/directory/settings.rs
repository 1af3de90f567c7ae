//! Reading and changing the instance settings.

use serde::Serialize;

use super::actor::difference;
use super::{Change, ChangeContext, Failure, Read, ReadContext, names};
use crate::model::action::Action;
use crate::model::permission::Permission;
use crate::model::refusal::{Code, Refusal};
use crate::model::settings::{InstanceSettings, Registration};
use crate::store::{counters, instance};

/// The maximum number of domains that registration can be limited to.
const MOST_DOMAINS: usize = 100;

/// Reads the settings, for a caller who may read or change any of them.
pub struct GetSettings;

/// The settings, with the permissions that decide which sections are shown.
#[derive(Clone, Debug, Serialize)]
pub struct SettingsDetail {
    /// The settings.
    pub settings: InstanceSettings,
    /// The title of the applied scheme.
    pub scheme: String,
    /// The actor's permissions on sections of the settings.
    pub may: Vec<Permission>,
}

impl Read for GetSettings {
    type Output = SettingsDetail;

    async fn run(self, context: &mut ReadContext<'_>) -> Result<SettingsDetail, Failure> {
        let sections = [
            Permission::SettingsRead,
            Permission::SettingsWrite,
            Permission::BrandingWrite,
            Permission::SystemUpdate,
        ];
        let may: Vec<_> = sections
            .into_iter()
            .filter(|section| context.may(*section))
            .collect();
        if may.is_empty() {
            return Err(Code::PermissionMissing.into());
        }
        Ok(SettingsDetail {
            // Not from the cache, so that a form never opens with an old revision.
            settings: instance::get(context.conn()).await?,
            scheme: context.scheme.title.clone(),
            may,
        })
    }
}

/// Changes who can get an account, and how.
#[derive(Clone)]
pub struct ChangePeopleSettings {
    /// Who may register.
    pub registration: Registration,
    /// The domains at which an address may register; empty for all.
    pub domains: Vec<String>,
    /// How many days an invitation is valid, 1 to 90.
    pub invitation_days: u32,
    /// Whether tokens and lists contain personal teams.
    pub personal_teams: bool,
    /// The revision of the settings that the form showed.
    pub revision: i64,
}

impl ChangePeopleSettings {
    /// Puts the values into the settings.
    pub fn put_into(self, settings: &mut InstanceSettings) {
        settings.registration = self.registration;
        settings.domains = self.domains;
        settings.invitation_days = self.invitation_days;
        settings.personal_teams = self.personal_teams;
    }

    fn reasons_against(&self) -> Vec<Refusal> {
        let mut reasons = Vec::new();
        if !(1..=90).contains(&self.invitation_days) {
            let range = Code::OutOfRange.at("invitation_days");
            reasons.push(range.with("min", "1").with("max", "90"));
        }
        if self.domains.len() > MOST_DOMAINS {
            reasons.push(Code::TooMany.at("domains").with("max", MOST_DOMAINS.to_string()));
        }
        if let Some(wrong) = self.domains.iter().find(|domain| !is_domain(domain)) {
            reasons.push(Code::DomainInvalid.at("domains").with("domain", wrong));
        }
        reasons
    }
}

impl Change for ChangePeopleSettings {
    type Output = ();

    async fn run(self, context: &mut ChangeContext<'_>) -> Result<(), Failure> {
        context.require(Permission::SettingsWrite)?;
        Failure::unless_none(self.reasons_against())?;
        change(context, self.revision, |settings| self.put_into(settings)).await
    }
}

/// Changes the organisation's name and the accent colour.
#[derive(Clone)]
pub struct ChangeBranding {
    /// The organisation's name.
    pub organisation: String,
    /// The accent colour as `#rrggbb`; `None` for the built-in one.
    pub accent: Option<String>,
    /// The revision of the settings that the form showed.
    pub revision: i64,
}

impl ChangeBranding {
    /// Puts the values into the settings.
    pub fn put_into(self, settings: &mut InstanceSettings) {
        settings.organisation = self.organisation;
        settings.accent = self.accent;
    }

    fn reasons_against(&self) -> Vec<Refusal> {
        let mut reasons = Vec::new();
        if !(1..=100).contains(&self.organisation.chars().count()) {
            let length = Code::Length.at("organisation");
            reasons.push(length.with("min", "1").with("max", "100"));
        }
        reasons.extend(names::validate_line("organisation", &self.organisation).err());
        if self.accent.as_deref().is_some_and(|accent| !is_colour(accent)) {
            reasons.push(Code::ColourInvalid.at("accent"));
        }
        reasons
    }
}

impl Change for ChangeBranding {
    type Output = ();

    async fn run(self, context: &mut ChangeContext<'_>) -> Result<(), Failure> {
        context.require(Permission::BrandingWrite)?;
        Failure::unless_none(self.reasons_against())?;
        change(context, self.revision, |settings| self.put_into(settings)).await
    }
}

async fn change(
    context: &mut ChangeContext<'_>,
    revision: i64,
    put_into: impl FnOnce(&mut InstanceSettings) + Send,
) -> Result<(), Failure> {
    // Serializes concurrent changes, so that the second one finds the revision of the first.
    counters::touch_cache(context.tx()).await?;
    let before = instance::get(context.tx()).await?;
    if before.revision != revision {
        return Err(Code::SettingsChanged.into());
    }
    let mut after = before.clone();
    put_into(&mut after);
    let detail = difference(&before, &after);
    after.revision += 1;
    instance::set(context.tx(), &after).await?;
    context.record(Action::SettingsChange, "", &detail).await
}

fn is_domain(text: &str) -> bool {
    let is_label = |label: &str| {
        !label.is_empty() && label.len() <= 63 && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
    };
    text.len() <= 253 && text.contains('.') && text.split('.').all(is_label)
}

fn is_colour(text: &str) -> bool {
    text.strip_prefix('#')
        .is_some_and(|digits| digits.len() == 6 && digits.chars().all(|c| c.is_ascii_hexdigit()))
}
