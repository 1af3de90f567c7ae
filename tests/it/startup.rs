//! What a start makes, what it refuses, and what many starts at once agree on.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use doorward::app::AppState;
use doorward::clock::{Clock, Time};
use doorward::config::Config;
use sqlx::{Connection, Executor};

use crate::support::{On, TestApp, fresh_postgres, on_both};

on_both!(a_missing_or_other_master_key_refuses_to_start_and_changes_nothing);

fn config(database: &str, keys: &Path) -> Config {
    let environment = [
        ("DOORWARD__ISSUER", "http://127.0.0.1:1"),
        ("DOORWARD__DATABASE", database),
        ("DOORWARD__KEYS_DIR", keys.to_str().unwrap()),
        ("DOORWARD__POSTGRES__CONNECTIONS", "4"),
    ];
    let environment = environment
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
    Config::load(None, environment).unwrap()
}

async fn start(database: &str, keys: &Path) -> Result<Arc<AppState>, String> {
    let clock = Clock::manual(Time::from_seconds(1_800_000_000));
    AppState::start(config(database, keys), clock)
        .await
        .map_err(|error| error.to_string())
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

async fn a_missing_or_other_master_key_refuses_to_start_and_changes_nothing(test: TestApp) {
    let keys = test.folder.path().join("keys");
    let before = names(&keys);
    let mode = std::os::unix::fs::PermissionsExt::mode(
        &fs::metadata(keys.join("master.key")).unwrap().permissions(),
    );
    assert_eq!(mode & 0o777, 0o600);
    assert!(start(&test.database, &keys).await.is_ok(), "the right key starts");

    let away = test.folder.path().join("away");
    fs::rename(&keys, &away).unwrap();
    fs::create_dir(&keys).unwrap();
    let error = start(&test.database, &keys).await.err().unwrap();
    assert!(
        error.contains("is missing") && error.contains("restore"),
        "{error}"
    );
    assert_eq!(names(&keys), Vec::<String>::new(), "no other key is made");

    let elsewhere = test.folder.path().join("other.db");
    start(elsewhere.to_str().unwrap(), &keys).await.unwrap();
    let error = start(&test.database, &keys).await.err().unwrap();
    assert!(error.contains("master key"), "{error}");

    fs::remove_dir_all(&keys).unwrap();
    fs::rename(&away, &keys).unwrap();
    assert_eq!(names(&keys), before);
    assert!(
        start(&test.database, &keys).await.is_ok(),
        "nothing was lost meanwhile"
    );
}

const FUTURE: &str = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
                      VALUES (9999, 'later', TRUE, ";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r15_a_newer_schema_is_refused_on_sqlite() {
    let test = TestApp::start(On::Sqlite).await;
    let mut other = sqlx::SqliteConnection::connect(&format!("sqlite:{}", test.database))
        .await
        .unwrap();
    other
        .execute(sqlx::AssertSqlSafe(format!("{FUTURE} x'00', 0)")))
        .await
        .unwrap();
    refuses_the_newer_schema(&test).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r15_a_newer_schema_is_refused_on_postgres() {
    let test = TestApp::start(On::Postgres).await;
    let mut other = sqlx::PgConnection::connect(&test.database).await.unwrap();
    other
        .execute(sqlx::AssertSqlSafe(format!("{FUTURE} '\\x00', 0)")))
        .await
        .unwrap();
    refuses_the_newer_schema(&test).await;
}

async fn refuses_the_newer_schema(test: &TestApp) {
    let error = start(&test.database, &test.folder.path().join("keys"))
        .await
        .err()
        .unwrap();
    assert!(
        error.contains("newer schema (version 9999)") && error.contains("start the newer doorward"),
        "{error}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn r26_ten_nodes_start_at_once_on_an_empty_database() {
    let (database, folder) = (fresh_postgres().await, tempfile::tempdir().unwrap());
    let keys = folder.path().join("keys");
    let nodes = (0..10).map(|_| start(&database, &keys));
    let mut key_sets = Vec::new();
    for node in futures_util::future::join_all(nodes).await {
        let app = node.unwrap();
        app.refresh_keys().await.unwrap();
        key_sets.push(app.keyring().jwks_json());
    }
    assert!(key_sets.iter().all(|set| set == &key_sets[0]), "one key set");
    let set: serde_json::Value = serde_json::from_slice(&key_sets[0]).unwrap();
    assert_eq!(set["keys"].as_array().unwrap().len(), 4, "one key an algorithm");
}
