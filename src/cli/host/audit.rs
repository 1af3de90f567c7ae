//! `doorward audit verify`: verifying the audit log, which needs the master key.

use anyhow::bail;

use super::Host;
use crate::model::audit::{Broken, Head, Report};
use crate::store::audit_verify;
use crate::words;

/// Verifies the log; fails if it is broken.
pub(in crate::cli) async fn verify(host: &Host, head: Option<&Head>) -> anyhow::Result<()> {
    let db = host.database().await?;
    let master = host.master_key(&db).await?;
    let report = audit_verify::verify(&mut db.read().await?, &master, head).await?;
    db.close().await;
    let Some(broken) = &report.broken else {
        host.print(&intact(&report), &serde_json::to_value(&report)?);
        return Ok(());
    };
    if host.json {
        host.print("", &serde_json::to_value(&report)?);
    }
    bail!("{}", found_broken(broken))
}

fn intact(report: &Report) -> String {
    let head = report.head.as_ref().map(|head| format!("\nhead {head}"));
    format!(
        "The audit log is intact: {} {} under {}; {} not sealed yet.{}",
        report.entries,
        if report.entries == 1 { "entry" } else { "entries" },
        words::counted(report.seals, "seal"),
        report.unsealed,
        head.unwrap_or_default()
    )
}

fn found_broken(broken: &Broken) -> String {
    let entry = broken.id.as_ref().map(|id| format!(", entry {id}"));
    format!(
        "the audit log is broken at number {}{}: {}",
        broken.sequence,
        entry.unwrap_or_default(),
        words::chain_error(broken.fault)
    )
}
