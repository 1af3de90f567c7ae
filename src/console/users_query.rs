//! The query string of the list of accounts: query, order and page. Every link of the list and every form on it keeps
//! them.

use serde::Serialize;

use crate::model::account_list::{Order, Position, Start};
use crate::web::params::Params;
use crate::web::visit::SafeForm;

/// The query and the order of the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ListQuery {
    /// The query as typed.
    pub q: String,
    /// The name of the order.
    pub sort: &'static str,
}

/// The orders by name, each followed by its reverse, and whether its values descend.
pub(super) const SORTS: [(&str, Order, bool); 6] = [
    ("name", Order::Username, false),
    ("-name", Order::UsernameReversed, true),
    ("seen", Order::LastSeen, true),
    ("-seen", Order::LastSeenReversed, false),
    ("newest", Order::Newest, true),
    ("oldest", Order::Oldest, false),
];

const DEFAULT: &str = "newest";

impl ListQuery {
    /// The query and the order in the query string.
    pub(super) fn of(params: &Params) -> Self {
        Self::from(params.get("q"), params.get("sort"))
    }

    /// The query and the order of the list on which a form was submitted.
    pub(super) fn of_form(form: &SafeForm) -> Self {
        Self::from(form.get("q"), form.get("sort"))
    }

    fn from(q: Option<&str>, sort: Option<&str>) -> Self {
        let known = SORTS.iter().map(|(name, ..)| *name);
        Self {
            q: q.unwrap_or_default().trim().to_owned(),
            sort: known
                .into_iter()
                .find(|name| sort == Some(name))
                .unwrap_or(DEFAULT),
        }
    }

    pub(super) fn order(&self) -> Order {
        let found = SORTS.iter().find(|(name, ..)| *name == self.sort);
        found.map_or_else(Order::default, |(_, order, _)| *order)
    }

    /// The page that the query string selects.
    pub(super) fn start(params: &Params) -> Start {
        let position = |way| {
            let number = params.get(way)?.parse().ok()?;
            let seen = params.get("seen").and_then(|seen| seen.parse().ok());
            Some(Position {
                number,
                username: params.get("name").unwrap_or_default().to_owned(),
                seen: seen.unwrap_or(0),
            })
        };
        let after = position("after").map(Start::After);
        after
            .or_else(|| position("before").map(Start::Before))
            .unwrap_or_default()
    }

    /// The query string of the first page.
    pub(super) fn href(&self) -> String {
        self.pairs().finish()
    }

    /// The query string of the page that begins after or ends before this row.
    pub(super) fn page(&self, way: &str, row: &Position, from: i64) -> String {
        let mut pairs = self.pairs();
        pairs.append_pair(way, &row.number.to_string());
        match self.order() {
            Order::Username | Order::UsernameReversed => _ = pairs.append_pair("name", &row.username),
            Order::LastSeen | Order::LastSeenReversed => {
                _ = pairs.append_pair("seen", &row.seen.to_string());
            }
            Order::Newest | Order::Oldest => {}
        }
        pairs.append_pair("from", &from.to_string());
        pairs.finish()
    }

    fn pairs(&self) -> form_urlencoded::Serializer<'static, String> {
        let mut pairs = form_urlencoded::Serializer::for_suffix(String::from("?"), 1);
        pairs.append_pair("q", &self.q);
        if self.sort != DEFAULT {
            pairs.append_pair("sort", self.sort);
        }
        pairs
    }
}
