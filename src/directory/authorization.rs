//! What an actor may do: every guard of the operations, each in one place.

use std::sync::Arc;

use super::authority::Authority;
use super::{Actor, Failure, Who};
use crate::clock::Time;
use crate::model::permission::Permission;
use crate::model::refusal::Code;
use crate::model::role::RoleLevel;
use crate::model::scheme::Scheme;
use crate::model::team::{Team, TeamKind};
use crate::store::{Conn, Error};

/// What an actor may do at the moment of an operation.
pub enum Authorization {
    /// Everything: the host's own command line, and the set-up of an instance.
    Unlimited,
    /// Nothing that needs a permission.
    None,
    /// What an account may do.
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

    /// The authority of an account, if it is one.
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

    /// Needs a permission on the whole instance.
    ///
    /// # Errors
    /// [`Code::PermissionMissing`].
    pub fn require(&self, permission: Permission) -> Result<(), Failure> {
        self.check(|by| by.may(permission), Code::PermissionMissing)
    }

    /// Needs any permission at all on the instance.
    ///
    /// # Errors
    /// [`Code::PermissionMissing`].
    pub fn require_any(&self) -> Result<(), Failure> {
        self.check(Authority::is_staff, Code::PermissionMissing)
    }

    /// Needs to be in a team, or to see every team.
    ///
    /// # Errors
    /// [`Code::TeamNotFound`].
    pub fn require_visible(&self, team: &Team) -> Result<(), Failure> {
        self.check(
            |by| by.is_in_team(&team.id) || by.may(Permission::TeamRead),
            Code::TeamNotFound,
        )
    }

    /// Needs a permission in a team, or on the whole instance.
    ///
    /// # Errors
    /// [`Code::TeamNotFound`] for who may not even see the team, [`Code::TeamPermissionMissing`] for who may not do this.
    pub fn require_in_team(&self, team: &Team, permission: Permission) -> Result<(), Failure> {
        self.require_visible(team)?;
        self.check(
            |by| by.may_in_team(&team.id, permission),
            Code::TeamPermissionMissing,
        )
    }

    /// Needs every permission that a role has in a team, to grant or revoke it there.
    ///
    /// # Errors
    /// [`Code::TeamRoleNotDominated`].
    pub fn require_team_role(&self, team: &Team, scheme: &Scheme, role: &str) -> Result<(), Failure> {
        let permissions = scheme.permissions_of(RoleLevel::Team, role);
        self.check(
            |by| by.covers_in_team(&team.id, &permissions),
            Code::TeamRoleNotDominated,
        )
    }

    /// Membership of the root team grants the top role, so changing it needs the right to grant that.
    ///
    /// # Errors
    /// [`Code::RoleChangeNotAllowed`] for the root team without that right.
    pub fn require_for_root(&self, team: &Team, scheme: &Scheme) -> Result<(), Failure> {
        match team.kind {
            TeamKind::Root => self.require_role_change(scheme.top_role()),
            TeamKind::Personal | TeamKind::Shared => Ok(()),
        }
    }

    /// The subset guard: needs every permission that the other account has.
    ///
    /// # Errors
    /// [`Code::AccountNotDominated`].
    pub fn require_dominates(&self, other: &Authority) -> Result<(), Failure> {
        self.check(
            |by| by.account == other.account || by.covers(other),
            Code::AccountNotDominated,
        )
    }

    /// Needs the right to grant this role to others and to revoke it.
    ///
    /// # Errors
    /// [`Code::RoleChangeNotAllowed`].
    pub fn require_role_change(&self, role: &str) -> Result<(), Failure> {
        self.check(|by| by.may_change_role(role), Code::RoleChangeNotAllowed)
    }

    /// Needs the right to create accounts with this role.
    ///
    /// # Errors
    /// [`Code::RoleCreationNotAllowed`].
    pub fn require_create_as(&self, role: &str) -> Result<(), Failure> {
        self.check(|by| by.may_create_as(role), Code::RoleCreationNotAllowed)
    }
}
