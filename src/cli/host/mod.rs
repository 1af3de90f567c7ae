//! Commands that use the database and the keys directly, and what all commands share.

pub(super) mod audit;
mod certificate;
pub(super) mod config;
mod connections;
pub(super) mod demo;
pub(super) mod keys;
mod logging;
pub(super) mod mail;
pub(super) mod migrate;
pub(super) mod serve;
mod signals;

use std::sync::Arc;

use anyhow::{anyhow, bail};

use crate::app::{MASTER_KEY_ID, open_database, password_pool};
use crate::cli::terminal::print_line;
use crate::clock::{Clock, Time};
use crate::config::Config;
use crate::crypto::MasterKey;
use crate::directory::accounts::{AccountRef, AccountSummary, FindAccount};
use crate::directory::{Actor, Change, Directory, Failure, Read};
use crate::model::refusal::Code;
use crate::store::{Db, settings};
use crate::words;

/// The configuration of a command. Commands have every permission, since whoever runs them has access to the
/// database anyway.
pub(super) struct Host {
    pub(super) config: Config,
    pub(super) json: bool,
}

impl Host {
    pub(super) async fn database(&self) -> anyhow::Result<Db> {
        Ok(open_database(&self.config).await?)
    }

    /// Opens the database, runs a command that needs operations, and closes the database.
    pub(super) async fn with_operations(
        &self,
        command: impl AsyncFnOnce(&Operations) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let db = self.database().await?;
        let passwords = Arc::new(password_pool(&self.config)?);
        let directory = Directory::new(db.clone(), Clock::system(), passwords);
        let outcome = command(&Operations { directory }).await;
        db.close().await;
        outcome
    }

    /// The master key of the database.
    pub(super) async fn master_key(&self, db: &Db) -> anyhow::Result<MasterKey> {
        let Some(id) = settings::get(&mut db.read().await?, MASTER_KEY_ID).await? else {
            bail!("there are no keys yet: start the server first");
        };
        Ok(MasterKey::require(&self.config.server.keys_dir, &id)?)
    }

    pub(super) fn now() -> Time {
        Clock::system().now()
    }

    /// Prints a result: the sentence or, with `--json`, the value.
    pub(super) fn print(&self, sentence: &str, value: &serde_json::Value) {
        if self.json {
            print_line(&value.to_string());
        } else {
            print_line(sentence);
        }
    }
}

/// Runs operations as the host.
pub(super) struct Operations {
    directory: Directory,
}

impl Operations {
    pub(super) async fn change<C: Change>(&self, change: C) -> anyhow::Result<C::Output> {
        self.directory
            .change(&Actor::HOST, change)
            .await
            .map_err(in_words)
    }

    pub(super) async fn read<R: Read>(&self, read: R) -> anyhow::Result<R::Output> {
        self.directory.read(&Actor::HOST, read).await.map_err(in_words)
    }

    /// The account with this username, address, number or id.
    pub(super) async fn account(&self, name: &str) -> anyhow::Result<AccountSummary> {
        let found = FindAccount {
            account: AccountRef::Any(name.to_owned()),
        };
        match self.directory.read(&Actor::HOST, found).await {
            Err(failure) if failure.is(Code::AccountNotFound) => bail!("there is no account {name}"),
            outcome => outcome.map_err(in_words),
        }
    }
}

/// A failure as text, one line for each reason.
pub(super) fn in_words(failure: Failure) -> anyhow::Error {
    match failure {
        Failure::Database(error) => error.into(),
        Failure::Refused(reasons) => {
            let lines = reasons.iter().map(|reason| match reason.field {
                Some(field) => format!("{field}: {}", words::refusal(reason)),
                None => words::refusal(reason),
            });
            anyhow!("{}", lines.collect::<Vec<_>>().join("\n"))
        }
    }
}
