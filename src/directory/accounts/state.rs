//! The status of an account: suspending, approving, deleting and restoring it, and ending its sessions.

use std::time::Duration;

use serde_json::json;

use super::ensure_local;
use crate::directory::revocation;
use crate::directory::{Change, ChangeContext, Failure};
use crate::model::AccountId;
use crate::model::account::{Account, Status};
use crate::model::action::Action;
use crate::model::permission::Permission;
use crate::model::refusal::Code;
use crate::model::session::EndReason;
use crate::store::{accounts, emails};

/// How long a deleted account can be restored.
pub const RETENTION: Duration = Duration::from_hours(24 * 30);

/// Suspends an account: its sessions and grants end, and its data are kept.
pub struct SuspendAccount {
    /// The account.
    pub id: AccountId,
    /// The reason, which the account's owner does not see.
    pub reason: String,
}

impl Change for SuspendAccount {
    type Output = ();
    const SERIALIZES_OWNERS: bool = true;

    async fn run(self, context: &mut ChangeContext<'_>) -> Result<(), Failure> {
        context.require(Permission::AccountSuspend)?;
        let account = in_state(context, &self.id, &[Status::Active, Status::Invited]).await?;
        set_status(context, &self.id, Status::Suspended, Some(&self.reason)).await?;
        revocation::end_all(context.tx_now(), &self.id, EndReason::Suspended).await?;
        record(context, Action::AccountSuspend, &account, Some(&self.reason)).await
    }
}

/// Lifts a suspension.
pub struct ActivateAccount {
    /// The account.
    pub id: AccountId,
}

impl Change for ActivateAccount {
    type Output = ();

    async fn run(self, context: &mut ChangeContext<'_>) -> Result<(), Failure> {
        context.require(Permission::AccountSuspend)?;
        let account = in_state(context, &self.id, &[Status::Suspended]).await?;
        set_status(context, &self.id, Status::Active, None).await?;
        record(context, Action::AccountActivate, &account, None).await
    }
}

/// Approves a registration, so that its owner can sign in.
pub struct ApproveAccount {
    /// The account.
    pub id: AccountId,
}

impl Change for ApproveAccount {
    type Output = ();

    async fn run(self, context: &mut ChangeContext<'_>) -> Result<(), Failure> {
        context.require(Permission::AccountCreate)?;
        let account = in_state(context, &self.id, &[Status::Pending]).await?;
        set_status(context, &self.id, Status::Active, None).await?;
        record(context, Action::AccountApprove, &account, None).await
    }
}

/// Rejects a registration and deletes the account.
pub struct RejectAccount {
    /// The account.
    pub id: AccountId,
}

impl Change for RejectAccount {
    type Output = ();

    async fn run(self, context: &mut ChangeContext<'_>) -> Result<(), Failure> {
        context.require(Permission::AccountCreate)?;
        let account = in_state(context, &self.id, &[Status::Pending]).await?;
        delete(context, &self.id).await?;
        record(context, Action::AccountReject, &account, None).await
    }
}

/// Deletes an account: its sessions and grants end, and others can use its username and addresses. It can be
/// restored within [`RETENTION`].
pub struct DeleteAccount {
    /// The account.
    pub id: AccountId,
}

impl Change for DeleteAccount {
    type Output = ();
    const SERIALIZES_OWNERS: bool = true;

    async fn run(self, context: &mut ChangeContext<'_>) -> Result<(), Failure> {
        context.require(Permission::AccountDelete)?;
        let states = [
            Status::Active,
            Status::Invited,
            Status::Pending,
            Status::Suspended,
        ];
        let account = in_state(context, &self.id, &states).await?;
        ensure_local(&account)?;
        delete(context, &self.id).await?;
        record(context, Action::AccountDelete, &account, None).await
    }
}

/// Restores a deleted account within [`RETENTION`].
pub struct RestoreAccount {
    /// The account.
    pub id: AccountId,
}

impl Change for RestoreAccount {
    type Output = ();

    async fn run(self, context: &mut ChangeContext<'_>) -> Result<(), Failure> {
        context.require(Permission::AccountDelete)?;
        let account = in_state(context, &self.id, &[Status::Deleted]).await?;
        ensure_local(&account)?;
        if account.deleted_at.is_none_or(|at| at + RETENTION <= context.now) {
            return Err(Code::RestoreExpired.into());
        }
        let tx = context.tx();
        let free = accounts::restore_username(tx, &self.id).await?
            && emails::restore_addresses(tx, &self.id).await?;
        if !free {
            return Err(Code::NameTakenSince.into());
        }
        set_status(context, &self.id, Status::Active, None).await?;
        record(context, Action::AccountRestore, &account, None).await
    }
}

/// Ends every session and grant of an account, which can sign in again at once.
pub struct EndAccountSessions {
    /// The account.
    pub id: AccountId,
}

impl Change for EndAccountSessions {
    type Output = ();

    async fn run(self, context: &mut ChangeContext<'_>) -> Result<(), Failure> {
        context.require(Permission::AccountSuspend)?;
        context.account_for_change(&self.id).await?;
        revocation::end_all(context.tx_now(), &self.id, EndReason::EndedByAdmin).await?;
        let detail = json!({ "which": "all" });
        context
            .record(Action::SessionEnd, self.id.as_str(), &detail)
            .await
    }
}

async fn in_state(
    context: &mut ChangeContext<'_>,
    id: &AccountId,
    states: &[Status],
) -> Result<Account, Failure> {
    let account = context.account_for_change(id).await?;
    if states.contains(&account.status) {
        Ok(account)
    } else {
        Err(Code::AccountStateChanged.into())
    }
}

async fn set_status(
    context: &mut ChangeContext<'_>,
    id: &AccountId,
    status: Status,
    reason: Option<&str>,
) -> Result<(), Failure> {
    let now = context.now;
    accounts::set_status(context.tx(), id, status, reason, now).await?;
    Ok(())
}

async fn delete(context: &mut ChangeContext<'_>, id: &AccountId) -> Result<(), Failure> {
    set_status(context, id, Status::Deleted, None).await?;
    let (tx, now) = context.tx_now();
    accounts::release_username(tx, id, now).await?;
    emails::release_addresses(tx, id).await?;
    revocation::end_all((tx, now), id, EndReason::Deleted).await?;
    Ok(())
}

async fn record(
    context: &mut ChangeContext<'_>,
    action: Action,
    before: &Account,
    reason: Option<&str>,
) -> Result<(), Failure> {
    let detail = json!({ "before": before.status, "reason": reason });
    context.record(action, before.id.as_str(), &detail).await
}
