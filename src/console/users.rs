//! The list of accounts.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::console_user::ConsoleUser;
use super::pages::{Chip, NavItem, UserRow, Users};
use super::paging::{READ, cut};
use crate::app::AppState;
use crate::directory::filter::{Filter, State as AccountState, awake_since};
use crate::model::permission::Permission;
use crate::store::account_list::{self, After, Listed, Order};
use crate::store::counts;
use crate::web::error::PageError;
use crate::web::page::{Notice, Tone};
use crate::web::params::{Params, Received};

const CHIPS: [(&str, &str); 5] = [
    ("Active", "status:active"),
    ("Dormant", "status:dormant"),
    ("Suspended", "status:suspended"),
    ("Waiting", "status:pending"),
    ("Deleted", "status:deleted"),
];

const SORTS: [(&str, Order); 3] = [
    ("newest", Order::Newest),
    ("name", Order::Username),
    ("seen", Order::LastSeen),
];

/// Shows the accounts that a query finds.
///
/// # Errors
/// A page when the person may not, or the database fails.
pub(super) async fn list(
    State(app): State<Arc<AppState>>,
    user: ConsoleUser,
    Received(params): Received,
) -> Result<Response, PageError> {
    user.needs(Permission::AccountRead)?;
    let params = params?;
    let query = params.get("q").unwrap_or_default();
    let (filter, mistake) = match Filter::parse(query) {
        Ok(filter) => (Some(filter), None),
        Err(mistake) => (None, Some(mistake)),
    };
    let (sort, order) = SORTS
        .into_iter()
        .find(|(name, _)| params.get("sort") == Some(name))
        .unwrap_or(SORTS[0]);
    let now = app.clock.now();
    let dormant_after = user.scheme.dormant_after();
    let conditions = |filter: &Filter| filter.conditions(dormant_after, user.scheme.top_role(), now);
    let mut conn = app.db.read().await?;
    let (mut rows, mut count) = (Vec::new(), 0);
    if let Some(filter) = &filter {
        let found = conditions(filter);
        count = account_list::count(&mut conn, &found, now).await?;
        rows = account_list::page(
            &mut conn,
            &found,
            count,
            order,
            after(&params).as_ref(),
            READ,
            now,
        )
        .await?;
    }
    let seats = counts::seats(&mut conn, awake_since(dormant_after, now)).await?;
    drop(conn);
    let has_more = cut(&mut rows);
    let next = rows
        .last()
        .filter(|_| has_more)
        .map(|last| next_page(query, sort, last));
    let may = |permission| user.authority.may(permission);
    let actions = [
        ("suspend", "Suspend", Permission::AccountSuspend),
        ("activate", "Lift suspension", Permission::AccountSuspend),
        ("approve", "Approve", Permission::AccountCreate),
        ("reject", "Refuse", Permission::AccountCreate),
        ("delete", "Delete", Permission::AccountDelete),
        ("restore", "Restore", Permission::AccountDelete),
    ];
    let page = Users {
        shell: user.shell(NavItem::Users),
        query: query.to_owned(),
        sort,
        chips: CHIPS
            .into_iter()
            .map(|(text, written)| Chip {
                text,
                query: written,
                on: written == query,
            })
            .collect(),
        count,
        seats,
        rows: rows.iter().map(|row| user_row(row, &user, now)).collect(),
        next,
        may_create: may(Permission::AccountCreate),
        actions: actions
            .into_iter()
            .filter(|(_, _, permission)| may(*permission))
            .map(|(value, text, _)| (value, text))
            .collect(),
        notice: params
            .get("added")
            .map(|_| Notice::new(Tone::Success, "The account was added.")),
        mistake: mistake.clone(),
    };
    let status = if mistake.is_some() {
        StatusCode::BAD_REQUEST
    } else {
        StatusCode::OK
    };
    Ok(user.visit.show(&app, status, &page))
}

fn after(params: &Params) -> Option<After> {
    let number = params.get("after")?.parse().ok()?;
    Some(After {
        number,
        username: params.get("after_name").unwrap_or_default().to_owned(),
        seen: params
            .get("after_seen")
            .and_then(|seen| seen.parse().ok())
            .unwrap_or(0),
    })
}

fn next_page(query: &str, sort: &str, last: &Listed) -> String {
    let after = After::of(last);
    let mut pairs = form_urlencoded::Serializer::new(String::from("?"));
    if !query.is_empty() {
        pairs.append_pair("q", query);
    }
    pairs.append_pair("sort", sort);
    pairs.append_pair("after", &after.number.to_string());
    match sort {
        "name" => _ = pairs.append_pair("after_name", &after.username),
        "seen" => _ = pairs.append_pair("after_seen", &after.seen.to_string()),
        _ => {}
    }
    pairs.finish()
}

fn user_row(row: &Listed, user: &ConsoleUser, now: crate::clock::Time) -> UserRow {
    let state = AccountState::of(row.status, row.last_seen_at, user.scheme.dormant_after(), now);
    let (role, more_roles) = if row.in_root_team {
        (Some(user.scheme.top_role().to_owned()), row.roles)
    } else {
        (row.role.clone(), (row.roles - 1).max(0))
    };
    UserRow {
        number: row.number,
        username: row.username.clone(),
        name: row.name.clone(),
        email: row.email.clone(),
        state: state.as_str(),
        role,
        more_roles,
        seen: row.last_seen_at,
    }
}
