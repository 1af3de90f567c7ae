//! Temporary passwords: made by an administrator, shown once, and replaced by their owner at the next sign-in.

use serde_json::json;

use super::guard::{ResetWay, find_for_reset, require_reset};
use crate::auth::password::PhcString;
use crate::clock::Time;
use crate::crypto::Secret;
use crate::directory::accounts::{AccountRef, NewPassword};
use crate::directory::second_factor_policy::required_in;
use crate::directory::{Change, ChangeContext, Failure, Preparation, operation, revocation};
use crate::events::emit;
use crate::model::account::Account;
use crate::model::action::Action;
use crate::model::attempt::Facts;
use crate::model::mail::Event;
use crate::model::refusal::Code;
use crate::model::session::EndReason;
use crate::model::{AccountId, Amr, AttemptId, PasswordVersion};
use crate::oidc::session_start::{Missing, NoSession, Proven, Required, ensure_session_may_begin};
use crate::store::{accounts, attempts, passwords, throttles};

/// A password that was made for somebody else, who must replace it.
#[derive(Debug)]
pub struct TemporaryPassword {
    /// The password, which cannot be read again.
    pub password: Secret<String>,
    /// When it stops working.
    pub until: Time,
}

/// Gives an account a temporary password, and ends its sessions and grants.
pub struct MakeTemporaryPassword {
    account: AccountRef,
    made: Secret<String>,
    hash: NewPassword,
}

impl MakeTemporaryPassword {
    /// A new random password for an account.
    #[must_use]
    pub fn new(account: AccountRef) -> Self {
        let (hash, made) = NewPassword::generate();
        Self { account, made, hash }
    }
}

impl Change for MakeTemporaryPassword {
    type Output = TemporaryPassword;

    async fn prepare(&mut self, preparation: &Preparation<'_>) -> Result<(), Failure> {
        let mut reader = preparation.reader().await?;
        find_for_reset(&mut reader.context(), &self.account, ResetWay::Temporary).await?;
        drop(reader);
        self.hash.hash(preparation).await
    }

    async fn run(self, context: &mut ChangeContext<'_>) -> Result<TemporaryPassword, Failure> {
        let account = require_reset(context, &self.account, ResetWay::Temporary).await?;
        let until = context.now + context.scheme.temporary_password_lifetime();
        self.hash.store(context, &account.id).await?;
        finish_reset(context, &account, Action::AccountSetPassword).await?;
        Ok(TemporaryPassword {
            password: self.made,
            until,
        })
    }
}

/// Ends what began with the old password, and tells the owner of the account.
pub async fn finish_reset(
    context: &mut ChangeContext<'_>,
    account: &Account,
    action: Action,
) -> Result<(), Failure> {
    throttles::clear_account(context.tx(), &account.id).await?;
    revocation::end_all(context.tx_now(), &account.id, EndReason::PasswordChanged).await?;
    let (tx, now) = context.tx_now();
    emit(tx, account, Event::PasswordChanged, now).await?;
    context.record(action, account.id.as_str(), &json!({})).await
}

operation! {
    /// Replaces the temporary password of somebody who has proven everything else in a sign-in attempt, and spends that
    /// proof.
    change ReplaceTemporaryPassword {
        attempt: AttemptId,
        password: NewPassword,
    } -> ReplacedPassword, prepared by check_and_hash;
}

/// What the session of somebody who has just chosen a password begins with.
#[derive(Debug)]
pub struct ReplacedPassword {
    /// Their account.
    pub account: AccountId,
    /// The methods that they have proven.
    pub methods: Amr,
    /// The version of the new password.
    pub version: PasswordVersion,
}

/// What an attempt has proven, if only a new password is missing.
struct ProvenFacts {
    account: Account,
    methods: Amr,
    password: Option<PasswordVersion>,
}

impl ProvenFacts {
    /// `None` for whoever must add a second factor first, since then that is missing too.
    fn of(facts: Facts, account: Account, required: Required, now: Time) -> Option<Self> {
        let (methods, password) = (facts.proven_methods?, facts.proven_password);
        let missing = ensure_session_may_begin(&account, Proven::of(&methods, password), required, now);
        let proven = Self {
            account,
            methods,
            password,
        };
        (missing == Err(NoSession::Missing(Missing::NewPassword))).then_some(proven)
    }
}

impl ReplaceTemporaryPassword {
    async fn check_and_hash(&mut self, preparation: &Preparation<'_>) -> Result<(), Failure> {
        let mut reader = preparation.reader().await?;
        let (scheme, now) = (reader.caller().scheme.clone(), reader.caller().now);
        let facts = attempts::facts(reader.conn(), &self.attempt).await?;
        let id = facts.proven_account.clone().ok_or(Code::AttemptEnded)?;
        let account = accounts::by_id(reader.conn(), &id).await?;
        let settings = reader.caller().settings.clone();
        let required = required_in(reader.conn(), &scheme, &settings, &id, now).await?;
        let proven = account.and_then(|account| ProvenFacts::of(facts, account, required, now));
        let proven = proven.ok_or(Code::AttemptEnded)?;
        let stored = passwords::of_account(reader.conn(), &id).await?;
        drop(reader);
        if let (NewPassword::Typed(typed), Some((phc, _))) = (&self.password, stored)
            && preparation
                .is_password(typed.expose(), Some(&PhcString::from(phc)))
                .await?
        {
            return Err(Code::PasswordUnchanged.at("password").into());
        }
        self.password
            .prepare_for(&proven.account, &scheme, preparation)
            .await
    }

    async fn perform(self, context: &mut ChangeContext<'_>) -> Result<ReplacedPassword, Failure> {
        let facts = attempts::facts(context.tx(), &self.attempt).await?;
        let id = facts.proven_account.clone().ok_or(Code::AttemptEnded)?;
        let account = context.locked_account(&id).await?;
        let (scheme, settings, now) = (context.scheme.clone(), context.settings.clone(), context.now);
        let required = required_in(context.tx(), &scheme, &settings, &id, now).await?;
        let proven = ProvenFacts::of(facts, account, required, now).ok_or(Code::AttemptEnded)?;
        if !attempts::use_proof(context.tx(), &self.attempt, &id).await? {
            return Err(Code::AttemptEnded.into());
        }
        match proven.password {
            Some(verified) => self.password.replace(context.tx_now(), &id, verified).await?,
            None => self.password.store(context, &id).await?,
        }
        finish_reset(context, &proven.account, Action::AccountSetOwnPassword).await?;
        let stored = passwords::of_account(context.tx(), &id).await?;
        let (_, version) = stored.ok_or(Code::AttemptEnded)?;
        Ok(ReplacedPassword {
            account: id,
            methods: proven.methods,
            version,
        })
    }
}
