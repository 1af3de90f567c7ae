//! Sealing: writers do not wait for it, and concurrent sealing creates one chain.

use std::sync::Arc;
use std::time::Duration;

use doorward::app::AppState;
use doorward::clock::Time;
use doorward::directory::Actor;
use doorward::directory::accounts::SuspendAccount;
use doorward::model::audit::{ChainError, Head};
use doorward::store::Error;
use doorward::store::audit_chain::seal;

use super::{add, all, check, seal_now, tamper, three_batches, write};
use crate::support::{On, TestApp, apply, on_both};

#[apply(on_both)]
async fn d15_a_change_without_its_entry_is_rolled_back(test: TestApp) {
    let bob = test.add_person("bob").await;
    tamper(&test, &["ALTER TABLE audit RENAME TO audit_away"]).await;
    let suspend = async || {
        let (id, reason) = (bob.clone(), String::new());
        test.change(&Actor::HOST, SuspendAccount { id, reason }).await
    };
    assert!(suspend().await.is_err());
    let status = async || {
        let mut conn = test.app.db.read().await.unwrap();
        let account = doorward::store::accounts::by_id(&mut conn, &bob)
            .await
            .unwrap()
            .unwrap();
        account.status.to_string()
    };
    assert_eq!(status().await, "active");
    tamper(&test, &["ALTER TABLE audit_away RENAME TO audit"]).await;
    suspend().await.unwrap();
    assert_eq!(status().await, "suspended");
    let rows = all(&test).await;
    assert_eq!(
        rows.iter().filter(|row| row.action == "account.suspend").count(),
        1
    );
}

async fn seal_twenty_times(app: Arc<AppState>, now: Time) {
    for _ in 0..20 {
        let master = app.master.clone();
        let sealed = app
            .db
            .write::<_, Error, _>(move |tx| Box::pin(async move { seal(tx, &master, now).await }));
        sealed.await.unwrap();
    }
}

#[apply(on_both)]
async fn d15_four_concurrent_sealings_create_one_chain(test: TestApp) {
    let now = test.clock.now();
    let writers = (0..4).map(|n| {
        let app = test.app.clone();
        tokio::spawn(async move {
            for i in 0..50 {
                write(&app.db, format!("actor {n}"), now + Duration::from_millis(i)).await;
            }
        })
    });
    let writers: Vec<_> = writers.collect();
    let sealers: Vec<_> = (0..4)
        .map(|_| tokio::spawn(seal_twenty_times(test.app.clone(), now)))
        .collect();
    for task in writers.into_iter().chain(sealers) {
        task.await.unwrap();
    }
    seal_now(&test).await;
    let rows = all(&test).await;
    let mut places: Vec<i64> = rows.iter().map(|row| row.sequence.unwrap()).collect();
    places.sort_unstable();
    let count = i64::try_from(rows.len()).unwrap();
    assert!(count >= 200);
    assert_eq!(places, (1..=count).collect::<Vec<_>>(), "one chain without gaps");
    let report = check(&test, None).await;
    assert_eq!((report.broken, report.unsealed), (None, 0));
    assert_eq!(report.entries, rows.len() as u64);
}

/// On `PostgreSQL` only: `SQLite` serializes all writers, so there each batch is kept short instead.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d15_writers_do_not_wait_for_sealing_on_postgres() {
    let test = TestApp::start(On::Postgres).await;
    add(&test, 20).await;
    let (go_on, wait) = tokio::sync::oneshot::channel::<()>();
    let (is_sealed, sealed) = tokio::sync::oneshot::channel();
    let (app, now) = (test.app.clone(), test.clock.now());
    let sealing = tokio::spawn(async move {
        let master = app.master.clone();
        app.db
            .write::<_, Error, _>(move |tx| {
                Box::pin(async move {
                    let rows = seal(tx, &master, now).await?;
                    is_sealed.send(rows).unwrap();
                    wait.await.unwrap();
                    Ok(())
                })
            })
            .await
    });
    assert!(sealed.await.unwrap() >= 20);
    // The batch is sealed but not committed; sign-ins and changes do not wait.
    let meanwhile = async {
        test.signed_in("ann").await;
        add(&test, 1).await;
    };
    tokio::time::timeout(Duration::from_secs(10), meanwhile)
        .await
        .unwrap();
    go_on.send(()).unwrap();
    sealing.await.unwrap().unwrap();
    seal_now(&test).await;
    let report = check(&test, None).await;
    assert_eq!((report.broken, report.seals), (None, 2));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d15_a_batch_is_short_where_writers_are_serialized() {
    let test = TestApp::start(On::Sqlite).await;
    tamper(&test, &["DELETE FROM audit"]).await;
    let many = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1200) \
                INSERT INTO audit (id, at, actor, action, target, detail) \
                SELECT printf('%036d', i), 1, 'actor', 'account.update', 'target', '{}' FROM n";
    tamper(&test, &[many]).await;
    seal_now(&test).await;
    let report = check(&test, None).await;
    assert_eq!((report.entries, report.seals, report.broken), (1200, 3, None));
}

#[apply(on_both)]
async fn late_and_inserted_entries_go_into_the_next_batch(test: TestApp) {
    three_batches(&test).await;
    let long_ago = Time(test.clock.now().0 - 1_000_000_000);
    write(&test.app.db, "late".into(), long_ago).await;
    let by_hand =
        "INSERT INTO audit (id, at, actor, action, target, detail) VALUES ('x', 1, 'y', 'é', '', 'no JSON')";
    tamper(&test, &[by_hand]).await;
    assert_eq!(check(&test, None).await.unsealed, 2);
    seal_now(&test).await;
    let report = check(&test, None).await;
    assert_eq!((report.broken, report.entries, report.unsealed), (None, 32, 0));
    let late = all(&test)
        .await
        .into_iter()
        .find(|row| row.actor == "late")
        .unwrap();
    assert_eq!(late.sequence, Some(31), "the order is that of the sequence");
}

#[apply(on_both)]
async fn an_empty_log_is_intact(test: TestApp) {
    tamper(&test, &["DELETE FROM audit"]).await;
    seal_now(&test).await;
    let report = check(&test, None).await;
    assert_eq!((report.entries, report.seals, report.unsealed), (0, 0, 0));
    assert_eq!((report.head, report.broken), (None, None));
    let noted = Head {
        sequence: 1,
        hash: [0; 32],
    };
    assert_eq!(
        check(&test, Some(&noted)).await.broken.unwrap().fault,
        ChainError::CutOff
    );
}
