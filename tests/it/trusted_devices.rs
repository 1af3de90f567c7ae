//! Browsers that their owner trusts: for a time, a password signs in there without a second factor.

use std::time::Duration;

use doorward::directory::Actor;
use doorward::directory::accounts::{ActivateAccount, EndAccountSessions, SuspendAccount};
use doorward::directory::resets::SetPassword;
use doorward::directory::second_factors::RemoveSecondFactors;
use serde_json::json;

use crate::acting::acting_as_bob;
use crate::support::{
    Authenticator, Browser, On, PASSWORD, Response, TestApp, apply, claims, on_both, param,
};

const CODE: &str = "/sign-in/second-factor";

/// Submits a code on the page of the second factor, and trusts the browser.
async fn trust(test: &TestApp, browser: &Browser, page: &Response, authenticator: &Authenticator) {
    let code = authenticator.code(test.clock.now());
    let form = [("code", &*code), ("trust", "1")];
    let done = browser.submit(page, CODE, &form).await;
    assert_eq!(done.status, 303, "{}", done.body);
    browser.get(done.location()).await;
    // The code is used.
    test.clock.advance(Duration::from_mins(1));
}

/// A browser that this person trusts, and their authenticator app.
async fn trusted(test: &TestApp, username: &str) -> (Browser, Authenticator) {
    let first = test.signed_in(username).await;
    let (authenticator, _) = test.add_authenticator(&first).await;
    let browser = test.browser();
    let page = browser.begin_sign_in("/sign-in", username).await;
    assert!(page.text("label.row").contains("for 30 days"), "{}", page.body);
    trust(test, &browser, &page, &authenticator).await;
    assert!(browser.is_signed_in().await);
    (browser, authenticator)
}

/// Whether the password alone signs in, after the current session was left.
async fn signs_in(browser: &Browser, username: &str) -> bool {
    browser.set_cookie("session", "");
    let done = browser.try_sign_in(username, PASSWORD).await;
    assert_eq!(done.status, 303, "{}", done.body);
    browser.get(done.location()).await;
    browser.is_signed_in().await
}

#[apply(on_both)]
async fn a_password_signs_in_in_a_trusted_browser_for_thirty_days(test: TestApp) {
    let (browser, _) = trusted(&test, "ann").await;
    assert!(signs_in(&browser, "ann").await);
    browser.set_cookie("session", "");
    assert_eq!(browser.try_sign_in("ann", "a wrong password").await.status, 422);
    assert!(!signs_in(&test.browser(), "ann").await, "another browser");
    test.clock.advance(Duration::from_mins(30 * 24 * 60 - 2));
    assert!(signs_in(&browser, "ann").await);
    test.clock.advance(Duration::from_mins(2));
    assert!(!signs_in(&browser, "ann").await, "the time is over");
}

#[apply(on_both)]
async fn a_browser_is_trusted_by_the_account_that_chose_it_only(test: TestApp) {
    test.add_person("bob").await;
    let (browser, _) = trusted(&test, "ann").await;
    let bob = test.signed_in("bob").await;
    test.add_authenticator(&bob).await;
    assert!(!signs_in(&browser, "bob").await);
    assert!(signs_in(&browser, "ann").await);
}

#[apply(on_both)]
async fn a_copied_token_of_a_known_browser_is_never_trusted(test: TestApp) {
    let (known, thief) = (test.signed_in("ann").await, test.browser());
    let (authenticator, _) = test.add_authenticator(&known).await;
    let copied = known.cookie("devices");
    known.set_cookie("session", "");
    let page = known.begin_sign_in("/sign-in", "ann").await;
    trust(&test, &known, &page, &authenticator).await;
    assert!(signs_in(&known, "ann").await);
    assert_eq!(
        known.cookie("devices").len(),
        copied.len(),
        "in place of the old one"
    );
    thief.set_cookie("devices", &copied);
    assert!(!signs_in(&thief, "ann").await);
}

#[apply(on_both)]
async fn b22_a_trusted_browser_proves_no_second_factor(test: TestApp) {
    let rp = test.rp().await;
    let (browser, _) = trusted(&test, "ann").await;
    let tokens = rp.silent_sign_in(&browser).await;
    assert_eq!(claims(tokens.id_token())["amr"], json!(["pwd", "otp", "mfa"]));
    assert!(signs_in(&browser, "ann").await);
    let tokens = rp.silent_sign_in(&browser).await;
    let claims = claims(tokens.id_token());
    assert_eq!(claims["amr"], json!(["pwd"]));
    assert_eq!(claims["acr"], "urn:doorward:acr:password");
    let details = test.audit_of(&test.ann).await;
    let begun: Vec<_> = details
        .iter()
        .filter(|entry| entry.action == "session.begin")
        .collect();
    assert!(
        begun
            .iter()
            .any(|entry| entry.detail.contains("\"trusted_device\":\""))
    );
}

