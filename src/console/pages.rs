//! What the console's pages show. Each struct holds exactly what its template under `templates/console/` reads.

mod groups;
mod overview;
mod roles;
mod teams;
mod users;

pub use groups::{GroupPage, GroupRow, Groups};
pub use overview::{Overview, Part};
pub use roles::{Cell, RoleColumn, Roles, RowGroup};
pub use teams::{MemberRow, TeamPage, TeamRow, Teams};
pub use users::{
    BulkResult, Bulked, Chip, NewUser, RoleOption, SessionRow, UserMay, UserPage, UserRow, UserTeam, Users,
};

use serde::Serialize;

use crate::http::page::Person;

/// A noun of the rail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Rail {
    /// The dashboard.
    Overview,
    /// Accounts.
    Users,
    /// Teams.
    Teams,
    /// Groups.
    Groups,
    /// Roles.
    Roles,
}

impl Rail {
    /// Every noun, in the order of the rail.
    pub const ALL: [Self; 5] = [
        Self::Overview,
        Self::Users,
        Self::Teams,
        Self::Groups,
        Self::Roles,
    ];

    /// What one must be allowed to see it.
    #[must_use]
    pub const fn permission(self) -> Option<&'static str> {
        match self {
            Self::Overview => None,
            Self::Users | Self::Roles => Some("account.read"),
            Self::Teams => Some("team.read"),
            Self::Groups => Some("group.read"),
        }
    }
}

/// What surrounds every page of the console.
#[derive(Clone, Debug, Serialize)]
pub struct Shell {
    /// Where the page belongs.
    pub current: Rail,
    /// The nouns that the person may see.
    pub rail: Vec<Rail>,
    /// Who is signed in.
    pub person: Person,
}

impl Shell {
    /// A shell for samples.
    #[must_use]
    pub fn sample(current: Rail) -> Self {
        Self {
            current,
            rail: Rail::ALL.to_vec(),
            person: Person::sample(),
        }
    }
}

/// The way to the next page of a list, as a query string.
pub type NextPage = Option<String>;
