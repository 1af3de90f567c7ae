//! `doorward users`, `teams` and `groups`: who people are.

use std::io::BufRead;

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::{Host, assignment};
use crate::app::password_pool;
use crate::directory::accounts::NewAccount;
use crate::directory::{Actor, accounts, groups as group_rules, names, set_up, teams as team_rules};
use crate::store::accounts::{Account, Profile, any, by_sign_in_name, page};
use crate::store::{Db, teams as store_teams};

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
    /// Reads the password from standard input.
    #[arg(long)]
    password_stdin: bool,
    /// Whose sign-in this is; counts with the first account only.
    #[arg(long, default_value = "Doorward")]
    organisation: String,
}

#[derive(Debug, Subcommand)]
pub(super) enum TeamsAction {
    /// Adds a team.
    Create {
        /// Its short name.
        slug: String,
        /// The name that people see; by default the short one.
        #[arg(long)]
        name: Option<String>,
    },
    /// Gives a person a role in a team.
    Add {
        /// The team's short name.
        team: String,
        /// The person's user name.
        username: String,
        /// The role.
        #[arg(long, default_value = "member")]
        role: String,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum GroupsAction {
    /// Puts a person into a group, which is made if it is not there.
    Add {
        /// The group.
        group: String,
        /// The person's user name.
        username: String,
    },
}

async fn find(db: &Db, username: &str) -> anyhow::Result<Account> {
    let found = by_sign_in_name(&mut db.read().await?, &names::key(username)).await?;
    found.with_context(|| format!("there is no account named {username}"))
}

pub(super) async fn users(host: &Host, action: UsersAction) -> anyhow::Result<()> {
    let db = host.database().await?;
    let now = Host::now();
    match action {
        UsersAction::Create(new) => create(host, &db, new).await?,
        UsersAction::List => list(host, &db).await?,
        UsersAction::Suspend { username, reason } => {
            let id = find(&db, &username).await?.id;
            accounts::suspend(&db, Actor::Host, id, reason, now).await?;
            host.say(
                &format!("{username} is suspended."),
                &json!({ "username": username, "status": "suspended" }),
            );
        }
        UsersAction::SetClaims { username, claims } => {
            let account = find(&db, &username).await?;
            let (name, profile) = with_claims(&account, claims)?;
            accounts::set_profile(&db, Actor::Host, account.id, name, profile, now).await?;
            host.say(
                &format!("{username} has changed."),
                &json!({ "username": username }),
            );
        }
        UsersAction::SetPassword { username, .. } => {
            let id = find(&db, &username).await?.id;
            let (pool, password) = (password_pool(&host.config)?, read_password()?);
            accounts::set_password(&db, &pool, Actor::Host, id, &password, now).await?;
            host.say(
                &format!("{username} has a new password and is signed out everywhere."),
                &json!({ "username": username }),
            );
        }
        UsersAction::Activate { username } => {
            let id = find(&db, &username).await?.id;
            accounts::activate(&db, Actor::Host, id, now).await?;
            host.say(
                &format!("{username} is active."),
                &json!({ "username": username, "status": "active" }),
            );
        }
    }
    db.close().await;
    Ok(())
}

/// The name and the other claims of an account with some of them changed.
fn with_claims(account: &Account, changes: Vec<(String, Value)>) -> anyhow::Result<(String, Profile)> {
    let mut name = account.name.clone();
    let mut all = serde_json::to_value(&account.profile.0)?;
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
        ..NewAccount::default()
    };
    let pool = password_pool(&host.config)?;
    let is_first = !any(&mut db.read().await?).await?;
    let account = if is_first {
        set_up::set_up(db, &pool, &organisation, new, Host::now()).await?
    } else {
        accounts::create(db, &pool, Actor::Host, new, Host::now()).await?
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

pub(super) async fn teams(host: &Host, action: TeamsAction) -> anyhow::Result<()> {
    let db = host.database().await?;
    let now = Host::now();
    match action {
        TeamsAction::Create { slug, name } => {
            let name = name.unwrap_or_else(|| slug.clone());
            let id = team_rules::create(&db, Actor::Host, slug.clone(), name, now).await?;
            host.say(
                &format!("{slug} is a team now."),
                &json!({ "id": id, "slug": slug }),
            );
        }
        TeamsAction::Add { team, username, role } => {
            let found = store_teams::by_slug(&mut db.read().await?, &team).await?;
            let id = found.with_context(|| format!("there is no team {team}"))?.id;
            let account = find(&db, &username).await?.id;
            team_rules::add_member(&db, Actor::Host, id, account, role.clone(), now).await?;
            let said = json!({ "team": team, "username": username, "role": role });
            host.say(&format!("{username} is {role} in {team}."), &said);
        }
    }
    db.close().await;
    Ok(())
}

pub(super) async fn groups(host: &Host, action: GroupsAction) -> anyhow::Result<()> {
    let db = host.database().await?;
    let GroupsAction::Add { group, username } = action;
    let account = find(&db, &username).await?.id;
    group_rules::add_member(&db, Actor::Host, group.clone(), account, Host::now()).await?;
    host.say(
        &format!("{username} is in {group}."),
        &json!({ "group": group, "username": username }),
    );
    db.close().await;
    Ok(())
}
