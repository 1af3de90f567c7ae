//! `doorward users`: the accounts.

use std::io::BufRead;

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::{Host, Operations, assignment, confirm};
use crate::app::password_pool;
use crate::directory::accounts::{
    AccountSummary, ActivateAccount, DeleteAccount, FindAccount, NewAccount, RestoreAccount, SuspendAccount,
};
use crate::directory::{Actor, accounts, names, set_up};
use crate::model::AccountId;
use crate::model::account::{Account, Profile};
use crate::store::Db;
use crate::store::accounts::{any, by_id, by_number, by_sign_in_name, page};

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

/// The account of this user name, address, number or id.
pub(super) async fn find(db: &Db, name: &str) -> anyhow::Result<Account> {
    let mut conn = db.read().await?;
    let found = match by_sign_in_name(&mut conn, &names::key(name)).await? {
        Some(found) => Some(found),
        None => match name.parse() {
            Ok(number) => by_number(&mut conn, number).await?,
            Err(_) => by_id(&mut conn, &AccountId(name.to_owned())).await?,
        },
    };
    found.with_context(|| format!("there is no account {name}"))
}

pub(super) async fn users(host: &Host, action: UsersAction) -> anyhow::Result<()> {
    let operations = host.operations().await?;
    let db = operations.db.clone();
    let now = Host::now();
    match action {
        UsersAction::Create(new) => create(host, &db, new).await?,
        UsersAction::List => list(host, &db).await?,
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
            let account = find(&db, &username).await?;
            let (name, profile) = with_claims(&account, claims)?;
            accounts::set_profile(&db, Actor::HOST, account.id, name, profile, None, now).await?;
            host.say(
                &format!("{username} has changed."),
                &json!({ "username": username }),
            );
        }
        UsersAction::SetPassword { username, .. } => {
            let id = operations.account(&username).await?.id;
            let (pool, password) = (password_pool(&host.config)?, read_password()?);
            accounts::set_password(&db, &pool, Actor::HOST, id, &password, now).await?;
            host.say(
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
    host.say(
        &format!("{} {what}.", account.username),
        &json!({ "username": account.username, "status": status }),
    );
    Ok(())
}

/// The name and the other claims of an account with some of them changed.
fn with_claims(account: &Account, changes: Vec<(String, Value)>) -> anyhow::Result<(String, Profile)> {
    let mut name = account.name.clone();
    let mut all = serde_json::to_value(&account.profile)?;
    for (claim, value) in changes {
        let value = if value == "" { Value::Null } else { value };
        if claim == "name" {
            value.as_str().unwrap_or_default().clone_into(&mut name);
            continue;
        }
        all[&claim] = value.clone();
        serde_json::from_value::<Profile>(all.clone())
            .with_context(|| format!("the claim {claim} cannot be {value}"))?;
    }
    Ok((name, serde_json::from_value(all)?))
}

fn read_password() -> anyhow::Result<String> {
    let mut password = String::new();
    std::io::stdin()
        .lock()
        .read_line(&mut password)
        .context("the password cannot be read")?;
    Ok(password.trim_end_matches(['\r', '\n']).to_owned())
}

async fn create(host: &Host, db: &Db, new: NewUser) -> anyhow::Result<()> {
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
        password: Some(password),
        role: new.role,
        ..NewAccount::default()
    };
    let pool = password_pool(&host.config)?;
    let is_first = !any(&mut db.read().await?).await?;
    let account = if is_first {
        set_up::set_up(db, &pool, Actor::HOST, &organisation, new, Host::now()).await?
    } else {
        accounts::create(db, &pool, Actor::HOST, new, Host::now()).await?
    };
    host.say(
        &format!("{} is account number {}.", account.username, account.number),
        &json!({ "id": account.id, "number": account.number, "username": account.username }),
    );
    Ok(())
}

async fn list(host: &Host, db: &Db) -> anyhow::Result<()> {
    let mut after = -1;
    loop {
        let accounts = page(&mut db.read().await?, after, 500).await?;
        let Some(last) = accounts.last() else {
            return Ok(());
        };
        after = last.number;
        for account in &accounts {
            host.say(
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
