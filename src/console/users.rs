//! The list of accounts.

use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

use super::console_user::ConsoleUser;
use super::paging::ROWS;
use super::shell::{NavItem, Shell};
use super::users_bulk::{BulkChoice, choices};
use super::users_query::{ListQuery, SORTS};
use crate::app::AppState;
use crate::directory::accounts::{
    AccountList, AccountRef, AccountRow, CountSeats, GetAccount, ListAccounts, RoleChoice,
};
use crate::directory::filter::{Filter, State, with_state};
use crate::directory::{Failure, Reader};
use crate::model::account_list::{Position, Start};
use crate::model::permission::Permission;
use crate::model::refusal::Kind;
use crate::model::session::SessionLimits;
use crate::paths;
use crate::web::error::PageError;
use crate::web::note::{self, noted};
use crate::web::page::{Notice, page};
use crate::web::params::Params;
use crate::web::submission::{PageRequest, Visitor};
use crate::web::visit::SafeForm;
use crate::words;

/// A link that sets the state in the query and keeps the rest.
#[derive(Clone, Debug, Serialize)]
pub struct Chip {
    /// Its text.
    pub text: &'static str,
    /// The state, or `all`.
    pub state: &'static str,
    /// The query string of the list with it.
    pub href: String,
    /// Whether the list has this state.
    pub on: bool,
}

/// A column by which the list can be sorted.
#[derive(Clone, Debug, Serialize)]
pub struct Column {
    /// The query string of the list sorted by it, or the other way round if it already is.
    pub href: String,
    /// `ascending`, `descending` or `none`, as `aria-sort` takes it.
    pub sorted: &'static str,
}

/// Where the page is in the list, with the query strings of others.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Place {
    /// The number of its first row, from 1.
    pub from: i64,
    /// The number of its last row.
    pub to: i64,
    /// The first page, unless this is it.
    pub first: Option<String>,
    /// The previous page, if there is one.
    pub previous: Option<String>,
    /// The next page, if there is one.
    pub next: Option<String>,
}

/// The roles of an account, for changing them in the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RoleEditor {
    /// The account's number.
    pub number: i64,
    /// Its roles, including implied ones.
    pub held: Vec<String>,
    /// Those of them that the user may revoke.
    pub revocable: Vec<String>,
    /// The roles that the user may grant.
    pub grantable: Vec<RoleChoice>,
}

/// The column of roles, which are changed for one account at a time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct RoleColumn {
    /// The roles of one account of this page, which are changed in its row.
    pub roles: Option<RoleEditor>,
    /// The query string of this page without them.
    pub list_without_roles: String,
    /// The query string of this page with the roles of the account whose number is appended, if the user may change
    /// roles.
    pub list_with_roles: Option<String>,
}

page! {
    /// The page of accounts.
    Users "console/users.html" {
        /// The navigation and the signed-in person.
        shell: Shell,
        /// The query and the order.
        list: ListQuery,
        /// What was changed in the list.
        notice: Option<Notice>,
        /// The mistake in the query.
        mistake: Option<String>,
        /// The common filters.
        chips: Vec<Chip>,
        /// The columns for name, last activity and creation.
        columns: [Column; 3],
        /// The number of accounts that match the query.
        count: i64,
        /// The number of seats in use, as licences count them.
        seats: i64,
        /// The rows of this page.
        rows: Vec<AccountRow>,
        /// Where the page is in the list.
        place: Place,
        /// Whether every row of the page is selected from the start.
        selected: bool,
        /// The query string of this page with every row selected, or with none.
        select: String,
        /// The query string of the page of an account, which leads back to this page.
        to_user: String,
        /// The column of roles.
        #[serde(flatten)]
        role_column: RoleColumn,
        /// Whether the user may add accounts.
        may_create: bool,
        /// The bulk actions that the user may apply.
        actions: Vec<BulkChoice>,
    }
}

