//! Deleting what has expired.

use doorward::store::sweep::sweep;

use crate::support::{TestApp, apply, on_both};

#[apply(on_both)]
async fn everything_that_has_expired_is_deleted_and_nothing_else(test: TestApp) {
    let now = test.clock.now().0;
    let rows = (0..1_200).map(|number| format!("('test', 'old {number}', {})", now - 1));
    let rows: Vec<String> = rows.chain([format!("('test', 'new', {})", now + 1)]).collect();
    test.sql(&format!(
        "INSERT INTO seen_once (purpose, value, expires_at) VALUES {}",
        rows.join(",")
    ))
    .await;
    let ann = test.signed_in("ann").await;
    test.rp().await.silent_sign_in(&ann).await;
    let gone = sweep(&test.app.db, test.clock.now()).await.unwrap();
    assert_eq!((gone, test.count("seen_once").await), (1_200, 1));
    assert_eq!(test.count("access_tokens").await, 1);

    test.clock.advance(std::time::Duration::from_hours(24 * 500));
    sweep(&test.app.db, test.clock.now()).await.unwrap();
    for table in ["seen_once", "access_tokens", "grants", "sessions", "devices"] {
        assert_eq!(test.count(table).await, 0, "{table}");
    }
}

#[apply(on_both)]
async fn only_the_counters_that_disable_a_password_are_kept(test: TestApp) {
    let now = test.clock.now().0;
    for (subject, failures) in [
        ("account:few", 99),
        ("account:many", 100),
        ("name:many", 100),
        ("device:many", 100),
        ("address:192.0.2.1", 100),
        ("registration:192.0.2.1", 500),
        ("device-start", 10_000),
    ] {
        test.sql(&format!(
            "INSERT INTO throttles (subject, failures, window_started_at, last_failure_at) \
             VALUES ('{subject}', {failures}, {now}, {now})"
        ))
        .await;
    }
    sweep(&test.app.db, test.clock.now()).await.unwrap();
    assert_eq!(test.count("throttles").await, 7, "they still count");
    test.clock.advance(std::time::Duration::from_hours(25));
    sweep(&test.app.db, test.clock.now()).await.unwrap();
    assert_eq!(test.count("throttles").await, 3);
    let kept = "throttles WHERE subject IN ('account:many', 'name:many', 'device:many')";
    assert_eq!(test.count(kept).await, 3);
}
