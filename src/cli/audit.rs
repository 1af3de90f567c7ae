//! `doorward audit`: listing, exporting and verifying the audit log.

use std::io::{self, BufWriter, Write};

use clap::{Args, Subcommand};

use super::arguments::{parse_end, parse_time};
use super::host;
use super::host::{Host, Operations};
use crate::clock::Time;
use crate::directory::audit::{ExportAuditEntries, Order, as_json, to_rfc3339};
use crate::model::audit::{AuditFilter, Head, StoredEntry};

/// The number of entries that an export reads at once.
const PAGE: i64 = 1_000;

#[derive(Debug, Subcommand)]
pub(super) enum AuditAction {
    /// Verify that no sealed entry was changed, removed, inserted or moved
    Verify {
        /// The head that an earlier verification printed, to also detect that the newest entries were removed
        #[arg(long, value_name = "NUMBER:HASH")]
        head: Option<Head>,
    },
    /// List entries, newest first
    List {
        #[command(flatten)]
        filter: EntryFilter,
        /// The maximum number of entries
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(i64).range(1..=10_000))]
        limit: i64,
    },
    /// Print entries as JSON, one per line, oldest first
    Export {
        #[command(flatten)]
        filter: EntryFilter,
    },
}

#[derive(Debug, Args)]
pub(super) struct EntryFilter {
    /// The actor: the username, address or id of an account, or host, set-up or visitor
    #[arg(long, default_value = "", hide_default_value = true)]
    actor: String,
    /// The target: the username, address or id of an account, or the id of another object
    #[arg(long, default_value = "", hide_default_value = true)]
    target: String,
    /// The action, or a prefix such as `account.`
    #[arg(long, default_value = "", hide_default_value = true)]
    action: String,
    /// The outcome
    #[arg(long, default_value = "", hide_default_value = true)]
    outcome: String,
    /// List only entries from this time on, such as 2026-01-31 (in UTC) or 2026-01-31T08:00:00Z
    #[arg(long, value_parser = parse_time)]
    since: Option<Time>,
    /// List only entries before this time, or up to the end of this day
    #[arg(long, value_parser = parse_end)]
    until: Option<Time>,
}

impl From<EntryFilter> for AuditFilter {
    fn from(filter: EntryFilter) -> Self {
        Self {
            actor: filter.actor,
            target: filter.target,
            action: filter.action,
            outcome: filter.outcome,
            since: filter.since,
            until: filter.until,
            before: None,
        }
    }
}

pub(super) async fn audit(host: &Host, action: AuditAction) -> anyhow::Result<()> {
    match action {
        AuditAction::Verify { head } => host::audit::verify(host, head.as_ref()).await,
        AuditAction::List { filter, limit } => {
            let list = ExportAuditEntries {
                filter: filter.into(),
                order: Order::Newest,
                limit,
            };
            host.with_operations(async |operations| {
                for entry in operations.read(list).await? {
                    host.print(&line(&entry), &as_json(&entry));
                }
                Ok(())
            })
            .await
        }
        AuditAction::Export { filter } => {
            host.with_operations(async |operations| export(operations, filter.into()).await)
                .await
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
            // The reader has closed the pipe, as `head` does.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(()),
            written => written?,
        }
        let Some(last) = entries.last() else {
            return Ok(());
        };
        after = String::from(last.id.as_str());
    }
}

/// An entry as one line of text.
fn line(entry: &StoredEntry) -> String {
    let mut actor = entry.actor.clone();
    for (word, value) in [("for", &entry.on_behalf), ("from", &entry.address)] {
        if !value.is_empty() {
            actor = format!("{actor} {word} {value}");
        }
    }
    format!(
        "{}  {actor}  {}  {}  {}  {}",
        to_rfc3339(entry.at),
        entry.action,
        entry.target,
        entry.outcome,
        entry.detail
    )
}
