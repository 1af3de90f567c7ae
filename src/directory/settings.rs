//! The settings of the instance: who may change which, and what they may be.

use super::actor::difference;
use super::power::Power;
use super::{Actor, ChangeError, Fault, schemes};
use crate::clock::Time;
use crate::model::permission::Permission;
use crate::model::settings::{InstanceSettings, Registration};
use crate::store::instance;
use crate::store::{Db, counters};

/// The most domains that registration can be limited to.
const MOST_DOMAINS: usize = 100;

/// A section of the settings, as it is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Section {
    /// Who comes by an account how.
    People {
        /// Who may register.
        registration: Registration,
        /// The domains that an address must have to register.
        domains: Vec<String>,
        /// For how many days an invitation can be accepted, 1 to 90.
        invitation_days: u32,
        /// Whether personal teams stand in tokens and lists.
        personal_teams: bool,
    },
    /// Whose sign-in this is, and its look.
    Branding {
        /// The organisation's name.
        organisation: String,
        /// The accent colour, if it is not the built-in one.
        accent: Option<String>,
    },
}

impl Section {
    /// What changing it takes.
    #[must_use]
    pub const fn permission(&self) -> Permission {
        match self {
            Self::People { .. } => Permission::SettingsWrite,
            Self::Branding { .. } => Permission::BrandingWrite,
        }
    }

    fn faults(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        let mut say = |field, message: &str| {
            faults.push(Fault {
                field,
                message: message.to_owned(),
            });
        };
        match self {
            Self::People {
                domains,
                invitation_days,
                ..
            } => {
                if !(1..=90).contains(invitation_days) {
                    say("invitation_days", "Use 1 to 90 days.");
                }
                if domains.len() > MOST_DOMAINS {
                    say("domains", "Use at most 100 domains.");
                }
                if let Some(wrong) = domains.iter().find(|domain| !is_domain(domain)) {
                    say(
                        "domains",
                        &format!("{wrong:?} is no domain. Write domains such as example.org, one a line."),
                    );
                }
            }
            Self::Branding { organisation, accent } => {
                if organisation.is_empty() || organisation.chars().count() > 100 {
                    say(
                        "organisation",
                        "Enter the name of your organisation, at most 100 characters.",
                    );
                }
                let is_colour = |text: &String| {
                    text.strip_prefix('#').is_some_and(|digits| {
                        digits.len() == 6 && digits.chars().all(|c| c.is_ascii_hexdigit())
                    })
                };
                if accent.as_ref().is_some_and(|accent| !is_colour(accent)) {
                    say("accent", "Write the colour as #rrggbb, such as #3056d3.");
                }
            }
        }
        faults
    }

    /// Puts the section into the settings.
    pub fn put_into(self, instance: &mut InstanceSettings) {
        match self {
            Self::People {
                registration,
                domains,
                invitation_days,
                personal_teams,
            } => {
                instance.registration = registration;
                instance.domains = domains;
                instance.invitation_days = invitation_days;
                instance.personal_teams = personal_teams;
            }
            Self::Branding { organisation, accent } => {
                instance.organisation = organisation;
                instance.accent = accent;
            }
        }
    }
}

fn is_domain(text: &str) -> bool {
    let is_label = |label: &str| {
        !label.is_empty() && label.len() <= 63 && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
    };
    text.len() <= 253 && text.contains('.') && text.split('.').all(is_label)
}

/// Changes a section that the actor has seen at `revision`.
///
/// # Errors
/// Every mistake at its field, that the actor may not, or that somebody has changed the settings meanwhile.
pub async fn change(
    db: &Db,
    actor: Actor,
    section: Section,
    revision: i64,
    now: Time,
) -> Result<(), ChangeError> {
    let scheme = schemes::active(db).await?;
    db.write(move |tx| {
        Box::pin(async move {
            let power = Power::of(&actor, tx, &scheme, now).await?;
            power.require(section.permission())?;
            let faults = section.faults();
            if !faults.is_empty() {
                return Err(ChangeError::Invalid(faults));
            }
            // Two who save at once take turns here, so that the second sees the first one's revision.
            counters::touch_cache(tx).await?;
            let before = instance::get(tx).await?;
            if before.revision != revision {
                return Err(ChangeError::Refused(
                    "Somebody has changed the settings since you opened them. Look at them again, then save.",
                ));
            }
            let mut after = before.clone();
            section.put_into(&mut after);
            let detail = difference(&before, &after);
            after.revision += 1;
            instance::set(tx, &after).await?;
            actor.record(tx, "settings.change", "", &detail, now).await?;
            Ok(())
        })
    })
    .await
}
