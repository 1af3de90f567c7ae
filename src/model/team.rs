//! Teams, and who is in them.

use serde::Serialize;

use super::{AccountId, TeamId, text_enum};
use crate::clock::Time;

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

text_enum! {
    /// What one may be allowed to do with a team.
    TeamAct {
        /// Invite people to it.
        Invite = "invite",
        /// Change who is in it, and their roles.
        ChangeMembers = "member",
        /// Rename it.
        Rename = "rename",
        /// Delete it.
        Delete = "delete",
        /// Leave it.
        Leave = "leave",
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

/// A team in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TeamSummary {
    /// Its id.
    pub id: TeamId,
    /// Its number, by which lists are sorted.
    pub number: i64,
    /// Its slug.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub kind: TeamKind,
    /// How many people are in it.
    pub members: i64,
}

/// Somebody who is in a team.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TeamMember {
    /// Whose account it is.
    pub id: AccountId,
    /// The account's number, by which lists are sorted.
    pub number: i64,
    /// The username.
    pub username: String,
    /// The full name; may be empty.
    pub name: String,
    /// The role in the team.
    pub role: String,
    /// When the membership ends by itself.
    pub expires_at: Option<Time>,
}
