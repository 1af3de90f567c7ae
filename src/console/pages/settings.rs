//! The settings of the instance.

use serde::Serialize;

use super::Shell;
use crate::model::settings::InstanceSettings;
use crate::web::page::{FieldError, Notice, Page};

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
