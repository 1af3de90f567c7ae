//! `doorward owner-login` and `doorward impersonate`: one-time secrets to sign in with.

use std::time::Duration;

use anyhow::bail;
use clap::Args;
use serde_json::json;

use super::host::{Host, Operations};
use crate::directory::acting::{ActAs, MakeOwnerSignIn, NewOneTimeSecret, RevokeOwnerSignIns};
use crate::directory::audit::to_rfc3339;
use crate::paths;

#[derive(Debug, Args)]
pub(super) struct OwnerLogin {
    /// The username of the owner; not needed if there is only one.
    username: Option<String>,
    /// Revoke the secrets that nobody has used.
    #[arg(long, conflicts_with = "username")]
    revoke: bool,
}

#[derive(Debug, Args)]
pub(super) struct Impersonate {
    /// The username of the person, or a verified address.
    username: String,
    /// For how many minutes the secret and the session are valid, from 1 to 720.
    #[arg(long = "ttl", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=720))]
    minutes: u64,
    /// The reason, which the person is told.
    #[arg(long)]
    reason: String,
}

pub(super) async fn owner_login(
    host: &Host,
    operations: &Operations,
    login: OwnerLogin,
) -> anyhow::Result<()> {
    if login.revoke {
        let count = operations.change(RevokeOwnerSignIns).await?;
        host.print(
            &format!("{count} revoked. Nobody can sign in with them any more."),
            &json!({ "revoked": count }),
        );
        return Ok(());
    }
    let account = match login.username {
        Some(username) => Some(operations.account(&username).await?.id.into()),
        None => None,
    };
    let made = operations.change(MakeOwnerSignIn { account }).await?;
    let more = "It signs in once, without a second factor; nothing is left to clean up. Every owner is told.\nTo \
                revoke it before it is used: doorward owner-login --revoke";
    print(host, &made, more);
    Ok(())
}

pub(super) async fn impersonate(
    host: &Host,
    operations: &Operations,
    act: Impersonate,
) -> anyhow::Result<()> {
    if act.reason.trim().is_empty() {
        bail!("say why with --reason; the person is told");
    }
    let account = operations.account(&act.username).await?.id.into();
    let change = ActAs {
        account,
        reason: act.reason,
        lifetime: Duration::from_mins(act.minutes),
    };
    let made = operations.change(change).await?;
    print(
        host,
        &made,
        "It signs in once, and the session ends at that time too. The person is told.",
    );
    Ok(())
}

fn print(host: &Host, made: &NewOneTimeSecret, more: &str) {
    let (username, secret, until) = (&made.username, made.secret.expose(), to_rfc3339(made.until));
    let address = host.config.server.issuer.url(paths::SIGN_IN);
    host.print(
        &format!("Sign in at: {address}\nUsername: {username}\nPassword: {secret}\nUntil: {until}\n{more}"),
        &json!({ "address": address, "username": username, "password": secret, "until": until }),
    );
}
