//! The list of accounts: exact results of its filters, its pages, and its speed with many accounts.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use doorward::directory::filter::Filter;
use doorward::directory::schemes;
use doorward::model::account_list::{Order, Position};
use doorward::store::account_list::{AccountListRow, count, page};

use crate::support::{On, TestApp, apply, on_both};

const DAY_MICROS: i64 = 86_400_000_000;

async fn listed(
    test: &TestApp,
    query: &str,
    order: Order,
    after: Option<&Position>,
    limit: i64,
) -> Vec<AccountListRow> {
    let now = test.clock.now();
    let conditions = Filter::parse(query)
        .unwrap()
        .conditions(&schemes::built_in()[0], now);
    let mut conn = test.app.db.read().await.unwrap();
    // Both query plans yield the same.
    let all = count(&mut conn, &conditions, now).await.unwrap();
    let other = page(&mut conn, &conditions, 1_000 - all, order, after, limit, now)
        .await
        .unwrap();
    let listed = page(&mut conn, &conditions, all, order, after, limit, now)
        .await
        .unwrap();
    assert_eq!(listed, other, "{query}");
    listed
}

/// Checks which usernames a query finds, in any order, and their count.
async fn assert_found(test: &TestApp, query: &str, expected: &str) {
    let now = test.clock.now();
    let conditions = Filter::parse(query)
        .unwrap()
        .conditions(&schemes::built_in()[0], now);
    let number = count(&mut test.app.db.read().await.unwrap(), &conditions, now).await;
    let listed = listed(test, query, Order::Newest, None, 100).await;
    assert_eq!(number.unwrap(), i64::try_from(listed.len()).unwrap(), "{query}");
    let found: BTreeSet<&str> = listed.iter().map(|account| account.username.as_str()).collect();
    assert_eq!(found, expected.split_whitespace().collect(), "{query}");
}

/// Accounts with their status and when they were last seen, in microseconds before the current time.
const ACCOUNTS: [(&str, &str, Option<i64>); 7] = [
    ("bob", "active", Some(DAY_MICROS)),
    ("carol", "active", Some(90 * DAY_MICROS)),
    ("dave", "active", None),
    ("erin", "suspended", Some(0)),
    ("frank", "invited", None),
    ("grace", "deleted", Some(90 * DAY_MICROS - 1)),
    ("h_l%", "active", Some(90 * DAY_MICROS - 1)),
];

/// Adds these accounts; Bob is an admin, Dave was one, and Ann was just seen.
async fn add_accounts(test: &TestApp) {
    let now = test.clock.now().0;
    for (name, status, ago) in ACCOUNTS {
        let seen = ago.map_or_else(|| "NULL".to_owned(), |ago| (now - ago).to_string());
        test.sql(&format!(
            "INSERT INTO accounts (id, number, username, username_key, status, name, profile, created_at, updated_at, \
             last_seen_at, search) SELECT '{name}', MAX(number) + 1, '{name}', '{name}', '{status}', '', '{{}}', 0, 0, \
             {seen}, '{name} {name}@example.org' FROM accounts"
        ))
        .await;
    }
    test.sql(
        "INSERT INTO role_grants (account_id, level, role, target, expires_at, created_at) VALUES \
         ('bob', 'instance', 'admin', '', NULL, 0), ('dave', 'instance', 'admin', '', 1, 0)",
    )
    .await;
    test.sql("INSERT INTO groups (id, name, name_key, created_at) VALUES ('outer', 'Outer', 'outer', 0)")
        .await;
    test.sql(
        "INSERT INTO group_groups (group_id, inner_id, created_at) SELECT 'outer', id, 0 FROM groups \
         WHERE name_key = 'engineering'",
    )
    .await;
    test.sql(&format!(
        "UPDATE accounts SET last_seen_at = {now} WHERE username = 'ann'"
    ))
    .await;
}

const FILTERS: [(&str, &str); 22] = [
    ("", "ann bob carol dave erin frank h_l%"),
    ("status:active", "ann bob h_l%"),
    ("status:dormant", "carol dave"),
    ("status:suspended", "erin"),
    ("status:invited", "frank"),
    ("status:deleted", "grace"),
    ("role:admin", "bob"),
    ("role:owner", "ann"),
    ("role:ADMIN Status:Active", "bob"),
    ("role:member", "ann bob carol dave erin frank h_l%"),
    ("team:root-team", "ann"),
    ("team:Root-Team", "ann"),
    ("group:outer", "ann"),
    ("group:ENGINEERING", "ann"),
    ("group:nothing", ""),
    ("bo", "bob"),
    ("1", "bob"),
    ("carol", "carol"),
    ("example.org", "ann bob carol dave erin frank h_l%"),
    ("_", "h_l%"),
    ("%", "h_l%"),
    ("status:active bob", "bob"),
];

#[apply(on_both)]
async fn cr_12_cr_25_cr_26_filters_give_exactly_what_they_say(test: TestApp) {
    add_accounts(&test).await;
    for (query, expected) in FILTERS {
        assert_found(&test, query, expected).await;
    }
}

