//! Operations and how they run: reads on a connection, changes in a transaction of their own.

use std::future::Future;
use std::sync::Arc;

use super::context::{Caller, ChangeContext, ReadContext};
use super::{Actor, Failure, Operation, schemes};
use crate::auth::password::{PhcString, Verdict};
use crate::auth::pool::PasswordPool;
use crate::clock::Clock;
use crate::model::refusal::Code;
use crate::store::{Conn, Db, counters};

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

    /// Whether it is serialized with every other change that could remove the last owner, and fails if the
    /// instance would have none.
    const SERIALIZES_OWNERS: bool = false;

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

    /// Opens a connection on which an actor reads.
    pub async fn reader(&self, actor: &Actor) -> Result<Reader, Failure> {
        let (scheme, settings) = (schemes::active(&self.db).await?, self.db.instance().await?);
        let mut conn = self.db.read().await?;
        let caller = Caller::load(&mut conn, actor.clone(), scheme, settings, self.clock.now()).await?;
        Ok(Reader { conn, caller })
    }

    /// Runs one read.
    pub async fn read<R: Read>(&self, actor: &Actor, read: R) -> Result<R::Output, Failure> {
        self.reader(actor).await?.read(read).await
    }

    /// Runs a change.
    pub async fn change<C: Change>(&self, actor: &Actor, mut change: C) -> Result<C::Output, Failure> {
        let directory = self;
        change.prepare(&Preparation { directory, actor }).await?;
        let (scheme, settings) = (schemes::active(&self.db).await?, self.db.instance().await?);
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

/// A connection with the actor that reads on it. All its reads share one loading of the actor's authority.
pub struct Reader {
    conn: Conn,
    caller: Caller,
}

impl Reader {
    /// Runs a read.
    pub async fn read<R: Read>(&mut self, read: R) -> Result<R::Output, Failure> {
        read.run(&mut self.context()).await
    }

    /// What a read works in.
    pub(super) const fn context(&mut self) -> ReadContext<'_> {
        ReadContext::new(&mut self.conn, &self.caller)
    }

    /// The connection.
    pub(super) const fn conn(&mut self) -> &mut Conn {
        &mut self.conn
    }

    /// The caller.
    #[must_use]
    pub const fn caller(&self) -> &Caller {
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
    pub async fn reader(&self) -> Result<Reader, Failure> {
        self.directory.reader(self.actor).await
    }

    /// The database, for writes that must persist even if the change is refused.
    pub(super) const fn db(&self) -> &Db {
        &self.directory.db
    }

    /// Whether a password matches a hash; without a hash it takes as long and does not match.
    ///
    /// # Errors
    /// [`Code::ServerBusy`] when too many passwords are being hashed.
    pub async fn is_password(&self, shown: &str, stored: Option<&PhcString>) -> Result<bool, Failure> {
        let passwords = &self.directory.passwords;
        let verdict = match stored {
            Some(stored) => passwords.verify(shown, stored).await,
            None => passwords.verify_dummy(shown).await,
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
