//! Reading teams.

use serde::Serialize;

use super::{TeamRef, existing};
use crate::clock::Time;
use crate::directory::clients::{self, AppLink};
use crate::directory::filter::like_containing;
use crate::directory::listing::{Listing, one_more};
use crate::directory::{Caller, Failure, ReadContext, operation};
use crate::model::permission::Permission;
use crate::model::role::RoleLevel;
use crate::model::team::{Team, TeamAction, TeamKind, TeamMember, TeamSummary};
use crate::store::{consequences, invitations, second_factor_policies, shared_roles, teams};

/// The maximum number of pending invitations of a team that are shown.
const MAX_INVITATIONS: i64 = 100;

operation! {
    /// Lists teams by number.
    read ListTeams {
        /// Words that the slug must contain; empty for all teams.
        search: String,
        /// Whether to list personal teams too.
        personal: bool,
        /// The number after which the page begins.
        after: i64,
        limit: u16,
    } -> Listing<TeamSummary>, requires TeamRead;
}

impl ListTeams {
    async fn perform(self, context: &mut ReadContext<'_>) -> Result<Listing<TeamSummary>, Failure> {
        let (search, limit) = (like_containing(&self.search), one_more(self.limit));
        let now = context.now;
        let rows = teams::list(context.conn(), self.after, &search, self.personal, limit, now).await?;
        Ok(Listing::of(rows, self.limit))
    }
}

operation! {
    /// Reads a team with at most `limit` of its members after the number `members_after`.
    read GetTeam { team: TeamRef, members_after: i64, limit: u16 } -> TeamDetail;
}

/// A team with the actions that the caller may take on it.
#[derive(Clone, Debug, Serialize)]
pub struct TeamDetail {
    /// The team.
    #[serde(flatten)]
    pub team: Team,
    /// The actions that the caller may take on it.
    pub may: Vec<TeamAction>,
    /// The roles that members can have.
    pub roles: Vec<TeamRole>,
    /// The default role of new members.
    pub member_role: String,
    /// A page of its members, by number.
    pub members: Listing<TeamMember>,
    /// From when its members need a second factor to sign in, if they do.
    pub second_factor_from: Option<Time>,
    /// How many members it has.
    pub size: i64,
    /// How many invitations to it are pending.
    pub pending: i64,
    /// The newest pending invitations, for a caller who may invite.
    pub invitations: Vec<TeamInvitation>,
    /// The apps that it owns, and those that let it in.
    pub apps: Vec<AppLink>,
    /// Whether the caller may add apps to it and change those that it owns.
    pub administers_apps: bool,
    /// Whether its members hold roles for apps by being members.
    #[serde(skip)]
    pub shares_roles: bool,
}

impl TeamDetail {
    /// Whether a new member with this role (`None` for the default one) gets more than the ordinary members of a team.
    #[must_use]
    pub fn grants_more(&self, role: Option<&str>) -> bool {
        let is_ordinary = role.is_none_or(|role| role == self.member_role);
        self.team.kind == TeamKind::Root || self.shares_roles || !is_ordinary
    }
}

/// A role in a team.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TeamRole {
    /// Its name.
    pub name: String,
    /// The name shown to people.
    pub title: String,
    /// Whether the caller may grant it.
    pub may_grant: bool,
}

/// A pending invitation to a team.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TeamInvitation {
    /// Its id.
    pub id: String,
    /// The invited address; empty for anybody.
    pub email: String,
    /// The role that it grants.
    pub role: String,
    /// When it expires.
    pub expires_at: Time,
}

impl GetTeam {
    async fn perform(self, context: &mut ReadContext<'_>) -> Result<TeamDetail, Failure> {
        let team = existing(context.conn(), &self.team).await?;
        context.authorization.require_visible(&team)?;
        let now = context.now;
        let limit = one_more(self.limit);
        let members = teams::members(context.conn(), &team.id, self.members_after, limit, now).await?;
        let (size, pending_invitations) = consequences::team_size(context.conn(), &team.id, now).await?;
        let may = may(context, &team);
        let invitations = if may.contains(&TeamAction::Invite) {
            pending(context, &team).await?
        } else {
            Vec::new()
        };
        Ok(TeamDetail {
            may,
            roles: roles(context, &team),
            member_role: context.scheme.team_member_role.clone(),
            members: Listing::of(members, self.limit),
            second_factor_from: second_factor_policies::of_team(context.conn(), &team.id).await?,
            size,
            pending: pending_invitations,
            invitations,
            apps: clients::of_team(context.conn(), &team.id).await?,
            shares_roles: shared_roles::has_team(context.conn(), &team.id, now).await?,
            administers_apps: team.kind != TeamKind::Personal
                && context
                    .authorization
                    .require_in_team(&team, Permission::AppManage)
                    .is_ok(),
            team,
        })
    }
}

/// The actions that the caller may take on a team.
fn may(caller: &Caller, team: &Team) -> Vec<TeamAction> {
    let authorization = &caller.authorization;
    let is_allowed = |permission| authorization.require_in_team(team, permission).is_ok();
    let may_change_members = authorization.require_for_root(team, &caller.scheme).is_ok();
    let authority = authorization.authority();
    let leaves = authority.is_some_and(|authority| {
        authority.is_in_team(&team.id) && team.owner_id.as_ref() != Some(&authority.account)
    });
    let acts = TeamAction::ALL.iter().copied();
    acts.filter(|act| match act {
        TeamAction::Invite => is_allowed(Permission::TeamInvite) && may_change_members,
        TeamAction::ChangeMembers => is_allowed(Permission::TeamMember) && may_change_members,
        TeamAction::ResetPasswords => is_allowed(Permission::AccountResetPassword),
        TeamAction::RequireSecondFactor => is_allowed(Permission::TeamUpdate) && may_change_members,
        TeamAction::Rename => is_allowed(Permission::TeamUpdate),
        TeamAction::Delete => is_allowed(Permission::TeamDelete) && team.kind == TeamKind::Shared,
        TeamAction::Leave => leaves,
    })
    .collect()
}

fn roles(caller: &Caller, team: &Team) -> Vec<TeamRole> {
    let (scheme, authorization) = (&caller.scheme, &caller.authorization);
    let roles = scheme.roles_of(RoleLevel::Team).map(|role| TeamRole {
        name: role.name.clone(),
        title: role.title.clone(),
        may_grant: authorization.require_team_role(team, &role.name).is_ok(),
    });
    roles.collect()
}

async fn pending(context: &mut ReadContext<'_>, team: &Team) -> Result<Vec<TeamInvitation>, Failure> {
    let now = context.now;
    let open = invitations::pending_of_team(context.conn(), &team.id, MAX_INVITATIONS, now).await?;
    let invitations = open.into_iter().map(|invitation| TeamInvitation {
        id: invitation.id,
        email: invitation.email,
        role: invitation.role,
        expires_at: invitation.expires_at,
    });
    Ok(invitations.collect())
}
