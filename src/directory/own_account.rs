//! Changes that people make to their own account: password and sessions.

use serde_json::json;

use super::accounts::{NewPassword, ensure_local};
use super::{Change, ChangeContext, Failure, Preparation, operation, revocation};
use crate::auth::password::PhcString;
use crate::auth::throttle::{Decision, Subjects};
use crate::clock::Time;
use crate::crypto::Secret;
use crate::events::emit;
use crate::model::account::Account;
use crate::model::action::Action;
use crate::model::mail::Event;
use crate::model::refusal::Code;
use crate::model::session::EndReason;
use crate::model::{PasswordVersion, SessionId};
use crate::store::{accounts, passwords, throttles};

/// Changes the actor's own password and ends every other session with its grants. A wrong current password
/// counts as a failed sign-in.
pub struct ChangeOwnPassword {
    current: Secret<String>,
    network: String,
    password: NewPassword,
    /// The version of the password that `current` matched.
    verified: Option<PasswordVersion>,
}

impl ChangeOwnPassword {
    /// The change from the current password to a new one; wrong passwords are counted for the client's network too.
    #[must_use]
    pub const fn new(current: Secret<String>, network: String, password: NewPassword) -> Self {
        Self {
            current,
            network,
            password,
            verified: None,
        }
    }
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
        self.verified = Some(self.check_current(preparation, &account, now).await?);
        ensure_local(&account)?;
        self.password.prepare_for(&account, &scheme, preparation).await
    }

    async fn run(self, context: &mut ChangeContext<'_>) -> Result<(), Failure> {
        let account = context.own_account_for_change().await?;
        ensure_local(&account)?;
        // The throttle is checked again in each transaction, so that concurrent guesses are counted too.
        let now = context.now;
        let subjects = Subjects::of(&account.id, &self.network);
        ensure_allowed(subjects.decide(context.tx(), now).await?)?;
        let verified = self.verified.ok_or(Code::PasswordWrong.at("current"))?;
        self.password
            .replace(context.tx_now(), &account.id, verified)
            .await?;
        throttles::clear_account(context.tx(), &account.id).await?;
        let kept = context.actor.session().cloned();
        match kept {
            Some(kept) => {
                revocation::end_others(context.tx_now(), &account.id, &kept, EndReason::PasswordChanged)
                    .await?;
            }
            None => revocation::end_all(context.tx_now(), &account.id, EndReason::PasswordChanged).await?,
        }
        emit(context.tx(), &account, Event::PasswordChanged, now).await?;
        context
            .record(Action::AccountSetOwnPassword, account.id.as_str(), &json!({}))
            .await
    }
}

impl ChangeOwnPassword {
    /// Requires the current password, and refuses after too many wrong ones; yields the password's version.
    async fn check_current(
        &self,
        preparation: &Preparation<'_>,
        account: &Account,
        now: Time,
    ) -> Result<PasswordVersion, Failure> {
        let subjects = Subjects::of(&account.id, &self.network);
        let mut reader = preparation.reader().await?;
        subjects
            .repair_after_clock_change(reader.conn(), preparation.db(), now)
            .await?;
        ensure_allowed(subjects.decide(reader.conn(), now).await?)?;
        let stored = passwords::of_account(reader.conn(), &account.id).await?;
        drop(reader);
        let (phc, version) = stored
            .map(|(phc, version)| (PhcString::from(phc), version))
            .unzip();
        let right = preparation
            .is_password(self.current.expose(), phc.as_ref())
            .await?;
        if let Some(version) = version.filter(|_| right) {
            return Ok(version);
        }
        preparation
            .db()
            .write::<_, Failure, _>(move |tx| {
                Box::pin(async move {
                    ensure_allowed(subjects.decide(tx, now).await?)?;
                    ensure_allowed(subjects.count_failure(tx, now).await?)
                })
            })
            .await?;
        Err(Code::PasswordWrong.at("current").into())
    }
}

fn ensure_allowed(decision: Decision) -> Result<(), Failure> {
    match decision {
        Decision::Allow => Ok(()),
        Decision::Wait(_) | Decision::Disabled => Err(Code::TooManyAttempts.at("current").into()),
    }
}

operation! {
    /// Ends a session of the actor's own account.
    change EndOwnSession { session: SessionId } -> ();
}

impl EndOwnSession {
    async fn perform(self, context: &mut ChangeContext<'_>) -> Result<(), Failure> {
        let account = context.own_account_for_change().await?;
        let why = EndReason::EndedElsewhere;
        if !revocation::end_session_of(context.tx_now(), &account.id, &self.session, why).await? {
            return Err(Code::SessionNotFound.into());
        }
        record_end(context, &account, self.session.as_str()).await
    }
}

operation! {
    /// Ends every session of the actor's own account except the current one.
    change EndOtherSessions -> ();
}

impl EndOtherSessions {
    async fn perform(self, context: &mut ChangeContext<'_>) -> Result<(), Failure> {
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