#[apply(on_both)]
async fn b22_a_request_for_two_factors_asks_for_the_code_in_a_trusted_browser_too(test: TestApp) {
    let rp = test.rp().await;
    let (browser, authenticator) = trusted(&test, "ann").await;
    let essential = r#"{"id_token":{"acr":{"essential":true,"value":"urn:doorward:acr:2fa"}}}"#;
    for wanted in [("claims", essential), ("acr_values", "urn:doorward:acr:2fa")] {
        assert!(signs_in(&browser, "ann").await);
        let asked = browser.get(&rp.authorize(&[wanted])).await;
        let page = browser.begin_sign_in(asked.location(), "ann").await;
        assert!(page.text("label.row").is_empty(), "trusting is not offered");
        let before = browser.cookie("devices");
        let code = authenticator.code(test.clock.now());
        let form = [("code", &*code), ("trust", "1")];
        let done = browser.submit(&page, CODE, &form).await;
        assert_eq!(browser.cookie("devices"), before, "and not done");
        let back = browser.get(done.location()).await;
        let tokens = rp.redeem(&param(back.location(), "code")).await.tokens();
        assert_eq!(claims(tokens.id_token())["acr"], "urn:doorward:acr:2fa");
        test.clock.advance(Duration::from_mins(1));
    }
}

#[apply(on_both)]
async fn a_sensitive_page_asks_for_the_code_in_a_trusted_browser_too(test: TestApp) {
    let (browser, authenticator) = trusted(&test, "ann").await;
    assert!(signs_in(&browser, "ann").await);
    let page = "/account/second-factors/new";
    let asked = browser.get(page).await;
    assert!(
        asked.location().contains("/sign-in?attempt="),
        "{}",
        asked.location()
    );
    let code = browser.begin_sign_in(asked.location(), "ann").await;
    assert!(code.text("label.row").is_empty());
    let typed = authenticator.code(test.clock.now());
    let done = browser.submit_code(&code, &typed).await;
    let back = browser.get(done.location()).await;
    assert!(back.location().ends_with(page), "{}", back.location());
    assert_eq!(browser.get(page).await.status, 200);
}

/// A change after which no browser is trusted.
#[derive(Clone, Copy, Debug)]
enum End {
    OwnPassword,
    SetPassword,
    Suspension,
    Administrator,
    SignOutElsewhere,
    Factor,
    RecoveryCodes,
    Removal,
}

impl End {
    const ALL: [Self; 8] = [
        Self::OwnPassword,
        Self::SetPassword,
        Self::Suspension,
        Self::Administrator,
        Self::SignOutElsewhere,
        Self::Factor,
        Self::RecoveryCodes,
        Self::Removal,
    ];

    async fn happens(self, test: &TestApp, browser: &Browser) {
        match self {
            Self::OwnPassword | Self::SignOutElsewhere | Self::Factor | Self::RecoveryCodes => {
                self.by_the_owner(test, browser).await;
            }
            _ => self.by_an_administrator(test).await,
        }
    }

    async fn by_the_owner(self, test: &TestApp, browser: &Browser) {
        let (page, action, form) = match self {
            Self::OwnPassword => {
                let form = [("current", PASSWORD), ("new", "another good and long passphrase")];
                ("/account/security", "/account/password", form.to_vec())
            }
            Self::SignOutElsewhere => ("/account/security", "/account/sessions/end", Vec::new()),
            Self::RecoveryCodes => {
                let page = "/account/second-factors";
                (page, "/account/second-factors/recovery-codes", Vec::new())
            }
            _ => {
                test.add_authenticator(browser).await;
                return;
            }
        };
        let page = browser.get(page).await;
        let done = browser.post_with_csrf(&page, action, &form).await;
        assert_eq!(done.status, 303, "{self:?}: {}", done.body);
    }

