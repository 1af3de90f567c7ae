//! Lists come a page at a time.

use crate::web::params::Params;

/// How many rows a page has.
pub(super) const ROWS: u16 = 50;

/// The way to the next page of a list, as a query string.
pub type NextPage = Option<String>;

/// The number behind which the page begins.
pub(super) fn number_after(params: &Params) -> i64 {
    let after = params.get("after").and_then(|after| after.parse().ok());
    after.unwrap_or(-1)
}
