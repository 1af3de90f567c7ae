//! The overview: counts of accounts, sign-ins, teams, groups and apps.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use jiff::Timestamp;
use serde::Serialize;

use super::console_user::ConsoleUser;
use super::shell::{NavItem, Shell};
use crate::app::AppState;
use crate::directory::overview::{DayCount, GetOverview, StateCount};
use crate::model::permission::Permission;
use crate::model::settings::Registration;
use crate::web::error::PageError;
use crate::web::page::page;
use crate::web::submission::Visitor;

/// The accounts in one state, as a part of a bar.
#[derive(Clone, Debug, Serialize)]
pub struct Part {
    /// The state's name.
    pub state: &'static str,
    /// How many accounts are in it.
    pub count: i64,
    /// Where the part begins, in thousandths of the bar's width.
    pub from: i64,
    /// The width of the part, in thousandths of the bar's width.
    pub width: i64,
}

/// The sign-ins of one day.
#[derive(Clone, Debug, Serialize)]
pub struct Day {
    /// The day, such as `21 November`.
    pub day: String,
    /// How many sign-ins there were.
    pub count: i64,
    /// The height of its bar, in percent of the highest one.
    pub height: i64,
}

/// A step of setting up the instance.
#[derive(Clone, Debug, Serialize)]
pub struct Step {
    /// Its name in the template.
    pub name: &'static str,
    /// Whether it is done.
    pub done: bool,
}

page! {
    /// The overview page.
    Overview "console/overview.html" {
        /// The navigation and the signed-in person.
        shell: Shell,
        /// The steps of setting up the instance, for a user who may change settings and until all of them are done.
        steps: Vec<Step>,
        /// Whether the user may see accounts.
        may_read: bool,
        /// The accounts by state.
        parts: Vec<Part>,
        /// The number of active accounts, which are the seats in use.
        seats: i64,
        /// The number of pending registrations.
        waiting: i64,
        /// The sign-ins of each of the last days, the oldest first.
        days: Vec<Day>,
        /// The number of sign-ins on these days.
        sign_ins: i64,
        /// The number of accounts, without deleted ones.
        accounts: i64,
        /// The number of teams, without personal ones.
        teams: i64,
        /// The number of groups.
        groups: i64,
        /// The number of apps.
        apps: i64,
    }
}

/// Shows the overview.
pub(super) async fn show(State(app): State<Arc<AppState>>, user: ConsoleUser) -> Result<Response, PageError> {
    let counts = app.directory.read(&user.actor(), GetOverview).await?;
    let count_in = |state| {
        let accounts = counts.accounts.as_ref();
        accounts.map_or(0, |accounts| accounts.in_state(state))
    };
    let (seats, waiting) = (count_in("active"), count_in("pending"));
    let may_read = counts.accounts.is_some();
    let (states, sign_ins) = counts
        .accounts
        .map_or_else(Default::default, |accounts| (accounts.states, accounts.sign_ins));
    let accounts = states.iter().map(|counted| counted.count).sum();
    let page = Overview {
        shell: user.shell(NavItem::Overview),
        steps: steps(&user, accounts, counts.apps),
        may_read,
        accounts,
        parts: parts(states),
        seats,
        waiting,
        sign_ins: sign_ins.iter().map(|day| day.count).sum(),
        days: days(&sign_ins),
        teams: counts.teams,
        groups: counts.groups,
        apps: counts.apps,
    };
    Ok(user.visit.show(&app, StatusCode::OK, &page))
}

/// The steps of setting up the instance; none once all are done, or for a user who may not change settings.
fn steps(user: &ConsoleUser, accounts: i64, apps: i64) -> Vec<Step> {
    let settings = &user.visit.instance;
    let step = |name, done| Step { name, done };
    let steps = vec![
        step("owner", true),
        step("branding", settings.accent.is_some()),
        step("app", apps > 0),
        step("registration", settings.registration != Registration::Closed),
        step("people", accounts > 1),
    ];
    // Closed registration is a valid choice, so this step alone does not keep the list.
    let is_open = |step: &Step| !step.done && step.name != "registration";
    if user.authority.may(Permission::SettingsWrite) && steps.iter().any(is_open) {
        steps
    } else {
        Vec::new()
    }
}

/// The parts of the bar of account states.
fn parts(states: Vec<StateCount>) -> Vec<Part> {
    let accounts: i64 = states.iter().map(|counted| counted.count).sum();
    let mut from = 0;
    let present = states.into_iter().filter(|counted| counted.count > 0);
    let part = present.map(|StateCount { state, count }| {
        let width = count * 1_000 / accounts.max(1);
        let part = Part {
            state,
            count,
            from,
            width,
        };
        from += width;
        part
    });
    part.collect()
}

/// The bars of the days.
fn days(sign_ins: &[DayCount]) -> Vec<Day> {
    let most = sign_ins.iter().map(|day| day.count).max().unwrap_or(0).max(1);
    let day = |day: &DayCount| Day {
        day: Timestamp::from_microsecond(day.start.0)
            .map_or_else(|_| String::new(), |start| start.strftime("%-d %B").to_string()),
        count: day.count,
        height: day.count * 100 / most,
    };
    sign_ins.iter().map(day).collect()
}
