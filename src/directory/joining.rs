//! Accepting an invitation. Whoever holds the link is authorized.

use serde::Serialize;
use serde_json::json;

use super::accounts::{NewAccount, NewPassword};
use super::invitations::{CheckedTarget, InvitationTarget};
use super::{Actor, Authorization, Change, ChangeContext, Failure, Preparation, Read, ReadContext, Who};
use crate::crypto::Token;
use crate::model::AccountId;
use crate::model::account::{Account, Status};
use crate::model::action::Action;
use crate::model::invitation::Invitation;
use crate::model::permission::Permission;
use crate::model::refusal::Code;
use crate::model::settings::Registration;
use crate::model::team::Team;
use crate::store::instance;
use crate::store::invitations as store;
use crate::store::{accounts as people, teams};

/// A pending invitation as the holder of its link sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PendingInvitation {
    /// The invited address as entered; empty for anybody.
    pub email: String,
    /// The name of the team that it adds to.
    pub team: Option<String>,
    /// The username of the account whose first password it sets.
    pub username: Option<String>,
    /// The name of its creator, if that is a person.
    pub inviter: Option<String>,
    /// Whether it allows creating an account.
    pub may_create_account: bool,
}

/// Reads the invitation of a link.
pub struct GetInvitation {
    /// The token in the link.
    pub token: Token,
}

impl Read for GetInvitation {
    type Output = PendingInvitation;

    async fn run(self, context: &mut ReadContext<'_>) -> Result<PendingInvitation, Failure> {
        let pending = pending(context, &self.token).await?;
        Ok(PendingInvitation {
            email: pending.invitation.email,
            team: pending.team.map(|team| team.name),
            username: pending.account.map(|account| account.username),
            inviter: pending.inviter,
            may_create_account: pending.may_create_account,
        })
    }
}

/// A pending invitation with everything that it refers to.
struct Pending {
    invitation: Invitation,
    team: Option<Team>,
    account: Option<Account>,
    inviter: Option<String>,
    may_create_account: bool,
}

impl Pending {
    /// Requires an invitation that allows creating an account.
    fn ensure_may_create_account(&self) -> Result<(), Failure> {
        match (&self.account, self.may_create_account) {
            (Some(_), _) => Err(Code::AccountExists.into()),
            (None, false) => Err(Code::InvitationForMembersOnly.into()),
            (None, true) => Ok(()),
        }
    }
}

async fn pending(context: &mut ReadContext<'_>, token: &Token) -> Result<Pending, Failure> {
    let now = context.now;
    let found = store::by_token(context.conn(), &token.hash()).await?;
    let invitation = found
        .filter(|found| found.ended_at.is_none() && found.expires_at > now)
        .ok_or(Code::InvitationEnded)?;
    let inviter = Inviter::of(context, &invitation).await?;
    let account = match &invitation.account_id {
        Some(id) => people::by_id(context.conn(), id).await?,
        None => None,
    };
    // The creator must still be authorized now, or a link would outlive their permissions.
    let still = match &account {
        Some(account) => inviter.may_set_password(context, account).await,
        None => inviter.may_invite(context, &invitation).await,
    };
    let team = still.map_err(as_ended)?;
    let is_closed = instance::get(context.conn()).await?.registration == Registration::Closed;
    let by = &inviter.authorization;
    Ok(Pending {
        may_create_account: !is_closed || by.require(Permission::AccountCreate).is_ok(),
        invitation,
        team,
        account,
        inviter: inviter.name,
    })
}

/// Hides from the holder of a link why its creator may no longer invite.
fn as_ended(failure: Failure) -> Failure {
    match failure {
        Failure::Refused(_) => Code::InvitationEnded.into(),
        Failure::Database(_) => failure,
    }
}

/// The creator of an invitation with their current authorization.
struct Inviter {
    name: Option<String>,
    authorization: Authorization,
}

impl Inviter {
    async fn of(context: &mut ReadContext<'_>, invitation: &Invitation) -> Result<Self, Failure> {
        let (scheme, now) = (context.scheme.clone(), context.now);
        let actor = match invitation.invited_by.as_str() {
            "host" => Actor::HOST,
            id => Actor::new(Who::Account(AccountId(id.to_owned())), ""),
        };
        let name = match actor.account_id() {
            Some(id) => {
                let person = people::by_id(context.conn(), id).await?;
                let person = person.filter(|person| person.is_usable(now));
                Some(display_name(person.ok_or(Code::InvitationEnded)?))
            }
            None => None,
        };
        let authorization = Authorization::of(&actor, context.conn(), &scheme, now).await?;
        Ok(Self { name, authorization })
    }

    /// Requires the right to set this account's first password, since the link gives control of the account.
    async fn may_set_password(
        &self,
        context: &mut ReadContext<'_>,
        account: &Account,
    ) -> Result<Option<Team>, Failure> {
        self.authorization.require(Permission::AccountCreate)?;
        let theirs = context.authority_of(&account.id).await?;
        self.authorization.require_dominates(&theirs)?;
        Ok(None)
    }

