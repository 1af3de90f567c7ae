//! Reading and changing the instance settings.

use serde::Serialize;

use super::actor::difference;
use super::second_factor_policy::after_grace;
use super::{ChangeContext, Failure, ReadContext, names, operation};
use crate::model::action::Action;
use crate::model::permission::Permission;
use crate::model::refusal::{Code, Refusal};
use crate::model::settings::{InstanceSettings, Registration, SecondFactorFor, SecondFactorKinds};
use crate::store::{counters, instance, mail_settings};

/// The maximum number of domains that registration can be limited to.
const MAX_DOMAINS: usize = 100;

operation! {
    /// Reads the settings, for a caller who may read or change any of them.
    read GetSettings -> SettingsDetail;
}

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

impl GetSettings {
    async fn perform(self, context: &mut ReadContext<'_>) -> Result<SettingsDetail, Failure> {
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

operation! {
    /// Changes who can get an account, and how.
    #[derive(Clone)]
    change ChangePeopleSettings {
        registration: Registration,
        /// The domains whose addresses may register; empty for all.
        domains: Vec<String>,
        /// How many days an invitation is valid, 1 to 90.
        invitation_days: u32,
        /// Whether tokens and lists contain personal teams.
        personal_teams: bool,
        revision: i64,
    } -> (), requires SettingsWrite;
}

impl ChangePeopleSettings {
    /// Puts the values into the settings.
    pub fn apply_to(self, settings: &mut InstanceSettings) {
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
        if self.domains.len() > MAX_DOMAINS {
            reasons.push(Code::TooMany.at("domains").with("max", MAX_DOMAINS.to_string()));
        }
        if let Some(wrong) = self.domains.iter().find(|domain| !is_domain(domain)) {
            reasons.push(Code::DomainInvalid.at("domains").with("domain", wrong));
        }
        reasons
    }
}

impl ChangePeopleSettings {
    async fn perform(self, context: &mut ChangeContext<'_>) -> Result<(), Failure> {
        let mut reasons = self.reasons_against();
        let is_limited = self.registration == Registration::Open && !self.domains.is_empty();
        if is_limited && mail_settings::get(context.tx()).await?.is_none() {
            reasons.push(Code::DomainsNotProven.at("domains"));
        }
        Failure::if_any(reasons)?;
        change(context, self.revision, |settings| self.apply_to(settings)).await
    }
}

operation! {
    /// Changes who must have a second factor to sign in, and what counts as one.
    #[derive(Clone)]
    change ChangeSignInSettings {
        second_factor: SecondFactorFor,
        kinds: SecondFactorKinds,
        /// Whether browsers can use passkeys with this server.
        has_passkeys: bool,
        /// In how many days they must have it, 0 to 90; `None` for the time that is set or, without one, at once.
        days: Option<u32>,
        revision: i64,
    } -> (), requires SettingsWrite;
}

impl ChangeSignInSettings {
    async fn perform(self, context: &mut ChangeContext<'_>) -> Result<(), Failure> {
        if self.kinds == SecondFactorKinds::Passkeys && !self.has_passkeys {
            return Err(Code::PasskeysImpossible.into());
        }
        let now = context.now;
        let from = after_grace(self.days.unwrap_or(0), now)?;
        change(context, self.revision, |settings| {
            let set = match settings.second_factor {
                SecondFactorFor::Nobody => None,
                SecondFactorFor::Staff | SecondFactorFor::Everybody => settings.second_factor_from,
            };
            let kept = set.filter(|_| self.days.is_none());
            settings.second_factor = self.second_factor;
            settings.second_factor_from =
                (self.second_factor != SecondFactorFor::Nobody).then(|| kept.unwrap_or(from));
            settings.second_factor_kinds = self.kinds;
        })
        .await
    }
}

operation! {
    /// Changes the organisation's name and the accent colour.
    #[derive(Clone)]
    change ChangeBranding {
        organisation: String,
        /// The accent colour as `#rrggbb`; `None` for the built-in one.
        accent: Option<String>,
        revision: i64,
    } -> (), requires BrandingWrite;
}

impl ChangeBranding {
    /// Puts the values into the settings.
    pub fn apply_to(self, settings: &mut InstanceSettings) {
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

impl ChangeBranding {
    async fn perform(self, context: &mut ChangeContext<'_>) -> Result<(), Failure> {
        Failure::if_any(self.reasons_against())?;
        change(context, self.revision, |settings| self.apply_to(settings)).await
    }
}

async fn change(
    context: &mut ChangeContext<'_>,
    revision: i64,
    apply_to: impl FnOnce(&mut InstanceSettings) + Send,
) -> Result<(), Failure> {
    // Serializes concurrent changes, so that the second one finds the revision of the first.
    counters::invalidate_cache(context.tx()).await?;
    let before = instance::get(context.tx()).await?;
    if before.revision != revision {
        return Err(Code::SettingsChanged.into());
    }
    let mut after = before.clone();
    apply_to(&mut after);
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
