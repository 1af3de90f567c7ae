//! The target of an invitation, and the authorization to invite to it.

use crate::directory::roles::unknown_role;
use crate::directory::{Authorization, Failure};
use crate::model::TeamId;
use crate::model::permission::Permission;
use crate::model::refusal::Code;
use crate::model::role::RoleLevel;
use crate::model::scheme::Scheme;
use crate::model::team::Team;
use crate::store::{Conn, teams};

/// The target of an invitation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvitationTarget {
    /// The team; `None` for the instance alone.
    pub team: Option<TeamId>,
    /// The role in the team or on the instance; `None` for the default one.
    pub role: Option<String>,
}

impl InvitationTarget {
    /// The target's team, if it has one.
    pub(in crate::directory) async fn find_team(&self, conn: &mut Conn) -> Result<Option<Team>, Failure> {
        let Some(id) = &self.team else {
            return Ok(None);
        };
        let found = teams::by_id(conn, id).await?;
        Ok(Some(found.ok_or(Code::TeamNotFound)?))
    }
}

/// A target to which the actor is authorized to invite.
pub(in crate::directory) struct CheckedTarget {
    /// The team; `None` for the instance alone.
    pub team: Option<Team>,
    /// The role in the team or on the instance; empty for the instance's default.
    pub role: String,
}

impl CheckedTarget {
    /// Requires the right to add people there with that role.
    pub fn new(
        by: &Authorization,
        scheme: &Scheme,
        team: Option<Team>,
        role: Option<String>,
    ) -> Result<Self, Failure> {
        match team {
            Some(team) => Self::in_team(by, scheme, team, role),
            None => Self::on_instance(by, scheme, role),
        }
    }

    fn on_instance(by: &Authorization, scheme: &Scheme, role: Option<String>) -> Result<Self, Failure> {
        by.require(Permission::AccountCreate)?;
        if let Some(role) = role.as_ref().or(scheme.default_role.as_ref()) {
            if scheme.role(RoleLevel::Instance, role).is_none() {
                return Err(unknown_role(scheme, RoleLevel::Instance));
            }
            by.require_create_as(role)?;
        }
        Ok(Self {
            team: None,
            role: role.unwrap_or_default(),
        })
    }

    fn in_team(
        by: &Authorization,
        scheme: &Scheme,
        team: Team,
        role: Option<String>,
    ) -> Result<Self, Failure> {
        let role = role.unwrap_or_else(|| scheme.team_member_role.clone());
        by.require_in_team(&team, Permission::TeamInvite)?;
        by.require_for_root(&team, scheme)?;
        if scheme.role(RoleLevel::Team, &role).is_none() {
            return Err(unknown_role(scheme, RoleLevel::Team));
        }
        by.require_team_role(&team, &role)?;
        Ok(Self {
            team: Some(team),
            role,
        })
    }
}
