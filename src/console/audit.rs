//! The audit record: who did what, filtered, a page at a time, and as JSON lines.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream;

use super::pages::{Audit, AuditQuery, Rail};
use super::paging::{READ, cut};
use super::staff::Staff;
use crate::app::AppState;
use crate::directory::{audit, names};
use crate::model::permission::Permission;
use crate::store::audit_list::{self, Filter};
use crate::store::{Conn, accounts};
use crate::web::dates::{self, DAY};
use crate::web::error::PageError;
use crate::web::page::FieldError;
use crate::web::params::{Params, Received};

/// How many rows an export reads at once.
const CHUNK: i64 = 1_000;

/// Shows the rows that pass the filter, the newest first.
///
/// # Errors
/// A page when the person may not, or the database fails.
pub(super) async fn show(
    State(app): State<Arc<AppState>>,
    staff: Staff,
    Received(params): Received,
) -> Result<Response, PageError> {
    staff.needs(Permission::AuditRead)?;
    let params = params?;
    let query = query_of(&params);
    let mut conn = app.db.read().await?;
    let mut rows = Vec::new();
    let mut errors = Vec::new();
    match filter_of(&mut conn, &query).await? {
        Ok(mut filter) => {
            filter.before = params.get("before").map(str::to_owned);
            rows = audit_list::newest(&mut conn, &filter, READ).await?;
        }
        Err(faults) => errors = faults,
    }
    let has_more = cut(&mut rows);
    let next = rows.last().filter(|_| has_more).map(|last| {
        let mut pairs = pairs_of(&query);
        pairs.append_pair("before", &last.id);
        format!("?{}", pairs.finish())
    });
    let status = if errors.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::BAD_REQUEST
    };
    let page = Audit {
        shell: staff.shell(Rail::Audit),
        rows: audit::tell(&mut conn, rows).await?,
        actions: audit::ACTIONS,
        export: format!("?{}", pairs_of(&query).finish()),
        is_filtered: query != AuditQuery::default(),
        query,
        next,
        errors,
    };
    drop(conn);
    Ok(staff.visit.show(&app, status, &page))
}

/// Sends the rows that pass the filter as JSON lines, the oldest first.
///
/// # Errors
/// A page when the person may not, the filter is wrong, or the database fails.
pub(super) async fn export(
    State(app): State<Arc<AppState>>,
    staff: Staff,
    Received(params): Received,
) -> Result<Response, PageError> {
    staff.needs(Permission::AuditRead)?;
    let query = query_of(&params?);
    let filter = filter_of(&mut app.db.read().await?, &query).await?;
    let filter = filter.map_err(|_| {
        PageError::new(
            StatusCode::BAD_REQUEST,
            "This filter is not right",
            "One of its fields cannot be read.",
            "Go back to the record and change it.",
        )
    })?;
    let lines = stream::try_unfold((app, filter, String::new()), |(app, filter, after)| async move {
        let mut conn = app.db.read().await?;
        let rows = audit_list::oldest(&mut conn, &filter, &after, CHUNK).await?;
        drop(conn);
        let Some(last) = rows.last().map(|row| row.id.clone()) else {
            return Ok::<_, crate::store::Error>(None);
        };
        let mut lines = String::new();
        for row in &rows {
            lines.push_str(&audit::as_json(row).to_string());
            lines.push('\n');
        }
        Ok(Some((Bytes::from(lines), (app, filter, last))))
    });
    let headers = [
        (header::CONTENT_TYPE, "application/jsonl"),
        (
            header::CONTENT_DISPOSITION,
            "attachment; filename=\"audit.jsonl\"",
        ),
        (header::CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, Body::from_stream(lines)).into_response())
}

fn query_of(params: &Params) -> AuditQuery {
    let typed = |name| params.get(name).unwrap_or_default().trim().to_owned();
    AuditQuery {
        by: typed("by"),
        about: typed("about"),
        action: typed("action"),
        outcome: typed("outcome"),
        since: typed("since"),
        until: typed("until"),
    }
}

fn pairs_of(query: &AuditQuery) -> form_urlencoded::Serializer<'static, String> {
    let mut pairs = form_urlencoded::Serializer::new(String::new());
    for (name, value) in [
        ("by", &query.by),
        ("about", &query.about),
        ("action", &query.action),
        ("outcome", &query.outcome),
        ("since", &query.since),
        ("until", &query.until),
    ] {
        if !value.is_empty() {
            pairs.append_pair(name, value);
        }
    }
    pairs
}

/// The filter, or the mistakes in it.
async fn filter_of(
    conn: &mut Conn,
    query: &AuditQuery,
) -> Result<Result<Filter, Vec<FieldError>>, PageError> {
    let mut errors = Vec::new();
    let mut day = |field, text: &str| match dates::start_of_day(text) {
        Ok(day) => day,
        Err(message) => {
            errors.push(FieldError::at(field, message));
            None
        }
    };
    let filter = Filter {
        since: day("since", &query.since),
        until: day("until", &query.until).map(|start| start + DAY),
        actor: party(conn, &query.by).await?,
        target: party(conn, &query.about).await?,
        action: query.action.clone(),
        outcome: query.outcome.clone(),
        before: None,
    };
    Ok(if errors.is_empty() {
        Ok(filter)
    } else {
        Err(errors)
    })
}

/// The id of the account of this name; any other text is looked for as it is.
async fn party(conn: &mut Conn, text: &str) -> Result<String, PageError> {
    if text.is_empty() {
        return Ok(String::new());
    }
    let found = accounts::by_sign_in_name(conn, &names::key(text)).await?;
    Ok(found.map_or_else(|| text.to_owned(), |account| account.id.0))
}
