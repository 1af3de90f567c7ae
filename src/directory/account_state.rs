//! Suspending, deleting and bringing back accounts.

use std::time::Duration;

use serde_json::json;

use super::accounts::require_local;
use super::power::{self, Power};
use super::{Actor, ChangeError, schemes};
use crate::clock::Time;
use crate::store::accounts::{Account, Status};
use crate::store::{AccountId, Db, Tx, accounts, emails, grants, sessions};

/// For how long a deleted account can be restored.
pub const RETENTION: Duration = Duration::from_hours(24 * 30);

/// What happens to an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// It is locked: its sessions and grants end in the same transaction, and nothing of it is lost.
    Suspend {
        /// Why; its owner does not see it.
        reason: String,
    },
    /// A suspension is lifted.
    Activate,
    /// Who registered may sign in from now on.
    Approve,
    /// Who registered may not; the account is deleted.
    Reject,
    /// It is removed, as when it is suspended; its name and addresses are free for others.
    Delete,
    /// A deleted account is brought back as it was, within [`RETENTION`].
    Restore,
}

impl Change {
    const fn permission(&self) -> &'static str {
        match self {
            Self::Suspend { .. } | Self::Activate => "account.suspend",
            Self::Approve | Self::Reject => "account.create",
            Self::Delete | Self::Restore => "account.delete",
        }
    }

    const fn action(&self) -> &'static str {
        match self {
            Self::Suspend { .. } => "account.suspend",
            Self::Activate => "account.activate",
            Self::Approve => "account.approve",
            Self::Reject => "account.reject",
            Self::Delete => "account.delete",
            Self::Restore => "account.restore",
        }
    }

    /// The states it leads from.
    const fn from(&self) -> &'static [Status] {
        match self {
            Self::Suspend { .. } => &[Status::Active, Status::Invited],
            Self::Activate => &[Status::Suspended],
            Self::Approve | Self::Reject => &[Status::Pending],
            Self::Delete => &[
                Status::Active,
                Status::Invited,
                Status::Pending,
                Status::Suspended,
            ],
            Self::Restore => &[Status::Deleted],
        }
    }
}

/// Changes the state of an account.
///
/// # Errors
/// When there is no such account, it is in another state, the actor may not, or nobody would hold the top role any
/// more.
pub async fn change(
    db: &Db,
    actor: Actor,
    id: AccountId,
    change: Change,
    now: Time,
) -> Result<(), ChangeError> {
    let scheme = schemes::active(db).await?;
    db.write(move |tx| {
        Box::pin(async move {
            power::take_turns(tx).await?;
            let power = Power::of(&actor, tx, &scheme, now).await?;
            power.require(change.permission())?;
            let account = accounts::by_id(tx, &id).await?;
            let account = account.ok_or(ChangeError::NotFound("There is no such account."))?;
            power.require_over(&power::authority(tx, &scheme, &id, now).await?)?;
            if !change.from().contains(&account.status) {
                return Err(ChangeError::Refused(
                    "The account is in another state now. Look at it again.",
                ));
            }
            if matches!(change, Change::Delete | Change::Restore) {
                require_local(&account)?;
            }
            apply(tx, &account, &change, now).await?;
            power::an_owner_remains(tx, &scheme).await?;
            let detail = json!({ "before": account.status.as_str(), "reason": reason(&change) });
            actor
                .record(tx, change.action(), id.as_str(), &detail, now)
                .await?;
            Ok(())
        })
    })
    .await
}

fn reason(change: &Change) -> Option<&str> {
    match change {
        Change::Suspend { reason } => Some(reason),
        _ => None,
    }
}

async fn apply(tx: &mut Tx, account: &Account, change: &Change, now: Time) -> Result<(), ChangeError> {
    let id = &account.id;
    match change {
        Change::Suspend { reason } => {
            accounts::set_status(tx, id, Status::Suspended, Some(reason), now).await?;
            end_all(tx, id, "An administrator suspended your account.", now).await
        }
        Change::Activate | Change::Approve => {
            accounts::set_status(tx, id, Status::Active, None, now).await?;
            Ok(())
        }
        Change::Delete | Change::Reject => {
            accounts::set_status(tx, id, Status::Deleted, None, now).await?;
            accounts::free_name(tx, id, now).await?;
            emails::free_addresses(tx, id).await?;
            end_all(tx, id, "Your account was deleted.", now).await
        }
        Change::Restore => {
            if account.deleted_at.is_none_or(|at| at + RETENTION <= now) {
                return Err(ChangeError::Refused(
                    "The time in which this account could be restored is over.",
                ));
            }
            let taken = "Another account has this name or address now. Change that one first.";
            let restored = accounts::take_name_again(tx, id).await? && emails::take_again(tx, id).await?;
            if !restored {
                return Err(ChangeError::Refused(taken));
            }
            accounts::set_status(tx, id, Status::Active, None, now).await?;
            Ok(())
        }
    }
}

/// Ends every session of an account and the access of its apps; it can be used again at once.
///
/// # Errors
/// When there is no such account, or the actor may not.
pub async fn end_sessions(db: &Db, actor: Actor, id: AccountId, now: Time) -> Result<(), ChangeError> {
    let scheme = schemes::active(db).await?;
    db.write(move |tx| {
        Box::pin(async move {
            let power = Power::of(&actor, tx, &scheme, now).await?;
            power.require("account.suspend")?;
            power.require_over(&power::authority(tx, &scheme, &id, now).await?)?;
            end_all(tx, &id, "An administrator signed you out.", now).await?;
            let detail = json!({ "which": "all" });
            actor.record(tx, "session.end", id.as_str(), &detail, now).await?;
            Ok(())
        })
    })
    .await
}

async fn end_all(tx: &mut Tx, id: &AccountId, why: &str, now: Time) -> Result<(), ChangeError> {
    sessions::end_all(tx, id, why, now).await?;
    grants::revoke_all(tx, id, now).await?;
    Ok(())
}
