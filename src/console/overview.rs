//! The dashboard: how many there are of everything, at a glance.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use jiff::{Timestamp, ToSpan, tz::TimeZone};

use super::console_user::ConsoleUser;
use super::pages::{Day, NavItem, Overview, Part};
use crate::app::AppState;
use crate::clock::Time;
use crate::directory::filter::{State as AccountState, awake_since};
use crate::model::account::Status;
use crate::model::permission::Permission;
use crate::store::counts::{self, OfStatus};
use crate::store::{Conn, audit_list};
use crate::web::error::PageError;

/// Shows the dashboard.
///
/// # Errors
/// A page when the database fails.
pub(super) async fn show(State(app): State<Arc<AppState>>, user: ConsoleUser) -> Result<Response, PageError> {
    let now = app.clock.now();
    let may_read = user.authority.may(Permission::AccountRead);
    let mut conn = app.db.read().await?;
    let states = if may_read {
        states(&mut conn, user.scheme.dormant_after(), now).await?
    } else {
        Vec::new()
    };
    let counts = counts::all(&mut conn).await?;
    let days = if may_read {
        days(&mut conn, now).await?
    } else {
        Vec::new()
    };
    drop(conn);
    let count_of = |wanted| {
        let found = states.iter().find(|(state, _)| *state == wanted);
        found.map_or(0, |(_, count)| *count)
    };
    let (seats, waiting) = (count_of(AccountState::Active), count_of(AccountState::Pending));
    let accounts: i64 = states.iter().map(|(_, count)| count).sum();
    let mut from = 0;
    let parts = states
        .into_iter()
        .filter(|(_, count)| *count > 0)
        .map(|(state, count)| {
            let width = count * 1_000 / accounts.max(1);
            let part = Part {
                state: state.as_str(),
                count,
                from,
                width,
            };
            from += width;
            part
        });
    let page = Overview {
        shell: user.shell(NavItem::Overview),
        may_read,
        parts: parts.collect(),
        seats,
        waiting,
        sign_ins: days.iter().map(|day| day.count).sum(),
        days,
        accounts,
        teams: counts.teams,
        groups: counts.groups,
        apps: counts.apps,
    };
    Ok(user.visit.show(&app, StatusCode::OK, &page))
}

/// How many accounts are in each state, deleted ones left out.
async fn states(
    conn: &mut Conn,
    dormant_after: Duration,
    now: Time,
) -> Result<Vec<(AccountState, i64)>, PageError> {
    let counted = counts::accounts(conn, awake_since(dormant_after, now)).await?;
    let of = |status, what: fn(&OfStatus) -> i64| {
        counted
            .iter()
            .find(|found| found.status == status)
            .map_or(0, what)
    };
    Ok(vec![
        (AccountState::Active, of(Status::Active, |found| found.awake)),
        (
            AccountState::Dormant,
            of(Status::Active, |found| found.number - found.awake),
        ),
        (
            AccountState::Suspended,
            of(Status::Suspended, |found| found.number),
        ),
        (AccountState::Invited, of(Status::Invited, |found| found.number)),
        (AccountState::Pending, of(Status::Pending, |found| found.number)),
    ])
}

/// How many days of sign-ins are drawn.
const DAYS: i32 = 14;

/// The sign-ins of the last days (UTC), today among them.
async fn days(conn: &mut Conn, now: Time) -> Result<Vec<Day>, PageError> {
    let Ok(today) = Timestamp::from_microsecond(now.0).map(|now| now.to_zoned(TimeZone::UTC).date()) else {
        return Ok(Vec::new());
    };
    let dates: Vec<_> = (1 - DAYS..=1)
        .filter_map(|day| today.checked_add(day.days()).ok())
        .collect();
    let moments: Vec<Time> = dates
        .iter()
        .filter_map(|date| date.to_zoned(TimeZone::UTC).ok())
        .map(|start| Time(start.timestamp().as_microsecond()))
        .collect();
    let counts = audit_list::counts_between(conn, "session.begin", &moments).await?;
    let most = counts.iter().copied().max().unwrap_or(0).max(1);
    let day = |(date, count): (&jiff::civil::Date, i64)| Day {
        day: date.strftime("%-d %B").to_string(),
        count,
        height: count * 100 / most,
    };
    Ok(dates.iter().zip(counts).map(day).collect())
}
