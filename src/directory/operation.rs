//! Operations and how they run: reads on a connection, changes in a transaction of their own.

use std::future::Future;
use std::sync::Arc;

use serde_json::{Value, json};

use super::context::{Caller, ChangeContext, ReadContext};
use super::schemes::active;
use super::{Actor, Failure, Operation};
use crate::auth::password::{PhcString, Verdict};
use crate::auth::pool::PasswordPool;
use crate::clock::Clock;
use crate::model::action::Action;
use crate::model::refusal::{Code, Kind};
use crate::store::audit::{self, NewEntry};
use crate::store::{Conn, Db, Error, counters};

/// An operation in the list of `directory/mod.rs`, which the access test covers.
pub trait Listed {
    /// Its entry in the list.
    const OPERATION: Operation;
}

/// An operation that reads.
pub trait Read: Listed + Send {
    /// The result.
    type Output;

    /// Checks the actor's authorization and reads.
    fn run(self, context: &mut ReadContext<'_>)
    -> impl Future<Output = Result<Self::Output, Failure>> + Send;
}

/// An operation that changes something, in one transaction.
pub trait Change: Listed + Send + 'static {
    /// The result.
    type Output: Send + 'static;

    /// Whether it is serialized with every other change that could remove the last owner, and fails if it would leave
    /// the instance without one.
    const SERIALIZES_OWNERS: bool = false;

    /// Whether somebody who acts as the user may do it too.
    const WHILE_ACTING: bool = false;

    /// Does the work that must happen before the transaction, such as hashing a password.
    fn prepare(&mut self, _: &Preparation<'_>) -> impl Future<Output = Result<(), Failure>> + Send {
        async { Ok(()) }
    }

    /// Checks the actor's authorization, makes the change and writes the audit entry. It may await only the
    /// database.
    fn run(
        self,
        context: &mut ChangeContext<'_>,
    ) -> impl Future<Output = Result<Self::Output, Failure>> + Send;
}

