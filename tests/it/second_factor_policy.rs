//! Who must have a second factor, and adding one while signing in.

use std::sync::Arc;
use std::time::Duration;

use doorward::directory::Actor;
use doorward::directory::schemes::{ApplyScheme, built_in};
use doorward::directory::second_factors::RemoveSecondFactors;
use doorward::directory::settings::{ChangeSignInSettings, GetSettings};
use doorward::model::settings::{SecondFactorFor, SecondFactorKinds};
use serde_json::json;

use crate::schemes::with_role;
use crate::support::{
    Authenticator, Browser, PASSWORD, Response, TestApp, apply, on_both, param, successes_of_sixteen,
};

const PATH: &str = "/sign-in/add-second-factor";

/// Sets the policy in the console.
async fn require(test: &TestApp, who: &str, days: &str) {
    let ann = test.signed_in("ann").await;
    let form = [("second_factor", who), ("days", days)];
    let page = ann.get("/console/settings").await;
    let done = ann.submit(&page, "/console/settings/sign-in", &form).await;
    ann.expect_done(&done, "", "settings apply").await;
}

/// The page that asks for a second factor after the right password.
async fn enrol_page(browser: &Browser, address: &str, username: &str, password: &str) -> Response {
    browser.sign_in_up_to(PATH, address, (username, password)).await
}

async fn add(test: &TestApp, browser: &Browser, page: &Response) -> Response {
    let code = Authenticator::scan(page).code(test.clock.now());
    browser.submit(page, PATH, &[("code", &code)]).await
}

#[apply(on_both)]
async fn whoever_must_have_a_second_factor_adds_one_while_signing_in(test: TestApp) {
    test.add_person("bob").await;
    require(&test, "everybody", "0").await;
    let (browser, rp) = (test.browser(), test.rp().await);
    let page = enrol_page(&browser, &rp.authorize(&[]), "bob", PASSWORD).await;
    assert!(!browser.is_signed_in().await);
    assert_eq!(rp.silent_error(&browser).await, "login_required");
    let added = add(&test, &browser, &page).await;
    assert_eq!(added.status, 200, "{}", added.body);
    assert_eq!(added.text("#codes").split_whitespace().count(), 10);
    added.expect_text("Add a second way in too");
    let next = added.attribute("main a.primary", "href");
    let back = browser.get(&next).await;
    let tokens = rp.redeem(&param(back.location(), "code")).await.tokens();
    assert_eq!(tokens.claims()["amr"], json!(["pwd", "otp", "mfa"]));
    // The next sign-in asks for a code.
    let again = test.browser();
    let page = again.begin_sign_in("/sign-in", "bob").await;
    page.expect_text("authenticator app");
}

#[apply(on_both)]
async fn a_wrong_code_adds_nothing_and_lets_nobody_in(test: TestApp) {
    test.add_person("bob").await;
    require(&test, "everybody", "0").await;
    let browser = test.browser();
    let page = enrol_page(&browser, "/sign-in", "bob", PASSWORD).await;
    let wrong = Authenticator::scan(&page).wrong_code(test.clock.now());
    let refused = browser.submit(&page, PATH, &[("code", &wrong)]).await;
    assert_eq!(refused.status, 422);
    assert_eq!(
        refused.text("#secret"),
        page.text("#secret"),
        "the app has scanned it"
    );
    assert!(!browser.is_signed_in().await);
    assert_eq!(test.count("authenticators").await, 0);
    // Only the browser of this attempt can open the page, and only after the password.
    let address = format!(
        "{PATH}?attempt={}",
        page.attribute("input[name=attempt]", "value")
    );
    assert_eq!(test.browser().get(&address).await.status, 400);
    let late = test.browser();
    let page = enrol_page(&late, "/sign-in", "bob", PASSWORD).await;
    test.clock.advance(Duration::from_mins(16));
    assert_eq!(add(&test, &late, &page).await.status, 409);
}

#[apply(on_both)]
async fn the_policy_can_cover_only_staff_or_a_role(test: TestApp) {
    with_role(&test, "audrey", "auditor").await;
    test.add_person("bob").await;
    require(&test, "staff", "0").await;
    enrol_page(&test.browser(), "/sign-in", "audrey", PASSWORD).await;
    assert!(test.signed_in("bob").await.is_signed_in().await);
    require_of_nobody(&test).await;
    let mut scheme = built_in()[0].clone();
    scheme.name = "own".into();
    for role in &mut scheme.roles {
        role.second_factor = role.name == "auditor";
    }
    test.change(&Actor::HOST, ApplyScheme { scheme }).await.unwrap();
    enrol_page(&test.browser(), "/sign-in", "audrey", PASSWORD).await;
    assert!(test.signed_in("ann").await.is_signed_in().await);
}

/// Requires a second factor of nobody, as the host, since Ann needs one by now too.
async fn require_of_nobody(test: &TestApp) {
    let stored = test.read(&Actor::HOST, GetSettings).await.unwrap();
    let change = ChangeSignInSettings {
        second_factor: SecondFactorFor::Nobody,
        kinds: SecondFactorKinds::Any,
        has_passkeys: false,
        days: None,
        revision: stored.settings.revision,
    };
    test.change(&Actor::HOST, change).await.unwrap();
}

