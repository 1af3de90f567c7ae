//! The authorization of an actor: every guard of the operations.

use std::sync::Arc;

use super::authority::Authority;
use super::{Actor, Failure, Who};
use crate::clock::Time;
use crate::model::client::Client;
use crate::model::permission::Permission;
use crate::model::refusal::Code;
use crate::model::scheme::Scheme;
use crate::model::team::{Team, TeamKind};
use crate::store::{Conn, Error};

/// The authorization of an actor at the time of an operation.
pub enum Authorization {
    /// Everything: a command on the host, or the set-up of an instance.
    Unlimited,
    /// Nothing: a visitor.
    None,
    /// The authority of an account.
    Account(Box<Authority>),
}

impl Authorization {
    pub(super) async fn of(
        actor: &Actor,
        conn: &mut Conn,
        scheme: &Arc<Scheme>,
        now: Time,
    ) -> Result<Self, Error> {
        match actor.who() {
            Who::Host | Who::SetUp => Ok(Self::Unlimited),
            Who::Visitor => Ok(Self::None),
            Who::Account(id) => {
                let authority = Authority::load(conn, scheme.clone(), id, now).await?;
                Ok(Self::Account(Box::new(authority)))
            }
        }
    }

    /// The authority, if the actor is a user.
    #[must_use]
    pub const fn authority(&self) -> Option<&Authority> {
        match self {
            Self::Account(authority) => Some(authority),
            Self::Unlimited | Self::None => None,
        }
    }

    fn check(&self, may: impl Fn(&Authority) -> bool, otherwise: Code) -> Result<(), Failure> {
        match self {
            Self::Unlimited => Ok(()),
            Self::Account(authority) if may(authority) => Ok(()),
            Self::Account(_) | Self::None => Err(otherwise.into()),
        }
    }

    /// Requires a permission on the instance.
    ///
    /// # Errors
    /// [`Code::PermissionMissing`].
    pub fn require(&self, permission: Permission) -> Result<(), Failure> {
        self.check(|by| by.may(permission), Code::PermissionMissing)
    }

    /// Requires any permission on the instance.
    ///
    /// # Errors
    /// [`Code::PermissionMissing`].
    pub fn require_any(&self) -> Result<(), Failure> {
        self.check(Authority::is_staff, Code::PermissionMissing)
    }

    /// Requires membership of a team, or the permission to see all teams.
    ///
    /// # Errors
    /// [`Code::TeamNotFound`].
    pub fn require_visible(&self, team: &Team) -> Result<(), Failure> {
        self.check(
            |by| by.is_in_team(&team.id) || by.may(Permission::TeamRead),
            Code::TeamNotFound,
        )
    }

    /// Requires a permission in a team or on the instance.
    ///
    /// # Errors
    /// [`Code::TeamNotFound`] if the actor may not see the team, else [`Code::TeamPermissionMissing`].
    pub fn require_in_team(&self, team: &Team, permission: Permission) -> Result<(), Failure> {
        self.require_visible(team)?;
        self.check(
            |by| by.may_in_team(&team.id, permission),
            Code::TeamPermissionMissing,
        )
    }

    /// Requires one of these permissions for an app.
    ///
    /// # Errors
    /// [`Code::ClientNotFound`] if the app belongs to a team that the actor may not see, else
    /// [`Code::PermissionMissing`].
    pub fn require_for_app(&self, app: &Client, enough: &[Permission]) -> Result<(), Failure> {
        let may = |by: &Authority| enough.iter().any(|permission| by.may_for_app(app, *permission));
        let knows = |by: &Authority| {
            let team = app.team.as_ref();
            team.is_none_or(|team| by.is_in_team(team)) || by.may(Permission::AppRead) || may(by)
        };
        if self.authority().is_some_and(|by| !knows(by)) {
            return Err(Code::ClientNotFound.into());
        }
        self.check(may, Code::PermissionMissing)
    }

    /// Requires a permission for at least one app.
    ///
    /// # Errors
    /// [`Code::PermissionMissing`].
    pub fn require_app_administration(&self) -> Result<(), Failure> {
        self.check(Authority::administers_apps, Code::PermissionMissing)
    }

    /// Requires that the actor dominates a role in a team, before it is granted or revoked there.
    ///
    /// # Errors
    /// [`Code::TeamRoleNotDominated`].
    pub fn require_team_role(&self, team: &Team, role: &str) -> Result<(), Failure> {
        self.check(
            |by| by.dominates_in_team(&team.id, role),
            Code::TeamRoleNotDominated,
        )
    }

    /// For the root team, requires the right to grant the top role, which its members hold.
    ///
    /// # Errors
    /// [`Code::RoleChangeNotAllowed`].
    pub fn require_for_root(&self, team: &Team, scheme: &Scheme) -> Result<(), Failure> {
        match team.kind {
            TeamKind::Root => self.require_role_change(scheme.top_role()),
            TeamKind::Personal | TeamKind::Shared => Ok(()),
        }
    }

    /// The subset guard: requires that the actor dominates every role of the other account.
    ///
    /// # Errors
    /// [`Code::AccountNotDominated`].
    pub fn require_dominates(&self, other: &Authority) -> Result<(), Failure> {
        self.check(
            |by| by.account == other.account || by.dominates(other),
            Code::AccountNotDominated,
        )
    }

    /// Requires the right to grant this role to others and to revoke it.
    ///
    /// # Errors
    /// [`Code::RoleChangeNotAllowed`].
    pub fn require_role_change(&self, role: &str) -> Result<(), Failure> {
        self.check(|by| by.may_change_role(role), Code::RoleChangeNotAllowed)
    }

    /// Requires the right to create accounts with this role.
    ///
    /// # Errors
    /// [`Code::RoleCreationNotAllowed`].
    pub fn require_create_as(&self, role: &str) -> Result<(), Failure> {
        self.check(|by| by.may_create_as(role), Code::RoleCreationNotAllowed)
    }
}