#[apply(on_both)]
async fn cr_27_the_command_takes_the_same_query(test: TestApp) {
    add_accounts(&test).await;
    let query = ["users", "list", "status:active", "role:ADMIN"];
    let listed = test.run(&query, "").await;
    assert_eq!(listed.stdout, "1  bob  active  \n", "{}", listed.stderr);
    let wrong = test.run(&["users", "list", "status:gone"], "").await;
    assert!(
        !wrong.succeeded && wrong.stderr.contains("active, dormant"),
        "{}",
        wrong.stderr
    );
}

/// Filters by the last activity of an account, with a time relative to Bob's in microseconds.
const LAST_SEEN: [(&str, i64, &str); 4] = [
    ("last_seen_before", 0, "h_l%"),
    ("last_seen_before", 1, "bob h_l%"),
    ("last_seen_after", -1, "ann bob"),
    ("last_seen_after", 0, "ann"),
];

#[apply(on_both)]
async fn cr_27_filters_by_last_seen_are_exact(test: TestApp) {
    add_accounts(&test).await;
    let bob_seen = test.clock.now().0 - DAY_MICROS;
    for (filter, after, expected) in LAST_SEEN {
        let moment = jiff::Timestamp::from_microsecond(bob_seen + after).unwrap();
        let query = format!("status:active {filter}:\"{moment}\"");
        assert_found(&test, &query, expected).await;
    }
}

const ORDERS: [Order; 6] = [
    Order::Newest,
    Order::Oldest,
    Order::Username,
    Order::UsernameReversed,
    Order::LastSeen,
    Order::LastSeenReversed,
];

#[apply(on_both)]
async fn pages_continue_in_every_order(test: TestApp) {
    test.add_accounts(250).await;
    for order in ORDERS {
        let (mut after, mut seen) = (None, Vec::new());
        loop {
            let rows = listed(&test, "", order, after.as_ref(), 40).await;
            let Some(last) = rows.last() else { break };
            after = Some(Position::from(last));
            seen.extend(rows.into_iter().map(|row| row.number));
        }
        assert_eq!(seen.len(), 251, "{order:?}");
        assert_eq!(seen.iter().collect::<BTreeSet<_>>().len(), 251, "{order:?}");
        let whole = listed(&test, "", order, None, 1_000).await;
        let mut reversed = listed(&test, "", order.reversed(), None, 1_000).await;
        reversed.reverse();
        assert_eq!(whole, reversed, "{order:?}");
        assert_eq!(
            seen,
            whole.into_iter().map(|row| row.number).collect::<Vec<_>>(),
            "{order:?}"
        );
    }
}

/// Prints the response time of each page of the console.
#[expect(clippy::print_stderr, reason = "it exists to print timings")]
async fn print_page_timings(test: &TestApp, on: On) {
    let browser = test.signed_in("ann").await;
    for page in [
        "",
        "/users",
        "/users?sort=seen",
        "/users?q=status:dormant+person",
        "/users?q=user99999&sort=seen",
        "/users?q=role:owner&sort=name",
        "/users/777",
        "/teams",
        "/teams?q=team+99",
        "/teams/team-1",
        "/groups",
        "/groups/group-1",
        "/roles",
        "/invitations",
        "/audit",
    ] {
        let mut best = Duration::MAX;
        for _ in 0..5 {
            let start = Instant::now();
            let response = browser.get(&format!("/console{page}")).await;
            best = best.min(start.elapsed());
            assert_eq!(response.status, 200, "{page}");
        }
        eprintln!("{on:?} /console{page}: {best:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "prints timings; run it by name with --ignored --nocapture"]
#[expect(clippy::print_stderr, reason = "it exists to print timings")]
async fn timings_of_the_list_with_100_000_accounts() {
    for on in [On::Sqlite, On::Postgres] {
        let test = TestApp::start(on).await;
        test.add_accounts(100_000).await;
        test.add_teams_groups_and_entries(1_000, 10_000).await;
        if matches!(on, On::Postgres) {
            test.sql("ANALYZE").await;
        }
        print_page_timings(&test, on).await;
        let now = test.clock.now();
        for query in [
            "",
            "status:active",
            "status:suspended",
            "role:owner",
            "user99999",
            "nobody at all",
            "status:dormant person",
        ] {
            let conditions = Filter::parse(query)
                .unwrap()
                .conditions(&schemes::built_in()[0], now);
            for order in ORDERS {
                let mut best = Duration::MAX;
                let mut counted = Duration::MAX;
                for _ in 0..5 {
                    let mut conn = test.app.db.read().await.unwrap();
                    let start = Instant::now();
                    let all = count(&mut conn, &conditions, now).await.unwrap();
                    counted = counted.min(start.elapsed());
                    let start = Instant::now();
                    page(&mut conn, &conditions, all, order, None, 50, now)
                        .await
                        .unwrap();
                    best = best.min(start.elapsed());
                }
                eprintln!("{on:?} {query:24} {order:?}: page {best:?}, count {counted:?}");
            }
        }
    }
}
