//! Which apps get codes, and what invalidates codes before they are redeemed.

use doorward::model::Scopes;
use doorward::model::access::AccessRule;

use super::{Codes, tv, tv_with};
use crate::support::{Rp, TestApp, apply, on_both};

#[apply(on_both)]
async fn b39_only_an_app_with_the_grant_gets_codes(test: TestApp) {
    let (web, tv) = (test.rp().await, tv(&test).await);
    let refused = web.start_device("openid").await;
    assert_eq!(refused.error(), "unauthorized_client");
    let codes = Codes::of(&tv).await;
    assert_eq!(web.poll(codes.device()).await.error(), "unauthorized_client");
    assert_eq!(tv.start_device("email").await.error(), "invalid_scope");
    let path = "/oauth2/device_authorization";
    let fields = [("scope", "openid"), ("resource", "https://api.example.org")];
    assert_eq!(tv.call(path, &fields).await.error(), "invalid_target");
    let unknown = Rp::new(&test, "unknown", "");
    assert_eq!(unknown.start_device("openid").await.status, 401);
    let narrowed = test.rp_with("narrow", |settings| {
        settings.redirect_uris.clear();
        settings.device_code = true;
        settings.scopes = Scopes::parse("openid profile");
    });
    let narrowed = narrowed.await;
    let codes = Codes::of(&narrowed).await;
    codes.answer(&test.signed_in("ann").await, "allow").await;
    let got = narrowed.poll(codes.device()).await.json();
    assert_eq!(got["scope"], "openid", "approved scopes are issued scopes");
    assert!(got.get("refresh_token").is_none());
}

#[apply(on_both)]
async fn b39_only_the_app_that_began_gets_tokens(test: TestApp) {
    let (tv, other) = (tv(&test).await, tv_with(&test, "other").await);
    let codes = Codes::of(&tv).await;
    assert_eq!(other.poll(codes.device()).await.error(), "invalid_grant");
    codes.answer(&test.signed_in("ann").await, "allow").await;
    assert_eq!(other.poll(codes.device()).await.error(), "invalid_grant");
    assert_eq!(tv.poll("wrong").await.error(), "invalid_grant");
    assert_eq!(tv.poll(codes.device()).await.status, 200);
}

#[apply(on_both)]
async fn b39_codes_are_of_no_use_for_another_grant(test: TestApp) {
    let both = test.rp_with("both", |settings| settings.device_code = true);
    let (both, ann) = (both.await, test.signed_in("ann").await);
    let codes = Codes::of(&both).await;
    codes.answer(&ann, "allow").await;
    assert_eq!(both.redeem(codes.device()).await.error(), "invalid_grant");
    let code = both.code(&ann, "ann", &[]).await;
    assert_eq!(both.poll(&code).await.error(), "invalid_grant");
    assert_eq!(both.poll(codes.device()).await.status, 200);
}

#[apply(on_both)]
async fn b39_the_access_rule_counts_at_the_answer_and_at_the_redemption(test: TestApp) {
    let closed = test.rp_with("tv", |settings| {
        settings.device_code = true;
        settings.access = AccessRule::default();
    });
    test.add_person("bob").await;
    let (rp, bob) = (closed.await, test.signed_in("bob").await);
    let codes = Codes::of(&rp).await;
    let refused = codes.page(&bob).await;
    assert_eq!(refused.status, 403, "{}", refused.body);
    test.run(&["apps", "access", "tv", "--everyone"], "").await;
    test.app.db.poll_cache_version().await.unwrap();
    codes.answer(&bob, "allow").await;
    test.run(&["apps", "access", "tv", "--nobody"], "").await;
    test.app.db.poll_cache_version().await.unwrap();
    assert_eq!(rp.poll(codes.device()).await.error(), "invalid_grant");
    assert_eq!(test.count("access_tokens").await, 0);
}

#[apply(on_both)]
async fn b39_an_answer_ends_with_the_account(test: TestApp) {
    test.add_person("bob").await;
    let (rp, bob) = (tv(&test).await, test.signed_in("bob").await);
    let codes = Codes::of(&rp).await;
    codes.answer(&bob, "allow").await;
    test.run(&["users", "suspend", "bob", "--yes"], "").await;
    test.run(&["users", "activate", "bob", "--yes"], "").await;
    assert_eq!(rp.poll(codes.device()).await.error(), "invalid_grant");
}

#[apply(on_both)]
async fn b39_an_app_that_requires_a_second_factor_requires_it_of_the_answer(test: TestApp) {
    let strict = test.rp_with("tv", |settings| {
        settings.device_code = true;
        settings.access.second_factor = true;
    });
    let (rp, ann) = (strict.await, test.signed_in("ann").await);
    let codes = Codes::of(&rp).await;
    let refused = codes.page(&ann).await;
    assert_eq!(refused.status, 403);
    refused.expect_text("requires a second factor");
    let (authenticator, _) = test.add_authenticator(&ann).await;
    let browser = test.browser();
    let page = browser.begin_sign_in("/sign-in", "ann").await;
    let code = authenticator.code(test.clock.now());
    browser.submit_code(&page, &code).await;
    let codes = Codes::of(&rp).await;
    codes.answer(&browser, "allow").await;
    assert_eq!(rp.poll(codes.device()).await.status, 200);
}
