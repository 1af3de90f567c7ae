//! The e-mail addresses of an account: one is primary, and each is verified or not.

use serde_json::json;

use super::accounts::refresh_search;
use super::{Change, ChangeContext, Failure, names};
use crate::model::AccountId;
use crate::model::action::Action;
use crate::model::email::Email;
use crate::model::permission::Permission;
use crate::model::refusal::Code;
use crate::store::{accounts, emails};

/// The maximum number of addresses of an account.
const MOST: usize = 10;

/// Adds an unverified address to an account; the first one becomes the primary one.
pub struct AddEmail {
    /// The account.
    pub id: AccountId,
    /// The address.
    pub address: String,
}

impl Change for AddEmail {
    type Output = ();

    async fn run(self, context: &mut ChangeContext<'_>) -> Result<(), Failure> {
        let held = emails_for_change(context, &self.id).await?;
        names::validate_email("email", &self.address)?;
        if held.len() >= MOST {
            return Err(Code::TooManyEmails
                .at("email")
                .with("max", MOST.to_string())
                .into());
        }
        let email = Email {
            address: self.address.clone(),
            verified: false,
            is_primary: held.is_empty(),
        };
        let (tx, now) = context.tx_now();
        if !emails::insert(tx, &self.id, &email, &names::key(&self.address), now).await? {
            return Err(Code::EmailTaken.at("email").into());
        }
        finish(context, Action::EmailAdd, &self.id, &self.address).await
    }
}

/// Removes an address of an account; if it was the primary one, the oldest other address becomes primary.
pub struct RemoveEmail {
    /// The account.
    pub id: AccountId,
    /// The address.
    pub address: String,
}

impl Change for RemoveEmail {
    type Output = ();

    async fn run(self, context: &mut ChangeContext<'_>) -> Result<(), Failure> {
        let (held, key) = held_for_change(context, &self.id, &self.address).await?;
        let (removed, kept): (Vec<_>, Vec<_>) =
            held.iter().partition(|email| names::key(&email.address) == key);
        let was_primary = removed.iter().any(|email| email.is_primary);
        let tx = context.tx();
        emails::remove(tx, &self.id, &key).await?;
        if let Some(next) = kept.first().filter(|_| was_primary) {
            emails::make_primary(tx, &self.id, &names::key(&next.address)).await?;
        }
        finish(context, Action::EmailRemove, &self.id, &self.address).await
    }
}

/// Makes an address the primary one, which apps receive.
pub struct MakeEmailPrimary {
    /// The account.
    pub id: AccountId,
    /// The address.
    pub address: String,
}

impl Change for MakeEmailPrimary {
    type Output = ();

    async fn run(self, context: &mut ChangeContext<'_>) -> Result<(), Failure> {
        let (_, key) = held_for_change(context, &self.id, &self.address).await?;
        emails::make_primary(context.tx(), &self.id, &key).await?;
        finish(context, Action::EmailMakePrimary, &self.id, &self.address).await
    }
}

/// Marks an address as verified. Even for their own address, people need the permission.
pub struct VerifyEmail {
    /// The account.
    pub id: AccountId,
    /// The address.
    pub address: String,
}

impl Change for VerifyEmail {
    type Output = ();

    async fn run(self, context: &mut ChangeContext<'_>) -> Result<(), Failure> {
        context.require(Permission::AccountUpdate)?;
        let (_, key) = held_for_change(context, &self.id, &self.address).await?;
        emails::verify(context.tx(), &self.id, &key).await?;
        finish(context, Action::EmailVerify, &self.id, &self.address).await
    }
}

/// The addresses of an account that the actor is about to change. Everybody may change their own.
async fn emails_for_change(
    context: &mut ChangeContext<'_>,
    account: &AccountId,
) -> Result<Vec<Email>, Failure> {
    if !context.actor.is(account) {
        context.require(Permission::AccountUpdate)?;
    }
    context.account_for_change(account).await?;
    Ok(emails::of_account(context.tx(), account).await?)
}

/// As [`emails_for_change`], with the folded form of an address that must be among them.
async fn held_for_change(
    context: &mut ChangeContext<'_>,
    account: &AccountId,
    address: &str,
) -> Result<(Vec<Email>, String), Failure> {
    let held = emails_for_change(context, account).await?;
    let key = names::key(address);
    if held.iter().any(|email| names::key(&email.address) == key) {
        return Ok((held, key));
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
