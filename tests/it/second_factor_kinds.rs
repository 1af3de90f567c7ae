//! Where only passkeys count as a second factor.

use std::sync::Arc;
use std::time::Duration;

use doorward::directory::Actor;
use doorward::directory::clients::SetAppSecondFactor;
use doorward::model::ClientId;
use serde_json::json;

use crate::support::{
    Authenticator, Browser, PASSWORD, Response, SoftPasskey, TestApp, apply, fill, on_both, options, param,
    successes_of_sixteen,
};

const ENROL: &str = "/sign-in/add-second-factor";
const SETTINGS: &str = "/console/settings/sign-in";

/// Requires a second factor of these people after this many days, and lets only passkeys count.
async fn only_passkeys(ann: &Browser, who: &str, days: &str) -> Response {
    let form = [
        ("second_factor", who),
        ("second_factor_kinds", "passkeys"),
        ("days", days),
    ];
    let page = ann.get("/console/settings").await;
    ann.submit(&page, SETTINGS, &form).await
}

/// The page after the right password of Bob.
async fn after_password(browser: &Browser, address: &str) -> Response {
    browser
        .sign_in_up_to("/sign-in/", address, ("bob", PASSWORD))
        .await
}

async fn next_page(browser: &Browser, done: Response) -> Response {
    let next = browser.follow(done).await;
    browser.get(next.location()).await
}

fn asks_for_new_passkey(page: &Response) -> bool {
    page.text("h1") == "Add a passkey" && page.attribute("form[data-passkey]", "action").ends_with(ENROL)
}

fn new_passkey(test: &TestApp, page: &Response) -> (SoftPasskey, String) {
    let options = options(page);
    let passkey = SoftPasskey::new(&options, &test.base);
    let answer = passkey.attest(&passkey.answer_content("webauthn.create", &options), 0x26);
    (passkey, answer.to_string())
}

/// Bob, and his authenticator app.
async fn bob_with_an_app(test: &TestApp) -> Authenticator {
    test.add_person("bob").await;
    let (app, _) = test.add_authenticator(&test.signed_in("bob").await).await;
    app
}

/// A browser in which Bob has signed in with his password and a code.
async fn signed_in_with_a_code(test: &TestApp, app: &Authenticator) -> Browser {
    let browser = test.browser();
    let page = after_password(&browser, "/sign-in").await;
    let done = submit_code(test, &browser, &page, app).await;
    browser.follow(done).await;
    browser
}

async fn submit_code(test: &TestApp, browser: &Browser, page: &Response, app: &Authenticator) -> Response {
    let done = browser.submit_code(page, &app.code(test.clock.now())).await;
    test.clock.advance(Duration::from_mins(1));
    done
}

#[apply(on_both)]
#[start(start_on_localhost)]
async fn whoever_has_none_adds_a_passkey_and_signs_in_with_it(test: TestApp) {
    test.add_person("bob").await;
    let ann = test.signed_in("ann").await;
    assert_eq!(only_passkeys(&ann, "everybody", "0").await.status, 303);
    let (rp, browser) = (test.rp().await, test.browser());
    let page = after_password(&browser, &rp.authorize(&[])).await;
    assert!(asks_for_new_passkey(&page), "{}", page.body);
    assert!(
        page.attributes("#secret", "id").is_empty(),
        "no authenticator app"
    );
    let (mut passkey, answer) = new_passkey(&test, &page);
    let added = browser.submit(&page, ENROL, &[("credential", &answer)]).await;
    assert_eq!(added.status, 200, "{}", added.body);
    assert_eq!(added.text("#codes").split_whitespace().count(), 10);
    assert!(!browser.is_signed_in().await, "the passkey has not signed yet");
    let next = browser.get(&added.attribute("main a.primary", "href")).await;
    let page = browser.get(next.location()).await;
    let done = browser.submit_passkey(&page, &passkey.answer(&page)).await;
    let back = browser.follow(done).await;
    let tokens = rp.redeem(&param(back.location(), "code")).await.tokens();
    assert_eq!(tokens.claims()["amr"], json!(["hwk", "user", "mfa"]));
    assert_eq!(tokens.claims()["acr"], "urn:doorward:acr:2fa");
}

