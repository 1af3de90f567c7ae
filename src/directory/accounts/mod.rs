//! Accounts: finding, listing and creating them, and changing their profile, password, validity and status.

mod consequences;
mod create;
mod find;
mod list;
mod lock;
mod options;
mod password;
mod profile;
mod read;
mod state;
mod validity;

pub use consequences::{Consequences, GetConsequences, TeamLink};
pub use create::{CreateAccount, CreatedAccount, NewAccount};
pub use find::{AccountRef, AccountSummary, FindAccount, ListAllAccounts, find, find_named};
pub use list::{AccountList, AccountRow, CountSeats, ListAccounts};
pub(super) use lock::{for_change, lock};
pub(super) use options::roles_to_create;
pub use options::{GetNewAccountOptions, NewAccountOptions};
pub(super) use password::require_chosen_passwords;
pub use password::{NewPassword, password_policy};
pub use profile::UpdateProfile;
pub use read::{
    AccountDetail, AccountEmail, AccountSession, AccountTeam, AccountView, AppRole, GetAccount,
    GetOwnAccount, OwnAccount, RoleChoice, RoleEnd, SolelyManagedTeam,
};
pub use state::{
    ActivateAccount, ApproveAccount, DeleteAccount, EndAccountSessions, RETENTION, RejectAccount,
    RestoreAccount, SuspendAccount,
};
pub use validity::SetValidity;

use super::{Caller, Failure, names};
use crate::model::AccountId;
use crate::model::account::{Account, AccountAction, LOCAL};
use crate::model::permission::Permission;
use crate::model::refusal::Code;
use crate::store::{Error, Tx, account_list, accounts, emails};

/// Updates the search text of an account after a change of its names or addresses.
pub(super) async fn refresh_search(tx: &mut Tx, id: &AccountId) -> Result<(), Error> {
    let Some(account) = accounts::by_id(tx, id).await? else {
        return Ok(());
    };
    let mut text = format!("{} {}", account.username, account.name);
    for email in emails::of_account(tx, id).await? {
        text.push(' ');
        text.push_str(&email.address);
    }
    account_list::set_search(tx, id, &names::folded(&text)).await
}

/// The actions on accounts that the caller's permissions allow.
fn may(caller: &Caller) -> Vec<AccountAction> {
    let acts = AccountAction::ALL.iter().copied();
    acts.filter(|act| {
        caller.may(match act {
            AccountAction::Update => Permission::AccountUpdate,
            AccountAction::Suspend => Permission::AccountSuspend,
            AccountAction::Delete => Permission::AccountDelete,
            AccountAction::ResetSecondFactor => Permission::AccountResetSecondFactor,
            AccountAction::Impersonate => Permission::AccountImpersonate,
            AccountAction::Approve => Permission::AccountCreate,
        })
    })
    .collect()
}

/// Requires an account that is not managed by another directory.
pub(super) fn ensure_local(account: &Account) -> Result<(), Failure> {
    if account.source == LOCAL {
        return Ok(());
    }
    Err(Code::AccountExternal.into())
}
