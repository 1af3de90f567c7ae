//! The dashboard: how many there are of everything, at a glance.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::pages::{Overview, Part, Rail};
use super::staff::Staff;
use crate::app::App;
use crate::directory::filter::{Filter, State as AccountState};
use crate::http::error::PageError;
use crate::store::{account_list, counts};

/// Shows the dashboard.
///
/// # Errors
/// A page when the database fails.
pub(super) async fn show(State(app): State<Arc<App>>, staff: Staff) -> Result<Response, PageError> {
    let now = app.clock.now();
    let may_read = staff.authority.may("account.read");
    let mut conn = app.db.read().await?;
    let mut states = Vec::new();
    for state in AccountState::ALL {
        if !may_read || state == AccountState::Deleted {
            continue;
        }
        let filter = Filter {
            state: Some(state),
            ..Filter::default()
        };
        let conditions = filter.conditions(staff.scheme.dormant_after(), staff.scheme.top_role(), now);
        states.push((state, account_list::count(&mut conn, &conditions, now).await?));
    }
    let counts = counts::all(&mut conn).await?;
    drop(conn);
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
        shell: staff.shell(Rail::Overview),
        may_read,
        parts: parts.collect(),
        accounts,
        teams: counts.teams,
        groups: counts.groups,
        apps: counts.apps,
    };
    Ok(staff.visit.show(&app, StatusCode::OK, &page))
}
