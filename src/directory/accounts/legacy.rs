//! Creating accounts for what does not run operations yet.

use std::sync::Arc;

use super::NewAccount;
use super::password::NewPassword;
use crate::auth::pool::PasswordPool;
use crate::clock::Time;
use crate::directory::power::Power;
use crate::directory::{Actor, Authorization, Caller, ChangeContext, ChangeError, Failure, Fault};
use crate::model::account::{Account, Status};
use crate::model::permission::Permission;
use crate::model::refusal::Refusal;
use crate::model::scheme::Scheme;
use crate::store::{Conn, Tx};
use crate::words;

/// An account that has passed every check, its password hashed.
pub struct CheckedAccount {
    new: NewAccount,
    status: Status,
}

impl CheckedAccount {
    /// The same in another state than active.
    pub(in crate::directory) fn with_status(self, status: Status) -> Self {
        Self { status, ..self }
    }
}

/// Checks a new account before the transaction, and hashes its password.
pub(in crate::directory) async fn check(
    mut new: NewAccount,
    pool: &PasswordPool,
    scheme: &Scheme,
) -> Result<CheckedAccount, ChangeError> {
    Failure::unless_none(new.refusals(scheme)).map_err(in_words)?;
    if let Some(NewPassword::Typed(typed)) = &new.password {
        let hash = pool.hash(typed.expose()).await.map_err(|_| ChangeError::Busy)?;
        new.password = Some(NewPassword::Hashed(hash));
    }
    Ok(CheckedAccount {
        new,
        status: Status::Active,
    })
}

/// Adds a checked account in a transaction.
pub(in crate::directory) async fn add(
    tx: &mut Tx,
    actor: &Actor,
    scheme: &Arc<Scheme>,
    checked: CheckedAccount,
    now: Time,
) -> Result<Account, ChangeError> {
    let caller = Caller {
        actor: actor.clone(),
        authorization: Authorization::None,
        scheme: scheme.clone(),
        settings: Arc::default(),
        now,
    };
    let mut context = ChangeContext::new(tx, &caller);
    let added = checked.new.insert(&mut context, checked.status).await;
    added.map_err(in_words)
}

pub(in crate::directory) fn password_faults(
    scheme: &Scheme,
    password: &str,
    own_words: &[&str],
) -> Vec<Fault> {
    let refusals = NewPassword::from(password).refusals(scheme, own_words);
    refusals.iter().map(fault).collect()
}

pub(in crate::directory) async fn require_create(
    conn: &mut Conn,
    actor: &Actor,
    scheme: &Arc<Scheme>,
    role: Option<&str>,
    now: Time,
) -> Result<(), ChangeError> {
    let power = Power::of(actor, conn, scheme, now).await?;
    power.require(Permission::AccountCreate)?;
    role.map_or(Ok(()), |role| power.require_create_as(role))
}

fn fault(refusal: &Refusal) -> Fault {
    Fault {
        field: refusal.field.unwrap_or_default(),
        message: words::refusal(refusal),
    }
}

fn in_words(failure: Failure) -> ChangeError {
    match failure {
        Failure::Refused(reasons) if reasons.iter().all(|reason| reason.field.is_some()) => {
            ChangeError::Invalid(reasons.iter().map(fault).collect())
        }
        other => other.into(),
    }
}
