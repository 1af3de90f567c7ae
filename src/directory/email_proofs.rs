//! Proof of an address, by a link that is mailed to it. Nobody learns whether another account has the address.

use serde_json::json;

use super::email_proof_mail::mail_proof;
use super::emails::{held, prove};
use super::registration::{is_open, status_with};
use super::signed_id::SignedId;
use super::{ChangeContext, Failure, ReadContext, names, operation};
use crate::model::AccountId;
use crate::model::account::{Account, Status};
use crate::model::action::Action;
use crate::model::refusal::Code;
use crate::model::settings::Registration;
use crate::store::email_proofs as store;
use crate::store::{accounts, emails, instance, mail_settings};

operation! {
    /// Whether addresses can be proven, which takes a mail server.
    read AreEmailsProven -> bool;
}

impl AreEmailsProven {
    async fn perform(self, context: &mut ReadContext<'_>) -> Result<bool, Failure> {
        Ok(mail_settings::get(context.conn()).await?.is_some())
    }
}

operation! {
    /// Mails a link that proves one of the actor's own addresses.
    change SendEmailProof { address: String } -> ();
}

impl SendEmailProof {
    async fn perform(self, context: &mut ChangeContext<'_>) -> Result<(), Failure> {
        let account = context.own_account_for_change().await?;
        let email = held(context.tx(), &account.id, &names::folded(&self.address)).await?;
        let email = email.filter(|email| !email.verified).ok_or(Code::EmailNotFound)?;
        if mail_proof(context, &account, &email.address).await? {
            return Ok(());
        }
        Err(Code::EmailProofTooOften.into())
    }
}

operation! {
    /// Mails another link to the address of a pending registration, for whoever has just registered.
    change SendRegistrationProof { account: SignedId } -> ();
}

impl SendRegistrationProof {
    async fn perform(self, context: &mut ChangeContext<'_>) -> Result<(), Failure> {
        let id = AccountId(self.account.as_str().to_owned());
        let account = accounts::by_id(context.tx(), &id).await?;
        let account = account.filter(|account| account.status == Status::Pending);
        let account = account.ok_or(Code::EmailProofEnded)?;
        let email = emails::of_account(context.tx(), &id).await?.into_iter().next();
        let email = email
            .filter(|email| !email.verified)
            .ok_or(Code::EmailProofEnded)?;
        if mail_proof(context, &account, &email.address).await? {
            return Ok(());
        }
        Err(Code::EmailProofTooOften.into())
    }
}

/// A link as its holder sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfferedProof {
    /// The address.
    pub address: String,
    /// The username of the account that has it.
    pub username: String,
}

operation! {
    /// Reads the address that a link proves.
    read GetEmailProof { link: SignedId } -> OfferedProof;
}

impl GetEmailProof {
    async fn perform(self, context: &mut ReadContext<'_>) -> Result<OfferedProof, Failure> {
        let (account, address) = pending(context, &self.link).await?;
        let username = account.username;
        Ok(OfferedProof { address, username })
    }
}

/// The account and the address of a link, if it still proves anything.
async fn pending(context: &mut ReadContext<'_>, link: &SignedId) -> Result<(Account, String), Failure> {
    let now = context.now;
    let proof = store::pending(context.conn(), link.as_str(), now).await?;
    let proof = proof.ok_or(Code::EmailProofEnded)?;
    let account = accounts::by_id(context.conn(), &proof.account_id).await?;
    let may_prove = |account: &Account| account.is_usable(now) || account.status == Status::Pending;
    let account = account.filter(may_prove).ok_or(Code::EmailProofEnded)?;
    let email = held(context.conn(), &account.id, &proof.address_key).await?;
    let email = email
        .filter(|email| !email.verified)
        .ok_or(Code::EmailProofEnded)?;
    Ok((account, email.address))
}

operation! {
    /// Proves the address that a link was mailed to, and approves a pending registration that needed nothing else;
    /// yields whether the account can sign in. Whoever has the link is authorized.
    change ProveEmail { link: SignedId } -> bool;
}

impl ProveEmail {
    async fn perform(self, context: &mut ChangeContext<'_>) -> Result<bool, Failure> {
        let (account, address) = pending(&mut context.reading(), &self.link).await?;
        let account = context.locked_account(&account.id).await?;
        let (tx, now) = context.tx_now();
        if !store::end(tx, self.link.as_str(), now).await? || !prove(context, &account.id, &address).await? {
            return Err(Code::EmailProofEnded.into());
        }
        if account.status != Status::Pending {
            return Ok(true);
        }
        approve_if_proven(context, &account.id, &address).await
    }
}

/// Approves a registration if the settings require nothing but a proven address.
async fn approve_if_proven(
    context: &mut ChangeContext<'_>,
    account: &AccountId,
    address: &str,
) -> Result<bool, Failure> {
    let (tx, now) = context.tx_now();
    let settings = instance::get(tx).await?;
    let may_register = match accounts::registered_from(tx, account).await? {
        Some(_) => is_open(&settings),
        None => settings.registration != Registration::Closed,
    };
    let is_enough = matches!(status_with(&settings, Some(address), true), Ok(Status::Active));
    if !(may_register && is_enough) {
        return Ok(false);
    }
    accounts::approve(tx, account, now).await?;
    let detail = json!({ "address": address });
    context
        .record(Action::AccountApprove, account.as_str(), &detail)
        .await?;
    Ok(true)
}
