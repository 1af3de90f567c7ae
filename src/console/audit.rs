//! The audit log, filtered, as pages and as JSON lines.

use axum::body::{Body, Bytes};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::{StreamExt, stream};
use serde::Serialize;

use super::console_user::ConsoleUser;
use super::paging::{NextPage, ROWS};
use super::shell::{NavItem, Shell};
use crate::app::AppState;
use crate::directory::audit::{AuditEntry, ExportAuditEntries, ListAuditEntries, Order, as_json};
use crate::directory::{Actor, Failure};
use crate::model::action::Action;
use crate::model::audit::{AuditFilter, StoredEntry};
use crate::web::dates::{self, DAY};
use crate::web::error::PageError;
use crate::web::page::{FieldError, Page};
use crate::web::params::Params;
use crate::web::submission::{PageRequest, Visitor};
use crate::words;
use crate::words::error_pages::INVALID_FILTER;

/// The filter, as typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct AuditQuery {
    /// The actor.
    pub by: String,
    /// The target.
    pub about: String,
    /// The beginning of the action's name.
    pub action: String,
    /// The outcome.
    pub outcome: String,
    /// The first day.
    pub since: String,
    /// The last day.
    pub until: String,
}

/// A page of the audit log.
#[derive(Clone, Debug, Serialize)]
pub struct Audit {
    /// The navigation and the signed-in person.
    pub shell: Shell,
    /// The filter, as typed.
    pub query: AuditQuery,
    /// Whether the filter has any value.
    pub is_filtered: bool,
    /// Every action.
    pub actions: &'static [Action],
    /// The entries, the newest first.
    pub entries: Vec<AuditEntry>,
    /// The query string of the page with older ones.
    pub next: NextPage,
    /// The filter as a query string, for the export.
    pub export: String,
    /// Mistakes in the filter.
    pub errors: Vec<FieldError>,
}

impl Page for Audit {
    const TEMPLATE: &'static str = "console/audit.html";
}

/// The number of entries that an export reads at once.
const CHUNK: i64 = 1_000;

/// Shows the entries that match the filter, the newest first.
pub(super) async fn show(
    PageRequest { app, user, params }: PageRequest<ConsoleUser>,
) -> Result<Response, PageError> {
    let query = query_of(&params);
    let (mut filter, errors) = filter_of(&query);
    filter.before = params.get("before").map(str::to_owned);
    // An invalid filter matches nothing, since ignoring it would show every entry.
    let (limit, status) = if errors.is_empty() {
        (usize::from(ROWS), StatusCode::OK)
    } else {
        (0, StatusCode::BAD_REQUEST)
    };
    let list = ListAuditEntries { filter, limit };
    let found = app.directory.read(&user.actor(), list).await?;
    let next = found.next.map(|before| {
        let mut pairs = pairs_of(&query);
        pairs.append_pair("before", &before);
        format!("?{}", pairs.finish())
    });
    let page = Audit {
        shell: user.shell(NavItem::Audit),
        entries: found.entries,
        actions: Action::ALL,
        export: format!("?{}", pairs_of(&query).finish()),
        is_filtered: query != AuditQuery::default(),
        query,
        next: next.filter(|_| errors.is_empty()),
        errors,
    };
    Ok(user.visit.show(&app, status, &page))
}

/// Responds with the entries that match the filter as JSON lines, the oldest first.
pub(super) async fn export(
    PageRequest { app, user, params }: PageRequest<ConsoleUser>,
) -> Result<Response, PageError> {
    let (filter, errors) = filter_of(&query_of(&params));
    let actor = user.actor();
    // The first chunk is read before the response begins, so that a refusal still determines the status.
    let first = page_after(&app, &actor, &filter, String::new()).await?;
    if !errors.is_empty() {
        return Err(PageError::new(StatusCode::BAD_REQUEST, &INVALID_FILTER));
    }
    let after = last_id(&first);
    let rest = stream::try_unfold((app, after), move |(app, after)| {
        let (actor, filter) = (actor.clone(), filter.clone());
        async move {
            if after.is_empty() {
                return Ok::<_, Failure>(None);
            }
            let entries = page_after(&app, &actor, &filter, after).await?;
            let after = last_id(&entries);
            Ok(Some((lines(&entries), (app, after))))
        }
    });
    let headers = [
        (header::CONTENT_TYPE, "application/jsonl"),
        (
            header::CONTENT_DISPOSITION,
            "attachment; filename=\"audit.jsonl\"",
        ),
        (header::CACHE_CONTROL, "no-store"),
    ];
    let all = stream::once(async move { Ok(lines(&first)) }).chain(rest);
    Ok((headers, Body::from_stream(all)).into_response())
}

async fn page_after(
    app: &AppState,
    actor: &Actor,
    filter: &AuditFilter,
    after: String,
) -> Result<Vec<StoredEntry>, Failure> {
    let export = ExportAuditEntries {
        filter: filter.clone(),
        order: Order::OldestAfter(after),
        limit: CHUNK,
    };
    app.directory.read(actor, export).await
}

/// The id of the last entry; empty if there is none.
fn last_id(entries: &[StoredEntry]) -> String {
    entries.last().map(|last| last.id.clone()).unwrap_or_default()
}

fn lines(entries: &[StoredEntry]) -> Bytes {
    let lines = entries.iter().map(|entry| format!("{}\n", as_json(entry)));
    Bytes::from(lines.collect::<String>())
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

/// The filter, and the mistakes in it.
fn filter_of(query: &AuditQuery) -> (AuditFilter, Vec<FieldError>) {
    let mut errors = Vec::new();
    let mut day = |field, text: &str| match dates::start_of_day(text) {
        Ok(day) => day,
        Err(code) => {
            errors.push(FieldError::at(field, words::refusal(&code.into())));
            None
        }
    };
    let filter = AuditFilter {
        since: day("since", &query.since),
        until: day("until", &query.until).map(|start| start + DAY),
        actor: query.by.clone(),
        target: query.about.clone(),
        action: query.action.clone(),
        outcome: query.outcome.clone(),
        before: None,
    };
    (filter, errors)
}
