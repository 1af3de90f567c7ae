//! Teams and their members.

use serde::Serialize;

use super::account::Status;
use super::{AccountId, TeamId, text_enum};
use crate::clock::Time;

text_enum! {
    /// The kind of a team.
    TeamKind {
        /// It belongs to one person.
        Personal = "personal",
        /// It has any number of members.
        Shared = "shared",
        /// Team 0, whose members hold the top role.
        Root = "root",
    }
}

text_enum! {
    /// An action on a team that is authorized separately.
    TeamAction {
        /// Invite people to it.
        Invite = "invite",
        /// Change its members and their roles.
        ChangeMembers = "member",
        /// Reset the passwords of its members.
        ResetPasswords = "reset",
        /// Rename it.
        Rename = "rename",
        /// Require a second factor of its members.
        RequireSecondFactor = "second_factor",
        /// Delete it.
        Delete = "delete",
        /// Leave it.
        Leave = "leave",
    }
}

/// One team.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Team {
    /// Its id.
    pub id: TeamId,
    /// Its number, from 0 in the order of creation.
    pub number: i64,
    /// Its name in URLs and commands.
    pub slug: String,
    /// The name shown to people.
    pub name: String,
    /// Its kind.
    pub kind: TeamKind,
    /// The owner of a personal team. Their role in it cannot change, and the team is deleted and restored with their
    /// account.
    pub owner_id: Option<AccountId>,
}

/// One role of one account in one team.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Membership {
    /// The team's id.
    pub id: TeamId,
    /// The team's number, which is 0 for the root team.
    pub number: i64,
    /// The team's slug.
    pub slug: String,
    /// The team's name.
    pub name: String,
    /// The team's kind.
    pub kind: TeamKind,
    /// The role in the team.
    pub role: String,
    /// When the role ends; always `None` in memberships that were read for a token.
    pub expires_at: Option<Time>,
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
    /// Its kind.
    pub kind: TeamKind,
    /// How many members it has.
    pub members: i64,
}

/// A member of a team.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TeamMember {
    /// The account's id.
    pub id: AccountId,
    /// The account's number, by which lists are sorted.
    pub number: i64,
    /// The username.
    pub username: String,
    /// The full name; may be empty.
    pub name: String,
    /// The status of the account.
    pub status: Status,
    /// The role in the team.
    pub role: String,
    /// When the membership expires.
    pub expires_at: Option<Time>,
}
