//! The members of a team and their roles.

use serde_json::json;

use super::{TeamRef, existing};
use crate::clock::Time;
use crate::directory::accounts::{AccountRef, find as find_account, lock};
use crate::directory::roles::{check_end, make_room_for_top_role, unknown_role};
use crate::directory::{ChangeContext, Failure, operation, revocation};
use crate::model::AccountId;
use crate::model::account::Account;
use crate::model::action::Action;
use crate::model::permission::Permission;
use crate::model::refusal::Code;
use crate::model::role::RoleLevel;
use crate::model::team::{Team, TeamKind};
use crate::store::teams;

operation! {
    /// Grants a role in a team, in place of every other role that the account has there, with or without an end date.
    /// Adding a new member requires the permission on the instance. A team's own administrators invite people instead,
    /// who must accept.
    change SetTeamMember {
        team: TeamRef,
        account: AccountRef,
        /// The role; `None` for the default role of new members.
        role: Option<String>,
        /// When the membership expires.
        end: MembershipEnd,
    } -> GrantedTeamRole, serializes owners;
}

/// When a membership expires once its role is set.
#[derive(Clone, Copy, Debug)]
pub enum MembershipEnd {
    /// At this time; `None` for never.
    Set(Option<Time>),
    /// As before; refused for an account that is not a member yet.
    Unchanged,
}

impl MembershipEnd {
    fn check(self, now: Time) -> Result<(), Failure> {
        match self {
            Self::Set(until) => check_end(until, now),
            Self::Unchanged => Ok(()),
        }
    }
}

/// A role that was granted in a team.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantedTeamRole {
    /// The role.
    pub role: String,
    /// The name of the team.
    pub team: String,
}

impl SetTeamMember {
    async fn perform(self, context: &mut ChangeContext<'_>) -> Result<GrantedTeamRole, Failure> {
        let scheme = context.scheme.clone();
        let team = existing(context.tx(), &self.team).await?;
        let role = self.role.unwrap_or_else(|| scheme.team_member_role.clone());
        context
            .authorization
            .require_in_team(&team, Permission::TeamMember)?;
        if scheme.role(RoleLevel::Team, &role).is_none() {
            return Err(unknown_role(&scheme, RoleLevel::Team));
        }
        self.end.check(context.now)?;
        context.authorization.require_for_root(&team, &scheme)?;
        context.authorization.require_team_role(&team, &role)?;
        let account = lock_member(context, &team, &self.account).await?.id;
        ensure_not_personal_owner(&team, &account)?;
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
        revocation::end_acted_as((tx, now), &account).await?;
        if team.kind == TeamKind::Root {
            make_room_for_top_role(context, &account).await?;
        }
        if !held.is_empty() {
            revocation::end_lost_rights(context, &account).await?;
        }
        ensure_team_owner(context, &team, owners_before).await?;
        let detail = json!({ "team": team.slug, "before": held, "after": [role], "until": until });
        context
            .record(Action::TeamSetMember, account.as_str(), &detail)
            .await?;
        let team = team.name;
        Ok(GrantedTeamRole { role, team })
    }
}

operation! {
    /// Removes an account from a team. Every member may leave.
    change RemoveTeamMember { team: TeamRef, account: AccountRef } -> RemovedMember, serializes owners;
}

/// A member who was removed from a team.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemovedMember {
    /// The username.
    pub username: String,
    /// The name of the team.
    pub team: String,
    /// The role and its end with which the actor could add the account again, if they may.
    pub again: Option<(String, Option<Time>)>,
}

impl RemoveTeamMember {
    async fn perform(self, context: &mut ChangeContext<'_>) -> Result<RemovedMember, Failure> {
        let team = existing(context.tx(), &self.team).await?;
        context.authorization.require_visible(&team)?;
        // Checked before the account is looked up, so that the response does not reveal whether it exists.
        if !matches!(&self.account, AccountRef::Id(id) if context.actor.is(id)) {
            context
                .authorization
                .require_in_team(&team, Permission::TeamMember)?;
        }
        let Account {
            id: account,
            username,
            ..
        } = lock_member(context, &team, &self.account).await?;
        ensure_not_personal_owner(&team, &account)?;
        if !context.actor.is(&account) {
            context.authorization.require_for_root(&team, &context.scheme)?;
            require_dominates_member(context, &team, &account).await?;
        }
        let owners_before = owners(context, &team).await?;
        let again = only_role(context, &team, &account).await?;
        if !teams::remove_member(context.tx(), &team.id, &account).await? {
            return Err(Code::NotInTeam.into());
        }
        ensure_team_owner(context, &team, owners_before).await?;
        revocation::end_lost_rights(context, &account).await?;
        let detail = json!({ "team": team.slug });
        context
            .record(Action::TeamRemoveMember, account.as_str(), &detail)
            .await?;
        Ok(RemovedMember {
            username,
            team: team.name,
            again,
        })
    }
}

/// The role of a member and its end, if the member has only one and the actor may add people to the team.
async fn only_role(
    context: &mut ChangeContext<'_>,
    team: &Team,
    account: &AccountId,
) -> Result<Option<(String, Option<Time>)>, Failure> {
    if !context.may(Permission::TeamMember) {
        return Ok(None);
    }
    let (tx, now) = context.tx_now();
    let mut held = teams::of_account(tx, account, now).await?;
    held.retain(|held| held.id == team.id);
    let end = teams::first_end(tx, &team.id, account, now).await?;
    Ok(match held.as_slice() {
        [only] => Some((only.role.clone(), end)),
        _ => None,
    })
}

/// Locks the account of a member. If the actor may change only the members of this team, an account outside of it is
/// refused like an unknown name, so that the response does not reveal who exists.
async fn lock_member(
    context: &mut ChangeContext<'_>,
    team: &Team,
    account: &AccountRef,
) -> Result<Account, Failure> {
    if !context.may(Permission::TeamMember) {
        let (tx, now) = context.tx_now();
        let found = find_account(tx, account).await?.ok_or(Code::NotInTeam)?;
        if !teams::has_member(tx, &team.id, &found.id, now).await? {
            return Err(Code::NotInTeam.into());
        }
    }
    lock(context, account).await
}

/// Requires that the account does not own this personal team, since its owner's role cannot change.
fn ensure_not_personal_owner(team: &Team, account: &AccountId) -> Result<(), Failure> {
    if team.owner_id.as_ref() == Some(account) {
        return Err(Code::PersonalTeamOwner.into());
    }
    Ok(())
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

/// The members with the highest role in a team and without an end date.
#[derive(Clone, Copy)]
struct Owners {
    /// How many are not deleted.
    all: i64,
    /// How many can sign in now and for good.
    permanent: i64,
}

async fn owners(context: &mut ChangeContext<'_>, team: &Team) -> Result<Owners, Failure> {
    let role = context.scheme.team_owner_role.clone();
    let (tx, now) = context.tx_now();
    let (all, permanent) = teams::permanent_holders(tx, &team.id, &role, now).await?;
    Ok(Owners { all, permanent })
}

/// Requires that a team that had owners still has one, and one who can sign in if it had such. The last-owner guard
/// covers the root team.
async fn ensure_team_owner(
    context: &mut ChangeContext<'_>,
    team: &Team,
    before: Owners,
) -> Result<(), Failure> {
    if team.kind == TeamKind::Root {
        return Ok(());
    }
    let after = owners(context, team).await?;
    let is_lost = |before: i64, after: i64| before > 0 && after == 0;
    if is_lost(before.all, after.all) || is_lost(before.permanent, after.permanent) {
        return Err(Code::TeamOwnerRequired.into());
    }
    Ok(())
}
