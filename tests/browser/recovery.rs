//! A person adds second factors, signs in with each, loses them, and comes back.

use std::time::Duration;

use serde_json::{Value, json};

use crate::chromium::{Chromium, Scripts, View};
use crate::support::{On, PASSWORD, TestApp, code_of};

/// The password that Bob chooses in the end.
const NEW_PASSWORD: &str = "A ferry leaves at half past 4";
const FACTORS: &str = "Passkeys and second factors";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_adds_second_factors_loses_them_and_comes_back() {
    let test = TestApp::start_on_localhost(On::Sqlite).await;
    test.add_person("bob").await;
    let walk = Walk {
        browser: Chromium::start(Scripts::On).await,
        test,
    };
    walk.browser.sign_in(&walk.test.base, "bob").await;
    let (secret, codes) = walk.adds_an_authenticator().await;
    walk.signs_in_with_a_code(&secret).await;
    let authenticator = walk.adds_a_passkey().await;
    walk.signs_in_with_the_passkey().await;
    walk.loses(&authenticator).await;
    walk.signs_in_with_a_recovery_code(&codes[0]).await;
    walk.comes_back_by_an_administrator().await;
}

struct Walk {
    test: TestApp,
    browser: Chromium,
}

impl Walk {
    async fn open(&self, path: &str) {
        self.browser.open(&format!("{}{path}", self.test.base)).await;
    }

    /// Saves screenshots of the page on a desktop, in dark mode and on a phone.
    async fn picture(&self, name: &str) {
        for view in [View::DESKTOP, View::DARK, View::PHONE] {
            self.browser.set_view(view).await;
            let name = format!("walk-{name}-{}-{}", view.width, view.colours());
            self.browser.picture(&name, view.width).await;
        }
        self.browser.set_view(View::DESKTOP).await;
    }

    /// Signs in with the password in a browser without sessions, up to the second factor.
    async fn begins_to_sign_in(&self) {
        self.browser.driver.delete_all_cookies().await.unwrap();
        self.open("/sign-in").await;
        self.browser.fill("#username", "bob").await;
        self.browser.fill("#password", PASSWORD).await;
        self.browser.press("Sign in").await;
        self.browser.expect_page("Confirm that it is you").await;
    }

    /// Adds an authenticator app; yields its secret and the recovery codes.
    async fn adds_an_authenticator(&self) -> (String, Vec<String>) {
        let browser = &self.browser;
        self.open("/account/second-factors").await;
        browser.expect_page(FACTORS).await;
        self.picture("01-no-factor").await;
        browser.click("a[href='/account/second-factors/new']").await;
        browser.expect_page("Add an authenticator app").await;
        browser.click("details.more summary").await;
        self.picture("02-scan").await;
        let secret = browser.text("#secret").await;
        let code = code_of(&secret, self.test.clock.now());
        browser.fill("#code", &code).await;
        browser.press("Add the app").await;
        browser
            .wait_for_text("#new-codes", "Save your recovery codes")
            .await;
        self.picture("03-recovery-codes").await;
        let codes = browser.text("#codes").await;
        browser.press("I have saved them").await;
        browser.expect_page(FACTORS).await;
        let codes = codes.split_whitespace().map(str::to_owned).collect();
        (secret, codes)
    }

    async fn signs_in_with_a_code(&self, secret: &str) {
        // Each code works once.
        self.test.clock.advance(Duration::from_mins(1));
        self.begins_to_sign_in().await;
        self.picture("04-code").await;
        let code = code_of(secret, self.test.clock.now());
        self.browser.fill("#code", &code).await;
        self.browser.press("Continue").await;
        self.browser.expect_page("Your apps").await;
    }

    /// Adds a passkey; yields the id of the authenticator that holds it.
    async fn adds_a_passkey(&self) -> Value {
        let browser = &self.browser;
        let authenticator = browser.add_authenticator().await;
        self.open("/account/passkeys/new").await;
        browser.expect_page("Add a passkey").await;
        self.picture("05-new-passkey").await;
        browser.fill("#name", "My laptop").await;
        browser.press("Create a passkey").await;
        browser.expect_page(FACTORS).await;
        let passkey = "section[aria-labelledby=passkeys] strong";
        browser.wait_for_text(passkey, "My laptop").await;
        self.picture("06-two-ways-in").await;
        authenticator
    }

    /// The browser offers the passkey by itself: nothing is typed or pressed.
    async fn signs_in_with_the_passkey(&self) {
        self.browser.driver.delete_all_cookies().await.unwrap();
        self.open("/sign-in").await;
        self.browser.expect_page("Your apps").await;
    }

    async fn loses(&self, authenticator: &Value) {
        let lost = json!({ "authenticatorId": authenticator });
        self.browser
            .command("WebAuthn.removeVirtualAuthenticator", lost)
            .await;
    }

    async fn signs_in_with_a_recovery_code(&self, code: &str) {
        let browser = &self.browser;
        self.begins_to_sign_in().await;
        browser.click("a[href*='with=recovery']").await;
        browser.find("input[name=with][value=recovery]").await;
        self.picture("07-recovery-code").await;
        browser.fill("#code", code).await;
        browser.press("Continue").await;
        browser.expect_page("Your apps").await;
        self.open("/account/second-factors").await;
        browser.expect_page(FACTORS).await;
        let left = browser.text("section[aria-labelledby=recovery] p").await;
        assert!(left.starts_with("9 codes are left."), "{left}");
        self.picture("08-nine-codes-left").await;
    }

    /// An administrator removes the lost second factors and hands over a link.
    async fn comes_back_by_an_administrator(&self) {
        let (browser, owner) = (&self.browser, self.test.signed_in("ann").await);
        let page = owner.get("/console/users/1/sign-in").await;
        let remove = "/console/users/1/second-factors/remove";
        let removed = owner.submit(&page, remove, &[]).await;
        assert_eq!(removed.status, 303, "{}", removed.body);
        let page = owner.get(removed.location()).await;
        let made = owner.submit(&page, "/console/users/1/password/link", &[]).await;
        let link = owner.follow(made).await.text("#reset-secret");
        browser.driver.delete_all_cookies().await.unwrap();
        browser.open(&link).await;
        browser.expect_page("Choose a new password").await;
        self.picture("09-new-password").await;
        browser.fill("#password", NEW_PASSWORD).await;
        browser.press("Save and sign in").await;
        browser.expect_page("Your apps").await;
        self.open("/account/second-factors").await;
        browser.expect_page(FACTORS).await;
        assert_eq!(
            browser.count("section[aria-labelledby=recovery]").await,
            0,
            "none is left"
        );
        self.picture("10-back").await;
    }
}
