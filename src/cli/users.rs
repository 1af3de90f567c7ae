//! `doorward users`: the accounts.

use std::io::BufRead;

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::{Host, Operations, assignment, confirm};
use crate::directory::accounts::{
    AccountSummary, ActivateAccount, CreateAccount, DeleteAccount, FindAccount, ListAllAccounts, NewAccount,
    RestoreAccount, SetPassword, SuspendAccount, UpdateProfile,
};
use crate::directory::set_up::SetUpInstance;

#[derive(Debug, Subcommand)]
pub(super) enum UsersAction {
    /// Adds an account. The first one becomes the owner of the instance.
    Create(NewUser),
    /// Lists the accounts.
    List,
    /// Locks an account and ends its sessions and tokens.
    Suspend {
        /// The user name.
        username: String,
        /// Why; the person does not see it.
        #[arg(long, default_value = "")]
        reason: String,
        /// Does it without asking.
        #[arg(long)]
        yes: bool,
    },
    /// Sets standard claims of a person, such as `given_name=Ann 'address={"locality":"Berlin"}'`; an empty value
    /// removes one.
    SetClaims {
        /// The user name.
        username: String,
        /// `name`, or any claim of the scopes profile, phone and address (OIDC Core section 5.1).
        #[arg(required = true, value_parser = assignment)]
        claims: Vec<(String, Value)>,
    },
    /// Gives an account another password and ends its sessions and tokens.
    SetPassword {
        /// The user name.
        username: String,
        /// Reads the password from standard input.
        #[arg(long, required = true)]
        password_stdin: bool,
    },
    /// Lifts a suspension.
    Activate {
        /// The user name.
        username: String,
        /// Does it without asking.
        #[arg(long)]
        yes: bool,
    },
    /// Deletes an account and ends its sessions and tokens; it can be restored for 30 days.
    Delete {
        /// The user name.
        username: String,
        /// Does it without asking.
        #[arg(long)]
        yes: bool,
    },
    /// Brings a deleted account back.
    Restore {
        /// Its number or id, since its name is free for others.
        account: String,
    },
}

#[derive(Debug, Args)]
pub(super) struct NewUser {
    /// The name to sign in with.
    username: String,
    /// The full name.
    #[arg(long, default_value = "")]
    name: String,
    /// The e-mail address; it counts as verified.
    #[arg(long)]
    email: Option<String>,
    /// An instance role besides the one that everybody has.
    #[arg(long)]
    role: Option<String>,
    /// Reads the password from standard input.
    #[arg(long)]
    password_stdin: bool,
    /// Whose sign-in this is; counts with the first account only.
    #[arg(long, default_value = "Doorward")]
    organisation: String,
}

pub(super) async fn users(host: &Host, action: UsersAction) -> anyhow::Result<()> {
    let operations = host.operations().await?;
    match action {
        UsersAction::Create(new) => create(host, &operations, new).await?,
        UsersAction::List => list(host, &operations).await?,
        UsersAction::Suspend {
            username,
            reason,
            yes,
        } => {
            let what = "is suspended, and its sessions and tokens end";
            let account = confirmed(&operations, &username, what, yes).await?;
            let id = account.id.clone();
            operations.change(SuspendAccount { id, reason }).await?;
            changed(host, &operations, &account, what).await?;
        }
        UsersAction::SetClaims { username, claims } => {
            let change = UpdateProfile {
                id: operations.account(&username).await?.id,
                claims: claims.into_iter().collect(),
                seen: None,
            };
            operations.change(change).await?;
            host.print(
                &format!("{username} has changed."),
                &json!({ "username": username }),
            );
        }
        UsersAction::SetPassword { username, .. } => {
            let id = operations.account(&username).await?.id;
            let password = read_password()?.into();
            operations.change(SetPassword { id, password }).await?;
            host.print(
                &format!("{username} has a new password and is signed out everywhere."),
                &json!({ "username": username }),
            );
        }
        UsersAction::Activate { username, yes } => {
            let what = "is active again";
            let account = confirmed(&operations, &username, what, yes).await?;
            operations
                .change(ActivateAccount {
                    id: account.id.clone(),
                })
                .await?;
            changed(host, &operations, &account, what).await?;
        }
        UsersAction::Delete { username, yes } => {
            let what = "is deleted, its sessions and tokens end, and it can be restored for 30 days";
            let account = confirmed(&operations, &username, what, yes).await?;
            operations
                .change(DeleteAccount {
                    id: account.id.clone(),
                })
                .await?;
            changed(host, &operations, &account, what).await?;
        }
        UsersAction::Restore { account } => {
            let account = operations.account(&account).await?;
            operations
                .change(RestoreAccount {
                    id: account.id.clone(),
                })
                .await?;
            changed(host, &operations, &account, "is back").await?;
        }
    }
    operations.close().await;
    Ok(())
}

/// The account of this name, once a typed `yes` has confirmed what becomes of it.
async fn confirmed(
    operations: &Operations,
    name: &str,
    what: &str,
    yes: bool,
) -> anyhow::Result<AccountSummary> {
    let account = operations.account(name).await?;
    if !yes {
        confirm(&format!("{} {what}.", account.username))?;
    }
    Ok(account)
}

async fn changed(
    host: &Host,
    operations: &Operations,
    account: &AccountSummary,
    what: &str,
) -> anyhow::Result<()> {
    let after = operations.read(FindAccount(account.id.clone().into())).await?;
    let status = after.status;
    host.print(
        &format!("{} {what}.", account.username),
        &json!({ "username": account.username, "status": status }),
    );
    Ok(())
}

fn read_password() -> anyhow::Result<String> {
    let mut password = String::new();
    std::io::stdin()
        .lock()
        .read_line(&mut password)
        .context("the password cannot be read")?;
    Ok(password.trim_end_matches(['\r', '\n']).to_owned())
}

async fn create(host: &Host, operations: &Operations, new: NewUser) -> anyhow::Result<()> {
    if !new.password_stdin {
        bail!("give the password on standard input, with --password-stdin");
    }
    let password = read_password()?;
    let organisation = new.organisation;
    let new = NewAccount {
        username: new.username,
        name: new.name,
        email: new.email,
        email_verified: true,
        password: Some(password.into()),
        role: new.role,
        ..NewAccount::default()
    };
    let one = ListAllAccounts { after: -1, limit: 1 };
    let account = if operations.read(one).await?.is_empty() {
        operations.change(SetUpInstance { organisation, new }).await?
    } else {
        operations.change(CreateAccount { new }).await?
    };
    host.print(
        &format!("{} is account number {}.", account.username, account.number),
        &json!({ "id": account.id, "number": account.number, "username": account.username }),
    );
    Ok(())
}

async fn list(host: &Host, operations: &Operations) -> anyhow::Result<()> {
    let mut after = -1;
    loop {
        let accounts = operations.read(ListAllAccounts { after, limit: 500 }).await?;
        let Some(last) = accounts.last() else {
            return Ok(());
        };
        after = last.number;
        for account in &accounts {
            host.print(
                &format!(
                    "{}  {}  {}  {}",
                    account.number, account.username, account.status, account.name
                ),
                &json!({ "id": account.id, "number": account.number, "username": account.username,
                         "status": account.status, "name": account.name }),
            );
        }
    }
}
