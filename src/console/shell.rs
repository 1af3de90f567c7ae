//! What surrounds every page of the console: the navigation, and who is signed in.

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