    async fn by_an_administrator(self, test: &TestApp) {
        let (host, id) = (&Actor::HOST, test.id("bob").await);
        let (reason, password) = (String::new(), PASSWORD.into());
        let done = match self {
            Self::SetPassword => test.change(host, SetPassword { id, password }).await,
            Self::Suspension => {
                let suspend = SuspendAccount {
                    id: id.clone(),
                    reason,
                };
                test.change(host, suspend).await.unwrap();
                test.change(host, ActivateAccount { id }).await
            }
            Self::Administrator => test.change(host, EndAccountSessions { id }).await,
            _ => test.change(host, RemoveSecondFactors { id }).await,
        };
        done.unwrap();
    }
}

#[apply(on_both)]
async fn trust_ends_with_every_change_of_how_the_owner_signs_in(test: TestApp) {
    test.add_person("bob").await;
    let (browser, authenticator) = trusted(&test, "bob").await;
    let trusted = async || test.count("devices WHERE trusted_until IS NOT NULL").await;
    for end in End::ALL {
        assert_eq!(trusted().await, 1, "{end:?}");
        end.happens(&test, &browser).await;
        assert_eq!(trusted().await, 0, "{end:?}");
        match end {
            End::Removal => break,
            End::OwnPassword => End::SetPassword.happens(&test, &browser).await,
            _ => {}
        }
        assert!(!signs_in(&browser, "bob").await, "{end:?}");
        test.clock.advance(Duration::from_mins(1));
        let page = browser.begin_sign_in("/sign-in", "bob").await;
        trust(&test, &browser, &page, &authenticator).await;
    }
}

#[apply(on_both)]
async fn a_person_and_an_administrator_see_and_forget_browsers(test: TestApp) {
    test.add_person("bob").await;
    let (browser, authenticator) = trusted(&test, "bob").await;
    let ann = test.signed_in("ann").await;
    let (own, list) = ("/account/security", "section[aria-labelledby=browsers] li");
    let listed = browser.get(own).await;
    let texts = listed.texts(list);
    assert_eq!(texts.len(), 2);
    assert!(texts[0].contains("no code until 14 February 2027"), "{texts:?}");
    assert!(!texts[1].contains("no code"), "{texts:?}");
    // Nobody forgets a browser of another account.
    let bobs = listed.attribute("input[name=device]", "value");
    let forget = "/account/devices/forget";
    let form = [("device", &*bobs)];
    let page = ann.get(own).await;
    assert_eq!(ann.post_with_csrf(&page, forget, &form).await.status, 404);
    let forgotten = browser.submit(&listed, forget, &form).await;
    let place = format!("{}{own}", test.base);
    let done = "The browser is forgotten";
    browser.expect_done(&forgotten, &place, done).await;
    assert_eq!(browser.get(own).await.texts(list).len(), 1);
    assert!(!signs_in(&browser, "bob").await);
    let page = browser.begin_sign_in("/sign-in", "bob").await;
    trust(&test, &browser, &page, &authenticator).await;
    assert!(signs_in(&browser, "bob").await);
    let tab = "/console/users/1/sign-in";
    let page = ann.get(tab).await;
    assert!(page.texts(list)[0].contains("no code until"), "{}", page.body);
    let forgotten = ann.submit(&page, "/console/users/1/devices/forget", &[]).await;
    let place = format!("{}{tab}", test.base);
    ann.expect_done(&forgotten, &place, done).await;
    assert!(!signs_in(&browser, "bob").await);
}

#[apply(on_both)]
async fn nobody_trusts_a_browser_while_acting_as_somebody_else(test: TestApp) {
    test.add_person("carol").await;
    let (trusted, authenticator) = trusted(&test, "carol").await;
    let ann = acting_as_bob(&test).await;
    ann.set_cookie("devices", &trusted.cookie("devices"));
    let page = ann.begin_sign_in("/sign-in?add=1", "carol").await;
    assert!(page.text("label.row").is_empty());
    let before = ann.cookie("devices");
    trust(&test, &ann, &page, &authenticator).await;
    assert_eq!(ann.cookie("devices"), before);
}

#[tokio::test]
async fn trust_can_be_switched_off() {
    let off = ("DOORWARD__LIFETIMES__TRUSTED_DEVICE", "0");
    let test = TestApp::start_with(On::Sqlite, &[off]).await;
    let ann = test.signed_in("ann").await;
    test.add_authenticator(&ann).await;
    test.sql("UPDATE devices SET trusted_until = 9000000000000000")
        .await;
    ann.set_cookie("session", "");
    let page = ann.begin_sign_in("/sign-in", "ann").await;
    assert!(page.text("label.row").is_empty());
}