#[apply(on_both)]
#[start(start_on_localhost)]
async fn whoever_has_an_app_proves_it_first_and_adds_a_passkey(test: TestApp) {
    let app = bob_with_an_app(&test).await;
    let ann = test.signed_in("ann").await;
    only_passkeys(&ann, "everybody", "0").await;
    let browser = test.browser();
    let page = after_password(&browser, "/sign-in").await;
    assert!(page.attributes("input[name=trust]", "name").is_empty());
    let attempt = page.attribute("input[name=attempt]", "value");
    let early = browser.get(&format!("{ENROL}?attempt={attempt}")).await;
    assert_eq!(early.status, 400, "the code comes first");
    let done = submit_code(&test, &browser, &page, &app).await;
    let page = next_page(&browser, done).await;
    assert!(asks_for_new_passkey(&page), "{}", page.body);
    assert!(!browser.is_signed_in().await);
    let (mut passkey, answer) = new_passkey(&test, &page);
    let added = browser.submit(&page, ENROL, &[("credential", &answer)]).await;
    let page = next_page(&browser, added).await;
    assert!(page.attributes("input[name=code]", "name").is_empty());
    let fields = page.form("/sign-in/start-over");
    let fields = fill(fields, &[("code", &app.code(test.clock.now()))]);
    let refused = browser.post("/sign-in/second-factor", &fields).await;
    assert_eq!(refused.status, 422);
    assert!(!browser.is_signed_in().await, "a code is not enough any more");
    let done = browser.submit_passkey(&page, &passkey.answer(&page)).await;
    browser.follow(done).await;
    assert!(browser.is_signed_in().await);
    let again = test.browser();
    again.sign_in_with(&mut passkey).await;
    assert!(again.is_signed_in().await);
}

#[apply(on_both)]
#[start(start_on_localhost)]
async fn nobody_adds_an_app_where_only_passkeys_count(test: TestApp) {
    test.add_person("bob").await;
    let (ann, bob) = (test.signed_in("ann").await, test.signed_in("bob").await);
    let new = "/account/second-factors/new";
    let open = bob.get(new).await;
    only_passkeys(&ann, "nobody", "0").await;
    let code = Authenticator::scan(&open).code(test.clock.now());
    let list = bob.get("/account/second-factors").await;
    assert!(!list.body.contains("Add an authenticator app"), "{}", list.body);
    let passkey = bob.get("/account/passkeys/new").await;
    assert!(!passkey.body.contains("authenticator app"), "{}", passkey.body);
    for refused in [
        bob.get(new).await,
        bob.submit(&open, new, &[("code", &code)]).await,
    ] {
        assert_eq!(refused.status, 409);
        refused.expect_text("Only passkeys count");
    }
    // Nor while signing in, on a page that was open before.
    let form = [("second_factor", "everybody"), ("second_factor_kinds", "any")];
    let page = ann.get("/console/settings").await;
    assert_eq!(ann.submit(&page, SETTINGS, &form).await.status, 303);
    let browser = test.browser();
    let page = after_password(&browser, "/sign-in").await;
    let code = Authenticator::scan(&page).code(test.clock.now());
    only_passkeys(&ann, "everybody", "0").await;
    let refused = browser.submit(&page, ENROL, &[("code", &code)]).await;
    assert_eq!(refused.status, 409);
    assert!(asks_for_new_passkey(&refused), "{}", refused.body);
    assert_eq!(test.count("authenticators").await, 0);
}

#[apply(on_both)]
#[start(start_on_localhost)]
async fn a_recovery_code_is_the_way_back(test: TestApp) {
    test.add_person("bob").await;
    let (_, codes) = test.add_passkey(&test.signed_in("bob").await).await;
    let ann = test.signed_in("ann").await;
    only_passkeys(&ann, "everybody", "0").await;
    let browser = test.browser();
    let page = after_password(&browser, "/sign-in").await;
    let link = page.attribute("a[href*=recovery]", "href");
    let page = browser.get(&link).await;
    let done = browser.submit_code(&page, &codes[0]).await;
    browser.follow(done).await;
    assert!(browser.is_signed_in().await);
    let rp = test.rp().await;
    require_by_app(&test).await;
    let tokens = rp.silent_sign_in(&browser).await;
    assert_eq!(tokens.claims()["amr"], json!(["pwd", "mfa"]));
}

/// The page after the right password of Bob and a recovery code.
async fn after_recovery_code(browser: &Browser, address: &str, code: &str) -> Response {
    let page = after_password(browser, address).await;
    let link = page.attribute("a[href*=recovery]", "href");
    let done = browser.submit_code(&browser.get(&link).await, code).await;
    next_page(browser, done).await
}

