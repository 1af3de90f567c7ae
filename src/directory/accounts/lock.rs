//! Locks the account that a change concerns, by incrementing its version.

use super::{AccountRef, find};
use crate::directory::{ChangeContext, Failure};
use crate::model::AccountId;
use crate::model::account::Account;
use crate::model::refusal::Code;

/// Locks an account, for a change that needs no subset guard.
pub(in crate::directory) async fn lock(
    context: &mut ChangeContext<'_>,
    account: &AccountRef,
) -> Result<Account, Failure> {
    let id = id_of(context, account).await?;
    context.locked_account(&id).await
}

/// Locks an account and requires that the actor dominates it (the subset guard).
pub(in crate::directory) async fn for_change(
    context: &mut ChangeContext<'_>,
    account: &AccountRef,
) -> Result<Account, Failure> {
    let id = id_of(context, account).await?;
    context.account_for_change(&id).await
}

async fn id_of(context: &mut ChangeContext<'_>, account: &AccountRef) -> Result<AccountId, Failure> {
    if let AccountRef::Id(id) = account {
        return Ok(id.clone());
    }
    let found = find(context.tx(), account).await?;
    found.map(|found| found.id).ok_or_else(|| match account {
        AccountRef::SignInName(name) | AccountRef::Any(name) => {
            Code::UnknownAccount.at("username").with("name", name).into()
        }
        _ => Code::AccountNotFound.into(),
    })
}
