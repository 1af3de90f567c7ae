//! The audit log.

use serde::Serialize;

use super::{NextPage, Shell};
use crate::directory::audit::AuditEntry;
use crate::model::action::Action;
use crate::web::page::{FieldError, Page};

/// What was typed into the filter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct AuditQuery {
    /// Who did it.
    pub by: String,
    /// To whom or what.
    pub about: String,
    /// How the action begins.
    pub action: String,
    /// With which outcome.
    pub outcome: String,
    /// From this day on.
    pub since: String,
    /// Up to this day.
    pub until: String,
}

/// A page of the audit log.
#[derive(Clone, Debug, Serialize)]
pub struct Audit {
    /// What surrounds it.
    pub shell: Shell,
    /// What was typed into the filter.
    pub query: AuditQuery,
    /// Whether anything was.
    pub is_filtered: bool,
    /// Every action.
    pub actions: &'static [Action],
    /// The entries, the newest first.
    pub entries: Vec<AuditEntry>,
    /// The way to older ones.
    pub next: NextPage,
    /// The filter as a query string.
    pub export: String,
    /// Mistakes in the filter.
    pub errors: Vec<FieldError>,
}

impl Page for Audit {
    const TEMPLATE: &'static str = "console/audit.html";
}
