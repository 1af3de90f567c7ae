//! The lifetime of sessions, and the throttling of wrong passwords.

use std::time::Duration;

use doorward::directory::Actor;
use doorward::directory::resets::SetPassword;
use doorward::directory::roles::GrantRole;
use doorward::directory::teams::{MembershipEnd, SetTeamMember, TeamRef};
use doorward::store::throttles::{self, Throttle, account_subject};
use futures_util::future::join_all;

use crate::support::{On, PASSWORD, TestApp, apply, on_both, param};

#[apply(on_both)]
async fn an_unused_session_ends_and_a_used_one_continues(test: TestApp) {
    test.add_person("bob").await;
    let (rp, browser) = (test.rp().await, test.signed_in("bob").await);
    for _ in 0..4 {
        test.clock.advance(Duration::from_hours(6 * 24));
        let error = rp.silent_error(&browser).await;
        assert_eq!(error, "", "it is used every week");
    }
    let browser = test.signed_in("bob").await;
    test.clock.advance(Duration::from_hours(7 * 24));
    assert_eq!(rp.silent_error(&browser).await, "login_required");
    let page = browser.get("/sign-in").await;
    page.expect_text("not used for a while");
}

#[apply(on_both)]
async fn a_session_ends_even_if_it_is_used(test: TestApp) {
    test.add_person("bob").await;
    let browser = test.signed_in("bob").await;
    for _ in 0..9 {
        test.clock.advance(Duration::from_hours(3 * 24));
        assert!(browser.is_signed_in().await);
    }
    test.clock.advance(Duration::from_hours(3 * 24));
    assert!(!browser.is_signed_in().await);
}

#[apply(on_both)]
async fn d18_an_administrator_signs_in_again_earlier(test: TestApp) {
    test.add_person("bob").await;
    let (ann, bob) = (test.signed_in("ann").await, test.signed_in("bob").await);
    for _ in 0..13 {
        test.clock.advance(Duration::from_mins(55));
        assert_eq!(ann.get("/console").await.status, 200);
    }
    test.clock.advance(Duration::from_mins(5));
    assert!(!ann.is_signed_in().await, "after twelve hours");
    let ann = test.signed_in("ann").await;
    test.clock.advance(Duration::from_mins(59));
    assert!(ann.is_signed_in().await);
    test.clock.advance(Duration::from_hours(1));
    let console = ann.get("/console").await;
    assert!(
        console.location().contains("/sign-in"),
        "after an hour without use"
    );
    let page = ann.get("/sign-in").await;
    page.expect_text("not used for a while");
    assert!(bob.is_signed_in().await, "somebody without permissions stays");
}

#[apply(on_both)]
async fn d18_what_the_user_may_do_now_decides_how_long_a_session_lasts(test: TestApp) {
    let bob = test.add_person("bob").await;
    let browser = test.signed_in("bob").await;
    test.clock.advance(Duration::from_hours(2));
    let grant = GrantRole {
        account: bob.clone().into(),
        role: "auditor".into(),
        until: Some(test.clock.now() + Duration::from_hours(1)),
    };
    test.change(&Actor::HOST, grant).await.unwrap();
    assert!(!browser.is_signed_in().await, "by a role");
    test.clock.advance(Duration::from_hours(1));
    assert!(browser.is_signed_in().await, "the role has ended");
    test.clock.advance(Duration::from_hours(2));
    let add = SetTeamMember {
        team: TeamRef::Slug("root-team".into()),
        account: bob.into(),
        role: None,
        end: MembershipEnd::Set(None),
    };
    test.change(&Actor::HOST, add).await.unwrap();
    assert!(!browser.is_signed_in().await, "by the root team");
}

#[apply(on_both)]
async fn d18_a_session_that_has_ended_is_not_listed(test: TestApp) {
    let (idle, used) = (test.signed_in("ann").await, test.signed_in("ann").await);
    let sessions = async || {
        let page = used.get("/account/security").await;
        let section = "section[aria-labelledby=sessions]";
        assert!(
            page.text(section).contains("1 hour after its last use"),
            "{}",
            page.body
        );
        page.texts(&format!("{section} li")).len()
    };
    assert_eq!(sessions().await, 2);
    test.clock.advance(Duration::from_mins(30));
    assert_eq!(sessions().await, 2);
    test.clock.advance(Duration::from_mins(30));
    assert_eq!(sessions().await, 1);
    assert!(!idle.is_signed_in().await);
}

#[tokio::test]
async fn d18_an_administrator_never_stays_longer_than_others() {
    let short = ("DOORWARD__LIFETIMES__SESSION_IDLE", "10m");
    let test = TestApp::start_with(On::Sqlite, &[short]).await;
    let ann = test.signed_in("ann").await;
    test.clock.advance(Duration::from_mins(10));
    assert!(!ann.is_signed_in().await);
}

