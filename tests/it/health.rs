//! Readiness and writes while the database does not work as it should.

use std::time::Duration;

use futures_util::future::join_all;
use sqlx::{Connection, Executor, PgConnection};

use crate::support::{On, TestApp, apply, on_both, sqlite};

/// Another program that keeps everybody else from writing until it is dropped.
enum Lock {
    Sqlite { _held: rusqlite::Connection },
    Postgres { _held: PgConnection },
}

impl Lock {
    async fn take(database: &str) -> Self {
        if database.starts_with("postgres") {
            let mut held = PgConnection::connect(database).await.unwrap();
            held.execute("BEGIN; SELECT value FROM counters WHERE name = 'health' FOR UPDATE")
                .await
                .unwrap();
            return Self::Postgres { _held: held };
        }
        let held = sqlite(database);
        held.execute_batch("BEGIN IMMEDIATE").unwrap();
        Self::Sqlite { _held: held }
    }
}

#[apply(on_both)]
async fn a_node_that_cannot_write_is_not_ready_until_it_can_again(test: TestApp) {
    let browser = test.browser();
    assert_eq!(browser.get("/health/ready").await.status, 200);
    let lock = Lock::take(&test.database).await;
    browser.until("/health/ready", "cannot be written").await;
    assert_eq!(browser.get("/health/ready").await.status, 503);
    assert_eq!(browser.get("/health/live").await.status, 200);
    drop(lock);
    browser.until("/health/ready", "ready\n").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writers_do_not_wait_one_after_another_for_a_lock_of_another_program() {
    let test = TestApp::start(On::Sqlite).await;
    let _lock = Lock::take(&test.database).await;
    let browsers: Vec<_> = (0..16).map(|_| test.browser()).collect();
    let sixteen = join_all(browsers.iter().map(|browser| browser.try_sign_in("ann", "wrong")));
    let refused = tokio::time::timeout(Duration::from_secs(15), sixteen).await;
    let refused = refused.expect("the writers do not wait one after another");
    let statuses: Vec<u16> = refused.iter().map(|response| response.status).collect();
    assert_eq!(statuses, [503; 16], "{}", refused[0].body);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_cannot_follow_the_others_says_so_and_trusts_no_cache() {
    let test = TestApp::start(On::Postgres).await;
    let (rp, browser) = (test.rp().await, test.browser());
    test.app.db.poll_cache_version().await.unwrap();
    let jobs = tokio::spawn(doorward::jobs::run(test.app.clone()));
    rp.client_credentials().await;
    test.sql("UPDATE clients SET disabled = true").await;
    rp.client_credentials().await;
    let mut lock = PgConnection::connect(&test.database).await.unwrap();
    lock.execute("BEGIN; LOCK TABLE counters IN ACCESS EXCLUSIVE MODE")
        .await
        .unwrap();
    browser.until("/health/ready", "cannot check for changes").await;
    let refused = rp
        .call("/oauth2/token", &[("grant_type", "client_credentials")])
        .await;
    assert_eq!(refused.status, 401, "the cache said that the app is not disabled");
    drop(lock);
    browser.until("/health/ready", "ready\n").await;
    jobs.abort();
}

#[apply(on_both)]
async fn a_write_that_panics_affects_no_other(test: TestApp) {
    let write = async |panics: bool| {
        let db = test.app.db.clone();
        let write = async move {
            let work = db.write::<_, sqlx::Error, _>(move |_| {
                Box::pin(async move {
                    assert!(!panics, "as a fault in our own code would");
                    Ok(())
                })
            });
            work.await
        };
        // Where the write runs in its caller's task, that task panics too.
        tokio::spawn(write).await.is_ok_and(|written| written.is_ok())
    };
    for panics in [true, false, true, false] {
        assert_eq!(write(panics).await, !panics);
    }
    assert_eq!(test.browser().get("/health/ready").await.status, 200);
    test.signed_in("ann").await;
}
