//! The status of an account: suspending, approving, deleting and restoring it, and ending its sessions.

use std::time::Duration;

use serde_json::json;

use super::ensure_local;
use crate::directory::revocation;
use crate::directory::{ChangeContext, Failure, operation};
use crate::model::AccountId;
use crate::model::account::{Account, Status};
use crate::model::action::Action;
use crate::model::refusal::Code;
use crate::model::session::EndReason;
use crate::store::{accounts, emails, teams, throttles};

/// How long a deleted account can be restored.
pub const RETENTION: Duration = Duration::from_hours(24 * 30);

operation! {
    /// Suspends an account: its sessions and grants end, and its data are kept.
    change SuspendAccount {
        id: AccountId,
        /// The reason, which the account's owner does not see.
        reason: String,
    } -> (), requires AccountSuspend, serializes owners;
}

impl SuspendAccount {
    async fn perform(self, context: &mut ChangeContext<'_>) -> Result<(), Failure> {
        let account = in_state(context, &self.id, &[Status::Active, Status::Invited]).await?;
        let (tx, now) = context.tx_now();
        accounts::suspend(tx, &self.id, &self.reason, now).await?;
        revocation::end_all(context.tx_now(), &self.id, EndReason::Suspended).await?;
        record(context, Action::AccountSuspend, &account, Some(&self.reason)).await
    }
}

operation! {
    /// Lifts a suspension: the account has the status that it had before.
    change ActivateAccount { id: AccountId } -> (), requires AccountSuspend;
}

impl ActivateAccount {
    async fn perform(self, context: &mut ChangeContext<'_>) -> Result<(), Failure> {
        let account = in_state(context, &self.id, &[Status::Suspended]).await?;
        let (tx, now) = context.tx_now();
        accounts::lift_suspension(tx, &self.id, now).await?;
        record(context, Action::AccountActivate, &account, None).await
    }
}

operation! {
    /// Approves a registration, so that its owner can sign in. It no longer counts towards the limit of its network.
    change ApproveAccount { id: AccountId } -> (), requires AccountCreate;
}

impl ApproveAccount {
    async fn perform(self, context: &mut ChangeContext<'_>) -> Result<(), Failure> {
        let account = in_state(context, &self.id, &[Status::Pending]).await?;
        let (tx, now) = context.tx_now();
        if let Some(network) = accounts::registered_from(tx, &self.id).await? {
            let subject = throttles::registration_subject(&network);
            throttles::take_back(tx, &subject, account.created_at).await?;
        }
        accounts::approve(tx, &self.id, now).await?;
        record(context, Action::AccountApprove, &account, None).await
    }
}

operation! {
    /// Rejects a registration and deletes the account.
    change RejectAccount { id: AccountId } -> (), requires AccountCreate;
}

impl RejectAccount {
    async fn perform(self, context: &mut ChangeContext<'_>) -> Result<(), Failure> {
        let account = in_state(context, &self.id, &[Status::Pending]).await?;
        delete(context, &self.id).await?;
        record(context, Action::AccountReject, &account, None).await
    }
}

operation! {
    /// Deletes an account: its sessions and grants end, and others can use its username and addresses. It can be
    /// restored within [`RETENTION`].
    change DeleteAccount { id: AccountId } -> (), requires AccountDelete, serializes owners;
}

impl DeleteAccount {
    async fn perform(self, context: &mut ChangeContext<'_>) -> Result<(), Failure> {
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

operation! {
    /// Restores a deleted account within [`RETENTION`], with the status that it had before: a suspended one stays
    /// suspended, and a rejected registration is pending again.
    change RestoreAccount { id: AccountId } -> (), requires AccountDelete;
}

impl RestoreAccount {
    async fn perform(self, context: &mut ChangeContext<'_>) -> Result<(), Failure> {
        let account = in_state(context, &self.id, &[Status::Deleted]).await?;
        ensure_local(&account)?;
        if account.deleted_at.is_none_or(|at| at + RETENTION <= context.now) {
            return Err(Code::RestoreExpired.into());
        }
        let (tx, now) = context.tx_now();
        let free =
            accounts::restore(tx, &self.id, now).await? && emails::restore_addresses(tx, &self.id).await?;
        if !free {
            return Err(Code::NameTakenSince.into());
        }
        teams::restore_personal(context.tx(), &self.id).await?;
        record(context, Action::AccountRestore, &account, None).await
    }
}

operation! {
    /// Ends every session and grant of an account, whose owner can sign in again at once.
    change EndAccountSessions { id: AccountId } -> (), requires AccountSuspend;
}

impl EndAccountSessions {
    async fn perform(self, context: &mut ChangeContext<'_>) -> Result<(), Failure> {
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

async fn delete(context: &mut ChangeContext<'_>, id: &AccountId) -> Result<(), Failure> {
    let (tx, now) = context.tx_now();
    accounts::delete(tx, id, now).await?;
    emails::release_addresses(tx, id).await?;
    teams::delete_personal(tx, id, now).await?;
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
