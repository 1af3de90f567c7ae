//! The dashboard.

use serde::Serialize;

use super::Shell;
use crate::web::page::Page;

/// A part of all accounts: one state.
#[derive(Clone, Debug, Serialize)]
pub struct Part {
    /// The state as a word.
    pub state: &'static str,
    /// How many accounts are in it.
    pub count: i64,
    /// Where its part of the bar begins, in thousandths of its width.
    pub from: i64,
    /// How wide its part of the bar is, in thousandths.
    pub width: i64,
}

/// The sign-ins of one day.
#[derive(Clone, Debug, Serialize)]
pub struct Day {
    /// The day, such as `21 November`.
    pub day: String,
    /// How many sign-ins there were.
    pub count: i64,
    /// How high its bar is, in hundredths of the highest one.
    pub height: i64,
}

/// The dashboard.
#[derive(Clone, Debug, Serialize)]
pub struct Overview {
    /// What surrounds it.
    pub shell: Shell,
    /// Whether the viewer may see accounts.
    pub may_read: bool,
    /// The accounts by state.
    pub parts: Vec<Part>,
    /// How many accounts are active: the seats in use.
    pub seats: i64,
    /// How many registrations wait for approval.
    pub waiting: i64,
    /// The sign-ins of the last days, the oldest first.
    pub days: Vec<Day>,
    /// How many sign-ins they had together.
    pub sign_ins: i64,
    /// How many accounts there are, deleted ones not counted.
    pub accounts: i64,
    /// How many teams there are, personal ones not counted.
    pub teams: i64,
    /// How many groups there are.
    pub groups: i64,
    /// How many apps there are.
    pub apps: i64,
}

impl Page for Overview {
    const TEMPLATE: &'static str = "console/overview.html";
}
