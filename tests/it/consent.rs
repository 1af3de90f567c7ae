//! Consent: when it is asked for, that it is remembered, and how it is denied and revoked.

use std::time::Duration;

use doorward::model::claim_rules::{ClaimRule, ClaimRules};

use crate::support::{Rp, TestApp, apply, on_both, param};

/// An app that asks for consent.
async fn app(test: &TestApp) -> Rp {
    test.rp_with("asks", |settings| settings.require_consent = true)
        .await
}

#[apply(on_both)]
async fn consent_is_asked_and_remembered(test: TestApp) {
    let (rp, browser) = (app(&test).await, test.browser());
    let page = browser.get(&rp.authorize(&[])).await;
    let asked = browser.sign_in(page.location(), "ann").await;
    let consent = browser.get(asked.location()).await;
    consent.expect_text("Grafana");
    let back = browser.decide(&consent, "allow").await;
    assert!(!param(back.location(), "code").is_empty());
    let again = browser.get(&rp.authorize(&[])).await;
    let is_remembered = !param(again.location(), "code").is_empty();
    assert!(is_remembered, "a consent is remembered");
    let wider = browser.get(&rp.authorize(&[("scope", "openid phone")])).await;
    assert!(wider.location().contains("/sign-in/consent"), "more is asked for");
}

#[apply(on_both)]
async fn cancelling_before_the_sign_in_is_access_denied(test: TestApp) {
    let (rp, browser) = (test.rp().await, test.browser());
    let page = browser.get(&rp.authorize(&[])).await;
    let sign_in = browser.get(page.location()).await;
    let back = browser.decide(&sign_in, "deny").await;
    assert_eq!(param(back.location(), "error"), "access_denied");
    let attempt = param(page.location(), "attempt");
    let again = browser.get(&format!("/sign-in/continue?attempt={attempt}")).await;
    assert_eq!(again.status, 400, "a request is answered once");
}

#[apply(on_both)]
async fn oidc_core_11_offline_access_with_prompt_consent_asks_each_time(test: TestApp) {
    let (rp, browser) = (test.rp().await, test.signed_in("ann").await);
    let request = [("scope", "openid offline_access"), ("prompt", "consent")];
    for _ in 0..2 {
        let page = browser.get(&rp.authorize(&request)).await;
        let location = page.location();
        assert!(location.contains("/sign-in/consent?attempt="), "{location}");
        let consent = browser.get(location).await;
        let back = browser.decide(&consent, "allow").await;
        let tokens = rp.redeem(&param(back.location(), "code")).await.tokens();
        assert!(!tokens.refresh().is_empty());
    }
}

#[apply(on_both)]
async fn a_page_shown_to_one_user_is_not_the_consent_of_another(test: TestApp) {
    test.add_person("bob").await;
    let (rp, browser) = (app(&test).await, test.browser());
    let page = browser.get(&rp.authorize(&[])).await;
    let asked = browser.sign_in(page.location(), "ann").await;
    let shown_to_ann = browser.get(asked.location()).await;
    test.clock.advance(Duration::from_secs(1));
    let another = browser.get(&rp.authorize(&[("prompt", "login")])).await;
    browser.sign_in(another.location(), "bob").await;
    let next = browser.decide(&shown_to_ann, "allow").await;
    let location = next.location();
    assert!(location.contains("/sign-in/consent"), "Bob is asked: {location}");
    let shown_to_bob = browser.get(location).await;
    shown_to_bob.expect_text("bob");
    let back = browser.decide(&shown_to_bob, "allow").await;
    assert!(!param(back.location(), "code").is_empty());
}

#[apply(on_both)]
async fn a_person_revokes_the_access_of_an_app(test: TestApp) {
    let (rp, browser) = (app(&test).await, test.browser());
    let page = browser
        .get(&rp.authorize(&[("scope", "openid offline_access")]))
        .await;
    let asked = browser.sign_in(page.location(), "ann").await;
    let consent = browser.get(asked.location()).await;
    let back = browser.decide(&consent, "allow").await;
    let tokens = rp.redeem(&param(back.location(), "code")).await.tokens();
    let account = browser.get("/account/apps").await;
    let removed = browser.submit(&account, "/account/apps/remove", &[]).await;
    assert_eq!(removed.status, 303);
    let after = browser.get(removed.location()).await;
    after.expect_text("no longer has access");
    assert_eq!(rp.userinfo(tokens.access()).await.status, 401);
    assert_eq!(rp.refresh(tokens.refresh()).await.error(), "invalid_grant");
    let again = browser.get(&rp.authorize(&[("scope", "openid")])).await;
    assert!(again.location().contains("/sign-in/consent"), "it asks again");
}

#[apply(on_both)]
async fn claims_that_are_requested_by_name_need_consent_too(test: TestApp) {
    let (rp, browser) = (app(&test).await, test.signed_in("ann").await);
    let plain = [("scope", "openid")];
    let by_name = [plain[0], ("claims", r#"{"userinfo":{"email":null}}"#)];
    let asked = browser.get(&rp.authorize(&plain)).await;
    let consent = browser.get(asked.location()).await;
    assert!(!consent.body.contains("e-mail address"), "{}", consent.body);
    browser.decide(&consent, "allow").await;
    let wider = browser.get(&rp.authorize(&by_name)).await;
    assert!(
        wider.location().contains("/sign-in/consent"),
        "{}",
        wider.location()
    );
    let consent = browser.get(wider.location()).await;
    consent.expect_text("See your e-mail address");
    let back = browser.decide(&consent, "allow").await;
    let tokens = rp.redeem(&param(back.location(), "code")).await.tokens();
    assert_eq!(
        rp.userinfo(tokens.access()).await.json()["email"],
        "ann@example.org"
    );
    let again = browser.get(&rp.authorize(&by_name)).await;
    assert!(!param(again.location(), "code").is_empty(), "it is remembered");
}

#[apply(on_both)]
async fn the_page_names_the_claims_that_rules_make(test: TestApp) {
    let rule = |claim: &str, value: &str| ClaimRule {
        claim: claim.into(),
        value: value.into(),
        ..ClaimRule::default()
    };
    let rp = test.rp_with("asks", |settings| {
        settings.require_consent = true;
        settings.claim_rules = ClaimRules::new(vec![
            rule("memberOf", "groups"),
            rule("login", "user.username"),
            rule("tier", "'gold'"),
        ]);
    });
    let (rp, browser) = (rp.await, test.signed_in("ann").await);
    let asked = browser.get(&rp.authorize(&[("scope", "openid groups")])).await;
    let consent = browser.get(asked.location()).await;
    assert_eq!(consent.texts(".claims code"), ["memberOf"]);
}