#[apply(on_both)]
#[start(start_on_localhost)]
async fn whoever_has_lost_their_app_adds_a_passkey_after_a_recovery_code(test: TestApp) {
    test.add_person("bob").await;
    let (_, codes) = test.add_authenticator(&test.signed_in("bob").await).await;
    let ann = test.signed_in("ann").await;
    only_passkeys(&ann, "everybody", "0").await;
    let browser = test.browser();
    let page = after_recovery_code(&browser, "/sign-in", &codes[0]).await;
    assert!(asks_for_new_passkey(&page), "{}", page.body);
    assert!(!browser.is_signed_in().await);
    let (mut passkey, answer) = new_passkey(&test, &page);
    let added = browser.submit(&page, ENROL, &[("credential", &answer)]).await;
    let page = next_page(&browser, added).await;
    assert_eq!(page.text("h1"), "Confirm that it is you", "{}", page.body);
    assert!(!browser.is_signed_in().await, "the passkey has not signed yet");
    let done = browser.submit_passkey(&page, &passkey.answer(&page)).await;
    browser.follow(done).await;
    assert!(browser.is_signed_in().await);
}

#[apply(on_both)]
#[start(start_on_localhost)]
async fn whoever_has_lost_their_app_gets_into_an_app_that_requires_a_passkey(test: TestApp) {
    test.add_person("bob").await;
    let (_, codes) = test.add_authenticator(&test.signed_in("bob").await).await;
    let (rp, ann, browser) = (test.rp().await, test.signed_in("ann").await, test.browser());
    only_passkeys(&ann, "nobody", "0").await;
    require_by_app(&test).await;
    let page = after_recovery_code(&browser, &rp.authorize(&[]), &codes[0]).await;
    assert!(asks_for_new_passkey(&page), "{}", page.body);
    let (mut passkey, answer) = new_passkey(&test, &page);
    let added = browser.submit(&page, ENROL, &[("credential", &answer)]).await;
    let page = next_page(&browser, added).await;
    assert_eq!(page.text("h1"), "Confirm that it is you", "{}", page.body);
    let done = browser.submit_passkey(&page, &passkey.answer(&page)).await;
    let back = browser.follow(done).await;
    let tokens = rp.redeem(&param(back.location(), "code")).await.tokens();
    assert_eq!(tokens.claims()["amr"], json!(["hwk", "user", "mfa"]));
}

async fn require_by_app(test: &TestApp) {
    let (id, required) = (ClientId("rp".into()), true);
    test.change(&Actor::HOST, SetAppSecondFactor { id, required })
        .await
        .unwrap();
}

#[apply(on_both)]
#[start(start_on_localhost)]
async fn a_code_is_not_enough_for_an_app_that_requires_a_second_factor(test: TestApp) {
    let app = bob_with_an_app(&test).await;
    let (rp, ann, bob) = (test.rp().await, test.signed_in("ann").await, test.browser());
    require_by_app(&test).await;
    let page = after_password(&bob, &rp.authorize(&[])).await;
    let done = submit_code(&test, &bob, &page, &app).await;
    let back = bob.follow(done).await;
    let tokens = rp.redeem(&param(back.location(), "code")).await.tokens();
    assert_eq!(tokens.claims()["amr"], json!(["pwd", "otp", "mfa"]));
    let unused = bob.get(&rp.authorize(&[("prompt", "none")])).await;
    only_passkeys(&ann, "nobody", "0").await;
    let refused = rp.redeem(&param(unused.location(), "code")).await;
    assert_eq!(refused.error(), "invalid_grant");
    assert_eq!(rp.silent_error(&bob).await, "login_required");
    let page = after_password(&bob, &rp.authorize(&[])).await;
    let done = submit_code(&test, &bob, &page, &app).await;
    assert!(asks_for_new_passkey(&next_page(&bob, done).await));
}

#[apply(on_both)]
#[start(start_on_localhost)]
async fn whoever_needs_none_signs_in_with_a_code(test: TestApp) {
    let app = bob_with_an_app(&test).await;
    let ann = test.signed_in("ann").await;
    only_passkeys(&ann, "staff", "0").await;
    let browser = signed_in_with_a_code(&test, &app).await;
    assert!(browser.is_signed_in().await);
}

