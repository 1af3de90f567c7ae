//! Pages of lists.

use crate::web::params::Params;

/// The number of rows on a page.
pub(super) const ROWS: u16 = 50;

/// The query string of a list's next page.
pub type NextPage = Option<String>;

/// The number after which the page begins.
pub(super) fn number_after(params: &Params) -> i64 {
    let after = params.get("after").and_then(|after| after.parse().ok());
    after.unwrap_or(-1)
}