/// Declares an operation: whether it reads or changes, its input, its result, the permission that it always requires,
/// and what else it needs. Its method `perform` does the rest.
macro_rules! operation {
    (
        $(#[$about:meta])*
        read $name:ident $({ $($fields:tt)* })? -> $output:ty $(, requires $permission:ident)?;
    ) => {
        operation! { @input [$(#[$about])*] $name $({ $($fields)* })? }

        impl $crate::directory::Read for $name {
            operation! { @run ReadContext $output $(, $permission)? }
        }
    };
    (
        $(#[$about:meta])*
        change $name:ident $({ $($fields:tt)* })? -> $output:ty
            $(, requires $permission:ident)? $(, serializes $owners:ident)? $(, prepared by $prepare:ident)?
            $(, while $acting:ident)?;
    ) => {
        operation! { @input [$(#[$about])*] $name $({ $($fields)* })? }

        impl $crate::directory::Change for $name {
            $(operation! { @while $acting })?
            operation! { @run ChangeContext $output $(, $permission)? }
            $(operation! { @serializes $owners })?
            $(
                async fn prepare(
                    &mut self,
                    preparation: &$crate::directory::Preparation<'_>,
                ) -> Result<(), $crate::directory::Failure> {
                    self.$prepare(preparation).await
                }
            )?
        }
    };
    (@run $context:ident $output:ty $(, $permission:ident)?) => {
        type Output = $output;

        async fn run(
            self,
            context: &mut $crate::directory::$context<'_>,
        ) -> Result<$output, $crate::directory::Failure> {
            $(context.require($crate::model::permission::Permission::$permission)?;)?
            self.perform(context).await
        }
    };
    (@while acting) => {
        const WHILE_ACTING: bool = true;
    };
    (@serializes owners) => {
        const SERIALIZES_OWNERS: bool = true;
    };
    (@input [$(#[$about:meta])*] $name:ident) => {
        $(#[$about])*
        pub struct $name;
    };
    (
        @input [$(#[$about:meta])*]
        $name:ident { $($(#[$doc:meta])* $field:ident: $type:ty),* $(,)? }
    ) => {
        $(#[$about])*
        #[allow(missing_docs, reason = "the name and the type of most fields say what they are")]
        pub struct $name {
            $($(#[$doc])* pub $field: $type),*
        }
    };
}
pub(super) use operation;

/// Runs operations; cheap to clone.
#[derive(Clone)]
pub struct Directory {
    db: Db,
    clock: Clock,
    passwords: Arc<PasswordPool>,
}

impl Directory {
    /// Creates a directory on this database.
    #[must_use]
    pub const fn new(db: Db, clock: Clock, passwords: Arc<PasswordPool>) -> Self {
        Self { db, clock, passwords }
    }

    /// Begins several reads by an actor on one connection.
    pub async fn reader(&self, actor: &Actor) -> Result<Reader, Failure> {
        let Reading { conn, caller } = self.reading(actor).await?;
        Ok(Reader {
            directory: self.clone(),
            conn: Some(conn),
            caller,
        })
    }

    /// Runs one read; writes an audit entry if the actor lacks a permission for it.
    pub async fn read<R: Read>(&self, actor: &Actor, read: R) -> Result<R::Output, Failure> {
        self.reader(actor).await?.read(read).await
    }

    async fn reading(&self, actor: &Actor) -> Result<Reading, Failure> {
        let (scheme, settings) = (active(&self.db).await?, self.db.instance().await?);
        let mut conn = self.db.read().await?;
        let caller = Caller::load(&mut conn, actor.clone(), scheme, settings, self.clock.now()).await?;
        Ok(Reading { conn, caller })
    }

    /// Runs a change; writes an audit entry if the actor lacks a permission for it.
    pub async fn change<C: Change>(&self, actor: &Actor, change: C) -> Result<C::Output, Failure> {
        let outcome = self.run_change(actor, change).await;
        self.record_if_forbidden(actor, C::OPERATION, outcome).await
    }

    async fn record_if_forbidden<T>(
        &self,
        actor: &Actor,
        operation: Operation,
        outcome: Result<T, Failure>,
    ) -> Result<T, Failure> {
        if let Some(reason) = forbidden(&outcome) {
            let detail = json!({ "operation": format!("{operation:?}") });
            self.record_refusal(actor, reason, detail).await?;
        }
        outcome
    }

    /// Writes the audit entry for something that a user tried without the permission for it.
    pub async fn record_refusal(&self, actor: &Actor, why: Code, detail: Value) -> Result<(), Failure> {
        let (Some(account), now) = (actor.account_id().cloned(), self.clock.now()) else {
            return Ok(());
        };
        let (address, detail) = (actor.address().to_owned(), detail.to_string());
        let acted_by = actor.acted_by().map(str::to_owned);
        let record = self.db.write::<_, Error, _>(move |tx| {
            Box::pin(async move {
                let event = NewEntry {
                    address: &address,
                    outcome: why.as_str(),
                    detail: &detail,
                    on_behalf: acted_by.as_deref().map_or("", |_| account.as_str()),
                    ..NewEntry::new(
                        acted_by.as_deref().unwrap_or(account.as_str()),
                        Action::OperationRefuse.as_str(),
                        account.as_str(),
                    )
                };
                audit::record(tx, &event, now).await
            })
        });
        Ok(record.await?)
    }

    async fn run_change<C: Change>(&self, actor: &Actor, mut change: C) -> Result<C::Output, Failure> {
        let directory = self;
        if actor.acted_by().is_some() && !C::WHILE_ACTING {
            return Err(Code::NotWhileActing.into());
        }
        change.prepare(&Preparation { directory, actor }).await?;
        let (scheme, settings) = (active(&self.db).await?, self.db.instance().await?);
        let (actor, now) = (actor.clone(), self.clock.now());
        self.db
            .write(move |tx| {
                Box::pin(async move {
                    if C::SERIALIZES_OWNERS {
                        counters::next(tx, counters::OWNERS).await?;
                    }
                    let caller = Caller::load(tx, actor, scheme, settings, now).await?;
                    let mut context = ChangeContext::new(tx, &caller);
                    let output = change.run(&mut context).await?;
                    if C::SERIALIZES_OWNERS {
                        context.ensure_owner().await?;
                    }
                    Ok(output)
                })
            })
            .await
    }
}

/// The code of a refusal, if the actor was not authorized.
fn forbidden<T>(outcome: &Result<T, Failure>) -> Option<Code> {
    let Err(Failure::Refused(reasons)) = outcome else {
        return None;
    };
    let first = reasons.first()?.code;
    (first.kind() == Kind::Forbidden).then_some(first)
}

/// Several reads of one actor, whose authority is loaded once for all of them.
pub struct Reader {
    directory: Directory,
    conn: Option<Conn>,
    caller: Caller,
}

impl Reader {
    /// Runs a read; writes an audit entry if the actor lacks a permission for it.
    pub async fn read<R: Read>(&mut self, read: R) -> Result<R::Output, Failure> {
        let mut conn = match self.conn.take() {
            Some(conn) => conn,
            None => self.directory.db.read().await?,
        };
        let outcome = read.run(&mut ReadContext::new(&mut conn, &self.caller)).await;
        if forbidden(&outcome).is_none() {
            self.conn = Some(conn);
            return outcome;
        }
        // Returned to the pool first: the entry needs a connection too, and could wait forever for this one.
        drop(conn);
        self.directory
            .record_if_forbidden(&self.caller.actor, R::OPERATION, outcome)
            .await
    }

    /// The caller.
    #[must_use]
    pub const fn caller(&self) -> &Caller {
        &self.caller
    }
}

/// A connection with the caller who reads on it.
pub(super) struct Reading {
    conn: Conn,
    caller: Caller,
}

impl Reading {
    /// The context of a read.
    pub(super) const fn context(&mut self) -> ReadContext<'_> {
        ReadContext::new(&mut self.conn, &self.caller)
    }

    /// The connection.
    pub(super) const fn conn(&mut self) -> &mut Conn {
        &mut self.conn
    }

    /// The caller.
    pub(super) const fn caller(&self) -> &Caller {
        &self.caller
    }
}

/// The context of [`Change::prepare`].
pub struct Preparation<'p> {
    directory: &'p Directory,
    actor: &'p Actor,
}

impl Preparation<'_> {
    /// Opens a connection to read on. Drop it before hashing, so that others can use it meanwhile.
    pub(super) async fn reader(&self) -> Result<Reading, Failure> {
        self.directory.reading(self.actor).await
    }

    /// The database, for writes that must persist even if the change is refused.
    pub(super) const fn db(&self) -> &Db {
        &self.directory.db
    }

    /// Whether a password matches a hash. Without a hash it never matches, and takes just as long to say so.
    ///
    /// # Errors
    /// [`Code::ServerBusy`] when too many passwords are being hashed.
    pub async fn is_password(&self, typed: &str, stored: Option<&PhcString>) -> Result<bool, Failure> {
        let passwords = &self.directory.passwords;
        let verdict = match stored {
            Some(stored) => passwords.verify(typed, stored).await,
            None => passwords.verify_dummy(typed).await,
        };
        let verdict = verdict.map_err(|_| Code::ServerBusy)?;
        Ok(verdict != Verdict::Wrong)
    }

    /// Hashes a password.
    ///
    /// # Errors
    /// [`Code::ServerBusy`] when too many passwords are being hashed.
    pub async fn hash(&self, password: &str) -> Result<PhcString, Failure> {
        let hashed = self.directory.passwords.hash(password).await;
        hashed.map_err(|_| Code::ServerBusy.into())
    }
}
