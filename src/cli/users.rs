//! `doorward users`: accounts.

use clap::Subcommand;
use serde_json::{Value, json};

use super::arguments::assignment;
use super::host::{Host, Operations};
use super::receipt::receipt;
use super::terminal::{confirm, ensure_password_is_given, read_password};
use super::users_create::{NewUser, create};
use crate::directory::Change;
use crate::directory::accounts::{
    AccountSummary, ActivateAccount, DeleteAccount, FindAccount, GetAccount, ListAccounts, ListAllAccounts,
    RestoreAccount, SuspendAccount, UpdateProfile,
};
use crate::directory::emails::VerifyEmail;
use crate::directory::resets::SetPassword;
use crate::directory::second_factors::RemoveSecondFactors;
use crate::model::AccountId;
use crate::model::account::Status;
use crate::model::account_list::{Order, Start};
use crate::model::session::SessionLimits;

#[derive(Debug, Subcommand)]
pub(super) enum UsersAction {
    /// Create an account; the first one becomes the owner of the instance.
    Create(NewUser),
    /// List the accounts, or those that match a query such as `status:active role:admin ann`.
    List {
        /// The query, as in the console: words, `status:`, `role:`, `team:`, `group:`, `last_seen_before:` and
        /// `last_seen_after:`.
        query: Vec<String>,
    },
    /// Set standard claims of an account, such as `given_name=Ann` or `'address={"locality":"Berlin"}'`; an
    /// empty value removes a claim.
    SetClaims {
        /// The username.
        username: String,
        /// `name`, or any claim of the scopes profile, phone and address (OIDC Core section 5.1).
        #[arg(required = true, value_parser = assignment)]
        claims: Vec<(String, Value)>,
    },
    /// Set the password of an account and end its sessions and tokens.
    SetPassword {
        /// The username.
        username: String,
        /// Read the password from standard input; by default the command asks for it.
        #[arg(long)]
        password_stdin: bool,
    },
    /// Mark an e-mail address of an account as verified.
    VerifyEmail {
        /// The username.
        username: String,
        /// The address.
        address: String,
    },
    /// Show for each app whether it has confirmed that somebody is signed out of it, and how long its tokens are valid.
    Receipt {
        /// The username or, for a deleted account, the number or id.
        account: String,
    },
    #[command(flatten)]
    State(StateAction),
}

// No doc comment, which clap would take for the description of the commands.
#[derive(Debug, Subcommand)]
pub(super) enum StateAction {
    /// Suspend an account and end its sessions and tokens.
    Suspend {
        /// The username.
        username: String,
        /// The reason, which the account's owner does not see.
        #[arg(long, default_value = "")]
        reason: String,
        /// Skip confirmation.
        #[arg(long)]
        yes: bool,
    },
    /// Remove every second factor of an account whose owner has lost theirs; the password alone then signs in.
    RemoveSecondFactors {
        /// The username.
        username: String,
        /// Skip confirmation.
        #[arg(long)]
        yes: bool,
    },
    /// Lift a suspension.
    Activate {
        /// The username.
        username: String,
        /// Skip confirmation.
        #[arg(long)]
        yes: bool,
    },
    /// Delete an account and end its sessions and tokens; it can be restored for 30 days.
    Delete {
        /// The username.
        username: String,
        /// Skip confirmation.
        #[arg(long)]
        yes: bool,
    },
    /// Restore a deleted account.
    Restore {
        /// Its number or id, since others may use its username.
        account: String,
    },
}

pub(super) async fn users(host: &Host, operations: &Operations, action: UsersAction) -> anyhow::Result<()> {
    match action {
        UsersAction::Create(new) => create(host, operations, new).await,
        UsersAction::List { query } if query.is_empty() => list(host, operations).await,
        UsersAction::List { query } => list_matching(host, operations, query.join(" ")).await,
        UsersAction::SetClaims { username, claims } => set_claims(host, operations, &username, claims).await,
        UsersAction::VerifyEmail { username, address } => {
            verify_email(host, operations, &username, address).await
        }
        UsersAction::SetPassword {
            username,
            password_stdin,
        } => {
            ensure_password_is_given(password_stdin)?;
            set_password(host, operations, &username).await
        }
        UsersAction::Receipt { account } => receipt(host, operations, account).await,
        UsersAction::State(action) => change_state(host, operations, action).await,
    }
}

/// Runs the commands that change the state of an account.
async fn change_state(host: &Host, operations: &Operations, action: StateAction) -> anyhow::Result<()> {
    match action {
        StateAction::Suspend {
            username,
            reason,
            yes,
        } => {
            let effect = ("suspends", "and ends its sessions and tokens");
            let account = confirmed(operations, &username, effect, yes).await?;
            let suspend = |id| SuspendAccount { id, reason };
            change_status(host, operations, account, "is suspended", suspend).await
        }
        StateAction::Activate { username, yes } => {
            let account = confirmed(operations, &username, ("activates", "again"), yes).await?;
            let activate = |id| ActivateAccount { id };
            change_status(host, operations, account, "is active again", activate).await
        }
        StateAction::RemoveSecondFactors { username, yes } => {
            remove_second_factors(host, operations, &username, yes).await
        }
        StateAction::Delete { username, yes } => {
            let effect = (
                "deletes",
                "and ends its sessions and tokens; it can be restored for 30 days",
            );
            let account = confirmed(operations, &username, effect, yes).await?;
            let outcome = "is deleted and can be restored for 30 days";
            change_status(host, operations, account, outcome, |id| DeleteAccount { id }).await
        }
        StateAction::Restore { account } => restore(host, operations, &account).await,
    }
}

