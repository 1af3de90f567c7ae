//! Lists come a page at a time: one row more is read than is shown, to know whether there are more.

use crate::web::params::Params;

/// How many rows a page has.
pub(super) const ROWS: u16 = 50;

/// The number behind which the page begins.
pub(super) fn number_after(params: &Params) -> i64 {
    let after = params.get("after").and_then(|after| after.parse().ok());
    after.unwrap_or(-1)
}

/// How many rows a page has.
pub(super) const PAGE: usize = 50;

/// How many rows to read for a page.
pub(super) const READ: i64 = 51;

/// Takes away what is beyond the page; yields whether there was anything.
pub(super) fn cut<T>(rows: &mut Vec<T>) -> bool {
    let has_more = rows.len() > PAGE;
    rows.truncate(PAGE);
    has_more
}