const CHIPS: [(&str, Option<State>); 7] = [
    ("All", None),
    ("Active", Some(State::Active)),
    ("Dormant", Some(State::Dormant)),
    ("Invited", Some(State::Invited)),
    ("Pending", Some(State::Pending)),
    ("Suspended", Some(State::Suspended)),
    ("Deleted", Some(State::Deleted)),
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
    let query = ListQuery::of(params);
    let start = ListQuery::start(params);
    let list = ListAccounts {
        query: query.q.clone(),
        order: query.order(),
        start: start.clone(),
        limit: ROWS,
    };
    let state = Filter::parse(&query.q).map_or(None, |filter| filter.state);
    let mut reader = app.directory.reader(&user.actor()).await?;
    let seats = reader.read(CountSeats).await?;
    let may_create = reader.caller().may(Permission::AccountCreate);
    let (found, mistake) = match reader.read(list).await {
        Ok(found) => (Some(found), None),
        Err(failure) => (None, Some(mistake(failure)?)),
    };
    let selected = params.get("select") == Some("page");
    let role_column = role_column(&mut reader, params, found.as_ref()).await?;
    let listed = found.as_ref();
    Ok(Users {
        role_column,
        shell: user.shell(NavItem::Users),
        notice: noted(app, user, params),
        mistake,
        chips: chips(&query, state),
        columns: [0, 2, 4].map(|at| column(&query, at)),
        count: found.as_ref().map_or(0, |found| found.count),
        seats,
        place: listed.map_or_else(Place::default, |found| place(&query, &start, params, found)),
        selected,
        select: select(params, selected),
        to_user: to_user(params),
        may_create,
        actions: listed.map_or_else(Vec::new, |found| choices(&found.may, state)),
        rows: found.map_or_else(Vec::new, |found| found.accounts.rows),
        list: query,
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

fn chips(query: &ListQuery, current: Option<State>) -> Vec<Chip> {
    let chips = CHIPS.into_iter().map(|(text, state)| {
        let q = with_state(&query.q, state)
            .unwrap_or_else(|| state.map_or_else(String::new, |state| format!("status:{}", state.as_str())));
        Chip {
            text,
            state: state.map_or("all", State::as_str),
            href: ListQuery { q, sort: query.sort }.href(),
            on: state == current,
        }
    });
    chips.collect()
}

/// The column whose order and reversed order are at this place in [`SORTS`].
fn column(query: &ListQuery, at: usize) -> Column {
    let (sort, reversed) = (SORTS[at].0, SORTS[at + 1].0);
    let is_descending = SORTS[at].2;
    let sorted = match (query.sort == sort, query.sort == reversed) {
        (false, false) => "none",
        (is_first, _) if is_first == is_descending => "descending",
        _ => "ascending",
    };
    let href = ListQuery {
        q: query.q.clone(),
        sort: if query.sort == sort { reversed } else { sort },
    };
    Column {
        href: href.href(),
        sorted,
    }
}

/// Where the page is. Links pass the number of its first row from page to page, since counting the rows before it would
/// read them all.
fn place(query: &ListQuery, start: &Start, params: &Params, found: &AccountList) -> Place {
    let rows = i64::try_from(found.accounts.rows.len()).unwrap_or(0);
    let passed = params.get("from").and_then(|from| from.parse::<i64>().ok());
    let last = (found.count - rows + 1).max(1);
    let from = match (start, &found.previous) {
        (Start::First, _) | (_, None) => 1,
        _ if found.next.is_none() => last,
        _ => passed.unwrap_or(1).clamp(1, last),
    };
    let before = (from - i64::from(ROWS)).max(1);
    let page_at = |row: &Option<Position>, way, from| row.as_ref().map(|row| query.page(way, row, from));
    Place {
        from,
        to: from + rows - 1,
        first: found.previous.as_ref().map(|_| query.href()),
        previous: page_at(&found.previous, "before", before),
        next: page_at(&found.next, "after", from + rows),
    }
}

/// The query string of the page with the parameter `select` added or removed.
fn select(params: &Params, selected: bool) -> String {
    let mut pairs = form_urlencoded::Serializer::new(String::from("?"));
    for (name, value) in params
        .pairs()
        .filter(|(name, _)| !["select", note::PARAMETER].contains(name))
    {
        pairs.append_pair(name, value);
    }
    if !selected {
        pairs.append_pair("select", "page");
    }
    pairs.finish()
}

/// The parameter with the number of the account whose roles are changed.
const ROLES: &str = "roles";

async fn role_column(
    reader: &mut Reader,
    params: &Params,
    found: Option<&AccountList>,
) -> Result<RoleColumn, Failure> {
    if !reader.caller().may(Permission::RoleGrant) {
        return Ok(RoleColumn::default());
    }
    Ok(RoleColumn {
        roles: match found.and_then(|found| edited(params, found)) {
            Some(number) => Some(role_editor(reader, number).await?),
            None => None,
        },
        list_without_roles: without_roles(params).finish(),
        list_with_roles: Some(without_roles(params).append_pair(ROLES, "").finish()),
    })
}

/// The number of the account of this page whose roles are changed.
fn edited(params: &Params, found: &AccountList) -> Option<i64> {
    let number = params.get(ROLES)?.parse().ok()?;
    let mut rows = found.accounts.rows.iter();
    rows.any(|row| row.number == number).then_some(number)
}

async fn role_editor(reader: &mut Reader, number: i64) -> Result<RoleEditor, Failure> {
    let get = GetAccount {
        account: AccountRef::Number(number),
        limits: SessionLimits::default(),
    };
    let account = reader.read(get).await?;
    Ok(RoleEditor {
        number,
        held: account.view.roles,
        revocable: account.revocable,
        grantable: account.grantable,
    })
}

fn without_roles(params: &Params) -> form_urlencoded::Serializer<'static, String> {
    let mut pairs = form_urlencoded::Serializer::new(String::from("?"));
    let kept = params
        .pairs()
        .filter(|(name, _)| ![ROLES, note::PARAMETER].contains(name));
    pairs.extend_pairs(kept);
    pairs
}

/// The path of the list of accounts that a submitted form names, if it was submitted on the list.
pub(super) fn list_of_form(form: &SafeForm) -> Option<String> {
    let query = list_query(form.get("list")?)?;
    Some(format!("{}{query}", paths::CONSOLE_USERS))
}

/// The query string of a list that the browser names, re-encoded.
pub(super) fn list_query(text: &str) -> Option<String> {
    let pairs = form_urlencoded::parse(text.strip_prefix('?')?.as_bytes());
    let mut query = form_urlencoded::Serializer::for_suffix(String::from("?"), 1);
    Some(query.extend_pairs(pairs).finish())
}

/// The query string of the page of an account that leads back to this list, unless this is the list without a filter.
fn to_user(params: &Params) -> String {
    let own = ["select", ROLES, note::PARAMETER];
    let kept = params.pairs().filter(|(name, _)| !own.contains(name));
    let list = form_urlencoded::Serializer::for_suffix(String::from("?"), 1)
        .extend_pairs(kept)
        .finish();
    match list.as_str() {
        "?" => String::new(),
        _ => back_to(&list),
    }
}

/// The query string that names a list.
pub(super) fn back_to(list: &str) -> String {
    form_urlencoded::Serializer::for_suffix(String::from("?"), 1)
        .append_pair("list", list)
        .finish()
}
