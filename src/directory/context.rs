//! The context of an operation: the caller, and the connection or the transaction.

use std::ops::Deref;
use std::sync::Arc;

use serde_json::Value;

use super::authority::Authority;
use super::{Actor, Authorization, Failure};
use crate::clock::Time;
use crate::model::AccountId;
use crate::model::account::Account;
use crate::model::action::Action;
use crate::model::permission::Permission;
use crate::model::refusal::Code;
use crate::model::scheme::Scheme;
use crate::model::settings::InstanceSettings;
use crate::store::audit::NewEntry;
use crate::store::{Conn, Tx, accounts, audit, roles};

/// A transaction and its time.
pub type TxNow<'t> = (&'t mut Tx, Time);

/// The actor of an operation with its authorization, and the scheme, settings and time that apply.
pub struct Caller {
    /// The actor.
    pub actor: Actor,
    /// The actor's authorization.
    pub authorization: Authorization,
    /// The applied scheme.
    pub scheme: Arc<Scheme>,
    /// The settings of the instance, at most a second old.
    pub settings: Arc<InstanceSettings>,
    /// The current time.
    pub now: Time,
}

impl Caller {
    pub(super) async fn load(
        conn: &mut Conn,
        actor: Actor,
        scheme: Arc<Scheme>,
        settings: Arc<InstanceSettings>,
        now: Time,
    ) -> Result<Self, Failure> {
        let authorization = Authorization::of(&actor, conn, &scheme, now).await?;
        Ok(Self {
            actor,
            authorization,
            scheme,
            settings,
            now,
        })
    }

    /// Requires a permission on the instance.
    ///
    /// # Errors
    /// [`Code::PermissionMissing`].
    pub fn require(&self, permission: Permission) -> Result<(), Failure> {
        self.authorization.require(permission)
    }

    /// Whether the actor has a permission on the instance.
    #[must_use]
    pub fn may(&self, permission: Permission) -> bool {
        self.authorization.require(permission).is_ok()
    }

    /// The actor's own account.
    ///
    /// # Errors
    /// [`Code::AccountRequired`].
    pub fn own_account(&self) -> Result<&AccountId, Failure> {
        self.actor.account_id().ok_or(Code::AccountRequired.into())
    }
}

/// The context of a read.
pub struct ReadContext<'c> {
    conn: &'c mut Conn,
    caller: &'c Caller,
}

impl<'c> ReadContext<'c> {
    pub(super) const fn new(conn: &'c mut Conn, caller: &'c Caller) -> Self {
        Self { conn, caller }
    }

    /// The connection.
    pub const fn conn(&mut self) -> &mut Conn {
        self.conn
    }

    /// The current authority of an account.
    pub async fn authority_of(&mut self, account: &AccountId) -> Result<Authority, Failure> {
        let caller = self.caller;
        Ok(Authority::load(self.conn, caller.scheme.clone(), account, caller.now).await?)
    }
}

impl Deref for ReadContext<'_> {
    type Target = Caller;
    fn deref(&self) -> &Caller {
        self.caller
    }
}

/// The context of a change, which runs in one transaction.
pub struct ChangeContext<'c> {
    tx: &'c mut Tx,
    caller: &'c Caller,
}

impl<'c> ChangeContext<'c> {
    pub(super) const fn new(tx: &'c mut Tx, caller: &'c Caller) -> Self {
        Self { tx, caller }
    }

    /// The transaction, for writes.
    pub const fn tx(&mut self) -> &mut Tx {
        self.tx
    }

    /// The transaction and the current time.
    pub const fn tx_now(&mut self) -> (&mut Tx, Time) {
        (self.tx, self.caller.now)
    }

    /// A context that reads in the same transaction.
    pub fn reading(&mut self) -> ReadContext<'_> {
        ReadContext::new(self.tx, self.caller)
    }

    /// The current authority of an account.
    pub async fn authority_of(&mut self, account: &AccountId) -> Result<Authority, Failure> {
        self.reading().authority_of(account).await
    }

    /// Locks an account that the actor is about to change, and requires that the actor dominates it, unless
    /// it is their own. The lock makes every other change of the account, its roles, teams or groups wait for
    /// this transaction.
    ///
    /// # Errors
    /// [`Code::AccountNotFound`] or [`Code::AccountNotDominated`].
    pub async fn account_for_change(&mut self, id: &AccountId) -> Result<Account, Failure> {
        let account = self.locked_account(id).await?;
        if !self.actor.is(id) {
            let theirs = self.authority_of(id).await?;
            self.authorization.require_dominates(&theirs)?;
        }
        Ok(account)
    }

    /// Locks the actor's own account, which the actor is about to change.
    ///
    /// # Errors
    /// [`Code::AccountRequired`] or [`Code::AccountNotFound`].
    pub async fn own_account_for_change(&mut self) -> Result<Account, Failure> {
        let id = self.own_account()?.clone();
        self.locked_account(&id).await
    }

    /// Locks an account by incrementing its version; checks no authorization.
    pub(super) async fn locked_account(&mut self, id: &AccountId) -> Result<Account, Failure> {
        let account = accounts::next_version(self.tx, id).await?;
        account.ok_or(Code::AccountNotFound.into())
    }

    /// Writes an audit entry in the transaction of the change.
    pub async fn record(&mut self, action: Action, target: &str, detail: &Value) -> Result<(), Failure> {
        let actor = &self.caller.actor;
        let event = NewEntry {
            address: actor.address(),
            detail: &detail.to_string(),
            on_behalf: actor.acted_by().map_or("", |_| actor.as_str()),
            ..NewEntry::new(
                actor.acted_by().unwrap_or(actor.as_str()),
                action.as_str(),
                target,
            )
        };
        Ok(audit::record(self.tx, &event, self.caller.now).await?)
    }

    /// The last-owner guard: requires an account that can sign in now and holds the top role, both without an end date.
    ///
    /// # Errors
    /// [`Code::OwnerRequired`].
    pub(super) async fn ensure_owner(&mut self) -> Result<(), Failure> {
        let scheme = self.caller.scheme.clone();
        self.ensure_owner_in(&scheme).await
    }

    /// The last-owner guard with the top role of another scheme.
    ///
    /// # Errors
    /// [`Code::OwnerRequired`].
    pub(super) async fn ensure_owner_in(&mut self, scheme: &Scheme) -> Result<(), Failure> {
        if roles::permanent_holders(self.tx, scheme.top_role(), self.caller.now).await? == 0 {
            return Err(Code::OwnerRequired.into());
        }
        Ok(())
    }
}

impl Deref for ChangeContext<'_> {
    type Target = Caller;
    fn deref(&self) -> &Caller {
        self.caller
    }
}
