//! The list of accounts.

use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

use super::console_user::ConsoleUser;
use super::paging::{NextPage, ROWS};
use super::shell::{NavItem, Shell};
use super::users_bulk::BulkAction;
use crate::app::AppState;
use crate::directory::Failure;
use crate::directory::accounts::{AccountRow, CountSeats, ListAccounts};
use crate::model::account_list::{After, Order};
use crate::model::permission::Permission;
use crate::model::refusal::Kind;
use crate::web::error::PageError;
use crate::web::page::Page;
use crate::web::params::Params;
use crate::web::submission::{PageRequest, Visitor};
use crate::words;

/// A link that sets a common filter.
#[derive(Clone, Debug, Serialize)]
pub struct Chip {
    /// Its text.
    pub text: &'static str,
    /// The query that it sets.
    pub query: &'static str,
    /// Whether it is the list's current query.
    pub on: bool,
}

/// The page of accounts.
#[derive(Clone, Debug, Serialize)]
pub struct Users {
    /// The navigation and the signed-in person.
    pub shell: Shell,
    /// The query as typed.
    pub query: String,
    /// The order: `newest`, `name` or `seen`.
    pub sort: &'static str,
    /// The mistake in the query.
    pub mistake: Option<String>,
    /// The common filters.
    pub chips: Vec<Chip>,
    /// The number of accounts that match the query.
    pub count: i64,
    /// The number of seats in use, as licences count them.
    pub seats: i64,
    /// The rows of this page.
    pub rows: Vec<AccountRow>,
    /// The query string of the next page.
    pub next: NextPage,
    /// Whether the user may add accounts.
    pub may_create: bool,
    /// The bulk actions that the user may apply, each as value and text.
    pub actions: Vec<(&'static str, &'static str)>,
}

impl Page for Users {
    const TEMPLATE: &'static str = "console/users.html";
}

const CHIPS: [(&str, &str); 5] = [
    ("Active", "status:active"),
    ("Dormant", "status:dormant"),
    ("Suspended", "status:suspended"),
    ("Pending", "status:pending"),
    ("Deleted", "status:deleted"),
];

const SORTS: [(&str, Order); 3] = [
    ("newest", Order::Newest),
    ("name", Order::Username),
    ("seen", Order::LastSeen),
];

/// Shows the accounts that match a query.
pub(super) async fn list(
    PageRequest { app, user, params }: PageRequest<ConsoleUser>,
) -> Result<Response, PageError> {
    let page = page(&app, &user, &params).await?;
    let status = match page.mistake {
        Some(_) => StatusCode::BAD_REQUEST,
        None => StatusCode::OK,
    };
    Ok(user.visit.show(&app, status, &page))
}

async fn page(app: &AppState, user: &ConsoleUser, params: &Params) -> Result<Users, PageError> {
    let query = params.get("q").unwrap_or_default();
    let (sort, order) = SORTS
        .into_iter()
        .find(|(name, _)| params.get("sort") == Some(name))
        .unwrap_or(SORTS[0]);
    let list = ListAccounts {
        query: query.to_owned(),
        order,
        after: after(params),
        limit: ROWS,
    };
    let mut reader = app.directory.reader(&user.actor()).await?;
    let empty = Users {
        shell: user.shell(NavItem::Users),
        query: query.to_owned(),
        sort,
        mistake: None,
        chips: chips(query),
        count: 0,
        seats: reader.read(CountSeats).await?,
        rows: Vec::new(),
        next: None,
        may_create: reader.caller().may(Permission::AccountCreate),
        actions: Vec::new(),
    };
    Ok(match reader.read(list).await {
        Ok(found) => Users {
            count: found.count,
            rows: found.accounts.rows,
            next: found.next.map(|after| next_page(query, sort, &after)),
            actions: BulkAction::allowed(&found.may),
            ..empty
        },
        Err(failure) => Users {
            mistake: Some(mistake(failure)?),
            ..empty
        },
    })
}

/// The mistake in the query.
///
/// # Errors
/// Any other failure, which has a page of its own.
fn mistake(failure: Failure) -> Result<String, PageError> {
    match &failure {
        Failure::Refused(reasons) if failure.kind() == Some(Kind::Invalid) => Ok(words::refusals(reasons)),
        _ => Err(failure.into()),
    }
}

fn chips(query: &str) -> Vec<Chip> {
    let chips = CHIPS.into_iter().map(|(text, written)| Chip {
        text,
        query: written,
        on: written == query,
    });
    chips.collect()
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

fn next_page(query: &str, sort: &str, after: &After) -> String {
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
