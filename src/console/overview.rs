//! The overview: how many there are of everything, at a glance.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use jiff::Timestamp;

use super::console_user::ConsoleUser;
use super::pages::{Day, NavItem, Overview, Part};
use crate::app::AppState;
use crate::directory::overview::{DayCount, GetOverview, StateCount};
use crate::web::error::PageError;

/// Shows the overview.
pub(super) async fn show(State(app): State<Arc<AppState>>, user: ConsoleUser) -> Result<Response, PageError> {
    let counts = app.directory.read(&user.actor(), GetOverview).await?;
    let of = |state| {
        let accounts = counts.accounts.as_ref();
        accounts.map_or(0, |accounts| accounts.in_state(state))
    };
    let (seats, waiting) = (of("active"), of("pending"));
    let may_read = counts.accounts.is_some();
    let (states, sign_ins) = counts
        .accounts
        .map_or_else(Default::default, |accounts| (accounts.states, accounts.sign_ins));
    let page = Overview {
        shell: user.shell(NavItem::Overview),
        may_read,
        accounts: states.iter().map(|counted| counted.count).sum(),
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

/// The parts of the bar of all accounts, in thousandths.
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

/// The bars of the days, in hundredths of the highest one.
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
