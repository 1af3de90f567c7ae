//! What the console's pages show. Each struct holds exactly what its template under `templates/console/` reads.

mod audit;
mod groups;
mod invitations;
mod overview;
mod roles;
mod settings;
mod teams;
mod users;

pub use audit::{Audit, AuditQuery};
pub use groups::{GroupPage, GroupRow, Groups};
pub use invitations::{InvitationRow, Invitations};
pub use overview::{Day, Overview, Part};
pub use roles::{Cell, RoleColumn, Roles, RowGroup};
pub use settings::Settings;
pub use teams::{MemberRow, TeamPage, TeamRow, Teams};
pub use users::{
    BulkAsk, BulkResult, Bulked, Chip, EmailRow, NewUser, RoleOption, SessionRow, UserPage, UserRow,
    UserTeam, Users,
};

use serde::Serialize;

use crate::web::page::Person;

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
    /// Invitations.
    Invitations,
    /// The audit record.
    Audit,
    /// The settings.
    Settings,
}

impl Rail {
    /// Every noun, in the order of the rail.
    pub const ALL: [Self; 8] = [
        Self::Overview,
        Self::Users,
        Self::Teams,
        Self::Groups,
        Self::Roles,
        Self::Invitations,
        Self::Audit,
        Self::Settings,
    ];

    /// The permissions of which one is enough to see it; everybody at the console does where there is none.
    #[must_use]
    pub const fn permissions(self) -> &'static [&'static str] {
        match self {
            Self::Overview => &[],
            Self::Users | Self::Roles => &["account.read"],
            Self::Teams => &["team.read"],
            Self::Groups => &["group.read"],
            Self::Invitations => &["account.create"],
            Self::Audit => &["audit.read"],
            Self::Settings => &["settings.read", "branding.write", "system.update"],
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
