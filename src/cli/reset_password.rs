//! `doorward reset-password`: a temporary password for somebody who has lost theirs.

use clap::Args;
use serde_json::json;

use super::host::{Host, Operations};
use crate::directory::audit::to_rfc3339;
use crate::directory::resets::MakeTemporaryPassword;

#[derive(Debug, Args)]
pub(super) struct ResetPassword {
    /// The username or a verified address.
    username: String,
}

pub(super) async fn reset_password(
    host: &Host,
    operations: &Operations,
    reset: ResetPassword,
) -> anyhow::Result<()> {
    let account = operations.account(&reset.username).await?;
    let made = operations
        .change(MakeTemporaryPassword::new(account.id.into()))
        .await?;
    let (username, until) = (account.username, to_rfc3339(made.until));
    let password = made.password.expose();
    host.print(
        &format!(
            "Username: {username}\nTemporary password: {password}\nIt works until {until}. {username} chooses another one \
             when signing in with it.\nAll sessions have ended, and second factors stay as they are."
        ),
        &json!({ "username": username, "password": password, "until": until }),
    );
    Ok(())
}
