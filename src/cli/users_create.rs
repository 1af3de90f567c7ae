//! `doorward users create`.

use anyhow::bail;
use clap::Args;
use serde_json::json;

use super::host::{Host, Operations};
use super::terminal::{ask, asks_at_a_terminal, ensure_password_is_given, read_password};
use crate::crypto::Secret;
use crate::directory::accounts::{
    AccountSummary, CreateAccount, CreatedAccount, ListAllAccounts, NewAccount, NewPassword,
};
use crate::directory::mail::{GetMailSettings, seal_first_password};
use crate::directory::schemes;
use crate::directory::set_up::SetUpInstance;
use crate::paths;

#[derive(Debug, Args)]
pub(super) struct NewUser {
    /// The username; without one, the command asks for everything.
    username: Option<String>,
    /// The full name.
    #[arg(long)]
    name: Option<String>,
    /// The e-mail address, which is stored as verified.
    #[arg(long)]
    email: Option<String>,
    /// An instance role besides the default one.
    #[arg(long)]
    role: Option<String>,
    /// Read the password from standard input; by default the command asks for it.
    #[arg(long)]
    password_stdin: bool,
    /// Make a temporary password, which its owner replaces when signing in with it.
    #[arg(long, conflicts_with = "password_stdin")]
    temporary_password: bool,
    /// The organisation's name, used only for the first account.
    #[arg(long, default_value = "Doorward")]
    organisation: String,
}

/// The username, the name and the address of a new account, asked for at the terminal if no username is given.
fn identity(new: &mut NewUser) -> anyhow::Result<String> {
    if let Some(username) = new.username.take() {
        return Ok(username);
    }
    if !asks_at_a_terminal() {
        bail!("there is no terminal to ask at: pass the username");
    }
    let username = ask("Username: ")?;
    if new.name.is_none() {
        new.name = Some(ask("Full name: ")?);
    }
    if new.email.is_none() {
        new.email = Some(ask("E-mail: ")?).filter(|email| !email.is_empty());
    }
    Ok(username)
}

/// The first password of a new account, and the text of one that was made.
fn first_password(new: &NewUser) -> anyhow::Result<(NewPassword, Option<Secret<String>>)> {
    if new.temporary_password {
        let (password, made) = NewPassword::generate();
        return Ok((password, Some(made)));
    }
    ensure_password_is_given(new.password_stdin)?;
    Ok((read_password()?.into(), None))
}

/// Seals a temporary password for the mail to its owner, where the scheme has it mailed.
async fn sealed(
    host: &Host,
    operations: &Operations,
    username: &str,
    made: &Secret<String>,
) -> anyhow::Result<Option<String>> {
    // Without a mail server there may be no keys yet.
    if operations.read(GetMailSettings).await?.is_none() {
        return Ok(None);
    }
    let db = host.database().await?;
    let sealed = async {
        if !schemes::active(&db).await?.mail_temporary_passwords {
            return Ok(None);
        }
        let master = host.master_key(&db).await?;
        Ok(Some(seal_first_password(&master, username, made.expose())))
    };
    let sealed = sealed.await;
    db.close().await;
    sealed
}

/// What to hand over to the owner of a new account.
fn to_hand_over(address: &str, username: &str, email: Option<String>, password: &Secret<String>) -> String {
    let email = email.map_or_else(String::new, |email| format!("E-mail: {email}\n"));
    format!(
        "\n\nGive this to them; it is not shown again:\n\nSign in at: {address}\nUsername: {username}\n{email}Temporary \
         password: {}\n\nThey choose another password when they sign in with it.",
        password.expose()
    )
}

/// Creates an account, and prints it.
pub(super) async fn create(host: &Host, operations: &Operations, mut new: NewUser) -> anyhow::Result<()> {
    let username = identity(&mut new)?;
    let (password, made) = first_password(&new)?;
    let (organisation, email) = (new.organisation, new.email.clone());
    let is_first = operations
        .read(ListAllAccounts { after: -1, limit: 1 })
        .await?
        .is_empty();
    let mailed_password = match &made {
        Some(made) if email.is_some() && !is_first => sealed(host, operations, &username, made).await?,
        _ => None,
    };
    let new = NewAccount {
        mailed_password,
        username,
        name: new.name.unwrap_or_default(),
        email: new.email,
        email_verified: true,
        password: Some(password),
        role: new.role,
        ..NewAccount::default()
    };
    let CreatedAccount { account, mailed } = if is_first {
        let account = operations.change(SetUpInstance { organisation, new }).await?;
        CreatedAccount {
            account,
            mailed: false,
        }
    } else {
        operations.change(CreateAccount { new }).await?
    };
    print_created(host, &account, email, made.map(|made| (made, mailed)));
    Ok(())
}

/// Prints a new account, and its temporary password unless that is mailed.
fn print_created(
    host: &Host,
    account: &AccountSummary,
    email: Option<String>,
    made: Option<(Secret<String>, bool)>,
) {
    let address = host.config.server.issuer.url(paths::ACCOUNT);
    let mut text = format!("{} is account number {}.", account.username, account.number);
    let mut value = json!({ "id": account.id, "number": account.number, "username": account.username,
                            "address": address, "email": email });
    match made {
        Some((_, true)) => text.push_str(" Their temporary password is on its way by mail."),
        Some((made, false)) => {
            text.push_str(&to_hand_over(&address, &account.username, email, &made));
            value["password"] = made.expose().as_str().into();
        }
        None => {}
    }
    host.print(&text, &value);
}
