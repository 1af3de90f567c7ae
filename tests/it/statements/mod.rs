//! Prepares every SQL literal of the store on both databases, and checks that it uses only what both support.

use std::fs;
use std::path::Path;

use sqlx::{Connection, Executor, PgConnection};

use crate::support::{On, TestApp, sqlite};

mod source;
mod tokens;

/// Words that one of the two databases does not support.
const NOT_PORTABLE: &[&str] = &[
    "NOW()",
    "ANY(",
    "FOR UPDATE",
    "ILIKE",
    "SERIAL",
    "ON CONSTRAINT",
    "::",
];

/// The sources of the store, except the one that defines the query macros and those that are about one database alone.
fn sources() -> Vec<String> {
    let store = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store");
    let files = fs::read_dir(store).unwrap().map(|entry| entry.unwrap().path());
    files
        .filter(|path| {
            !["sql.rs", "postgres.rs", "sqlite.rs", "sqlite_migrations.rs"]
                .iter()
                .any(|name| path.ends_with(name))
        })
        .map(|path| fs::read_to_string(path).unwrap())
        .collect()
}

/// Every statement of the store, except those that begin and end transactions.
fn statements() -> Vec<String> {
    let control = ["BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE"];
    source::statements(&sources())
        .into_iter()
        .filter(|sql| !control.iter().any(|word| sql.starts_with(word)))
        .collect()
}

/// The statements in a function with this body.
fn of_body(body: &str) -> Vec<String> {
    source::statements(&[format!(
        "row!(columns => Type {{ t.a, t.b json, }});
        macro_rules! whole {{ ($rest:literal) => {{ concat!(\"SELECT \", columns!(), $rest) }}; }}
        macro_rules! with {{
            ($run:ident, $row:ty, $sql:expr $(, $bind:expr)*) => {{ $run!(conn, $row, $sql $(, $bind)*) }};
        }}
        const BOTH: [&str; 2] = [whole!(\" FROM one\"), whole!(\" FROM other\")];
        fn run() {{ {body} }}"
    )])
}

#[test]
fn literals_macros_and_constants_are_evaluated() {
    let all = [
        (
            r#"query_opt!(conn, (i64, bool), "SELECT a \
            FROM b", x)"#,
            vec!["SELECT a FROM b"],
        ),
        (
            r#"execute!(tx, concat!("SELECT ", columns!(), " FROM \"t\""))?"#,
            vec!["SELECT t.a, t.b FROM \"t\""],
        ),
        (
            r#"Some(query_one!(conn, Row, whole!(" FROM t")))"#,
            vec!["SELECT t.a, t.b FROM t"],
        ),
        (
            "with!(query_all, Row, BOTH[way], x, y)",
            vec!["SELECT t.a, t.b FROM one", "SELECT t.a, t.b FROM other"],
        ),
        (
            r#"const ONE: &str = "SELECT 1"; query_all!(conn, (i64,), ONE)"#,
            vec!["SELECT 1"],
        ),
    ];
    for (body, expected) in all {
        assert_eq!(of_body(body), expected, "{body}");
    }
}

#[test]
#[should_panic(expected = "cannot be evaluated")]
fn a_statement_that_cannot_be_evaluated_is_refused() {
    of_body("let sql = read(); execute!(tx, sql)");
}

#[test]
fn only_the_query_macros_run_statements() {
    for source in sources() {
        for word in ["sqlx::query", "raw_sql", ".execute(", ".fetch_"] {
            assert!(!source.contains(word), "{word} in {source}");
        }
    }
    assert!(statements().len() > 150, "{}", statements().len());
}

#[test]
fn statements_use_only_what_both_databases_support() {
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
    let connection = sqlite(&test.database);
    for sql in statements() {
        let prepared = connection.prepare(&sql);
        assert!(prepared.is_ok(), "{sql}: {:?}", prepared.err());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_prepares_every_statement() {
    let test = TestApp::start(On::Postgres).await;
    let mut connection = PgConnection::connect(&test.database).await.unwrap();
    for sql in statements() {
        let safe = sqlx::SqlSafeStr::into_sql_str(sqlx::AssertSqlSafe(sql.clone()));
        let prepared = connection.prepare(safe).await;
        assert!(prepared.is_ok(), "{sql}: {:?}", prepared.err());
    }
}
