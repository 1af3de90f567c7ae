//! The audit log, filtered, as pages, as JSON lines and as CSV.

use axum::body::{Body, Bytes};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::{StreamExt, stream};
use serde::Serialize;

use super::console_user::ConsoleUser;
use super::paging::{NextPage, ROWS};
use super::shell::{NavItem, Shell};
use crate::app::AppState;
use crate::directory::audit::{AuditEntry, ExportAuditEntries, ListAuditEntries, Order, as_json, to_rfc3339};
use crate::directory::{Actor, Failure};
use crate::model::action::Action;
use crate::model::audit::{AuditFilter, StoredEntry};
use crate::web::dates::{self, DAY};
use crate::web::error::PageError;
use crate::web::page::{FieldError, page};
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

/// The actions on one kind of object.
#[derive(Clone, Debug, Serialize)]
pub struct ActionFamily {
    /// What they act on.
    pub title: &'static str,
    /// The beginning of their names.
    pub prefix: String,
    /// The actions, each as name and text, sorted by text.
    pub actions: Vec<(&'static str, &'static str)>,
}

/// Every action, by family.
#[must_use]
pub fn families() -> Vec<ActionFamily> {
    let mut families: Vec<ActionFamily> = Vec::new();
    for action in Action::ALL {
        let (family, _) = action.as_str().split_once('.').unwrap_or_default();
        let prefix = format!("{family}.");
        let entry = (action.as_str(), words::action(*action));
        match families.iter_mut().find(|found| found.prefix == prefix) {
            Some(found) => found.actions.push(entry),
            None => families.push(ActionFamily {
                title: words::action_family(*action),
                prefix,
                actions: vec![entry],
            }),
        }
    }
    for family in &mut families {
        family.actions.sort_by_key(|(_, text)| *text);
    }
    families.sort_by_key(|family| family.title);
    families
}

page! {
    /// A page of the audit log.
    Audit "console/audit.html" {
        /// The navigation and the signed-in person.
        shell: Shell,
        /// The filter, as typed.
        query: AuditQuery,
        /// Whether the filter has any value.
        is_filtered: bool,
        /// Every action, by family.
        actions: Vec<ActionFamily>,
        /// The entries, the newest first.
        entries: Vec<AuditEntry>,
        /// The query string of the page with older entries.
        next: NextPage,
        /// The filter as a query string, for the export.
        export: String,
        /// Mistakes in the filter.
        errors: Vec<FieldError>,
    }
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
        actions: families(),
        export: format!("?{}", pairs_of(&query).finish()),
        is_filtered: query != AuditQuery::default(),
        query,
        next: next.filter(|_| errors.is_empty()),
        errors,
    };
    Ok(user.visit.show(&app, status, &page))
}

/// The format of an export.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Format {
    JsonLines,
    Csv,
}

impl Format {
    const fn media_type(self) -> (&'static str, &'static str) {
        match self {
            Self::JsonLines => ("application/jsonl", "attachment; filename=\"audit.jsonl\""),
            Self::Csv => ("text/csv; charset=utf-8", "attachment; filename=\"audit.csv\""),
        }
    }

    fn encode(self, entries: &[StoredEntry]) -> Bytes {
        let line = |entry| match self {
            Self::JsonLines => format!("{}\n", as_json(entry)),
            Self::Csv => csv_line(entry),
        };
        Bytes::from(entries.iter().map(line).collect::<String>())
    }
}

const CSV_HEAD: &str = "at,actor,on_behalf,action,target,outcome,address,detail,id,sequence\r\n";

/// A line of CSV (RFC 4180). Spreadsheets would run a cell that begins like a formula, so an apostrophe precedes it.
fn csv_line(entry: &StoredEntry) -> String {
    let sequence = entry.sequence.map(|sequence| sequence.to_string());
    let cells = [
        &to_rfc3339(entry.at),
        &entry.actor,
        &entry.on_behalf,
        &entry.action,
        &entry.target,
        &entry.outcome,
        &entry.address,
        &entry.detail,
        &entry.id,
        &sequence.unwrap_or_default(),
    ];
    let cell = |text: &String| {
        let guard = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
            "'"
        } else {
            ""
        };
        format!("\"{guard}{}\"", text.replace('"', "\"\""))
    };
    format!("{}\r\n", cells.map(cell).join(","))
}

/// Responds with the entries that match the filter as JSON lines or CSV, the oldest first.
pub(super) async fn export(
    PageRequest { app, user, params }: PageRequest<ConsoleUser>,
) -> Result<Response, PageError> {
    let (filter, errors) = filter_of(&query_of(&params));
    let format = match params.get("format") {
        Some("csv") => Format::Csv,
        _ => Format::JsonLines,
    };
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
            Ok(Some((format.encode(&entries), (app, after))))
        }
    });
    let headers = [
        (header::CONTENT_TYPE, format.media_type().0),
        (header::CONTENT_DISPOSITION, format.media_type().1),
    ];
    let head = if format == Format::Csv { CSV_HEAD } else { "" };
    let start = [Bytes::from(head), format.encode(&first)].concat();
    let all = stream::once(async move { Ok(Bytes::from(start)) }).chain(rest);
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
