//! Creating invitations: for addresses, for anybody, and for the first password of an account.

use std::time::Duration;

use serde_json::json;

use super::MAX_ADDRESSES;
use super::target::{CheckedTarget, InvitationTarget};
use crate::clock::Time;
use crate::crypto::Token;
use crate::directory::accounts::{AccountSummary, NewAccount};
use crate::directory::{ChangeContext, Failure, Preparation, names, operation};
use crate::events::{MAX_LINKS_A_DAY, emit_to, has_reached_link_limit};
use crate::model::account::{Account, Status};
use crate::model::action::Action;
use crate::model::invitation::Invitation;
use crate::model::mail::Event;
use crate::model::refusal::{Code, Refusal};
use crate::model::team::Team;
use crate::model::{AccountId, new_id};
use crate::store::{accounts, emails, instance, invitations, teams};

const DAY: Duration = Duration::from_hours(24);

/// The result for one address.
#[derive(Debug)]
pub struct NewInvitation {
    /// The address as entered; empty for a link for anybody; the username for an account's first password.
    pub address: String,
    /// The token of the link, which cannot be read again, or the reason why there is none.
    pub token: Result<Token, Refusal>,
    /// Whether another link is mailed to the address.
    pub mailed: bool,
}

operation! {
    /// Creates an invitation for each address, or one for anybody if there is no address. It replaces a pending one for
    /// the same address and team.
    change InvitePeople {
        target: InvitationTarget,
        /// The addresses, at most [`MAX_ADDRESSES`].
        addresses: Vec<String>,
    } -> Vec<NewInvitation>;
}

impl InvitePeople {
    async fn perform(self, context: &mut ChangeContext<'_>) -> Result<Vec<NewInvitation>, Failure> {
        let team = self.target.find_team(context.tx()).await?;
        let target = CheckedTarget::new(&context.authorization, &context.scheme, team, self.target.role)?;
        if self.addresses.len() > MAX_ADDRESSES {
            let most = Code::TooManyAddresses.at("addresses");
            return Err(most.with("max", MAX_ADDRESSES.to_string()).into());
        }
        let wanted = if self.addresses.is_empty() {
            vec![String::new()]
        } else {
            self.addresses
        };
        let expires_at = expiry(context).await?;
        let mut invited = Vec::with_capacity(wanted.len());
        for address in wanted {
            let (token, mailed) = if let Some(refusal) = refusal_of(context, &target, &address).await? {
                (Err(refusal), false)
            } else {
                let (token, mailed) = invite(context, &target, &address, expires_at).await?;
                (Ok(token), mailed)
            };
            invited.push(NewInvitation {
                address,
                token,
                mailed,
            });
        }
        Ok(invited)
    }
}

/// When invitations that are created now expire.
async fn expiry(context: &mut ChangeContext<'_>) -> Result<Time, Failure> {
    let (tx, now) = context.tx_now();
    Ok(now + DAY * instance::get(tx).await?.invitation_days)
}

/// Why an address cannot be invited, if it cannot.
async fn refusal_of(
    context: &mut ChangeContext<'_>,
    target: &CheckedTarget,
    address: &str,
) -> Result<Option<Refusal>, Failure> {
    if address.is_empty() {
        return Ok(None);
    }
    if let Err(refusal) = names::validate_email("addresses", address) {
        return Ok(Some(refusal));
    }
    if let Some(refusal) = limit_refusal(context, address).await? {
        return Ok(Some(refusal));
    }
    let (tx, now) = context.tx_now();
    let owner = emails::verified_owner(tx, &names::folded(address)).await?;
    Ok(match (owner, &target.team) {
        (Some(_), None) => Some(Code::AddressHasAccount.into()),
        (Some(account), Some(team)) if teams::has_member(tx, &team.id, &account, now).await? => {
            Some(Code::MemberAlready.into())
        }
        _ => None,
    })
}

/// The refusal of an address that has reached its daily limit of mailed links.
async fn limit_refusal(context: &mut ChangeContext<'_>, address: &str) -> Result<Option<Refusal>, Failure> {
    let (tx, now) = context.tx_now();
    let is_over_limit = has_reached_link_limit(tx, &names::folded(address), now).await?;
    Ok(is_over_limit.then(|| Code::TooManyLinks.with("max", MAX_LINKS_A_DAY.to_string())))
}

