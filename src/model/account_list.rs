//! The order of the list of accounts, and the position of a page.

use serde::Serialize;

/// The order of a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// The newest account first.
    #[default]
    Newest,
    /// By username.
    Username,
    /// Most recently seen first; never seen last.
    LastSeen,
}

/// The last row of the previous page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct After {
    /// The row's number.
    pub number: i64,
    /// Its folded username.
    pub username: String,
    /// When it was last seen; 0 for never.
    pub seen: i64,
}
