//! Accepting an invitation. Whoever has the link is authorized.

use serde::Serialize;
use serde_json::json;

use super::accounts::{AccountSummary, NewAccount, NewPassword};
use super::email_proof_mail::mail_proof;
use super::emails::prove;
use super::invitations::{CheckedTarget, InvitationTarget};
use super::registration::status_with;
use super::roles::make_room_for_top_role;
use super::signed_id::SignedId;
use super::{
    Actor, Authorization, ChangeContext, Failure, Preparation, ReadContext, Who, names, operation, revocation,
};
use crate::crypto::Token;
use crate::model::AccountId;
use crate::model::account::{Account, Status};
use crate::model::action::Action;
use crate::model::invitation::Invitation;
use crate::model::permission::Permission;
use crate::model::refusal::Code;
use crate::model::settings::{InstanceSettings, Registration};
use crate::model::team::{Team, TeamKind};
use crate::store::invitations as store;
use crate::store::{Conn, instance};
use crate::store::{accounts as people, emails, teams};

/// The link with which somebody accepts an invitation.
#[derive(Clone, Debug)]
pub enum InvitationLink {
    /// The one that was shown to the creator of the invitation.
    Shown(Token),
    /// The one that was mailed to the invited address, so whoever has it reads that mail.
    Mailed(SignedId),
}

impl From<Token> for InvitationLink {
    fn from(token: Token) -> Self {
        Self::Shown(token)
    }
}

impl InvitationLink {
    async fn find(&self, conn: &mut Conn) -> Result<Option<Invitation>, Failure> {
        Ok(match self {
            Self::Shown(token) => store::by_token(conn, &token.hash()).await?,
            Self::Mailed(link) => store::by_id(conn, link.as_str()).await?,
        })
    }

    /// The address that this link proves, if it was mailed there.
    fn proven<'i>(&self, invitation: &'i Invitation) -> Option<&'i str> {
        let is_mailed = matches!(self, Self::Mailed(_)) && !invitation.email.is_empty();
        is_mailed.then_some(invitation.email.as_str())
    }
}

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
    /// The domains that the address of a new account may have; empty for any.
    pub domains: Vec<String>,
}

operation! {
    /// Reads the invitation of a link.
    read GetInvitation { link: InvitationLink } -> PendingInvitation;
}

