//! The members of a team and their roles.

use serde_json::json;

use super::{TeamRef, find};
use crate::clock::Time;
use crate::directory::accounts::{AccountRef, find as find_account, lock};
use crate::directory::roles::{check_end, unknown_role};
use crate::directory::{Change, ChangeContext, Failure};
use crate::model::AccountId;
use crate::model::action::Action;
use crate::model::permission::Permission;
use crate::model::refusal::Code;
use crate::model::role::RoleLevel;
use crate::model::team::{Team, TeamKind};
use crate::store::teams;

/// Grants a role in a team, in place of every other role that the account has there, with or without an end
/// date. Only who may change the members of every team adds a new one; others invite, and the membership
/// begins with the acceptance.
pub struct SetTeamMember {
    /// The team.
    pub team: TeamRef,
    /// The account.
    pub account: AccountRef,
    /// The role; `None` for the default role of new members.
    pub role: Option<String>,
    /// When the membership expires.
    pub end: MembershipEnd,
}

/// When a membership expires once its role is set.
#[derive(Clone, Copy, Debug)]
pub enum MembershipEnd {
    /// At this time; `None` for never.
    Set(Option<Time>),
    /// As before; refused for an account that is not a member yet.
    Unchanged,
}

impl Change for SetTeamMember {
    /// The role that was granted.
    type Output = String;
    const SERIALIZES_OWNERS: bool = true;

    async fn run(self, context: &mut ChangeContext<'_>) -> Result<String, Failure> {
        let scheme = context.scheme.clone();
        let team = find(context.tx(), &self.team).await?;
        let role = self.role.unwrap_or_else(|| scheme.team_member_role.clone());
        context
            .authorization
            .require_in_team(&team, Permission::TeamMember)?;
        if scheme.role(RoleLevel::Team, &role).is_none() {
            return Err(unknown_role(&scheme, RoleLevel::Team));
        }
        if let MembershipEnd::Set(until) = self.end {
            check_end(until, context.now)?;
        }
        context.authorization.require_for_root(&team, &scheme)?;
        context.authorization.require_team_role(&team, &role)?;
        let account = lock_member(context, &team, &self.account).await?;
        let owners_before = owners(context, &team).await?;
        let held = require_dominates_member(context, &team, &account).await?;
        let (tx, now) = context.tx_now();
        let until = match self.end {
            MembershipEnd::Set(until) => until,
            MembershipEnd::Unchanged if held.is_empty() => return Err(Code::NotInTeam.into()),
            // The earliest end of the current roles, so that no role is held for longer than before.
            MembershipEnd::Unchanged => teams::first_end(tx, &team.id, &account, now).await?,
        };
        teams::remove_member(tx, &team.id, &account).await?;
        teams::add_member(tx, &team.id, &account, &role, until, now).await?;
        ensure_team_owner(context, &team, owners_before).await?;
        let detail = json!({ "team": team.slug, "before": held, "after": [role], "until": until });
        context
            .record(Action::TeamSetMember, account.as_str(), &detail)
            .await?;
        Ok(role)
    }
}

/// Removes an account from a team. Every member may leave.
pub struct RemoveTeamMember {
    /// The team.
    pub team: TeamRef,
    /// The account.
    pub account: AccountRef,
}

impl Change for RemoveTeamMember {
    type Output = ();
    const SERIALIZES_OWNERS: bool = true;

    async fn run(self, context: &mut ChangeContext<'_>) -> Result<(), Failure> {
        let team = find(context.tx(), &self.team).await?;
        context.authorization.require_visible(&team)?;
        // Checked before the account is looked up, so that the response does not reveal whether it exists.
        if !matches!(&self.account, AccountRef::Id(id) if context.actor.is(id)) {
            context
                .authorization
                .require_in_team(&team, Permission::TeamMember)?;
        }
        let account = lock_member(context, &team, &self.account).await?;
        if !context.actor.is(&account) {
            context.authorization.require_for_root(&team, &context.scheme)?;
            require_dominates_member(context, &team, &account).await?;
        }
        let owners_before = owners(context, &team).await?;
        if !teams::remove_member(context.tx(), &team.id, &account).await? {
            return Err(Code::NotInTeam.into());
        }
        ensure_team_owner(context, &team, owners_before).await?;
        let detail = json!({ "team": team.slug });
        context
            .record(Action::TeamRemoveMember, account.as_str(), &detail)
            .await
    }
}

/// Locks the account of a member. For who may change the members of this team alone, an account that is not in
/// it is refused like a name that nobody has.
async fn lock_member(
    context: &mut ChangeContext<'_>,
    team: &Team,
    account: &AccountRef,
) -> Result<AccountId, Failure> {
    if !context.may(Permission::TeamMember) {
        let (tx, now) = context.tx_now();
        let found = find_account(tx, account).await?.ok_or(Code::NotInTeam)?;
        if !teams::has_member(tx, &team.id, &found.id, now).await? {
            return Err(Code::NotInTeam.into());
        }
    }
    Ok(lock(context, account).await?.id)
}

/// The subset guard in a team: requires that the actor dominates every role of the member there; yields them.
async fn require_dominates_member(
    context: &mut ChangeContext<'_>,
    team: &Team,
    account: &AccountId,
) -> Result<Vec<String>, Failure> {
    let (tx, now) = context.tx_now();
    let memberships = teams::of_account(tx, account, now).await?;
    let here = memberships.into_iter().filter(|held| held.id == team.id);
    let held: Vec<String> = here.map(|held| held.role).collect();
    for role in &held {
        context.authorization.require_team_role(team, role)?;
    }
    Ok(held)
}

async fn owners(context: &mut ChangeContext<'_>, team: &Team) -> Result<i64, Failure> {
    let role = context.scheme.team_owner_role.clone();
    Ok(teams::permanent_holders(context.tx(), &team.id, &role).await?)
}

/// Requires that a team that had an owner without an end date still has one. The last-owner guard covers the
/// root team.
async fn ensure_team_owner(
    context: &mut ChangeContext<'_>,
    team: &Team,
    owners_before: i64,
) -> Result<(), Failure> {
    if team.kind != TeamKind::Root && owners_before > 0 && owners(context, team).await? == 0 {
        return Err(Code::TeamOwnerRequired.into());
    }
    Ok(())
}
