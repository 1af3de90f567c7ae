//! What people change about their own account by themselves: their password and their sessions.

use serde_json::json;

use super::accounts::{password_faults, require_local};
use super::{Actor, ChangeError, revocation, schemes};
use crate::auth::pool::PasswordPool;
use crate::clock::Time;
use crate::model::SessionId;
use crate::model::session::EndReason;
use crate::store::{Db, accounts, passwords, throttles};

/// Sets the password of a person who has just shown the old one: every other session ends, with the access of the apps
/// that were signed in to from it.
///
/// # Errors
/// When the password is weak, or the database fails.
pub async fn set_password(
    db: &Db,
    pool: &PasswordPool,
    actor: Actor,
    kept: SessionId,
    password: &str,
    now: Time,
) -> Result<(), ChangeError> {
    let id = actor.own_account()?;
    let scheme = schemes::active(db).await?;
    let found = accounts::by_id(&mut db.read().await?, &id).await?;
    let account = found.ok_or(ChangeError::NotFound("There is no such account."))?;
    require_local(&account)?;
    let faults = password_faults(&scheme, password, &[&account.username, &account.name]);
    if !faults.is_empty() {
        return Err(ChangeError::Invalid(faults));
    }
    let phc = pool.hash(password).await.map_err(|_| ChangeError::Busy)?;
    db.write(move |tx| {
        Box::pin(async move {
            passwords::set(tx, &id, &phc.into_string(), now).await?;
            throttles::clear(tx, &throttles::account_subject(&id)).await?;
            revocation::end_others((tx, now), &id, &kept, EndReason::PasswordChanged).await?;
            actor
                .record(tx, "account.set_own_password", id.as_str(), &json!({}), now)
                .await?;
            Ok(())
        })
    })
    .await
}

/// Which sessions a person ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Which {
    /// This one.
    One(SessionId),
    /// All but this one.
    AllBut(SessionId),
}

/// Ends sessions of one's own.
///
/// # Errors
/// When the session is not there any more, or the database fails.
pub async fn end_sessions(db: &Db, actor: Actor, which: Which, now: Time) -> Result<(), ChangeError> {
    let id = actor.own_account()?;
    db.write(move |tx| {
        Box::pin(async move {
            let told = match &which {
                Which::One(session) => session.as_str(),
                Which::AllBut(_) => "others",
            };
            let why = EndReason::EndedElsewhere;
            match &which {
                Which::One(session) => {
                    if !revocation::end_session_of((tx, now), &id, session, why).await? {
                        return Err(ChangeError::NotFound("This session has ended already."));
                    }
                }
                Which::AllBut(kept) => revocation::end_other_sessions((tx, now), &id, kept, why).await?,
            }
            actor
                .record(tx, "session.end", id.as_str(), &json!({ "which": told }), now)
                .await?;
            Ok(())
        })
    })
    .await
}