const WRONG: &str = "wrong password here";

/// Stores this number of failed sign-ins for Ann.
async fn set_failures(test: &TestApp, failures: i64) {
    let now = test.clock.now();
    let throttle = Throttle {
        failures,
        window_started_at: now,
        last_failure_at: now,
    };
    let subject = account_subject(&test.ann);
    let set = test.app.db.write::<_, doorward::store::Error, _>(move |tx| {
        Box::pin(async move { throttles::set(tx, &subject, throttle).await })
    });
    set.await.unwrap();
}

#[apply(on_both)]
async fn a_name_without_an_account_is_not_stored_in_clear(test: TestApp) {
    let typed = "hunter2".repeat(1_000);
    assert_eq!(test.browser().try_sign_in(&typed, WRONG).await.status, 422);
    assert_eq!(test.count("throttles WHERE subject LIKE 'name:%'").await, 1);
    let clear = "throttles WHERE subject LIKE '%hunter2%' OR LENGTH(subject) > 100";
    assert_eq!(test.count(clear).await, 0);
}

#[apply(on_both)]
async fn b47_guesses_at_once_gain_nothing(test: TestApp) {
    let browser = test.browser();
    let page = browser.get("/sign-in").await;
    let guesses: Vec<String> = (0..40).map(|turn| format!("{WRONG} {turn}")).collect();
    let tries = guesses
        .iter()
        .map(|guess| browser.submit_password(&page, "ann", guess));
    let answers = join_all(tries).await;
    let with = |status| answers.iter().filter(|answer| answer.status == status).count();
    assert_eq!((with(422), with(429)), (6, 34), "as many as one after another");
    let counted = format!(
        "throttles WHERE subject = 'account:{}' AND failures = 6",
        test.ann
    );
    assert_eq!(test.count(&counted).await, 1);
}

#[apply(on_both)]
async fn b47_a_hundred_failures_disable_the_password_until_it_is_set_again(test: TestApp) {
    let browser = test.browser();
    set_failures(&test, 99).await;
    test.clock.advance(Duration::from_hours(1));
    assert_eq!(browser.try_sign_in("ann", WRONG).await.status, 422);
    test.clock.advance(Duration::from_hours(24 * 365));
    let refused = browser.try_sign_in("ann", PASSWORD).await;
    assert_eq!(refused.status, 403);
    refused.expect_text("no longer works");
    let new = "another good and long passphrase";
    let (id, password) = (test.ann.clone(), new.into());
    let change = SetPassword { id, password };
    test.change(&Actor::HOST, change).await.unwrap();
    assert_eq!(browser.try_sign_in("ann", new).await.status, 303);
}

#[apply(on_both)]
async fn r7_a_clock_set_back_neither_clears_nor_prolongs_a_lock_out(test: TestApp) {
    let browser = test.browser();
    for _ in 0..7 {
        browser.try_sign_in("ann", WRONG).await;
    }
    let right = async || browser.try_sign_in("ann", PASSWORD).await.status;
    assert_eq!(right().await, 429);
    test.clock.set(test.clock.now() - Duration::from_hours(24 * 400));
    assert_eq!(right().await, 429, "it is not cleared");
    test.clock.advance(Duration::from_mins(16));
    assert_eq!(right().await, 303, "it ends in time");
}

#[apply(on_both)]
async fn good_sign_ins_are_never_throttled(test: TestApp) {
    let browser = test.browser();
    for _ in 0..250 {
        let page = browser.get("/sign-in?add=1").await;
        let done = browser.submit_password(&page, "ann", PASSWORD).await;
        assert_eq!(done.status, 303);
    }
}

#[apply(on_both)]
async fn b58_a_sign_in_gets_a_new_session_and_ends_the_one_it_replaces(test: TestApp) {
    let browser = test.signed_in("ann").await;
    let before = browser.cookie("session");
    assert!(!before.is_empty());
    browser.sign_in("/sign-in?add=1", "ann").await;
    assert_ne!(browser.cookie("session"), before);
    let thief = test.browser();
    thief.set_cookie("session", &before);
    assert!(!thief.is_signed_in().await);
}

#[apply(on_both)]
async fn b58_a_request_continues_only_in_its_own_browser(test: TestApp) {
    let (rp, browser, other) = (test.rp().await, test.browser(), test.browser());
    let page = browser.get(&rp.authorize(&[])).await;
    assert_eq!(browser.get(page.location()).await.status, 200);
    other.sign_in("/sign-in", "ann").await;
    let attempt = param(page.location(), "attempt");
    let response = other.get(&format!("/sign-in/continue?attempt={attempt}")).await;
    assert_eq!(response.status, 400);
    assert_eq!(other.get(page.location()).await.status, 400);
}
