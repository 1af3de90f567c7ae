//! The account that a change is about, its version counted up.

use super::{AccountRef, find};
use crate::directory::{ChangeContext, Failure};
use crate::model::AccountId;
use crate::model::account::Account;
use crate::model::refusal::Code;

/// The account that is meant, for a change that the subset guard does not concern.
pub(in crate::directory) async fn lock(
    context: &mut ChangeContext<'_>,
    account: &AccountRef,
) -> Result<Account, Failure> {
    let id = id_of(context, account).await?;
    context.locked_account(&id).await
}

/// The account that is meant, once the subset guard is satisfied.
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
