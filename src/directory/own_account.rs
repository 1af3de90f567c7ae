//! What people change about their own account by themselves: their password and their sessions.

use serde_json::json;

use super::accounts::{NewPassword, ensure_local};
use super::{Change, ChangeContext, Failure, Preparation, revocation};
use crate::model::SessionId;
use crate::model::account::Account;
use crate::model::action::Action;
use crate::model::refusal::Code;
use crate::model::session::EndReason;
use crate::store::{accounts, throttles};

/// Changes the password of a person who has just shown the old one: every other session ends, with the access of the
/// apps that were signed in to from it.
#[derive(Clone, Debug)]
pub struct ChangeOwnPassword {
    /// The new password.
    pub password: NewPassword,
}

impl Change for ChangeOwnPassword {
    type Answer = ();

    async fn prepare(&mut self, preparation: &Preparation<'_>) -> Result<(), Failure> {
        let mut reader = preparation.reader().await?;
        let id = reader.caller().own_account()?.clone();
        let account = accounts::by_id(reader.conn(), &id).await?;
        let account = account.ok_or(Code::AccountNotFound)?;
        let scheme = reader.caller().scheme.clone();
        drop(reader);
        ensure_local(&account)?;
        let own_words = [account.username.as_str(), &account.name];
        Failure::unless_none(self.password.refusals(&scheme, &own_words))?;
        self.password.hash(preparation).await
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

/// Ends a session of one's own.
#[derive(Clone, Debug)]
pub struct EndOwnSession {
    /// Which one.
    pub session: SessionId,
}

impl Change for EndOwnSession {
    type Answer = ();

    async fn run(self, context: &mut ChangeContext<'_>) -> Result<(), Failure> {
        let account = context.own_account_for_change().await?;
        let why = EndReason::EndedElsewhere;
        if !revocation::end_session_of(context.tx_now(), &account.id, &self.session, why).await? {
            return Err(Code::SessionNotFound.into());
        }
        record_end(context, &account, self.session.as_str()).await
    }
}

/// Ends every session of one's own but the one in which the actor asks for it.
#[derive(Clone, Debug)]
pub struct EndOtherSessions;

impl Change for EndOtherSessions {
    type Answer = ();

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
