//! The list of accounts: its filters with exact results, its pages, and its pace with many.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use doorward::directory::filter::Filter;
use doorward::model::account_list::{After, Order};
use doorward::store::account_list::{AccountListRow, count, page};

use crate::support::{On, TestApp, on_both};

on_both!(
    cr_12_cr_25_cr_26_cr_27_filters_give_exactly_what_they_say,
    pages_follow_one_another_in_every_order,
);

const DAY: Duration = Duration::from_hours(24);

async fn listed(
    test: &TestApp,
    query: &str,
    order: Order,
    after: Option<&After>,
    limit: i64,
) -> Vec<AccountListRow> {
    let now = test.clock.now();
    let conditions = Filter::parse(query).unwrap().conditions(DAY * 90, "owner", now);
    let mut conn = test.app.db.read().await.unwrap();
    // Both ways to find them yield the same.
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

async fn found(test: &TestApp, query: &str) -> BTreeSet<String> {
    let now = test.clock.now();
    let conditions = Filter::parse(query).unwrap().conditions(DAY * 90, "owner", now);
    let number = count(&mut test.app.db.read().await.unwrap(), &conditions, now)
        .await
        .unwrap();
    let listed = listed(test, query, Order::Newest, None, 100).await;
    assert_eq!(usize::try_from(number).unwrap(), listed.len(), "{query}");
    listed.into_iter().map(|account| account.username).collect()
}

async fn cr_12_cr_25_cr_26_cr_27_filters_give_exactly_what_they_say(test: TestApp) {
    let now = test.clock.now().0;
    let day = 86_400_000_000_i64;
    for (name, status, seen) in [
        ("bob", "active", Some(now - day)),
        ("carol", "active", Some(now - 90 * day)),
        ("dave", "active", None),
        ("erin", "suspended", Some(now)),
        ("frank", "invited", None),
        ("grace", "deleted", Some(now - 90 * day + 1)),
        ("h_l%", "active", Some(now - 90 * day + 1)),
    ] {
        let seen = seen.map_or_else(|| "NULL".to_owned(), |seen| seen.to_string());
        test.sql(&format!(
            "INSERT INTO accounts (id, number, username, username_key, status, name, profile, created_at, updated_at, \
             last_seen_at, search) SELECT '{name}', MAX(number) + 1, '{name}', '{name}', '{status}', '', '{{}}', 0, 0, \
             {seen}, '{name} {name}@example.org' FROM accounts"
        ))
        .await;
    }
    test.sql("INSERT INTO role_grants (account_id, level, role, target, created_at) VALUES ('bob', 'instance', 'admin', '', 0)")
        .await;
    test.sql("INSERT INTO role_grants (account_id, level, role, target, expires_at, created_at) VALUES ('dave', 'instance', 'admin', '', 1, 0)")
        .await;
    test.sql(&format!(
        "UPDATE accounts SET last_seen_at = {now} WHERE username = 'ann'"
    ))
    .await;
    let at = |micros: i64| {
        let second = (now - day).div_euclid(1_000_000);
        let fraction = (now - day).rem_euclid(1_000_000) + micros;
        let moment = jiff::Timestamp::new(second, i32::try_from(fraction * 1_000).unwrap()).unwrap();
        moment.to_string()
    };
    for (query, expected) in [
        (String::new(), "ann bob carol dave erin frank h_l%"),
        ("status:active".into(), "ann bob h_l%"),
        ("status:dormant".into(), "carol dave"),
        ("status:suspended".into(), "erin"),
        ("status:invited".into(), "frank"),
        ("status:deleted".into(), "grace"),
        ("role:admin".into(), "bob"),
        ("role:owner".into(), "ann"),
        ("team:root-team".into(), "ann"),
        ("group:ENGINEERING".into(), "ann"),
        ("group:nothing".into(), ""),
        ("bo".into(), "bob"),
        ("example.org".into(), "ann bob carol dave erin frank h_l%"),
        ("_".into(), "h_l%"),
        ("%".into(), "h_l%"),
        ("status:active bob".into(), "bob"),
        (format!("status:active last_seen_before:\"{}\"", at(0)), "h_l%"),
        (
            format!("status:active last_seen_before:\"{}\"", at(1)),
            "bob h_l%",
        ),
        (format!("status:active last_seen_after:\"{}\"", at(-1)), "ann bob"),
        (format!("status:active last_seen_after:\"{}\"", at(0)), "ann"),
    ] {
        let expected: BTreeSet<String> = expected.split_whitespace().map(str::to_owned).collect();
        assert_eq!(found(&test, &query).await, expected, "{query}");
    }
}

async fn pages_follow_one_another_in_every_order(test: TestApp) {
    test.add_accounts(250).await;
    for order in [Order::Newest, Order::Username, Order::LastSeen] {
        let (mut after, mut seen) = (None, Vec::new());
        loop {
            let rows = listed(&test, "", order, after.as_ref(), 40).await;
            let Some(last) = rows.last() else { break };
            after = Some(After::from(last));
            seen.extend(rows.into_iter().map(|row| row.number));
        }
        assert_eq!(seen.len(), 251, "{order:?}");
        assert_eq!(seen.iter().collect::<BTreeSet<_>>().len(), 251, "{order:?}");
        let whole = listed(&test, "", order, None, 1_000).await;
        assert_eq!(
            seen,
            whole.into_iter().map(|row| row.number).collect::<Vec<_>>(),
            "{order:?}"
        );
    }
}

/// Prints how long each page of the console takes, all included.
#[expect(clippy::print_stderr, reason = "the timings are what it is for")]
async fn pages(test: &TestApp, on: On) {
    let browser = test.browser();
    browser.sign_in("/sign-in", "ann").await;
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
            let answer = browser.get(&format!("/console{page}")).await;
            best = best.min(start.elapsed());
            assert_eq!(answer.status, 200, "{page}");
        }
        eprintln!("{on:?} /console{page}: {best:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "prints timings; run it by name with --ignored --nocapture"]
#[expect(clippy::print_stderr, reason = "the timings are what it is for")]
async fn the_pace_of_the_list_with_100_000_accounts() {
    for on in [On::Sqlite, On::Postgres] {
        let test = TestApp::start(on).await;
        test.add_accounts(100_000).await;
        test.add_others(1_000, 10_000).await;
        test.sql("ANALYZE").await;
        pages(&test, on).await;
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
            let conditions = Filter::parse(query).unwrap().conditions(DAY * 90, "owner", now);
            for order in [Order::Newest, Order::Username, Order::LastSeen] {
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