#[apply(on_both)]
#[start(start_on_localhost)]
async fn only_passkeys_count_from_the_day_of_the_requirement(test: TestApp) {
    let app = bob_with_an_app(&test).await;
    let ann = test.signed_in("ann").await;
    only_passkeys(&ann, "everybody", "7").await;
    let browser = signed_in_with_a_code(&test, &app).await;
    let account = browser.get("/account").await;
    account.expect_text("you need a passkey");
    test.clock.advance(Duration::from_hours(7 * 24));
    let browser = test.browser();
    let page = after_password(&browser, "/sign-in").await;
    let done = submit_code(&test, &browser, &page, &app).await;
    assert!(asks_for_new_passkey(&next_page(&browser, done).await));
}

#[apply(on_both)]
#[start(start_on_localhost)]
async fn the_last_passkey_stays_although_an_app_is_left(test: TestApp) {
    test.add_person("bob").await;
    let bob = test.signed_in("bob").await;
    test.add_authenticator(&bob).await;
    test.add_passkey(&bob).await;
    let ann = test.signed_in("ann").await;
    only_passkeys(&ann, "everybody", "0").await;
    let list = bob.get("/account/second-factors").await;
    let remove = "/account/passkeys/remove";
    assert_eq!(bob.submit(&list, remove, &[]).await.status, 409);
    let remove = "/account/second-factors/remove";
    assert_eq!(bob.submit(&list, remove, &[]).await.status, 303);
    assert_eq!(test.count("passkeys").await, 1);
}

#[apply(on_both)]
#[start(start_on_localhost)]
async fn a_trusted_browser_does_not_stand_in_for_a_passkey(test: TestApp) {
    test.add_person("bob").await;
    let (app, _) = test.add_authenticator(&test.signed_in("bob").await).await;
    let (ann, browser) = (test.signed_in("ann").await, test.browser());
    let page = after_password(&browser, "/sign-in").await;
    let form = [("code", &*app.code(test.clock.now())), ("trust", "1")];
    let done = browser.submit(&page, "/sign-in/second-factor", &form).await;
    browser.follow(done).await;
    test.clock.advance(Duration::from_mins(1));
    browser.set_cookie("session", "");
    only_passkeys(&ann, "everybody", "0").await;
    let page = after_password(&browser, "/sign-in").await;
    assert_eq!(page.text("h1"), "Confirm that it is you", "{}", page.body);
    assert!(!browser.is_signed_in().await);
}

#[apply(on_both)]
#[start(start_on_localhost)]
async fn a_challenge_of_a_sign_in_is_of_one_attempt(test: TestApp) {
    test.add_person("bob").await;
    let ann = test.signed_in("ann").await;
    only_passkeys(&ann, "everybody", "0").await;
    let (one, other) = (test.browser(), test.browser());
    let theirs = after_password(&one, "/sign-in").await;
    let page = after_password(&other, "/sign-in").await;
    let (_, answer) = new_passkey(&test, &theirs);
    let challenge = theirs.attribute("input[name=challenge]", "value");
    let form = [("challenge", &*challenge), ("credential", &*answer)];
    let refused = other.submit(&page, ENROL, &form).await;
    assert_eq!(refused.status, 422);
    assert!(asks_for_new_passkey(&refused), "{}", refused.body);
    let wrong = [("credential", "{}")];
    assert_eq!(other.submit(&refused, ENROL, &wrong).await.status, 422);
    assert_eq!(test.count("passkeys").await, 0);
}

#[apply(on_both)]
#[start(start_on_localhost)]
async fn a_passkey_is_added_in_one_attempt_by_one_of_sixteen(test: TestApp) {
    test.add_person("bob").await;
    let ann = test.signed_in("ann").await;
    only_passkeys(&ann, "everybody", "0").await;
    let browser = Arc::new(test.browser());
    let page = Arc::new(after_password(&browser, "/sign-in").await);
    let answer = Arc::new(new_passkey(&test, &page).1);
    let added = successes_of_sixteen(|_| {
        let (browser, page, answer) = (browser.clone(), page.clone(), answer.clone());
        async move {
            let form = [("credential", answer.as_str())];
            browser.submit(&page, ENROL, &form).await.status == 200
        }
    })
    .await;
    assert_eq!((added, test.count("passkeys").await), (1, 1));
}

#[apply(on_both)]
async fn where_browsers_have_no_passkeys_the_setting_is_refused(test: TestApp) {
    let ann = test.signed_in("ann").await;
    let refused = only_passkeys(&ann, "nobody", "0").await;
    assert_eq!(refused.status, 422);
    refused.expect_text("is an IP address");
    let page = test.signed_in("ann").await.get("/account/second-factors").await;
    page.expect_text("Add an authenticator app");
}
