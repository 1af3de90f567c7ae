//! `doorward audit`: who did what, and whether the record is whole.

use std::io::{self, BufWriter, Write};

use anyhow::bail;
use clap::{Args, Subcommand};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::Host;
use crate::clock::Time;
use crate::store::Db;
use crate::store::audit::Row;
use crate::store::audit_list::{Filter, newest, oldest};
use crate::store::audit_report::Head;
use crate::store::audit_verify::verify;

/// How many rows an export reads at once.
const PAGE: i64 = 1_000;

#[derive(Debug, Subcommand)]
pub(super) enum AuditAction {
    /// Checks that no row was changed, removed, inserted or moved since it was sealed; names the first that was.
    Verify {
        /// The head that an earlier check printed; shows also that the end was not cut off since.
        #[arg(long, value_name = "NUMBER:HASH")]
        head: Option<Head>,
    },
    /// Lists rows, the newest first.
    List {
        #[command(flatten)]
        which: Which,
        /// How many rows at most.
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(i64).range(1..=10_000))]
        limit: i64,
    },
    /// Prints rows as JSON, one a line, the oldest first.
    Export {
        #[command(flatten)]
        which: Which,
    },
}

#[derive(Debug, Args)]
pub(super) struct Which {
    /// Who did it: an account's id, host or set-up.
    #[arg(long, default_value = "", hide_default_value = true)]
    actor: String,
    /// What it was done to, by its id.
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

impl From<Which> for Filter {
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

fn written(at: Time) -> String {
    Timestamp::from_microsecond(at.0).map_or_else(|_| at.0.to_string(), |moment| moment.to_string())
}

pub(super) async fn audit(host: &Host, action: AuditAction) -> anyhow::Result<()> {
    let db = host.database().await?;
    match action {
        AuditAction::Verify { head } => {
            let master = host.master_key(&db).await?;
            let report = verify(&mut db.read().await?, &master, head.as_ref()).await?;
            if let Some(broken) = &report.broken {
                if host.json {
                    host.say("", &serde_json::to_value(&report)?);
                }
                let row = broken.id.as_ref().map(|id| format!(", row {id}"));
                bail!(
                    "the audit record is broken at number {}{}: {}",
                    broken.sequence,
                    row.unwrap_or_default(),
                    broken.fault
                );
            }
            let head = report.head.as_ref().map(|head| format!("\nhead {head}"));
            host.say(
                &format!(
                    "The audit record is whole: {} rows under {} seals; {} not sealed yet.{}",
                    report.rows,
                    report.seals,
                    report.unsealed,
                    head.unwrap_or_default()
                ),
                &serde_json::to_value(&report)?,
            );
        }
        AuditAction::List { which, limit } => {
            for row in newest(&mut db.read().await?, &which.into(), limit).await? {
                host.say(&line(&row), &as_json(&row));
            }
        }
        AuditAction::Export { which } => export(&db, &which.into()).await?,
    }
    db.close().await;
    Ok(())
}

async fn export(db: &Db, filter: &Filter) -> anyhow::Result<()> {
    let (mut out, mut after) = (BufWriter::new(io::stdout().lock()), String::new());
    loop {
        let rows = oldest(&mut db.read().await?, filter, &after, PAGE).await?;
        let lines = rows.iter().try_for_each(|row| writeln!(out, "{}", as_json(row)));
        match lines.and_then(|()| out.flush()) {
            // Whoever reads has seen enough, as `head` does.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(()),
            written => written?,
        }
        let Some(last) = rows.last() else {
            return Ok(());
        };
        after.clone_from(&last.id);
    }
}

/// A row for people.
fn line(row: &Row) -> String {
    let mut actor = row.actor.clone();
    for (word, value) in [("for", &row.on_behalf), ("from", &row.address)] {
        if !value.is_empty() {
            actor = format!("{actor} {word} {value}");
        }
    }
    format!(
        "{}  {actor}  {}  {}  {}  {}",
        written(row.at),
        row.action,
        row.target,
        row.outcome,
        row.detail
    )
}

/// A row for machines.
fn as_json(row: &Row) -> Value {
    let detail = serde_json::from_str(&row.detail).unwrap_or_else(|_| Value::from(row.detail.as_str()));
    json!({
        "id": row.id, "at": written(row.at), "actor": row.actor, "address": row.address,
        "on_behalf": row.on_behalf, "action": row.action, "target": row.target, "outcome": row.outcome,
        "detail": detail, "sequence": row.sequence, "hash": row.hash.as_ref().map(hex::encode),
    })
}
