//! Teams, and who is in them.

use serde::Serialize;

use super::{TeamId, text_enum};

text_enum! {
    /// What a team is for.
    TeamKind {
        /// One person's own.
        Personal = "personal",
        /// Any number of people's.
        Shared = "shared",
        /// Team 0, whose members hold the top role.
        Root = "root",
    }
}

/// One team.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Team {
    /// Its id.
    pub id: TeamId,
    /// Counted from 0 in the order of creation.
    pub number: i64,
    /// Its name in addresses and commands.
    pub slug: String,
    /// Its name as people see it.
    pub name: String,
    /// What it is for.
    pub kind: TeamKind,
}

/// One role of one person in one team.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Membership {
    /// The team's id.
    pub id: TeamId,
    /// The team's slug.
    pub slug: String,
    /// The team's name.
    pub name: String,
    /// What the team is for.
    pub kind: TeamKind,
    /// The role in the team.
    pub role: String,
}
