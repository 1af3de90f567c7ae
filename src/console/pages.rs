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
pub use groups::{GroupPage, Groups};
pub use invitations::Invitations;
pub use overview::{Day, Overview, Part};
pub use roles::{Cell, RoleColumn, Roles, RowGroup};
pub use settings::Settings;
pub use teams::{TeamPage, Teams};
pub use users::{BulkAsk, BulkResult, Bulked, Chip, NewUser, SessionRow, UserPage, Users};

use serde::Serialize;

use crate::model::permission::Permission;

use crate::web::page::Person;

/// An item of the navigation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum NavItem {
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
    /// The audit log.
    Audit,
    /// The settings.
    Settings,
}

impl NavItem {
    /// Every item, in order.
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
    pub const fn permissions(self) -> &'static [Permission] {
        match self {
            Self::Overview => &[],
            Self::Users | Self::Roles => &[Permission::AccountRead],
            Self::Teams => &[Permission::TeamRead],
            Self::Groups => &[Permission::GroupRead],
            Self::Invitations => &[Permission::AccountCreate],
            Self::Audit => &[Permission::AuditRead],
            Self::Settings => &[
                Permission::SettingsRead,
                Permission::BrandingWrite,
                Permission::SystemUpdate,
            ],
        }
    }
}

/// What surrounds every page of the console.
#[derive(Clone, Debug, Serialize)]
pub struct Shell {
    /// Where the page belongs.
    pub current: NavItem,
    /// The nouns that the person may see.
    pub nav: Vec<NavItem>,
    /// Who is signed in.
    pub person: Person,
}

/// The way to the next page of a list, as a query string.
pub type NextPage = Option<String>;
