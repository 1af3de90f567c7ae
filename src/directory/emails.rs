//! The e-mail addresses of an account: one is primary, and each is verified or not.

use serde_json::json;

use super::accounts::refresh_search;
use super::email_proof_mail::mail_proof;
use super::{ChangeContext, Failure, names, operation};
use crate::events::emit;
use crate::model::AccountId;
use crate::model::account::Account;
use crate::model::action::Action;
use crate::model::email::Email;
use crate::model::mail::Event;
use crate::model::permission::Permission;
use crate::model::refusal::Code;
use crate::store::{Conn, accounts, emails};

/// The maximum number of addresses of an account.
const MAX_EMAILS: usize = 10;

operation! {
    /// Adds an unverified address to an account; the first one becomes the primary one. It succeeds even if another
    /// account has the address, so that the response does not reveal this; apps receive it only while no other account
    /// has verified it. Whoever adds an address to their own account gets a link that proves it.
    change AddEmail { id: AccountId, address: String } -> ();
}

impl AddEmail {
    async fn perform(self, context: &mut ChangeContext<'_>) -> Result<(), Failure> {
        let (account, held) = emails_for_change(context, &self.id).await?;
        names::validate_email("email", &self.address)?;
        if held.len() >= MAX_EMAILS {
            return Err(Code::TooManyEmails
                .at("email")
                .with("max", MAX_EMAILS.to_string())
                .into());
        }
        let email = Email {
            address: self.address.clone(),
            verified: false,
            is_primary: held.is_empty(),
        };
        let address = self.address.clone();
        let (tx, now) = context.tx_now();
        emit(tx, &account, Event::EmailAdded { address }, now).await?;
        if !emails::insert(tx, &self.id, &email, &names::folded(&self.address), now).await? {
            return Err(Code::EmailTaken.at("email").into());
        }
        if context.actor.is(&self.id) {
            mail_proof(context, &account, &self.address).await?;
        }
        finish(context, Action::EmailAdd, &self.id, &self.address).await
    }
}

operation! {
    /// Removes an address of an account; if it was the primary one, the oldest other address becomes primary.
    change RemoveEmail { id: AccountId, address: String } -> ();
}

impl RemoveEmail {
    async fn perform(self, context: &mut ChangeContext<'_>) -> Result<(), Failure> {
        let (account, held, key) = held_for_change(context, &self.id, &self.address).await?;
        let address = self.address.clone();
        let (tx, now) = context.tx_now();
        emit(tx, &account, Event::EmailRemoved { address }, now).await?;
        let (removed, kept): (Vec<_>, Vec<_>) = held
            .iter()
            .partition(|email| names::folded(&email.address) == key);
        let was_primary = removed.iter().any(|email| email.is_primary);
        let tx = context.tx();
        emails::remove(tx, &self.id, &key).await?;
        if let Some(next) = kept.first().filter(|_| was_primary) {
            emails::make_primary(tx, &self.id, &names::folded(&next.address)).await?;
        }
        finish(context, Action::EmailRemove, &self.id, &self.address).await
    }
}

operation! {
    /// Makes an address the primary one, which apps receive.
    change MakeEmailPrimary { id: AccountId, address: String } -> ();
}

impl MakeEmailPrimary {
    async fn perform(self, context: &mut ChangeContext<'_>) -> Result<(), Failure> {
        let (account, _, key) = held_for_change(context, &self.id, &self.address).await?;
        let address = self.address.clone();
        let (tx, now) = context.tx_now();
        emit(tx, &account, Event::PrimaryEmailChanged { address }, now).await?;
        emails::make_primary(tx, &self.id, &key).await?;
        finish(context, Action::EmailMakePrimary, &self.id, &self.address).await
    }
}

operation! {
    /// Marks an address of another person as verified; nobody can vouch for their own.
    change VerifyEmail { id: AccountId, address: String } -> (), requires AccountUpdate;
}

impl VerifyEmail {
    async fn perform(self, context: &mut ChangeContext<'_>) -> Result<(), Failure> {
        if context.actor.is(&self.id) {
            return Err(Code::EmailVouchedForSelf.into());
        }
        let (_, _, key) = held_for_change(context, &self.id, &self.address).await?;
        if !emails::verify(context.tx(), &self.id, &key).await? {
            return Err(Code::EmailTaken.at("email").into());
        }
        finish(context, Action::EmailVerify, &self.id, &self.address).await
    }
}

/// The address of an account with this folded form.
pub(super) async fn held(conn: &mut Conn, account: &AccountId, key: &str) -> Result<Option<Email>, Failure> {
    let all = emails::of_account(conn, account).await?;
    Ok(all.into_iter().find(|email| names::folded(&email.address) == key))
}

/// Marks an address as verified after the owner of the account has used a link that was mailed to it; yields false if
/// the account no longer has it, or another account has verified it.
pub(super) async fn prove(
    context: &mut ChangeContext<'_>,
    account: &AccountId,
    address: &str,
) -> Result<bool, Failure> {
    let key = names::folded(address);
    if held(context.tx(), account, &key)
        .await?
        .is_some_and(|email| email.verified)
    {
        return Ok(true);
    }
    if !emails::verify(context.tx(), account, &key).await? {
        return Ok(false);
    }
    finish(context, Action::EmailVerify, account, address).await?;
    Ok(true)
}

/// The addresses of an account that the actor is about to change. Everybody may change their own.
async fn emails_for_change(
    context: &mut ChangeContext<'_>,
    account: &AccountId,
) -> Result<(Account, Vec<Email>), Failure> {
    if !context.actor.is(account) {
        context.require(Permission::AccountUpdate)?;
    }
    let found = context.account_for_change(account).await?;
    Ok((found, emails::of_account(context.tx(), account).await?))
}

/// As [`emails_for_change`], with the folded form of an address that must be among them.
async fn held_for_change(
    context: &mut ChangeContext<'_>,
    account: &AccountId,
    address: &str,
) -> Result<(Account, Vec<Email>, String), Failure> {
    let (found, held) = emails_for_change(context, account).await?;
    let key = names::folded(address);
    if held.iter().any(|email| names::folded(&email.address) == key) {
        return Ok((found, held, key));
    }
    Err(Code::EmailNotFound.into())
}

async fn finish(
    context: &mut ChangeContext<'_>,
    action: Action,
    account: &AccountId,
    address: &str,
) -> Result<(), Failure> {
    let (tx, now) = context.tx_now();
    refresh_search(tx, account).await?;
    accounts::touch(tx, account, now).await?;
    let detail = json!({ "address": address });
    context.record(action, account.as_str(), &detail).await
}