    /// Requires the right to invite to the target; yields its team.
    async fn may_invite(
        &self,
        context: &mut ReadContext<'_>,
        invitation: &Invitation,
    ) -> Result<Option<Team>, Failure> {
        let target = InvitationTarget {
            team: invitation.team_id.clone(),
            role: Some(invitation.role.clone()).filter(|role| !role.is_empty()),
        };
        let team = target.find_team(context.conn()).await?;
        Ok(CheckedTarget::new(&self.authorization, &context.scheme, team, target.role)?.team)
    }
}

fn display_name(person: Account) -> String {
    if person.name.is_empty() {
        person.username
    } else {
        person.name
    }
}

/// Accepts an invitation to a team with the actor's own account.
pub struct AcceptInvitation {
    /// The token in the link.
    pub token: Token,
}

impl Change for AcceptInvitation {
    type Output = ();

    async fn run(self, context: &mut ChangeContext<'_>) -> Result<(), Failure> {
        let account = context.own_account_for_change().await?.id;
        let pending = pending(&mut context.reading(), &self.token).await?;
        let team = pending.team.ok_or(Code::AccountExists)?;
        end(context, &pending.invitation, &account).await?;
        join(context, &team, &account, &pending.invitation.role).await
    }
}

/// Ends an invitation that an account accepts. Of several that accept it at once, one does.
async fn end(
    context: &mut ChangeContext<'_>,
    invitation: &Invitation,
    account: &AccountId,
) -> Result<(), Failure> {
    let (tx, now) = context.tx_now();
    if store::end(tx, &invitation.id, Some(account), now).await? {
        return Ok(());
    }
    Err(Code::InvitationEnded.into())
}

async fn join(
    context: &mut ChangeContext<'_>,
    team: &Team,
    account: &AccountId,
    role: &str,
) -> Result<(), Failure> {
    let (tx, now) = context.tx_now();
    if teams::has_member(tx, &team.id, account, now).await? {
        return Err(Code::MembershipExists.into());
    }
    // A row of an expired membership may still exist.
    teams::remove_member(tx, &team.id, account).await?;
    teams::add_member(tx, &team.id, account, role, None, now).await?;
    let detail = json!({ "team": team.slug, "role": role });
    context
        .record(Action::InvitationAccept, account.as_str(), &detail)
        .await
}

/// Accepts an invitation with a new account, which joins the team or gets the role of the invitation.
pub struct JoinByInvitation {
    /// The token in the link.
    pub token: Token,
    /// The input for the account; the invitation's role replaces its role, and the invited address, if any,
    /// its address.
    pub new: NewAccount,
}

impl Change for JoinByInvitation {
    type Output = AccountId;

    async fn prepare(&mut self, preparation: &Preparation<'_>) -> Result<(), Failure> {
        let pending = pending(&mut preparation.reader().await?.context(), &self.token).await?;
        pending.ensure_may_create_account()?;
        let invitation = pending.invitation;
        if !invitation.email.is_empty() {
            self.new.email = Some(invitation.email);
        }
        self.new.email_verified = false;
        self.new.role = Some(invitation.role).filter(|role| pending.team.is_none() && !role.is_empty());
        self.new.prepare(preparation).await
    }

    async fn run(self, context: &mut ChangeContext<'_>) -> Result<AccountId, Failure> {
        let pending = pending(&mut context.reading(), &self.token).await?;
        pending.ensure_may_create_account()?;
        let account = self.new.insert(context, Status::Active).await?.id;
        end(context, &pending.invitation, &account).await?;
        if let Some(team) = &pending.team {
            join(context, team, &account, &pending.invitation.role).await?;
        }
        Ok(account)
    }
}

/// Sets the first password of the account that an invitation is for.
pub struct SetFirstPassword {
    /// The token in the link.
    pub token: Token,
    /// The new password.
    pub password: NewPassword,
}

impl Change for SetFirstPassword {
    type Output = AccountId;

    async fn prepare(&mut self, preparation: &Preparation<'_>) -> Result<(), Failure> {
        let mut reader = preparation.reader().await?;
        let scheme = reader.caller().scheme.clone();
        let pending = pending(&mut reader.context(), &self.token).await?;
        drop(reader);
        let account = pending.account.ok_or(Code::InvitationEnded)?;
        self.password.prepare_for(&account, &scheme, preparation).await
    }

    async fn run(self, context: &mut ChangeContext<'_>) -> Result<AccountId, Failure> {
        let found = store::by_token(context.tx(), &self.token.hash()).await?;
        let id = found.and_then(|invitation| invitation.account_id);
        let id = id.ok_or(Code::InvitationEnded)?;
        // Locked before the guard is checked, so that no role can be granted in between.
        context.locked_account(&id).await?;
        let pending = pending(&mut context.reading(), &self.token).await?;
        end(context, &pending.invitation, &id).await?;
        let (tx, now) = context.tx_now();
        if !people::activate_invited(tx, &id, now).await? {
            return Err(Code::InvitationEnded.into());
        }
        self.password.store((tx, now), &id).await?;
        context
            .record(Action::InvitationAccept, id.as_str(), &json!({}))
            .await?;
        Ok(id)
    }
}
