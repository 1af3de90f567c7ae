//! Every SQL literal of the store is prepared on both databases, and keeps to what both understand.

use std::fs;
use std::path::Path;

use sqlx::{Connection, Executor, PgConnection, SqliteConnection};

use crate::support::{On, TestApp};

/// What one of the two databases does not know.
const NOT_PORTABLE: &[&str] = &[
    "NOW()",
    "ANY(",
    "FOR UPDATE",
    "ILIKE",
    "SERIAL",
    "ON CONSTRAINT",
    "::",
];

/// The string literals that follow the query macros of one source.
fn literals(source: &str) -> Vec<String> {
    let macros = ["query_all!(", "query_opt!(", "query_one!(", "execute!("];
    let mut found = Vec::new();
    for name in macros {
        for rest in source.split(name).skip(1) {
            let Some(start) = rest.find('"').filter(|at| !rest[..*at].contains(';')) else {
                continue;
            };
            let literal = &rest[start + 1..];
            let end = literal.find('"').unwrap();
            let lines = literal[..end].split("\\\n").map(str::trim_start);
            found.push(lines.collect::<String>());
        }
    }
    found
}

fn statements() -> Vec<String> {
    let store = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store");
    let files = fs::read_dir(store)
        .unwrap()
        .map(|entry| fs::read_to_string(entry.unwrap().path()).unwrap());
    let all: Vec<String> = files.flat_map(|source| literals(&source)).collect();
    let named = doorward::store::account_list::STATEMENTS
        .iter()
        .chain(&doorward::store::people::STATEMENTS);
    let all = all.into_iter().chain(named.map(|sql| (*sql).to_owned()));
    let control = ["BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE"];
    all.filter(|sql| !control.iter().any(|word| sql.starts_with(word)))
        .collect()
}

#[test]
fn the_reader_sees_literals_that_go_over_lines() {
    let source = "query_opt!(\n conn,\n (i64,),\n \"SELECT a \\\n   FROM b\",\n x)";
    assert_eq!(literals(source), ["SELECT a FROM b"]);
    assert!(statements().len() > 60, "{}", statements().len());
}

#[test]
fn statements_keep_to_what_both_databases_know() {
    for sql in statements() {
        let upper = sql.to_uppercase();
        for word in NOT_PORTABLE {
            assert!(!upper.contains(word), "{word} in {sql}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_prepares_every_statement() {
    let test = TestApp::start(On::Sqlite).await;
    let mut connection = SqliteConnection::connect(&test.database).await.unwrap();
    for sql in statements() {
        let prepared = connection
            .prepare(sqlx::SqlSafeStr::into_sql_str(sqlx::AssertSqlSafe(sql.clone())))
            .await;
        assert!(prepared.is_ok(), "{sql}: {:?}", prepared.err());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_prepares_every_statement() {
    let test = TestApp::start(On::Postgres).await;
    let mut connection = PgConnection::connect(&test.database).await.unwrap();
    for sql in statements() {
        let prepared = connection
            .prepare(sqlx::SqlSafeStr::into_sql_str(sqlx::AssertSqlSafe(sql.clone())))
            .await;
        assert!(prepared.is_ok(), "{sql}: {:?}", prepared.err());
    }
}
