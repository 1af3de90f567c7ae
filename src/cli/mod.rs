//! The command line of the host: above every permission, because whoever is here holds the database anyway.

mod apps;
mod audit;
mod demo;
mod groups;
mod keys;
mod roles;
mod schemes;
mod serve;
mod teams;
mod users;

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, bail};
use clap::{Parser, Subcommand};

use crate::app::{MASTER_KEY_ID, open_database, password_pool};
use crate::clock::{Clock, Time};
use crate::config::Config;
use crate::crypto::MasterKey;
use crate::directory::accounts::{AccountRef, AccountSummary, FindAccount};
use crate::directory::{Actor, Change, Directory, Failure, Read};
use crate::model::refusal::Code;
use crate::store::{Db, settings};
use crate::words;

/// Doorward, an `OpenID` Connect identity provider.
#[derive(Debug, Parser)]
#[command(name = "doorward", version, about)]
pub struct Command {
    /// The configuration file; without it `doorward.toml` of this folder, if it is there.
    #[arg(long, global = true, env = "DOORWARD_CONFIG")]
    config: Option<PathBuf>,
    /// Prints results as JSON.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Runs the server.
    Serve,
    /// Runs the server with a few people in a temporary folder, and a sample app to sign in to.
    Demo(demo::DemoPorts),
    /// Brings the database to this version's schema.
    Migrate,
    /// Looks at the configuration.
    #[command(subcommand)]
    Config(ConfigAction),
    /// Accounts.
    #[command(subcommand)]
    Users(users::UsersAction),
    /// Teams.
    #[command(subcommand)]
    Teams(teams::TeamsAction),
    /// Groups.
    #[command(subcommand)]
    Groups(groups::GroupsAction),
    /// Roles on the instance and for apps.
    #[command(subcommand)]
    Roles(roles::RolesAction),
    /// The scheme: which roles there are and what they may do.
    #[command(subcommand)]
    Scheme(schemes::SchemeAction),
    /// Apps.
    #[command(subcommand)]
    Apps(apps::AppsAction),
    /// Signing keys.
    #[command(subcommand)]
    Keys(keys::KeysAction),
    /// The record of who did what.
    #[command(subcommand)]
    Audit(audit::AuditAction),
}

#[derive(Debug, Subcommand)]
enum ConfigAction {
    /// Reads the configuration and lists every fault.
    Check,
    /// Prints every key with its meaning and its default.
    Example,
}

/// The operations, run by the host.
struct Operations {
    db: Db,
    directory: Directory,
}

impl Operations {
    async fn change<C: Change>(&self, change: C) -> anyhow::Result<C::Answer> {
        self.directory
            .change(&Actor::HOST, change)
            .await
            .map_err(in_words)
    }

    async fn read<R: Read>(&self, read: R) -> anyhow::Result<R::Answer> {
        self.directory.read(&Actor::HOST, read).await.map_err(in_words)
    }

    /// The account with this username, address, number or id.
    async fn account(&self, name: &str) -> anyhow::Result<AccountSummary> {
        let found = FindAccount(AccountRef::Any(name.to_owned()));
        match self.directory.read(&Actor::HOST, found).await {
            Err(failure) if failure.is(Code::AccountNotFound) => bail!("there is no account {name}"),
            outcome => outcome.map_err(in_words),
        }
    }

    async fn close(self) {
        self.db.close().await;
    }
}

fn in_words(failure: Failure) -> anyhow::Error {
    match failure {
        Failure::Database(error) => error.into(),
        Failure::Refused(reasons) => {
            let lines = reasons.iter().map(|reason| match reason.field {
                Some(field) => format!("{field}: {}", words::refusal(reason)),
                None => words::refusal(reason),
            });
            anyhow::anyhow!("{}", lines.collect::<Vec<_>>().join("\n"))
        }
    }
}

/// What the commands share.
struct Host {
    config: Config,
    json: bool,
}

impl Host {
    async fn database(&self) -> anyhow::Result<Db> {
        Ok(open_database(&self.config).await?)
    }

