//! `doorward mail`: the mail server and undelivered mail.

use std::path::PathBuf;

use anyhow::{Context, anyhow, bail};
use clap::{Args, Subcommand};
use serde_json::json;

use super::{Host, Operations};
use crate::cli::terminal::{confirm, read_secret};
use crate::crypto::{MasterKey, Secret};
use crate::directory::mail::{
    ChangeMailSettings, CheckMailSettings, DiscardMail, GetMailSettings, ListUndeliveredMail, RecordMailTest,
    RemoveMailSettings, RetryAllMail, RetryMail, seal_password,
};
use crate::mail::{Access, result_of, test};
use crate::model::mail::{Encryption, MailSettings};
use crate::words;

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum MailAction {
    /// Test a mail server, and send mail through it from now on
    Set(Box<NewServer>),
    /// Show how mail is sent
    Show,
    /// Test the connection to the mail server, without sending anything
    Test,
    /// Stop sending mail, and remove the pending mail
    Off,
    /// List undelivered mail
    Failed,
    /// Retry an undelivered mail, or all of them
    Retry {
        /// The mail's id
        #[arg(required_unless_present = "all", conflicts_with = "all")]
        id: Option<String>,
        /// Send every undelivered mail
        #[arg(long)]
        all: bool,
    },
    /// Delete an undelivered mail
    Discard {
        /// The mail's id
        id: String,
    },
}

#[derive(Debug, Args)]
pub(in crate::cli) struct NewServer {
    /// The server's name or IP address
    #[arg(long)]
    server: String,
    /// The server's port [default: 587, with implicit encryption 465, without encryption 25]
    #[arg(long)]
    port: Option<u16>,
    /// How the connection is encrypted: starttls, implicit, or none
    #[arg(long, default_value = "starttls")]
    encryption: Encryption,
    /// The user who logs in; the password is asked for, or read from standard input
    #[arg(long)]
    user: Option<String>,
    /// The sender, such as "Example <id@example.org>"
    #[arg(long)]
    sender: String,
    /// A PEM file with the only certificate authority to trust for this server [default: the public ones]
    #[arg(long)]
    ca: Option<PathBuf>,
    /// Save the settings without asking even if the test fails
    #[arg(long)]
    yes: bool,
}

pub(in crate::cli) async fn mail(
    host: &Host,
    operations: &Operations,
    action: MailAction,
) -> anyhow::Result<()> {
    match action {
        MailAction::Set(new) => set(host, operations, *new).await,
        MailAction::Show => show(host, operations).await,
        MailAction::Test => {
            let settings = operations.read(GetMailSettings).await?;
            let settings = settings.context("there is no mail server; set one with doorward mail set")?;
            let master = master_key(host).await?;
            if !tested(host, operations, &master, settings)
                .await?
                .has_passed_test()
            {
                bail!("no mail can be sent");
            }
            Ok(())
        }
        MailAction::Off => {
            operations.change(RemoveMailSettings).await?;
            host.print("No mail is sent from now on.", &json!({ "mail": null }));
            Ok(())
        }
        MailAction::Failed => failed(host, operations).await,
        MailAction::Retry { id: Some(id), .. } => {
            operations.change(RetryMail { id: id.clone() }).await?;
            host.print("The mail is sent within a minute.", &json!({ "id": id }));
            Ok(())
        }
        MailAction::Retry { id: None, .. } => retry_all(host, operations).await,
        MailAction::Discard { id } => {
            operations.change(DiscardMail { id: id.clone() }).await?;
            host.print("The mail is deleted.", &json!({ "id": id }));
            Ok(())
        }
    }
}

async fn master_key(host: &Host) -> anyhow::Result<MasterKey> {
    let db = host.database().await?;
    let master = host.master_key(&db).await;
    db.close().await;
    master
}

