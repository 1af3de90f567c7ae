//! The order of the list of accounts, and the position of a page.

use serde::Serialize;

/// The order of a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// The newest account first.
    #[default]
    Newest,
    /// The oldest account first.
    Oldest,
    /// By username, from A to Z.
    Username,
    /// By username, from Z to A.
    UsernameReversed,
    /// Most recently seen first; never seen last.
    LastSeen,
    /// Never seen first, then least recently seen.
    LastSeenReversed,
}

impl Order {
    /// The same order from its end.
    #[must_use]
    pub const fn reversed(self) -> Self {
        match self {
            Self::Newest => Self::Oldest,
            Self::Oldest => Self::Newest,
            Self::Username => Self::UsernameReversed,
            Self::UsernameReversed => Self::Username,
            Self::LastSeen => Self::LastSeenReversed,
            Self::LastSeenReversed => Self::LastSeen,
        }
    }
}

/// The position of a row in every order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Position {
    /// The row's number.
    pub number: i64,
    /// Its folded username.
    pub username: String,
    /// When it was last seen; 0 for never.
    pub seen: i64,
}

/// Which page of a list to read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Start {
    /// The first one.
    #[default]
    First,
    /// The one that begins after this row.
    After(Position),
    /// The one that ends before this row.
    Before(Position),
}
