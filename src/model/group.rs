//! Groups and their members.

use serde::Serialize;

use super::{AccountId, GroupId};

/// A group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Group {
    /// Its id.
    pub id: GroupId,
    /// Its name.
    pub name: String,
}

/// A group in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GroupSummary {
    /// Its id.
    pub id: GroupId,
    /// Its name.
    pub name: String,
    /// How many direct members it has.
    pub members: i64,
}

/// A direct member of a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GroupMember {
    /// The account's id.
    pub id: AccountId,
    /// The account's number, by which lists are sorted.
    pub number: i64,
    /// The username.
    pub username: String,
    /// The full name; may be empty.
    pub name: String,
}
