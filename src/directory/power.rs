//! Whether an actor may do what is asked: every guard of this room, each in one place.

use std::sync::Arc;

use super::authority::Authority;
use super::{Actor, ChangeError, Who};
use crate::clock::Time;
use crate::model::AccountId;
use crate::model::permission::Permission;
use crate::model::role::RoleLevel;
use crate::model::scheme::Scheme;
use crate::model::team::{Team, TeamKind};
use crate::store::{Conn, Error, Tx};

/// What an actor may do, as it is in the transaction of the change.
pub enum Power {
    /// Above every permission: the host's own command line, and the set-up of an instance.
    Unlimited,
    /// Nobody's: what needs a permission is not allowed.
    Nothing,
    /// What an account may do.
    Of(Box<Authority>),
}

impl Power {
    /// The power of an actor now.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn of(actor: &Actor, conn: &mut Conn, scheme: &Arc<Scheme>, now: Time) -> Result<Self, Error> {
        match actor.who() {
            Who::Host | Who::SetUp => Ok(Self::Unlimited),
            Who::Visitor => Ok(Self::Nothing),
            Who::Account(id) => {
                let authority = Authority::load(conn, scheme.clone(), id, now).await?;
                Ok(Self::Of(Box::new(authority)))
            }
        }
    }

    fn check(&self, may: impl Fn(&Authority) -> bool, else_error: ChangeError) -> Result<(), ChangeError> {
        match self {
            Self::Unlimited => Ok(()),
            Self::Of(authority) if may(authority) => Ok(()),
            Self::Of(_) | Self::Nothing => Err(else_error),
        }
    }

    /// Needs a permission on the whole instance.
    ///
    /// # Errors
    /// [`ChangeError::Forbidden`] without it.
    pub fn require(&self, permission: Permission) -> Result<(), ChangeError> {
        self.check(
            |by| by.may(permission),
            ChangeError::Forbidden("You do not have the permission for this."),
        )
    }

    /// Needs a permission in a team, or on the whole instance.
    ///
    /// # Errors
    /// [`ChangeError::NotFound`] for who may not even see the team, [`ChangeError::Forbidden`] for who may not do this.
    pub fn require_in_team(&self, team: &Team, permission: Permission) -> Result<(), ChangeError> {
        self.check(
            |by| by.is_in_team(&team.id) || by.may(Permission::TeamRead),
            ChangeError::NotFound("There is no such team."),
        )?;
        self.check(
            |by| by.may_in_team(&team.id, permission),
            ChangeError::Forbidden("Your role in this team does not allow this."),
        )
    }

    /// Needs every permission that a role has in a team, to give it or to take it.
    ///
    /// # Errors
    /// [`ChangeError::Forbidden`] when the role allows more than the actor may there.
    pub fn require_team_role(&self, team: &Team, scheme: &Scheme, role: &str) -> Result<(), ChangeError> {
        let permissions = scheme.permissions_of(RoleLevel::Team, role);
        self.check(
            |by| by.covers_in_team(&team.id, &permissions),
            ChangeError::Forbidden("This role allows more than yours in this team."),
        )
    }

    /// The root team gives the top role, so who changes who is in it must be allowed to give that.
    ///
    /// # Errors
    /// [`ChangeError::Forbidden`] for the root team without that right.
    pub fn require_for_root(&self, team: &Team, scheme: &Scheme) -> Result<(), ChangeError> {
        match team.kind {
            TeamKind::Root => self.require_role_change(scheme.top_role()),
            TeamKind::Personal | TeamKind::Shared => Ok(()),
        }
    }

    /// The subset guard: needs every permission that the other account has.
    ///
    /// # Errors
    /// [`ChangeError::Forbidden`] when the other account may do more.
    pub fn require_over(&self, other: &Authority) -> Result<(), ChangeError> {
        self.check(
            |by| by.account == other.account || by.covers(other),
            ChangeError::Forbidden("This account may do more than you, so you cannot change it."),
        )
    }

    /// Needs the right to give this role to others and to take it from them.
    ///
    /// # Errors
    /// [`ChangeError::Forbidden`] without it.
    pub fn require_role_change(&self, role: &str) -> Result<(), ChangeError> {
        self.check(
            |by| by.may_change_role(role),
            ChangeError::Forbidden("Your roles do not allow you to give or take this role."),
        )
    }

    /// Needs the right to make accounts with this role.
    ///
    /// # Errors
    /// [`ChangeError::Forbidden`] without it.
    pub fn require_create_as(&self, role: &str) -> Result<(), ChangeError> {
        self.check(
            |by| by.may_create_as(role),
            ChangeError::Forbidden("Your roles do not allow you to make accounts with this role."),
        )
    }
}

/// The account's authority, for the subset guard; to be asked in the transaction of the change.
///
/// # Errors
/// When the database fails.
pub(super) async fn authority(
    tx: &mut Tx,
    scheme: &Arc<Scheme>,
    account: &AccountId,
    now: Time,
) -> Result<Authority, Error> {
    Authority::load(tx, scheme.clone(), account, now).await
}
