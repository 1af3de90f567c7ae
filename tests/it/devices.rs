//! The browsers in which people have signed in: recognising them, and notifying people of new ones.

use std::time::Duration;

use doorward::crypto::{Token, TokenHash};
use doorward::directory::Actor;
use doorward::directory::resets::SetPassword;
use serde_json::Value;

use crate::acting::acting_as_bob;
use crate::mail::MailServer;
use crate::support::{Browser, PASSWORD, TestApp, apply, on_both};

const WRONG: &str = "wrong password here";

/// Sets the failures that are counted for a subject, and lets an hour pass.
async fn set_failures(test: &TestApp, subject: &str, failures: i64) {
    let at = test.clock.now().0;
    test.sql(&format!(
        "INSERT INTO throttles (subject, failures, window_started_at, last_failure_at) \
         SELECT {subject}, {failures}, {at}, {at}"
    ))
    .await;
    test.clock.advance(Duration::from_hours(1));
}

/// Disables Ann's password for browsers that she has not used.
async fn lock_account(test: &TestApp) {
    let subject = format!("'account:{}'", test.ann);
    set_failures(test, &subject, 100).await;
}

#[apply(on_both)]
async fn b47_guesses_from_elsewhere_do_not_keep_the_owner_out(test: TestApp) {
    let known = test.signed_in("ann").await;
    lock_account(&test).await;
    let elsewhere = test.browser();
    assert_eq!(
        elsewhere.try_sign_in("ann", PASSWORD).await.status,
        403,
        "the browser is unknown"
    );
    // A device of another account is not one of Ann's.
    test.add_person("bob").await;
    let bobs = test.signed_in("bob").await;
    bobs.set_cookie("session", "");
    assert_eq!(bobs.try_sign_in("ann", PASSWORD).await.status, 403);
    known.set_cookie("session", "");
    assert_eq!(
        known.try_sign_in("ann", WRONG).await.status,
        422,
        "its own counter"
    );
    assert_eq!(known.try_sign_in("ann", PASSWORD).await.status, 303);
    assert_eq!(test.count("throttles WHERE subject LIKE 'device:%'").await, 0);
    // The right password resets the count, so unknown browsers may try again.
    assert_eq!(elsewhere.try_sign_in("ann", PASSWORD).await.status, 303);
}

#[apply(on_both)]
async fn b47_guesses_in_a_known_browser_are_throttled_and_then_count_for_the_account(test: TestApp) {
    let (known, other) = (test.signed_in("ann").await, test.signed_in("ann").await);
    for browser in [&known, &other] {
        browser.set_cookie("session", "");
    }
    for _ in 0..6 {
        assert_eq!(known.try_sign_in("ann", WRONG).await.status, 422);
    }
    assert_eq!(known.try_sign_in("ann", PASSWORD).await.status, 429, "throttled");
    assert_eq!(
        other.try_sign_in("ann", PASSWORD).await.status,
        303,
        "counted separately"
    );
    test.sql("DELETE FROM throttles").await;
    let hash = Token::parse(&known.cookie("devices")).unwrap().hash();
    let id = device_with(&test, &hash).await;
    set_failures(&test, &format!("'device:{id}'"), 99).await;
    assert_eq!(known.try_sign_in("ann", WRONG).await.status, 422);
    test.clock.advance(Duration::from_hours(1));
    assert_eq!(
        known.try_sign_in("ann", WRONG).await.status,
        422,
        "counted as in an unknown browser"
    );
    let of_ann = format!(
        "throttles WHERE subject = 'account:{}' AND failures = 1",
        test.ann
    );
    assert_eq!(test.count(&of_ann).await, 1);
    let (id, password) = (test.ann.clone(), PASSWORD.into());
    test.change(&Actor::HOST, SetPassword { id, password })
        .await
        .unwrap();
    assert_eq!(
        test.count("throttles WHERE subject NOT LIKE 'address:%'").await,
        0
    );
}

/// The id of the device with this token.
async fn device_with(test: &TestApp, token: &TokenHash) -> String {
    let hashes = std::array::from_fn(|_| token.clone());
    let mut conn = test.app.db.read().await.unwrap();
    let found = doorward::store::devices::by_tokens(&mut conn, &hashes).await;
    found.unwrap().remove(0).id.0
}

#[apply(on_both)]
async fn b47_codes_in_a_known_browser_are_counted_separately(test: TestApp) {
    let known = test.signed_in("ann").await;
    let (authenticator, _) = test.add_authenticator(&known).await;
    known.set_cookie("session", "");
    lock_account(&test).await;
    let page = known.begin_sign_in("/sign-in", "ann").await;
    let code = authenticator.code(test.clock.now());
    assert_eq!(known.submit_code(&page, &code).await.status, 303);
}

/// Sends the waiting mails, all of which tell of a new browser; yields them.
async fn notices(test: &TestApp, server: &MailServer) -> Vec<Value> {
    let before = server.received().len();
    test.deliver().await;
    let mails = server.received()[before..].to_vec();
    for mail in &mails {
        assert_eq!(mail["subject"], "A new browser signed in");
    }
    mails
}