async fn remove_second_factors(
    host: &Host,
    operations: &Operations,
    username: &str,
    yes: bool,
) -> anyhow::Result<()> {
    let effect = (
        "removes the second factors of",
        "so that the password alone signs in",
    );
    let account = confirmed(operations, username, effect, yes).await?;
    let outcome = "has no second factor any more";
    change_status(host, operations, account, outcome, |id| RemoveSecondFactors {
        id,
    })
    .await
}

async fn restore(host: &Host, operations: &Operations, account: &str) -> anyhow::Result<()> {
    let account = operations.account(account).await?;
    change_status(host, operations, account, "is restored", |id| RestoreAccount {
        id,
    })
    .await
}

/// Finds an account and asks for confirmation of a change.
async fn confirmed(
    operations: &Operations,
    name: &str,
    (verb, consequence): (&str, &str),
    yes: bool,
) -> anyhow::Result<AccountSummary> {
    let account = operations.account(name).await?;
    if !yes {
        let led = sole_manager_of(operations, &account).await?;
        confirm(&format!("This {verb} {} {consequence}.{led}", account.username))?;
    }
    Ok(account)
}

/// Says which teams an active account manages alone.
async fn sole_manager_of(operations: &Operations, account: &AccountSummary) -> anyhow::Result<String> {
    if account.status != Status::Active {
        return Ok(String::new());
    }
    let get = GetAccount {
        account: account.id.clone().into(),
        limits: SessionLimits::default(),
    };
    let led = operations.read(get).await?.sole_manager_of;
    let names: Vec<String> = led.into_iter().map(|team| team.name).collect();
    Ok(match names.as_slice() {
        [] => String::new(),
        [name] => format!(" Nobody else manages the team {name}."),
        names => format!(" Nobody else manages the teams {}.", names.join(", ")),
    })
}

/// Makes the change and prints the status that the account has then.
async fn change_status<C: Change<Output = ()>>(
    host: &Host,
    operations: &Operations,
    account: AccountSummary,
    outcome: &str,
    change: impl FnOnce(AccountId) -> C,
) -> anyhow::Result<()> {
    operations.change(change(account.id.clone())).await?;
    let after = operations
        .read(FindAccount {
            account: account.id.into(),
        })
        .await?;
    host.print(
        &format!("{} {outcome}.", account.username),
        &json!({ "username": account.username, "status": after.status }),
    );
    Ok(())
}

async fn set_claims(
    host: &Host,
    operations: &Operations,
    username: &str,
    claims: Vec<(String, Value)>,
) -> anyhow::Result<()> {
    let change = UpdateProfile {
        id: operations.account(username).await?.id,
        claims: claims.into_iter().collect(),
        expected: None,
    };
    operations.change(change).await?;
    host.print(
        &format!("The claims of {username} are set."),
        &json!({ "username": username }),
    );
    Ok(())
}

async fn verify_email(
    host: &Host,
    operations: &Operations,
    username: &str,
    address: String,
) -> anyhow::Result<()> {
    let id = operations.account(username).await?.id;
    let verify = VerifyEmail {
        id,
        address: address.clone(),
    };
    operations.change(verify).await?;
    host.print(
        &format!("{address} of {username} is verified."),
        &json!({ "username": username, "email": address, "verified": true }),
    );
    Ok(())
}

async fn set_password(host: &Host, operations: &Operations, username: &str) -> anyhow::Result<()> {
    let id = operations.account(username).await?.id;
    let password = read_password()?.into();
    operations.change(SetPassword { id, password }).await?;
    host.print(
        &format!("The password of {username} is set. All sessions have ended."),
        &json!({ "username": username }),
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

async fn list_matching(host: &Host, operations: &Operations, query: String) -> anyhow::Result<()> {
    let mut start = Start::First;
    loop {
        let page = ListAccounts {
            query: query.clone(),
            order: Order::Oldest,
            start,
            limit: 500,
        };
        let found = operations.read(page).await?;
        for account in &found.accounts.rows {
            host.print(
                &format!(
                    "{}  {}  {}  {}",
                    account.number,
                    account.username,
                    account.state.as_str(),
                    account.name
                ),
                &json!({ "id": account.id, "number": account.number, "username": account.username,
                         "status": account.state, "name": account.name }),
            );
        }
        let Some(last) = found.next else {
            return Ok(());
        };
        start = Start::After(last);
    }
}