#[apply(on_both)]
async fn the_policy_begins_on_its_day(test: TestApp) {
    test.add_person("bob").await;
    require(&test, "everybody", "7").await;
    let bob = test.signed_in("bob").await;
    assert!(
        bob.get("/account")
            .await
            .body
            .contains("you need a second factor")
    );
    test.clock.advance(Duration::from_hours(7 * 24));
    enrol_page(&test.browser(), "/sign-in", "bob", PASSWORD).await;
    let ann = test.browser();
    let page = enrol_page(&ann, "/sign-in", "ann", PASSWORD).await;
    add(&test, &ann, &page).await;
    let account = ann.get("/account").await;
    assert!(!account.body.contains("you need a second factor"));
    let page = ann.get("/console/settings").await;
    for (days, status) in [("91", 422), ("x", 422), ("90", 303)] {
        let form = [("second_factor", "everybody"), ("days", days)];
        let sent = ann.submit(&page, "/console/settings/sign-in", &form).await;
        assert_eq!(sent.status, status, "{days}");
    }
}

#[apply(on_both)]
async fn pp_8_the_last_second_factor_stays_while_it_is_mandatory(test: TestApp) {
    test.add_person("bob").await;
    let bob = test.signed_in("bob").await;
    test.add_authenticator(&bob).await;
    require(&test, "everybody", "0").await;
    let list = bob.get("/account/second-factors").await;
    let refused = bob.submit(&list, "/account/second-factors/remove", &[]).await;
    assert_eq!(refused.status, 409);
    refused.expect_text("Add another one before");
    assert_eq!(test.count("authenticators").await, 1);
}

#[apply(on_both)]
async fn cl_32_cl_33_after_a_removal_a_new_one_is_added_at_the_next_sign_in(test: TestApp) {
    let bob = test.add_person("bob").await;
    test.add_authenticator(&test.signed_in("bob").await).await;
    require(&test, "everybody", "0").await;
    test.change(&Actor::HOST, RemoveSecondFactors { id: bob })
        .await
        .unwrap();
    let browser = test.browser();
    let page = enrol_page(&browser, "/sign-in", "bob", PASSWORD).await;
    assert_eq!(add(&test, &browser, &page).await.status, 200);
    assert!(browser.is_signed_in().await);
}

#[apply(on_both)]
async fn a_temporary_password_is_replaced_after_the_second_factor_is_added(test: TestApp) {
    let bob = test.add_person("bob").await;
    require(&test, "everybody", "0").await;
    let made = doorward::directory::resets::MakeTemporaryPassword::new(bob.into());
    let made = test.change(&Actor::HOST, made).await.unwrap();
    let browser = test.browser();
    let page = enrol_page(&browser, "/sign-in", "bob", made.password.expose()).await;
    let early = page.attribute("input[name=attempt]", "value");
    assert_eq!(
        browser
            .get(&format!("/sign-in/new-password?attempt={early}"))
            .await
            .status,
        400
    );
    let added = add(&test, &browser, &page).await;
    assert!(!browser.is_signed_in().await);
    let next = browser.get(&added.attribute("main a.primary", "href")).await;
    let page = browser.get(next.location()).await;
    let form = [("password", "violet kettle harbour")];
    assert_eq!(
        browser.submit(&page, "/sign-in/new-password", &form).await.status,
        303
    );
    assert!(browser.is_signed_in().await);
}

#[apply(on_both)]
async fn a_second_factor_is_added_in_one_attempt_by_one_of_sixteen(test: TestApp) {
    test.add_person("bob").await;
    require(&test, "everybody", "0").await;
    let browser = Arc::new(test.browser());
    let page = Arc::new(enrol_page(&browser, "/sign-in", "bob", PASSWORD).await);
    let code = Arc::new(Authenticator::scan(&page).code(test.clock.now()));
    let added = successes_of_sixteen(|_| {
        let (browser, page, code) = (browser.clone(), page.clone(), code.clone());
        async move {
            browser
                .submit(&page, PATH, &[("code", code.as_str())])
                .await
                .status
                == 200
        }
    })
    .await;
    assert_eq!(added, 1);
    assert_eq!(test.count("authenticators").await, 1);
}

#[apply(on_both)]
async fn saving_what_counts_keeps_the_day_on_which_the_requirement_begins(test: TestApp) {
    test.add_person("bob").await;
    require(&test, "everybody", "30").await;
    let begins = async || {
        let stored = test.read(&Actor::HOST, GetSettings).await.unwrap();
        stored.settings.second_factor_from
    };
    let set = begins().await;
    test.clock.advance(Duration::from_hours(24));
    let ann = test.signed_in("ann").await;
    for changed in [
        &[][..],
        &[("second_factor", "staff")],
        &[("second_factor", "everybody")],
    ] {
        let page = ann.get("/console/settings").await;
        let done = ann.submit(&page, "/console/settings/sign-in", changed).await;
        assert_eq!(done.status, 303, "{}", done.body);
        assert_eq!(begins().await, set, "{changed:?}");
    }
    assert!(test.signed_in("bob").await.is_signed_in().await);
    // Without a requirement there is no day to keep.
    require(&test, "nobody", "").await;
    assert_eq!(begins().await, None);
    require(&test, "everybody", "").await;
    assert_eq!(begins().await, Some(test.clock.now()));
}
