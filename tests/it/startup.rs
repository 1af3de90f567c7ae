//! Starting the server: refusals, and many nodes at once.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;

use doorward::app::AppState;
use doorward::clock::{Clock, Time};
use doorward::config::Config;

use crate::support::{On, TestApp, apply, fresh_postgres, on_both};

/// With statistics of an almost empty database, `SQLite` would later read whole tables for one row.
#[tokio::test]
async fn no_command_leaves_statistics_in_the_file() {
    let test = TestApp::start(On::Sqlite).await;
    for arguments in [&["teams", "create", "ops"][..], &["users", "list"]] {
        let ran = test.run(arguments, "").await;
        assert!(ran.succeeded, "{}", ran.stderr);
    }
    test.app.db.close().await;
    assert_eq!(
        test.count("sqlite_schema WHERE name LIKE 'sqlite_stat%'").await,
        0
    );
}

#[tokio::test]
async fn only_commands_that_change_signing_keys_say_that_they_changed_none() {
    let mut test = TestApp::start(On::Sqlite).await;
    test.database = "postgres://u@127.0.0.1:1/doorward".to_owned();
    for (arguments, says_it) in [
        (&["keys", "list"][..], false),
        (&["keys", "rotate"], true),
        (&["keys", "revoke", "x", "--yes"], true),
    ] {
        let failed = test.run(arguments, "").await;
        assert!(!failed.succeeded, "{}", failed.stdout);
        let said = failed.stderr.contains("the signing keys were not changed");
        assert_eq!(said, says_it, "{}", failed.stderr);
    }
}

#[tokio::test]
async fn an_unreachable_database_is_named_with_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let error = start_error("postgres://u@127.0.0.1:1/doorward", folder.path()).await;
    assert!(error.contains("Connection refused"), "{error}");
}

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

/// The error with which a start fails.
async fn start_error(database: &str, keys: &Path) -> String {
    start(database, keys).await.err().unwrap()
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[apply(on_both)]
async fn a_missing_or_wrong_master_key_prevents_the_start_and_changes_nothing(test: TestApp) {
    let keys = test.folder.path().join("keys");
    let before = names(&keys);
    let permissions = fs::metadata(keys.join("master.key")).unwrap().permissions();
    assert_eq!(permissions.mode() & 0o777, 0o600);
    let right = start(&test.database, &keys).await;
    assert!(right.is_ok(), "the right key starts");

    let away = test.folder.path().join("away");
    fs::rename(&keys, &away).unwrap();
    fs::create_dir(&keys).unwrap();
    let error = start_error(&test.database, &keys).await;
    for part in ["is missing", "restore"] {
        assert!(error.contains(part), "{error}");
    }
    assert_eq!(names(&keys), Vec::<String>::new(), "no other key is made");

    let elsewhere = test.folder.path().join("other.db");
    start(elsewhere.to_str().unwrap(), &keys).await.unwrap();
    let error = start_error(&test.database, &keys).await;
    assert!(error.contains("master key"), "{error}");

    let missing = test.folder.path().join("missing.db");
    let error = start_error(missing.to_str().unwrap(), &keys).await;
    assert!(
        error.contains("missing.db is missing") && error.contains("restore"),
        "{error}"
    );
    assert!(!missing.exists(), "no other database is made");

    fs::remove_dir_all(&keys).unwrap();
    fs::rename(&away, &keys).unwrap();
    assert_eq!(names(&keys), before);
    let again = start(&test.database, &keys).await;
    assert!(again.is_ok(), "nothing was lost meanwhile");
}

#[apply(on_both)]
async fn only_the_server_and_migrate_change_a_schema(test: TestApp) {
    test.sql("UPDATE _sqlx_migrations SET version = 0").await;
    let list = test.run(&["users", "list"], "").await;
    assert!(
        !list.succeeded && list.stderr.contains("doorward migrate"),
        "{}",
        list.stderr
    );
    assert_eq!(test.count("_sqlx_migrations WHERE version = 0").await, 1);
}

#[apply(on_both)]
async fn r15_a_newer_schema_is_refused(test: TestApp) {
    test.sql(&format!(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
         VALUES (9999, 'later', TRUE, {}, 0)",
        test.bytes_literal(&[0])
    ))
    .await;
    let list = test.run(&["users", "list"], "").await;
    assert!(
        !list.succeeded && list.stderr.contains("newer schema"),
        "{}",
        list.stderr
    );
    let error = start_error(&test.database, &test.folder.path().join("keys")).await;
    for part in ["newer schema (version 9999)", "start the newer doorward"] {
        assert!(error.contains(part), "{error}");
    }
}

#[tokio::test]
async fn only_the_owner_of_the_process_reads_the_database_files() {
    let test = TestApp::start(On::Sqlite).await;
    for name in ["doorward.db", "doorward.db-wal", "doorward.db-shm"] {
        let file = fs::metadata(test.folder.path().join(name)).unwrap();
        assert_eq!(file.permissions().mode() & 0o777, 0o600, "{name}");
    }
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
