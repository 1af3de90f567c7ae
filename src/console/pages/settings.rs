//! The settings of the instance.

use serde::Serialize;

use super::{NavItem, Shell};
use crate::model::settings::{InstanceSettings, Registration};
use crate::web::page::{FieldError, Notice, Page, Tone};

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

    fn samples() -> Vec<Self> {
        let full = Self {
            shell: Shell::sample(NavItem::Settings),
            settings: InstanceSettings {
                organisation: "Example".into(),
                accent: Some("#3056d3".into()),
                registration: Registration::Open,
                ..InstanceSettings::default()
            },
            domains: "example.org\nexample.com".into(),
            may: vec![
                "settings.read",
                "settings.write",
                "branding.write",
                "system.update",
            ],
            scheme: "Default".into(),
            version: "0.1.0",
            errors: Vec::new(),
            notice: Some(Notice::new(Tone::Success, "Saved.")),
        };
        let wrong = Self {
            errors: vec![
                FieldError::at("domains", "x is not a domain."),
                FieldError::at("invitation_days", "Use a number from 1 to 90."),
                FieldError::at("accent", "Write the colour as #rrggbb, such as #3056d3."),
                FieldError::at("organisation", "Use 1 to 100 characters."),
            ],
            notice: None,
            ..full.clone()
        };
        let reader = Self {
            settings: InstanceSettings::default(),
            domains: String::new(),
            may: vec!["settings.read"],
            notice: None,
            ..full.clone()
        };
        vec![full, wrong, reader]
    }
}