    /// The operations on the database, for the host.
    async fn operations(&self) -> anyhow::Result<Operations> {
        let db = self.database().await?;
        let passwords = Arc::new(password_pool(&self.config)?);
        let directory = Directory::new(db.clone(), Clock::system(), passwords);
        Ok(Operations { db, directory })
    }

    /// The master key that the database belongs to.
    async fn master_key(&self, db: &Db) -> anyhow::Result<MasterKey> {
        let Some(id) = settings::get(&mut db.read().await?, MASTER_KEY_ID).await? else {
            bail!("the server has not been started yet, so there are no keys");
        };
        Ok(MasterKey::require(&self.config.server.keys_dir, &id)?)
    }

    fn now() -> Time {
        Clock::system().now()
    }

    /// Prints a result: the sentence for people, the value for machines.
    fn say(&self, sentence: &str, value: &serde_json::Value) {
        print(&if self.json {
            value.to_string()
        } else {
            sentence.to_owned()
        });
    }
}

#[expect(clippy::print_stdout, reason = "the one place where commands print")]
fn print(line: &str) {
    println!("{line}");
}

/// Runs a command.
///
/// # Errors
/// What went wrong, as a sentence.
pub async fn run(command: Command, environment: Vec<(String, String)>) -> anyhow::Result<()> {
    if matches!(command.action, Action::Config(ConfigAction::Example)) {
        print(Config::example().trim_end());
        return Ok(());
    }
    if let Action::Demo(ports) = command.action {
        return demo::demo(ports).await;
    }
    let default = PathBuf::from("doorward.toml");
    let file = command.config.or_else(|| default.exists().then_some(default));
    let config = match Config::load(file.as_deref(), environment.into_iter()) {
        Ok(config) => config,
        Err(faults) => bail!("{faults}"),
    };
    let host = Host {
        config,
        json: command.json,
    };
    match command.action {
        Action::Serve => serve::serve(host.config).await,
        Action::Migrate => {
            host.database().await?.close().await;
            host.say(
                "The database has this version's schema.",
                &serde_json::json!({ "migrated": true }),
            );
            Ok(())
        }
        Action::Config(_) | Action::Demo(_) => {
            host.say(
                "The configuration is right.",
                &serde_json::json!({ "valid": true }),
            );
            Ok(())
        }
        Action::Users(action) => users::users(&host, action).await,
        Action::Teams(action) => teams::teams(&host, action).await,
        Action::Groups(action) => groups::groups(&host, action).await,
        Action::Roles(action) => roles::roles(&host, action).await,
        Action::Scheme(action) => schemes::schemes(&host, action).await,
        Action::Apps(action) => apps::apps(&host, action).await,
        Action::Keys(action) => keys::keys(&host, action)
            .await
            .context("the signing keys were not changed"),
        Action::Audit(action) => audit::audit(&host, action).await,
    }
}

/// Asks for a typed `yes` before what cannot be undone by itself.
fn confirm(what: &str) -> anyhow::Result<()> {
    print(&format!("{what} Type yes to go on:"));
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    if answer.trim() == "yes" {
        return Ok(());
    }
    bail!("nothing was changed; type yes, or give --yes in a script")
}

/// Reads a moment such as `2027-01-31` or `2027-01-31T12:00:00Z`.
fn moment(text: &str) -> Result<Time, String> {
    let date = format!("{text}T00:00:00Z");
    let parsed = text.parse::<jiff::Timestamp>().or_else(|_| date.parse());
    let parsed =
        parsed.map_err(|_| "use a date such as 2027-01-31, or a moment such as 2027-01-31T12:00:00Z")?;
    Ok(Time(parsed.as_microsecond()))
}

/// Reads `name=value`. What looks like a JSON object, list, text or word is one; all else is text.
fn assignment(text: &str) -> Result<(String, serde_json::Value), String> {
    let (name, value) = text.split_once('=').ok_or("use NAME=VALUE")?;
    let is_json = value.starts_with(['{', '[', '"']) || ["true", "false", "null"].contains(&value);
    let value = match serde_json::from_str(value) {
        Ok(value) if is_json => value,
        Err(error) if is_json => return Err(format!("{name} is not JSON: {error}")),
        _ => value.into(),
    };
    Ok((name.to_owned(), value))
}
