//! Passkeys in a Chromium with a virtual authenticator.

use crate::chromium::{Chromium, Scripts};
use crate::demo::{Demo, PASSWORD};

#[tokio::test]
async fn a_person_adds_a_passkey_and_signs_in_without_typing() {
    let (demo, browser) = (Demo::start().await, Chromium::start(Scripts::On).await);
    browser.add_authenticator().await;
    browser.open(&format!("{}/sign-in", demo.issuer)).await;
    browser.fill("#username", "ann").await;
    browser.fill("#password", PASSWORD).await;
    browser.press("Sign in").await;
    browser.expect_page("Your apps").await;
    browser
        .open(&format!("{}/account/second-factors", demo.issuer))
        .await;
    browser.click("a[href='/account/passkeys/new']").await;
    browser.expect_page("Add a passkey").await;
    browser.fill("#name", "My laptop").await;
    browser.press("Create a passkey").await;
    browser.expect_page("Passkeys and second factors").await;
    browser
        .wait_for_text("#new-codes", "Save your recovery codes")
        .await;
    browser.press("I have saved them").await;
    browser
        .wait_for_text("section[aria-labelledby=passkeys] strong", "My laptop")
        .await;
    // The browser offers the passkey by itself, so nothing is typed or pressed.
    browser.driver.delete_all_cookies().await.unwrap();
    browser.open(&format!("{}/sign-in?add=1", demo.issuer)).await;
    browser.expect_page("Your apps").await;
}
