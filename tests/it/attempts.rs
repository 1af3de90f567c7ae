//! Attempts to sign in: what they keep, what they leave behind, and that each is used once.

use std::sync::Arc;
use std::time::Duration;

use sqlx::{Connection, PgConnection, SqliteConnection};

use crate::support::{Browser, PASSWORD, REDIRECT_URI, TestApp, on_both, param};

on_both!(
    deep_links_survive_the_sign_in,
    r14_nothing_is_stored_before_a_fact,
    a_request_of_more_than_4_kilobytes_is_refused,
    an_attempt_is_answered_once,
    an_attempt_opens_in_its_browser_and_its_time_only,
    a_request_that_shows_no_page_is_never_stored,
);

/// How many attempts are stored.
async fn stored(test: &TestApp) -> i64 {
    let sql = "SELECT COUNT(*) FROM attempts";
    if test.database.starts_with("postgres") {
        let mut connection = PgConnection::connect(&test.database).await.unwrap();
        sqlx::query_scalar(sql).fetch_one(&mut connection).await.unwrap()
    } else {
        let mut connection = SqliteConnection::connect(&test.database).await.unwrap();
        sqlx::query_scalar(sql).fetch_one(&mut connection).await.unwrap()
    }
}

async fn deep_links_survive_the_sign_in(test: TestApp) {
    for (method, link, lands) in [
        ("GET", "/account", "/account"),
        ("GET", "/account?done=team", "/account?done=team"),
        ("GET", "/account/teams/root-team", "/account/teams/root-team"),
        ("GET", "/console", "/console"),
        (
            "GET",
            "/console/users?q=a%20b&page=2",
            "/console/users?q=a%20b&page=2",
        ),
        ("GET", "/console/users/0", "/console/users/0"),
        ("GET", "/console/audit/export?about=x", "/console/audit"),
        ("POST", "/console/users/0/suspend", "/console/users/0"),
        ("POST", "/console/users/bulk", "/console/users"),
        ("POST", "/account/password", "/account"),
    ] {
        let browser = test.browser();
        let asked = match method {
            "GET" => browser.get(link).await,
            _ => browser.post(link, &[]).await,
        };
        assert!(
            asked.location().contains("/sign-in"),
            "{link}: {}",
            asked.location()
        );
        let page = browser.get(asked.location()).await;
        let filled = [("username", "ann"), ("password", PASSWORD)];
        let mut answer = browser.submit(&page, "/sign-in/password", &filled).await;
        if answer.location().contains("/sign-in/continue") {
            answer = browser.get(answer.location()).await;
        }
        assert_eq!(
            answer.location(),
            format!("{}{lands}", test.base),
            "{method} {link}"
        );
        assert_eq!(
            browser.get(answer.location()).await.status,
            200,
            "{method} {link}"
        );
        // The address of the sign-in leads on for who is signed in.
        if asked.location().contains("attempt") {
            let again = browser.get(asked.location()).await;
            let entered = browser.get(again.location()).await;
            assert_eq!(entered.location(), format!("{}{lands}", test.base));
        }
    }
}

async fn r14_nothing_is_stored_before_a_fact(test: TestApp) {
    let (rp, browser) = (test.rp().await, test.browser());
    let page = browser.get(&rp.authorize(&[])).await;
    let sign_in = browser.get(page.location()).await;
    browser.get("/console/users").await;
    let wrong = [("username", "ann"), ("password", "wrong password here")];
    assert_eq!(
        browser.submit(&sign_in, "/sign-in/password", &wrong).await.status,
        422
    );
    assert_eq!(stored(&test).await, 0);
    let back = browser.sign_in(page.location(), "ann").await;
    assert!(!param(back.location(), "code").is_empty());
    assert_eq!(stored(&test).await, 1);
}

async fn a_request_of_more_than_4_kilobytes_is_refused(test: TestApp) {
    let (rp, browser) = (test.rp().await, test.browser());
    let whole = rp.authorize(&[("nonce", "")]);
    let (_, query) = whole.split_once('?').unwrap();
    let room = 4096 - query.len();
    for (length, expected) in [(room - 20, ""), (room + 20, "invalid_request")] {
        let answer = browser
            .get(&rp.authorize(&[("nonce", &"n".repeat(length))]))
            .await;
        assert_eq!(param(answer.location(), "error"), expected, "{length}");
    }
    let untrusted = [
        ("redirect_uri", "https://evil.example/"),
        ("nonce", &"n".repeat(5000)),
    ];
    let answer = browser.get(&rp.authorize(&untrusted)).await;
    assert_eq!(answer.status, 400);
    assert!(!answer.headers.contains_key("location"));
}

async fn an_attempt_is_answered_once(test: TestApp) {
    let (rp, browser) = (test.rp().await, test.browser());
    let page = browser.get(&rp.authorize(&[])).await;
    let form = browser.get(page.location()).await;
    let filled = [("username", "ann"), ("password", PASSWORD)];
    let done = browser.submit(&form, "/sign-in/password", &filled).await;
    let (browser, next) = (Arc::new(browser), done.location().to_owned());
    let tries: Vec<_> = (0..16)
        .map(|_| {
            let (browser, next): (Arc<Browser>, _) = (browser.clone(), next.clone());
            tokio::spawn(async move { browser.get(&next).await })
        })
        .collect();
    let mut codes = 0;
    for one in tries {
        let answer = one.await.unwrap();
        if answer.status == 400 {
            continue;
        }
        assert!(
            answer.location().starts_with(REDIRECT_URI),
            "{}",
            answer.location()
        );
        codes += 1;
    }
    assert_eq!(codes, 1, "codes of one attempt");
    // Nor does a copy of it from before any fact serve again.
    assert_eq!(browser.get(page.location()).await.status, 400);
    assert_eq!(
        browser.submit(&form, "/sign-in/password", &filled).await.status,
        400
    );
    assert_eq!(
        browser
            .submit(&form, "/sign-in/consent", &[("decision", "deny")])
            .await
            .status,
        400
    );
}

async fn an_attempt_opens_in_its_browser_and_its_time_only(test: TestApp) {
    let (rp, browser) = (test.rp().await, test.browser());
    let page = browser.get(&rp.authorize(&[])).await;
    let sealed = param(page.location(), "attempt");
    for other in [
        String::new(),
        "x".to_owned(),
        sealed[..sealed.len() - 4].to_owned(),
        format!("{}A{}", &sealed[..40], &sealed[41..]),
        format!("{sealed}AAAA"),
    ] {
        let answer = browser.get(&format!("/sign-in/continue?attempt={other}")).await;
        assert_eq!(answer.status, 400, "{other}");
    }
    assert_eq!(test.browser().get(page.location()).await.status, 400);
    assert_eq!(browser.get(page.location()).await.status, 200);
    test.clock.advance(Duration::from_mins(30));
    assert_eq!(browser.get(page.location()).await.status, 400);
}

async fn a_request_that_shows_no_page_is_never_stored(test: TestApp) {
    let (rp, browser) = (test.rp().await, test.browser());
    browser.sign_in("/sign-in", "ann").await;
    for change in [&[][..], &[("prompt", "none")], &[("response_type", "token")]] {
        let answer = browser.get(&rp.authorize(change)).await;
        assert!(
            answer.location().starts_with(REDIRECT_URI),
            "{}",
            answer.location()
        );
    }
    assert_eq!(stored(&test).await, 0);
}
