//! The audit log: changes to it are detected, writers do not wait for sealing, and it is listed and exported.

mod forging;
mod lists;
mod sealing;
mod tampering;

use std::time::Duration;

use doorward::clock::Time;
use doorward::model::audit::{AuditFilter, Broken, ChainError, Head, Report, StoredEntry};
use doorward::store::audit::{NewEntry, record};
use doorward::store::audit_chain::seal_all;
use doorward::store::audit_list::oldest;
use doorward::store::audit_verify::verify;
use doorward::store::{Db, Error};

use crate::support::TestApp;

/// Adds entries, one per second.
async fn add(test: &TestApp, rows: usize) {
    let now = test.clock.now();
    for n in 0..rows {
        write(
            &test.app.db,
            format!("actor {n}"),
            now + Duration::from_secs(n as u64),
        )
        .await;
    }
}

async fn write(db: &Db, actor: String, at: Time) {
    let written = db.write::<_, Error, _>(move |tx| {
        Box::pin(async move {
            let event = NewEntry {
                address: "192.0.2.1",
                on_behalf: "someone",
                detail: "{\"before\":{},\"after\":{}}",
                ..NewEntry::new(&actor, "account.update", "target")
            };
            record(tx, &event, at).await
        })
    });
    written.await.unwrap();
}

/// Seals all entries as one batch.
async fn seal_now(test: &TestApp) {
    seal_all(&test.app.db, &test.app.master, test.clock.now())
        .await
        .unwrap();
}

async fn check(test: &TestApp, noted: Option<&Head>) -> Report {
    let mut conn = test.app.db.read().await.unwrap();
    verify(&mut conn, &test.app.master, noted).await.unwrap()
}

async fn all(test: &TestApp) -> Vec<StoredEntry> {
    let mut conn = test.app.db.read().await.unwrap();
    oldest(&mut conn, &AuditFilter::default(), "", 10_000)
        .await
        .unwrap()
}

/// Changes the database directly.
async fn tamper(test: &TestApp, statements: &[&str]) {
    for sql in statements {
        test.sql(sql).await;
    }
}

/// Three batches: 1 to 10, 11 to 20, 21 to 30.
async fn three_batches(test: &TestApp) {
    tamper(test, &["DELETE FROM audit"]).await;
    for _ in 0..3 {
        add(test, 10).await;
        seal_now(test).await;
    }
    let report = check(test, None).await;
    assert_eq!((report.entries, report.seals, report.unsealed), (30, 3, 0));
    assert_eq!(report.broken, None);
    assert_eq!(report.head.unwrap().sequence, 30);
    tamper(
        test,
        &[
            "CREATE TABLE audit_kept AS SELECT * FROM audit",
            "CREATE TABLE seals_kept AS SELECT * FROM audit_seals",
        ],
    )
    .await;
}

/// Restores the log, runs these statements and checks which entry is reported as the first broken one.
async fn expect(test: &TestApp, statements: &[&str], sequence: i64, fault: ChainError, names_entry: bool) {
    let restore = [
        "DELETE FROM audit",
        "DELETE FROM audit_seals",
        "INSERT INTO audit SELECT * FROM audit_kept",
        "INSERT INTO audit_seals SELECT * FROM seals_kept",
    ];
    tamper(test, &restore).await;
    assert_eq!(check(test, None).await.broken, None);
    tamper(test, statements).await;
    let found = check(test, None).await.broken;
    let found = found.unwrap_or_else(|| panic!("not detected: {statements:?}"));
    assert_eq!((found.sequence, found.fault), (sequence, fault), "{statements:?}");
    assert_eq!(found.id.is_some(), names_entry, "{statements:?}");
}

/// Verifies the log against a noted head, and checks which entry is the first broken one.
async fn expect_broken(test: &TestApp, noted: Option<&Head>, sequence: i64, fault: ChainError) -> Broken {
    let found = check(test, noted).await.broken.unwrap();
    assert_eq!((found.sequence, found.fault), (sequence, fault));
    found
}
