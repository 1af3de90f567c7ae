//! Changes that people make to their own account: password and sessions.

use serde_json::json;

use super::accounts::{NewPassword, ensure_local};
use super::{Change, ChangeContext, Failure, Preparation, revocation};
use crate::auth::password::PhcString;
use crate::auth::throttle::{Decision, Subjects};
use crate::clock::Time;
use crate::crypto::Secret;
use crate::model::SessionId;
use crate::model::account::Account;
use crate::model::action::Action;
use crate::model::refusal::Code;
use crate::model::session::EndReason;
use crate::store::{Error, accounts, passwords, throttles};

/// Changes the actor's own password and ends every other session with its grants. A wrong current password
/// counts as a failed sign-in.
pub struct ChangeOwnPassword {
    /// The current password.
    pub current: Secret<String>,
    /// The client's network, for which wrong passwords are counted.
    pub network: String,
    /// The new password.
    pub password: NewPassword,
}

impl Change for ChangeOwnPassword {
    type Output = ();

    async fn prepare(&mut self, preparation: &Preparation<'_>) -> Result<(), Failure> {
        let mut reader = preparation.reader().await?;
        let id = reader.caller().own_account()?.clone();
        let account = accounts::by_id(reader.conn(), &id).await?;
        let account = account.ok_or(Code::AccountNotFound)?;
        let (scheme, now) = (reader.caller().scheme.clone(), reader.caller().now);
        drop(reader);
        self.check_current(preparation, &account, now).await?;
        ensure_local(&account)?;
        self.password.prepare_for(&account, &scheme, preparation).await
    }

    async fn run(self, context: &mut ChangeContext<'_>) -> Result<(), Failure> {
        let account = context.own_account_for_change().await?;
        ensure_local(&account)?;
        self.password.store(context.tx_now(), &account.id).await?;
        throttles::clear(context.tx(), &throttles::account_subject(&account.id)).await?;
        let kept = context.actor.session().cloned();
        match kept {
            Some(kept) => {
                revocation::end_others(context.tx_now(), &account.id, &kept, EndReason::PasswordChanged)
                    .await?;
            }
            None => revocation::end_all(context.tx_now(), &account.id, EndReason::PasswordChanged).await?,
        }
        context
            .record(Action::AccountSetOwnPassword, account.id.as_str(), &json!({}))
            .await
    }
}

impl ChangeOwnPassword {
    /// Requires the current password, and that there were not too many wrong ones.
    async fn check_current(
        &self,
        preparation: &Preparation<'_>,
        account: &Account,
        now: Time,
    ) -> Result<(), Failure> {
        let subjects = Subjects::of(&account.id, &self.network);
        let mut reader = preparation.reader().await?;
        subjects
            .repair_after_clock_change(reader.conn(), preparation.db(), now)
            .await?;
        if subjects.decide(reader.conn(), now).await? != Decision::Allow {
            return Err(Code::TooManyAttempts.at("current").into());
        }
        let stored = passwords::of_account(reader.conn(), &account.id).await?;
        drop(reader);
        let stored = stored.map(|(phc, _)| PhcString::from(phc));
        if preparation
            .is_password(self.current.expose(), stored.as_ref())
            .await?
        {
            return Ok(());
        }
        preparation
            .db()
            .write::<_, Error, _>(move |tx| Box::pin(async move { subjects.count_failure(tx, now).await }))
            .await?;
        Err(Code::PasswordWrong.at("current").into())
    }
}

/// Ends a session of the actor's own account.
pub struct EndOwnSession {
    /// The session.
    pub session: SessionId,
}

impl Change for EndOwnSession {
    type Output = ();

    async fn run(self, context: &mut ChangeContext<'_>) -> Result<(), Failure> {
        let account = context.own_account_for_change().await?;
        let why = EndReason::EndedElsewhere;
        if !revocation::end_session_of(context.tx_now(), &account.id, &self.session, why).await? {
            return Err(Code::SessionNotFound.into());
        }
        record_end(context, &account, self.session.as_str()).await
    }
}

/// Ends every session of the actor's own account except the current one.
pub struct EndOtherSessions;

impl Change for EndOtherSessions {
    type Output = ();

    async fn run(self, context: &mut ChangeContext<'_>) -> Result<(), Failure> {
        let account = context.own_account_for_change().await?;
        let kept = context.actor.session().cloned().ok_or(Code::SessionNotFound)?;
        revocation::end_other_sessions(context.tx_now(), &account.id, &kept, EndReason::EndedElsewhere)
            .await?;
        record_end(context, &account, "others").await
    }
}

async fn record_end(context: &mut ChangeContext<'_>, account: &Account, which: &str) -> Result<(), Failure> {
    let detail = json!({ "which": which });
    context
        .record(Action::SessionEnd, account.id.as_str(), &detail)
        .await
}
