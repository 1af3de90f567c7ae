//! `doorward audit`: who did what, and whether the log is intact.

use std::io::{self, BufWriter, Write};

use clap::{Args, Subcommand};
use jiff::Timestamp;

use super::{Host, Operations, host};
use crate::clock::Time;
use crate::directory::audit::{ExportAuditEntries, Order, as_json, written};
use crate::model::audit::{AuditFilter, Head, StoredEntry};

/// How many entries an export reads at once.
const PAGE: i64 = 1_000;

#[derive(Debug, Subcommand)]
pub(super) enum AuditAction {
    /// Check that no entry was changed, removed, inserted or moved since it was sealed; name the first that was
    Verify {
        /// The head that an earlier check printed; shows also that the end was not cut off since.
        #[arg(long, value_name = "NUMBER:HASH")]
        head: Option<Head>,
    },
    /// List entries, the newest first
    List {
        #[command(flatten)]
        which: Which,
        /// How many entries at most
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(i64).range(1..=10_000))]
        limit: i64,
    },
    /// Print entries as JSON, one a line, the oldest first
    Export {
        #[command(flatten)]
        which: Which,
    },
}

#[derive(Debug, Args)]
pub(super) struct Which {
    /// Who did it: an account by its name, address or id, or host, set-up or visitor
    #[arg(long, default_value = "", hide_default_value = true)]
    actor: String,
    /// What it was done to: an account by its name, address or id, or the id of anything else
    #[arg(long, default_value = "", hide_default_value = true)]
    target: String,
    /// How the action begins, such as `account.`
    #[arg(long, default_value = "", hide_default_value = true)]
    action: String,
    /// With which outcome.
    #[arg(long, default_value = "", hide_default_value = true)]
    outcome: String,
    /// Not before this moment, such as 2026-01-31T08:00:00Z.
    #[arg(long, value_parser = moment)]
    since: Option<Time>,
    /// Before this moment.
    #[arg(long, value_parser = moment)]
    until: Option<Time>,
}

impl From<Which> for AuditFilter {
    fn from(which: Which) -> Self {
        Self {
            actor: which.actor,
            target: which.target,
            action: which.action,
            outcome: which.outcome,
            since: which.since,
            until: which.until,
            before: None,
        }
    }
}

/// Reads a moment as RFC 3339 writes it.
fn moment(text: &str) -> Result<Time, String> {
    let read = text.parse::<Timestamp>();
    read.map(|moment| Time(moment.as_microsecond()))
        .map_err(|_| "use a moment such as 2026-01-31T08:00:00Z".to_owned())
}

pub(super) async fn audit(host: &Host, action: AuditAction) -> anyhow::Result<()> {
    match action {
        AuditAction::Verify { head } => host::audit::verify(host, head.as_ref()).await,
        AuditAction::List { which, limit } => {
            let operations = host.operations().await?;
            let list = ExportAuditEntries {
                filter: which.into(),
                order: Order::Newest,
                limit,
            };
            for entry in operations.read(list).await? {
                host.print(&line(&entry), &as_json(&entry));
            }
            operations.close().await;
            Ok(())
        }
        AuditAction::Export { which } => {
            let operations = host.operations().await?;
            export(&operations, which.into()).await?;
            operations.close().await;
            Ok(())
        }
    }
}

async fn export(operations: &Operations, filter: AuditFilter) -> anyhow::Result<()> {
    let (mut out, mut after) = (BufWriter::new(io::stdout().lock()), String::new());
    loop {
        let page = ExportAuditEntries {
            filter: filter.clone(),
            order: Order::OldestAfter(after),
            limit: PAGE,
        };
        let entries = operations.read(page).await?;
        let lines = entries
            .iter()
            .try_for_each(|entry| writeln!(out, "{}", as_json(entry)));
        match lines.and_then(|()| out.flush()) {
            // Whoever reads has seen enough, as `head` does.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(()),
            written => written?,
        }
        let Some(last) = entries.last() else {
            return Ok(());
        };
        after = String::from(last.id.as_str());
    }
}

/// An entry for people.
fn line(entry: &StoredEntry) -> String {
    let mut actor = entry.actor.clone();
    for (word, value) in [("for", &entry.on_behalf), ("from", &entry.address)] {
        if !value.is_empty() {
            actor = format!("{actor} {word} {value}");
        }
    }
    format!(
        "{}  {actor}  {}  {}  {}  {}",
        written(entry.at),
        entry.action,
        entry.target,
        entry.outcome,
        entry.detail
    )
}
