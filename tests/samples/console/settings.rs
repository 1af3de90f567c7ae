//! Examples of the page of settings.

use doorward::console::settings::Settings;
use doorward::console::shell::NavItem;
use doorward::model::settings::{InstanceSettings, Registration};
use doorward::web::page::{FieldError, Notice, PageState, Tone};

use super::parts::{conflict, shell};
use super::{Sample, of};

pub fn all() -> Vec<Sample> {
    of([full(), wrong(), read_only()])
}

fn full() -> Settings {
    Settings {
        shell: shell(NavItem::Settings),
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
        state: PageState {
            notice: Some(Notice::new(Tone::Success, "Saved.")),
            ..PageState::default()
        },
    }
}

fn wrong() -> Settings {
    Settings {
        state: PageState {
            errors: vec![
                FieldError::at("domains", "x is not a domain."),
                FieldError::at("invitation_days", "Use a number from 1 to 90."),
                FieldError::at("accent", "Write the colour as #rrggbb, such as #3056d3."),
                FieldError::at("organisation", "Use 1 to 100 characters."),
            ],
            conflict: Some(conflict()),
            ..PageState::default()
        },
        ..full()
    }
}

fn read_only() -> Settings {
    Settings {
        settings: InstanceSettings::default(),
        domains: String::new(),
        may: vec!["settings.read"],
        state: PageState::default(),
        ..full()
    }
}
