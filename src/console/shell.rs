//! The parts of the layout that every page of the console has: the navigation and the signed-in person.

use serde::Serialize;

use crate::model::permission::Permission;
use crate::paths;
use crate::web::page::Person;

/// An item in the navigation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum NavItem {
    /// The overview.
    Overview,
    /// Accounts.
    Users,
    /// Teams.
    Teams,
    /// Groups.
    Groups,
    /// Roles.
    Roles,
    /// Apps.
    Apps,
    /// Invitations.
    Invitations,
    /// The audit log.
    Audit,
    /// The settings.
    Settings,
}

impl NavItem {
    /// Every item, in order.
    pub const ALL: [Self; 9] = [
        Self::Overview,
        Self::Users,
        Self::Teams,
        Self::Groups,
        Self::Roles,
        Self::Apps,
        Self::Invitations,
        Self::Audit,
        Self::Settings,
    ];

    /// The item whose pages have this path.
    #[must_use]
    pub fn of_path(path: &str) -> Self {
        let is_below = |item: &Self| {
            let list = match item {
                Self::Overview => return false,
                Self::Users => paths::CONSOLE_USERS,
                Self::Teams => paths::CONSOLE_TEAMS,
                Self::Groups => paths::CONSOLE_GROUPS,
                Self::Roles => paths::CONSOLE_ROLES,
                Self::Apps => paths::CONSOLE_APPS,
                Self::Invitations => paths::CONSOLE_INVITATIONS,
                Self::Audit => paths::CONSOLE_AUDIT,
                Self::Settings => paths::CONSOLE_SETTINGS,
            };
            path.contains(list.pattern())
        };
        Self::ALL.into_iter().find(is_below).unwrap_or(Self::Overview)
    }

    /// The permissions of which one is enough to see the item; without any, every user of the console sees it.
    #[must_use]
    pub const fn permissions(self) -> &'static [Permission] {
        match self {
            Self::Overview => &[],
            Self::Users | Self::Roles => &[Permission::AccountRead],
            Self::Teams => &[Permission::TeamRead],
            Self::Groups => &[Permission::GroupRead],
            Self::Apps => &[Permission::AppRead],
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

/// The parts of the layout that every page of the console has.
#[derive(Clone, Debug, Serialize)]
pub struct Shell {
    /// The item that the page belongs to.
    pub current: NavItem,
    /// The items that the user may see.
    pub nav: Vec<NavItem>,
    /// Who is signed in.
    pub person: Person,
}
