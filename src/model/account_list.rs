//! In which order accounts are listed, and where a page of the list begins.

use serde::Serialize;

/// The order of a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// The newest account first.
    #[default]
    Newest,
    /// By username.
    Username,
    /// Who was seen last first; those never seen come last.
    LastSeen,
}

/// Where a page begins: behind this row of the one before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct After {
    /// The row's number.
    pub number: i64,
    /// Its folded username.
    pub username: String,
    /// When it was last seen; 0 for never.
    pub seen: i64,
}