#[apply(on_both)]
async fn b47_an_administrator_sees_a_disabled_password_and_resets_it(test: TestApp) {
    let bob = test.add_person("bob").await;
    set_failures(&test, &format!("'account:{bob}'"), 99).await;
    let ann = test.signed_in("ann").await;
    let shown = async || {
        ann.get("/console/users/1/sign-in")
            .await
            .text("[aria-labelledby=ways] .warning")
    };
    assert_eq!(shown().await, "");
    test.sql("UPDATE throttles SET failures = 100").await;
    assert!(shown().await.contains("no longer works"), "{}", shown().await);
    let password = "another good and long passphrase".into();
    test.change(&Actor::HOST, SetPassword { id: bob, password })
        .await
        .unwrap();
    assert_eq!(shown().await, "");
}

#[apply(on_both)]
async fn people_are_told_of_a_new_browser_except_their_very_first(test: TestApp) {
    let server = test.with_mail().await;
    let first = test.signed_in("ann").await;
    assert!(notices(&test, &server).await.is_empty(), "the very first");
    first.sign_in("/sign-in?add=1", "ann").await;
    first.set_cookie("session", "");
    first.sign_in("/sign-in", "ann").await;
    assert!(notices(&test, &server).await.is_empty(), "known");
    let second = test.browser();
    let agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
    second.always_send("user-agent", agent);
    second.try_sign_in("ann", "a wrong password").await;
    assert!(notices(&test, &server).await.is_empty(), "nobody signed in");
    second.sign_in("/sign-in", "ann").await;
    let mails = notices(&test, &server).await;
    let [mail] = mails.as_slice() else {
        panic!("{mails:?}");
    };
    assert_eq!(mail["to"][0], "ann@example.org");
    let body = mail["text"].as_str().unwrap();
    for part in [
        "Firefox on Linux",
        "127.0.0.1",
        "15 January 2027",
        "your other sessions",
    ] {
        assert!(body.contains(part), "{part}: {body}");
    }
    second.sign_in("/sign-in?add=1", "ann").await;
    assert!(notices(&test, &server).await.is_empty(), "known from now on");
}

#[apply(on_both)]
async fn each_account_recognises_a_browser_by_a_token_of_its_own(test: TestApp) {
    let people = ["bob", "carol", "dora", "emil", "fritz"];
    let browser = test.signed_in("ann").await;
    let first = browser.cookie("devices");
    for username in people {
        test.add_person(username).await;
        browser.sign_in("/sign-in?add=1", username).await;
    }
    let cookie = browser.cookie("devices");
    let tokens: Vec<&str> = cookie.split('.').collect();
    assert_eq!(tokens.len(), 5, "{cookie}");
    assert!(!tokens.contains(&&*first), "the oldest is dropped");
    browser.sign_in("/sign-in?add=1", "fritz").await;
    assert_eq!(browser.cookie("devices"), cookie, "a known one stays");
    assert_eq!(test.count("devices").await, 6);
}

/// The number of an account's devices.
async fn devices_of(test: &TestApp, username: &str) -> i64 {
    let of = format!("devices WHERE account_id = (SELECT id FROM accounts WHERE username = '{username}')");
    test.count(&of).await
}

#[apply(on_both)]
async fn a_device_is_recognised_by_its_own_account_only(test: TestApp) {
    test.add_person("bob").await;
    let ann = test.signed_in("ann").await;
    let (bob, token) = (test.browser(), ann.cookie("devices"));
    bob.set_cookie("devices", &token);
    bob.sign_in("/sign-in", "bob").await;
    assert_eq!(devices_of(&test, "bob").await, 1, "a new one");
    assert_ne!(bob.cookie("devices"), token);
    test.sql("UPDATE devices SET user_agent = 'old'").await;
    bob.sign_in("/sign-in?add=1", "ann").await;
    assert_eq!(devices_of(&test, "ann").await, 1, "known by the token");
    assert_eq!(test.count("devices WHERE user_agent = 'old'").await, 1);
}

#[apply(on_both)]
async fn the_last_twenty_devices_of_an_account_are_kept(test: TestApp) {
    let first = test.signed_in("ann").await;
    let mut others: Vec<Browser> = Vec::new();
    for _ in 0..20 {
        test.clock.advance(Duration::from_secs(1));
        others.push(test.signed_in("ann").await);
    }
    assert_eq!(devices_of(&test, "ann").await, 20);
    for (browser, is_known) in [(&others[0], true), (&first, false)] {
        let before = browser.cookie("devices");
        browser.sign_in("/sign-in?add=1", "ann").await;
        assert_eq!(browser.cookie("devices") == before, is_known);
    }
    assert_eq!(devices_of(&test, "ann").await, 20);
}

#[apply(on_both)]
async fn nobody_gets_a_device_by_acting_as_somebody_else(test: TestApp) {
    let ann = acting_as_bob(&test).await;
    assert!(!ann.get("/account").await.text("aside.acting").is_empty());
    assert_eq!(devices_of(&test, "bob").await, 0);
}
