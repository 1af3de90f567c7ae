//! How long sign-ins last and what slows guessing down.

use std::time::Duration;

use doorward::directory::Actor;
use doorward::directory::accounts::SetPassword;
use doorward::store::throttles::{self, Throttle, account_subject};

use crate::support::{PASSWORD, TestApp, on_both, param};

on_both!(
    an_unused_session_ends_and_a_used_one_goes_on,
    a_session_ends_however_much_it_is_used,
    b47_a_hundred_failures_disable_the_password_until_it_is_set_anew,
    r7_a_clock_set_back_neither_clears_nor_prolongs_a_lock_out,
    good_sign_ins_are_never_throttled,
    b58_a_sign_in_gets_a_new_session_and_ends_the_one_it_replaces,
    b58_a_request_goes_on_in_its_own_browser_only,
);

async fn an_unused_session_ends_and_a_used_one_goes_on(test: TestApp) {
    let (rp, browser) = (test.rp().await, test.browser());
    let page = browser.get(&rp.authorize(&[])).await;
    browser.sign_in(page.location(), "ann").await;
    let silent = rp.authorize(&[("prompt", "none")]);
    for _ in 0..4 {
        test.clock.advance(Duration::from_hours(20));
        let answer = browser.get(&silent).await;
        assert_eq!(param(answer.location(), "error"), "", "it is used every day");
    }
    test.clock.advance(Duration::from_hours(25));
    let answer = browser.get(&silent).await;
    assert_eq!(param(answer.location(), "error"), "login_required");
    let page = browser.get("/sign-in").await;
    assert!(page.body.contains("not used for a while"), "{}", page.body);
}

async fn a_session_ends_however_much_it_is_used(test: TestApp) {
    let browser = test.browser();
    browser.sign_in("/sign-in", "ann").await;
    for _ in 0..27 {
        test.clock.advance(Duration::from_hours(12));
        assert_eq!(browser.get("/account").await.status, 200);
    }
    test.clock.advance(Duration::from_hours(12));
    assert!(browser.get("/account").await.location().ends_with("/sign-in"));
}

async fn b47_a_hundred_failures_disable_the_password_until_it_is_set_anew(test: TestApp) {
    let browser = test.browser();
    let page = browser.get("/sign-in").await;
    let now = test.clock.now();
    let failed = Throttle {
        failures: 99,
        window_started_at: now,
        last_failure_at: now,
    };
    let subject = account_subject(&test.ann);
    test.app
        .db
        .write::<_, doorward::store::Error, _>(move |tx| {
            Box::pin(async move { throttles::set(tx, &subject, failed).await })
        })
        .await
        .unwrap();
    test.clock.advance(Duration::from_hours(1));
    let wrong = [("username", "ann"), ("password", "wrong password here")];
    assert_eq!(
        browser.submit(&page, "/sign-in/password", &wrong).await.status,
        422
    );
    test.clock.advance(Duration::from_hours(24 * 365));
    let page = browser.get("/sign-in").await;
    let right = [("username", "ann"), ("password", PASSWORD)];
    let refused = browser.submit(&page, "/sign-in/password", &right).await;
    assert_eq!(refused.status, 403);
    assert!(refused.body.contains("new password"), "{}", refused.body);
    let new = "another good and long passphrase";
    let (id, password) = (test.ann.clone(), new.into());
    let change = SetPassword { id, password };
    test.change(&Actor::HOST, change).await.unwrap();
    let right = [("username", "ann"), ("password", new)];
    assert_eq!(
        browser.submit(&page, "/sign-in/password", &right).await.status,
        303
    );
}

async fn r7_a_clock_set_back_neither_clears_nor_prolongs_a_lock_out(test: TestApp) {
    let browser = test.browser();
    let page = browser.get("/sign-in").await;
    let wrong = [("username", "ann"), ("password", "wrong password here")];
    for _ in 0..7 {
        browser.submit(&page, "/sign-in/password", &wrong).await;
    }
    let right = [("username", "ann"), ("password", PASSWORD)];
    assert_eq!(
        browser.submit(&page, "/sign-in/password", &right).await.status,
        429
    );
    test.clock.set(test.clock.now() - Duration::from_hours(24 * 400));
    let page = browser.get("/sign-in").await;
    assert_eq!(
        browser.submit(&page, "/sign-in/password", &right).await.status,
        429,
        "it is not cleared"
    );
    test.clock.advance(Duration::from_mins(16));
    assert_eq!(
        browser.submit(&page, "/sign-in/password", &right).await.status,
        303,
        "it ends in time"
    );
}

async fn good_sign_ins_are_never_throttled(test: TestApp) {
    let browser = test.browser();
    for _ in 0..250 {
        let page = browser.get("/sign-in?add=1").await;
        let right = [("username", "ann"), ("password", PASSWORD)];
        assert_eq!(
            browser.submit(&page, "/sign-in/password", &right).await.status,
            303
        );
    }
}

async fn b58_a_sign_in_gets_a_new_session_and_ends_the_one_it_replaces(test: TestApp) {
    let browser = test.browser();
    browser.sign_in("/sign-in", "ann").await;
    let before = browser.cookie("session");
    assert!(!before.is_empty());
    browser.sign_in("/sign-in?add=1", "ann").await;
    assert_ne!(browser.cookie("session"), before);
    let thief = test.browser();
    thief.set_cookie("session", &before);
    assert!(thief.get("/account").await.location().ends_with("/sign-in"));
}

async fn b58_a_request_goes_on_in_its_own_browser_only(test: TestApp) {
    let (rp, browser, other) = (test.rp().await, test.browser(), test.browser());
    let page = browser.get(&rp.authorize(&[])).await;
    assert_eq!(browser.get(page.location()).await.status, 200);
    other.sign_in("/sign-in", "ann").await;
    let attempt = param(page.location(), "attempt");
    let answer = other.get(&format!("/sign-in/continue?attempt={attempt}")).await;
    assert_eq!(answer.status, 400);
    assert_eq!(other.get(page.location()).await.status, 400);
}