async fn invite(
    context: &mut ChangeContext<'_>,
    target: &CheckedTarget,
    address: &str,
    expires_at: Time,
) -> Result<(Token, bool), Failure> {
    let (token, key) = (Token::random(), names::folded(address));
    let team = target.team.as_ref();
    let invitation = Invitation {
        email: address.to_owned(),
        team_id: team.map(|team| team.id.clone()),
        role: target.role.clone(),
        ..blank(context, expires_at)
    };
    let (tx, now) = context.tx_now();
    if !address.is_empty() {
        invitations::replace(tx, &key, invitation.team_id.as_ref(), now).await?;
    }
    invitations::insert(tx, &invitation, &token.hash(), &key).await?;
    let detail = json!({ "email": address, "team": team.map(|team| &team.slug), "role": target.role });
    context
        .record(Action::InvitationCreate, &invitation.id, &detail)
        .await?;
    let mailed = !address.is_empty() && mail(context, invitation, team).await?;
    Ok((token, mailed))
}

/// Mails an invitation. The mailed link differs from the one that its creator sees, which proves no address.
async fn mail(
    context: &mut ChangeContext<'_>,
    invitation: Invitation,
    team: Option<&Team>,
) -> Result<bool, Failure> {
    let by = match context.actor.account_id().cloned() {
        Some(id) => accounts::by_id(context.tx(), &id)
            .await?
            .map(|by| by.shown_name().to_owned()),
        None => None,
    };
    let event = Event::Invited {
        invitation: invitation.id,
        team: team.map(|team| team.name.clone()),
        by,
        until: invitation.expires_at,
    };
    let (tx, now) = context.tx_now();
    Ok(emit_to(
        tx,
        (&invitation.email, &names::folded(&invitation.email)),
        None,
        event,
        now,
    )
    .await?)
}

/// An invitation by the actor, without an address or a target.
fn blank(context: &ChangeContext<'_>, expires_at: Time) -> Invitation {
    Invitation {
        id: new_id(context.now),
        email: String::new(),
        team_id: None,
        account_id: None,
        role: String::new(),
        invited_by: context.actor.as_str().to_owned(),
        created_at: context.now,
        expires_at,
        ended_at: None,
        accepted_by: None,
    }
}

operation! {
    /// Creates a link for the first password of an invited account; earlier links end.
    change InviteAccount { id: AccountId } -> NewInvitation, requires AccountCreate;
}

impl InviteAccount {
    async fn perform(self, context: &mut ChangeContext<'_>) -> Result<NewInvitation, Failure> {
        let account = context.account_for_change(&self.id).await?;
        if account.status != Status::Invited {
            return Err(Code::AccountNotInvited.into());
        }
        let held = emails::of_account(context.tx(), &account.id).await?;
        if let Some(email) = held.first()
            && let Some(refusal) = limit_refusal(context, &email.address).await?
        {
            return Err(refusal.into());
        }
        link_for(context, &account).await
    }
}

operation! {
    /// Creates an account whose owner sets the first password with a link.
    change CreateInvitedAccount {
        /// The input for the account; a password in it is ignored.
        new: NewAccount,
    } -> (AccountSummary, NewInvitation), prepared by check_and_hash;
}

impl CreateInvitedAccount {
    async fn check_and_hash(&mut self, preparation: &Preparation<'_>) -> Result<(), Failure> {
        self.new.password = None;
        self.new.require(preparation.reader().await?.caller())?;
        self.new.prepare(preparation, Ok(())).await
    }

    async fn perform(
        self,
        context: &mut ChangeContext<'_>,
    ) -> Result<(AccountSummary, NewInvitation), Failure> {
        self.new.require(context)?;
        let account = self.new.insert(context, Status::Invited).await?;
        let link = link_for(context, &account).await?;
        Ok((account.into(), link))
    }
}

/// Creates the link for the first password of an account, in place of any other.
async fn link_for(context: &mut ChangeContext<'_>, account: &Account) -> Result<NewInvitation, Failure> {
    let expires_at = expiry(context).await?;
    let token = Token::random();
    let held = emails::of_account(context.tx(), &account.id).await?;
    let invitation = Invitation {
        email: held
            .into_iter()
            .next()
            .map(|email| email.address)
            .unwrap_or_default(),
        account_id: Some(account.id.clone()),
        ..blank(context, expires_at)
    };
    let (tx, now) = context.tx_now();
    invitations::end_for_account(tx, &account.id, now).await?;
    invitations::insert(tx, &invitation, &token.hash(), "").await?;
    let detail = json!({ "id": invitation.id });
    context
        .record(Action::InvitationCreate, account.id.as_str(), &detail)
        .await?;
    let event = Event::AccountCreated {
        invitation: invitation.id,
        until: expires_at,
    };
    let (tx, now) = context.tx_now();
    Ok(NewInvitation {
        address: account.username.clone(),
        token: Ok(token),
        mailed: !invitation.email.is_empty()
            && emit_to(
                tx,
                (&invitation.email, &names::folded(&invitation.email)),
                Some(account),
                event,
                now,
            )
            .await?,
    })
}
