//! Who may answer the request of a device, and how often.

use std::sync::Arc;
use std::time::Duration;

use doorward::crypto::UserCode;

use super::{CONFIRM, Codes, tv};
use crate::acting::acting_as_bob;
use crate::support::{TestApp, apply, fill, on_both, sixteen_at_once, successes_of_sixteen};

#[apply(on_both)]
async fn b39_a_device_code_is_redeemed_once(test: TestApp) {
    let rp = Arc::new(tv(&test).await);
    let codes = Codes::of(&rp).await;
    codes.answer(&test.signed_in("ann").await, "allow").await;
    let code = codes.device().to_owned();
    let redeemed = successes_of_sixteen(|_| {
        let (rp, code) = (rp.clone(), code.clone());
        async move {
            let answer = rp.poll(&code).await;
            assert!(
                answer.status == 200 || answer.error() == "invalid_grant",
                "{}",
                answer.body
            );
            answer.status == 200
        }
    });
    assert_eq!(redeemed.await, 1);
    assert_eq!(test.count("access_tokens").await, 1);
}

#[apply(on_both)]
async fn b39_a_device_is_answered_once(test: TestApp) {
    let (rp, browser) = (tv(&test).await, Arc::new(test.signed_in("ann").await));
    let codes = Codes::of(&rp).await;
    let page = Arc::new(codes.page(&browser).await);
    let answered = successes_of_sixteen(|turn| {
        let (browser, page) = (browser.clone(), page.clone());
        let decision = if turn % 2 == 0 { "allow" } else { "refuse" };
        async move {
            let done = browser.submit(&page, CONFIRM, &[("decision", decision)]).await;
            done.status == 200
        }
    });
    assert_eq!(answered.await, 1);
    assert!(test.count("grants").await <= 1);
}

/// The address of a code that no device has.
fn wrong_code() -> String {
    format!("{CONFIRM}?user_code={}", UserCode::random().as_str())
}

#[apply(on_both)]
async fn b39_wrong_codes_use_up_the_tries(test: TestApp) {
    test.add_person("bob").await;
    let (rp, ann) = (tv(&test).await, test.signed_in("ann").await);
    let bob = test.signed_in("bob").await;
    let codes = Codes::of(&rp).await;
    for _ in 0..20 {
        assert_eq!(codes.page(&ann).await.status, 200, "right codes use up no tries");
    }
    for _ in 0..5 {
        assert_eq!(ann.get(&wrong_code()).await.status, 422);
    }
    for browser in [&ann, &bob] {
        let refused = codes.page(browser).await;
        assert_eq!(refused.status, 429, "the account and the network are throttled");
        assert!(refused.headers.contains_key("retry-after"));
    }
    test.clock.advance(Duration::from_mins(1));
    assert_eq!(codes.page(&ann).await.status, 200);
}

#[apply(on_both)]
async fn b39_parallel_tries_gain_nothing(test: TestApp) {
    let ann = Arc::new(test.signed_in("ann").await);
    let tried = sixteen_at_once(|_| {
        let ann = ann.clone();
        async move { ann.get(&wrong_code()).await.status }
    });
    let tried = tried.await;
    assert_eq!(
        tried.iter().filter(|status| **status == 422).count(),
        5,
        "{tried:?}"
    );
    assert_eq!(
        tried.iter().filter(|status| **status == 429).count(),
        11,
        "{tried:?}"
    );
}

#[apply(on_both)]
async fn b40_the_complete_address_only_fills_in_the_code(test: TestApp) {
    let (rp, ann) = (tv(&test).await, test.signed_in("ann").await);
    let codes = Codes::of(&rp).await;
    let address = codes.0["verification_uri_complete"].as_str().unwrap();
    let page = ann.get(address).await;
    assert_eq!(page.attribute("#user_code", "value"), codes.user());
    let next = ann.submit(&page, "/device", &[]).await;
    let page = ann.follow(next).await;
    page.expect_text("value=\"refuse\"");
    assert_eq!(rp.poll(codes.device()).await.error(), "authorization_pending");
    let without_token = [
        ("decision".to_owned(), "allow".to_owned()),
        ("user_code".to_owned(), codes.user().to_owned()),
    ];
    assert_eq!(ann.post(CONFIRM, &without_token).await.status, 403);
    let page = ann.get("/device").await;
    let wrong = ann.submit(&page, "/device", &[("user_code", "123")]).await;
    assert_eq!(wrong.status, 422);
}

#[apply(on_both)]
async fn b40_the_answer_needs_a_recent_sign_in(test: TestApp) {
    let (rp, ann) = (tv(&test).await, test.signed_in("ann").await);
    test.clock.advance(Duration::from_mins(10));
    let codes = Codes::of(&rp).await;
    let page = codes.page(&ann).await;
    test.clock.advance(Duration::from_mins(6));
    let late = ann.submit(&page, CONFIRM, &[("decision", "allow")]).await;
    assert!(late.location().contains("/sign-in"), "{}", late.body);
    assert!(codes.page(&ann).await.location().contains("/sign-in"));
    assert_eq!(rp.poll(codes.device()).await.error(), "authorization_pending");
}

#[apply(on_both)]
async fn b40_only_the_person_who_saw_the_page_answers(test: TestApp) {
    test.add_person("bob").await;
    let (rp, browser) = (tv(&test).await, test.signed_in("ann").await);
    let codes = Codes::of(&rp).await;
    let shown_to_ann = codes.page(&browser).await;
    test.clock.advance(Duration::from_mins(16));
    let later_codes = Codes::of(&rp).await;
    let sign_in = later_codes.page(&browser).await;
    browser.sign_in(sign_in.location(), "bob").await;
    let filled = [("decision", "allow"), ("user_code", later_codes.user())];
    let next = browser.submit(&shown_to_ann, CONFIRM, &filled).await;
    assert!(next.location().contains(CONFIRM), "Bob is asked: {}", next.body);
    assert_eq!(
        rp.poll(later_codes.device()).await.error(),
        "authorization_pending"
    );
}

#[apply(on_both)]
async fn nobody_connects_a_device_for_somebody_else(test: TestApp) {
    let (rp, ann) = (tv(&test).await, acting_as_bob(&test).await);
    let codes = Codes::of(&rp).await;
    assert_eq!(codes.page(&ann).await.status, 403);
    let page = ann.get("/device").await;
    let filled = [("decision", "allow"), ("user_code", codes.user())];
    let refused = ann.post(CONFIRM, &fill(page.form("/device"), &filled)).await;
    assert_eq!(refused.status, 403, "{}", refused.body);
    assert_eq!(rp.poll(codes.device()).await.error(), "authorization_pending");
}
