//! The command line. Commands that use the database or the keys directly are in `host`; the others run
//! operations.

mod access;
mod apps;
mod arguments;
mod audit;
mod catalogue;
mod claims;
mod groups;
mod host;
mod one_time;
mod receipt;
mod reset_password;
mod roles;
mod schemes;
mod second_factors;
mod teams;
mod terminal;
mod users;
mod users_create;

use std::path::PathBuf;

use anyhow::bail;
use clap::{Parser, Subcommand};

use self::host::config::ConfigAction;
use self::host::{Host, Operations, config, demo, keys, mail, migrate, serve};
use crate::config::Config;

/// Doorward, an `OpenID` Connect identity provider.
#[derive(Debug, Parser)]
#[command(name = "doorward", version, about)]
pub struct Command {
    /// The configuration file [default: doorward.toml in the current folder, if it exists]
    #[arg(long, global = true, env = "DOORWARD_CONFIG")]
    config: Option<PathBuf>,
    /// Print results as JSON
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Run the server
    Serve,
    /// Run a server with example accounts and a sample app; all data is removed at the end
    Demo(demo::DemoPorts),
    /// Run migrations
    Migrate,
    /// Check or print the configuration
    #[command(subcommand)]
    Config(ConfigAction),
    #[command(flatten)]
    Manage(ManageAction),
    /// List and rotate signing keys
    #[command(subcommand)]
    Keys(keys::KeysAction),
    /// Read and verify the audit log
    #[command(subcommand)]
    Audit(audit::AuditAction),
}

// No doc comment, which clap would take for the description of the whole program.
#[derive(Debug, Subcommand)]
enum ManageAction {
    /// Manage accounts
    #[command(subcommand)]
    Users(users::UsersAction),
    /// Make a one-time secret for an owner who has lost every other way to sign in
    OwnerLogin(one_time::OwnerLogin),
    /// Make a one-time secret to sign in as somebody else
    Impersonate(one_time::Impersonate),
    /// Reset the password of somebody who has lost it; for an owner, this is the only way
    ResetPassword(reset_password::ResetPassword),
    /// Manage teams
    #[command(subcommand)]
    Teams(teams::TeamsAction),
    /// Manage groups
    #[command(subcommand)]
    Groups(groups::GroupsAction),
    /// List roles, and grant and revoke them on the instance or for an app
    #[command(subcommand)]
    Roles(roles::RolesAction),
    /// Manage the scheme, which defines the roles and their permissions
    #[command(subcommand)]
    Scheme(schemes::SchemeAction),
    /// Manage apps
    #[command(subcommand)]
    Apps(apps::AppsAction),
    /// Say whether somebody may sign in to an app, and why
    Explain(access::Explain),
    /// Set the mail server, test it, and see which mail could not be sent
    #[command(subcommand)]
    Mail(mail::MailAction),
}

/// Runs a command.
///
/// # Errors
/// The message to print.
pub async fn run(command: Command, environment: Vec<(String, String)>) -> anyhow::Result<()> {
    let host = || host(command.config, command.json, environment);
    match command.action {
        Action::Serve => serve::serve(host()?.config).await,
        Action::Demo(ports) => demo::demo(ports).await,
        Action::Migrate => migrate::migrate(&host()?).await,
        Action::Config(ConfigAction::Check) => config::check(&host()?),
        Action::Config(ConfigAction::Example) => {
            config::example();
            Ok(())
        }
        Action::Manage(action) => {
            let host = host()?;
            host.with_operations(async |operations| manage(&host, operations, action).await)
                .await
        }
        Action::Keys(action) => keys::keys(&host()?, action).await,
        Action::Audit(action) => audit::audit(&host()?, action).await,
    }
}

/// The host with its configuration.
fn host(file: Option<PathBuf>, json: bool, environment: Vec<(String, String)>) -> anyhow::Result<Host> {
    let default = PathBuf::from("doorward.toml");
    let file = file.or_else(|| default.exists().then_some(default));
    match Config::load(file.as_deref(), environment.into_iter()) {
        Ok(config) => Ok(Host { config, json }),
        Err(errors) => bail!("{errors}"),
    }
}

async fn manage(host: &Host, operations: &Operations, action: ManageAction) -> anyhow::Result<()> {
    match action {
        ManageAction::Users(action) => users::users(host, operations, action).await,
        ManageAction::OwnerLogin(login) => one_time::owner_login(host, operations, login).await,
        ManageAction::Impersonate(act) => one_time::impersonate(host, operations, act).await,
        ManageAction::ResetPassword(reset) => reset_password::reset_password(host, operations, reset).await,
        ManageAction::Teams(action) => teams::teams(host, operations, action).await,
        ManageAction::Groups(action) => groups::groups(host, operations, action).await,
        ManageAction::Roles(action) => roles::roles(host, operations, action).await,
        ManageAction::Scheme(action) => schemes::schemes(host, operations, action).await,
        ManageAction::Apps(action) => apps::apps(host, operations, action).await,
        ManageAction::Explain(ask) => access::explain(host, operations, ask).await,
        ManageAction::Mail(action) => mail::mail(host, operations, action).await,
    }
}