impl GetInvitation {
    async fn perform(self, context: &mut ReadContext<'_>) -> Result<PendingInvitation, Failure> {
        let pending = pending(context, &self.link).await?;
        Ok(PendingInvitation {
            email: pending.invitation.email,
            team: pending.team.map(|team| team.name),
            username: pending.account.map(|account| account.username),
            inviter: pending.inviter,
            may_create_account: pending.may_create_account,
            domains: pending.rules.map(|rules| rules.domains).unwrap_or_default(),
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
    /// The settings whose registration rules apply to a new account; `None` if the creator of the invitation may create
    /// accounts.
    rules: Option<InstanceSettings>,
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

    /// The status of the account that is created.
    fn status_of(&self, new: &NewAccount) -> Result<Status, Failure> {
        let rules = self.rules.as_ref();
        let (address, is_proven) = (new.email.as_deref(), new.email_verified);
        rules.map_or(Ok(Status::Active), |rules| status_with(rules, address, is_proven))
    }
}

async fn pending(context: &mut ReadContext<'_>, link: &InvitationLink) -> Result<Pending, Failure> {
    let now = context.now;
    let found = link.find(context.conn()).await?;
    let invitation = found
        .filter(|found| found.ended_at.is_none() && found.expires_at > now)
        .ok_or(Code::InvitationEnded)?;
    let inviter = Inviter::of(context, &invitation).await?;
    let account = match &invitation.account_id {
        Some(id) => {
            let account = people::by_id(context.conn(), id).await?;
            let waiting = account.filter(|account| account.status == Status::Invited);
            Some(waiting.ok_or(Code::InvitationEnded)?)
        }
        None => None,
    };
    // The creator must still be authorized now, or a link would outlive their permissions.
    let checked = match &account {
        Some(account) => inviter.may_set_password(context, account).await,
        None => inviter.may_invite(context, &invitation).await,
    };
    let team = checked.map_err(as_ended)?;
    let rules = match inviter.authorization.require(Permission::AccountCreate) {
        Ok(()) => None,
        Err(_) => Some(instance::get(context.conn()).await?),
    };
    let is_closed = |rules: &InstanceSettings| rules.registration == Registration::Closed;
    Ok(Pending {
        may_create_account: !rules.as_ref().is_some_and(is_closed),
        rules,
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
                Some(person.ok_or(Code::InvitationEnded)?.shown_name().to_owned())
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

operation! {
    /// Accepts an invitation to a team with the actor's own account.
    change AcceptInvitation { link: InvitationLink } -> ();
}

impl AcceptInvitation {
    async fn perform(self, context: &mut ChangeContext<'_>) -> Result<(), Failure> {
        let account = context.own_account_for_change().await?.id;
        let pending = pending(&mut context.reading(), &self.link).await?;
        let team = pending.team.ok_or(Code::AccountExists)?;
        require_address(context, &pending.invitation.email, &account).await?;
        end(context, &pending.invitation, &account).await?;
        if let Some(address) = self.link.proven(&pending.invitation) {
            // This fails if another account has verified the address; the membership stands all the same.
            prove(context, &account, address).await?;
        }
        join(context, &team, &account, &pending.invitation.role).await
    }
}

/// Requires that an invited address, if there is one, is among those of the account.
async fn require_address(
    context: &mut ChangeContext<'_>,
    invited: &str,
    account: &AccountId,
) -> Result<(), Failure> {
    let own = emails::of_account(context.tx(), account).await?;
    if invited.is_empty()
        || own
            .iter()
            .any(|email| names::folded(&email.address) == names::folded(invited))
    {
        return Ok(());
    }
    Err(Code::InvitationForOther.with("email", invited).into())
}

/// Ends an invitation that an account accepts. If several accept it at once, only one succeeds.
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
    // The row of an expired membership may still exist.
    teams::remove_member(tx, &team.id, account).await?;
    teams::add_member(tx, &team.id, account, role, None, now).await?;
    revocation::end_acted_as((tx, now), account).await?;
    if team.kind == TeamKind::Root {
        make_room_for_top_role(context, account).await?;
    }
    let detail = json!({ "team": team.slug, "role": role });
    context
        .record(Action::InvitationAccept, account.as_str(), &detail)
        .await
}

operation! {
    /// Accepts an invitation with a new account, which joins the team or gets the role of the invitation. The
    /// invitation's role and its address, if it has one, replace those of the input.
    change JoinByInvitation { link: InvitationLink, new: NewAccount } -> AccountSummary, prepared by check_and_hash;
}

impl JoinByInvitation {
    async fn check_and_hash(&mut self, preparation: &Preparation<'_>) -> Result<(), Failure> {
        let pending = pending(&mut preparation.reader().await?.context(), &self.link).await?;
        pending.ensure_may_create_account()?;
        if !pending.invitation.email.is_empty() {
            self.new.email = Some(pending.invitation.email.clone());
        }
        self.new.email_verified = self.link.proven(&pending.invitation).is_some();
        let own_check = pending.status_of(&self.new).map(|_| ());
        self.new.role =
            Some(pending.invitation.role).filter(|role| pending.team.is_none() && !role.is_empty());
        self.new.prepare(preparation, own_check).await
    }

    async fn perform(self, context: &mut ChangeContext<'_>) -> Result<AccountSummary, Failure> {
        let pending = pending(&mut context.reading(), &self.link).await?;
        pending.ensure_may_create_account()?;
        let status = pending.status_of(&self.new)?;
        let unproven = self.new.email.clone().filter(|_| !self.new.email_verified);
        let account = self.new.insert(context, status).await?;
        if let Some(address) = unproven {
            mail_proof(context, &account, &address).await?;
        }
        end(context, &pending.invitation, &account.id).await?;
        if let Some(team) = &pending.team {
            join(context, team, &account.id, &pending.invitation.role).await?;
        }
        Ok(account.into())
    }
}

operation! {
    /// Sets the first password of the account that an invitation is for.
    change SetFirstPassword { link: InvitationLink, password: NewPassword } -> AccountId, prepared by check_and_hash;
}

impl SetFirstPassword {
    async fn check_and_hash(&mut self, preparation: &Preparation<'_>) -> Result<(), Failure> {
        let mut reader = preparation.reader().await?;
        let scheme = reader.caller().scheme.clone();
        let pending = pending(&mut reader.context(), &self.link).await?;
        drop(reader);
        let account = pending.account.ok_or(Code::InvitationEnded)?;
        self.password.prepare_for(&account, &scheme, preparation).await
    }

    async fn perform(self, context: &mut ChangeContext<'_>) -> Result<AccountId, Failure> {
        let found = self.link.find(context.tx()).await?;
        let id = found.and_then(|invitation| invitation.account_id);
        let id = id.ok_or(Code::InvitationEnded)?;
        // Locked before the guard is checked, so that no role can be granted in between.
        context.locked_account(&id).await?;
        let pending = pending(&mut context.reading(), &self.link).await?;
        end(context, &pending.invitation, &id).await?;
        if let Some(address) = self.link.proven(&pending.invitation) {
            prove(context, &id, address).await?;
        }
        let (tx, now) = context.tx_now();
        if !people::activate_invited(tx, &id, now).await? {
            return Err(Code::InvitationEnded.into());
        }
        self.password.store(context, &id).await?;
        context
            .record(Action::InvitationAccept, id.as_str(), &json!({}))
            .await?;
        Ok(id)
    }
}