async fn set(host: &Host, operations: &Operations, new: NewServer) -> anyhow::Result<()> {
    let master = master_key(host).await?;
    let ca = new.ca.map(|file| {
        let pem = std::fs::read_to_string(&file);
        let pem = pem.with_context(|| format!("{} cannot be read", file.display()))?;
        // As the console's form sends it.
        anyhow::Ok(pem.trim().replace('\r', ""))
    });
    let password = new
        .user
        .is_some()
        .then(|| read_secret("Password of the mail server's user: "));
    let password = password.transpose()?.map(Secret::from);
    let settings = MailSettings {
        server: new.server,
        port: new.port.unwrap_or(new.encryption.usual_port()),
        encryption: new.encryption,
        user: new.user,
        password: password.map(|password| seal_password(&master, password.expose())),
        sender: new.sender,
        ca: ca.transpose()?,
        tested: None,
    };
    let stored = operations.read(GetMailSettings).await?;
    let settings = tested(host, operations, &master, settings).await?;
    if !settings.has_passed_test() && !new.yes {
        confirm("The test failed. This saves the settings anyway, and mail waits until they work.")?;
    }
    let expected_version = stored.map(|stored| stored.version()).unwrap_or_default();
    operations
        .change(ChangeMailSettings {
            settings,
            expected_version,
        })
        .await?;
    host.print(
        "Mail is sent with these settings from now on.",
        &json!({ "saved": true }),
    );
    Ok(())
}

/// Tests the connection and prints each step; yields the settings with the result.
async fn tested(
    host: &Host,
    operations: &Operations,
    master: &MasterKey,
    mut settings: MailSettings,
) -> anyhow::Result<MailSettings> {
    let checked = settings.clone();
    operations.read(CheckMailSettings { settings: checked }).await?;
    let steps = test(&Access::new(&host.config, master, settings.clone())?).await;
    settings.tested = Some(result_of(&steps, Host::now()));
    for (step, outcome) in steps {
        let (name, value) = (words::mail_step(step), json!({ "step": step, "error": null }));
        match outcome {
            Ok(()) => host.print(&format!("ok      {name}"), &value),
            Err(failed) => {
                let remedy = words::mail_step_remedy(step);
                host.print(
                    &format!("failed  {name}: {}\n        {remedy}", failed.detail),
                    &json!({ "step": step, "error": failed.detail }),
                );
            }
        }
    }
    let recorded = settings.clone();
    operations.change(RecordMailTest { settings: recorded }).await?;
    Ok(settings)
}

async fn show(host: &Host, operations: &Operations) -> anyhow::Result<()> {
    let Some(settings) = operations.read(GetMailSettings).await? else {
        host.print(
            "There is no mail server, so no mail is sent.",
            &json!({ "mail": null }),
        );
        return Ok(());
    };
    let tested = match &settings.tested {
        Some(test) => {
            let at = jiff::Timestamp::from_microsecond(test.at.0)
                .map_err(|error| anyhow!("the time of the test is invalid: {error}"))?;
            match &test.failed {
                None => format!("{at}, and it works"),
                Some((step, detail)) => format!("{at}, and it failed: {}: {detail}", words::mail_step(*step)),
            }
        }
        None => "no".to_owned(),
    };
    let (user, ca) = (
        settings.user.as_deref().unwrap_or("nobody"),
        settings.ca.is_some(),
    );
    host.print(
        &format!(
            "Server: {} port {}\nEncryption: {}\nCertificates from: {}\nUser: {user}\nSender: {}\nTested: {tested}",
            settings.server,
            settings.port,
            settings.encryption,
            if ca { "your own authority" } else { "public authorities" },
            settings.sender,
        ),
        &json!({ "mail": MailSettings { password: None, ..settings.clone() } }),
    );
    Ok(())
}

async fn retry_all(host: &Host, operations: &Operations) -> anyhow::Result<()> {
    let mails = operations.change(RetryAllMail).await?;
    host.print(&words::mails_queued(mails), &json!({ "mails": mails }));
    Ok(())
}

async fn failed(host: &Host, operations: &Operations) -> anyhow::Result<()> {
    let mails = operations.read(ListUndeliveredMail).await?;
    if mails.is_empty() {
        host.print("There is no undelivered mail.", &json!({ "failed": [] }));
    }
    for mail in mails {
        let error = mail.error.as_deref().unwrap_or_default();
        host.print(
            &format!("{}  {}  {error}", mail.id, mail.recipient),
            &serde_json::to_value(&mail)?,
        );
    }
    Ok(())
}
