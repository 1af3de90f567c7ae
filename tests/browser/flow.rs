//! Signing in to the sample app and out again, with scripts and without.

use axum::Router;
use axum::response::Html;
use axum::routing::get;

use crate::chromium::{Chromium, Scripts};
use crate::demo::{Demo, PASSWORD};
use crate::serve::serve;

#[tokio::test]
async fn a_person_signs_in_to_the_sample_app_refreshes_and_signs_out() {
    let (demo, browser) = (Demo::start().await, Chromium::start(Scripts::On).await);
    assert!(scripts_run(&browser).await);
    sign_in_refresh_and_sign_out(&demo, &browser, Scripts::On).await;
}

#[tokio::test]
async fn the_same_works_without_scripts() {
    let (demo, browser) = (Demo::start().await, Chromium::start(Scripts::Off).await);
    assert!(!scripts_run(&browser).await);
    sign_in_refresh_and_sign_out(&demo, &browser, Scripts::Off).await;
}

/// Whether scripts in pages run.
pub async fn scripts_run(browser: &Chromium) -> bool {
    let page = r#"<p id="ran">no</p><script>document.getElementById("ran").textContent = "yes"</script>"#;
    let address = serve(Router::new().route("/", get(move || async move { Html(page) }))).await;
    browser.open(&address).await;
    let ran = browser.text("#ran").await;
    // The only message about this page can be its missing icon.
    browser.console().await;
    ran == "yes"
}

async fn sign_in_refresh_and_sign_out(demo: &Demo, browser: &Chromium, scripts: Scripts) {
    browser.open(&demo.app).await;
    browser
        .expect_page("An app that signs you in with Doorward")
        .await;
    browser.click("a.primary").await;
    browser.expect_page("Sign in to Field Notes").await;
    let reveal = usize::from(scripts == Scripts::On);
    let shown = browser.count("button.reveal").await;
    assert_eq!(shown, reveal, "shown only where it works");
    mistype_the_password(browser).await;
    browser.fill("#password", PASSWORD).await;
    browser.press("Sign in").await;
    allow_the_app(browser).await;
    browser.expect_page("Ann Lee").await;
    shows_who_signed_in(demo, browser).await;
    refresh(browser).await;

    browser.open(&format!("{}/account/apps", demo.issuer)).await;
    browser.expect_page("Ann Lee").await;
    let apps = browser.text("section[aria-labelledby=apps]").await;
    assert!(apps.contains("Field Notes"), "{apps}");
    sign_out(demo, browser).await;
}

/// Submits a wrong password and checks the form's message and values.
async fn mistype_the_password(browser: &Chromium) {
    browser.fill("#username", "ann").await;
    browser.fill("#password", "not the password").await;
    browser.press("Sign in").await;
    let message = browser.text("#password-error").await;
    assert!(message.contains("wrong"), "{message}");
    browser.check().await;
    let password = browser.find("#password").await;
    let says = async |attribute: &str| password.attr(attribute.to_owned()).await.unwrap();
    assert_eq!(says("aria-invalid").await.as_deref(), Some("true"));
    assert_eq!(says("aria-describedby").await.as_deref(), Some("password-error"));
    assert_eq!(browser.value("#username").await, "ann");
    assert_eq!(browser.value("#password").await, "");
}

/// Checks the requested scopes, and consents.
async fn allow_the_app(browser: &Chromium) {
    browser.expect_page("Let Field Notes use your account?").await;
    let asked = browser.text("ul.scopes").await;
    for claim in ["teams", "groups", "roles"] {
        assert!(asked.contains(claim), "{claim}: {asked}");
    }
    browser.press("Allow").await;
}

async fn shows_who_signed_in(demo: &Demo, browser: &Chromium) {
    let url = browser.driver.current_url().await.unwrap();
    let expected = format!("{}/", demo.app);
    assert_eq!(url.as_str(), expected, "no code is left in the address");
    let access = browser.text("section[aria-labelledby=access]").await;
    for claim in ["Ops", "admin", "engineering", "owner"] {
        assert!(access.contains(claim), "{claim}: {access}");
    }
}

/// Refreshes the tokens and checks that they have the same user and authentication time.
async fn refresh(browser: &Chromium) {
    let before = id_token(browser).await;
    browser.press("Refresh the tokens").await;
    let notice = browser.text("[role=status]").await;
    assert_eq!(notice, "The tokens were refreshed.");
    browser.check().await;
    let after = id_token(browser).await;
    for claim in ["sub", "auth_time", "groups", "roles", "teams"] {
        assert!(!before[claim].is_null(), "{claim}");
        assert_eq!(before[claim], after[claim], "{claim}");
    }
    assert!(after["iat"].as_i64().unwrap() >= before["iat"].as_i64().unwrap());
}

/// Signs out of the app, which ends the session of Doorward too.
async fn sign_out(demo: &Demo, browser: &Chromium) {
    browser.open(&demo.app).await;
    browser.press("Sign out").await;
    browser
        .expect_page("An app that signs you in with Doorward")
        .await;
    let notice = browser.text("[role=status]").await;
    assert_eq!(notice, "You signed out of this app and of Doorward.");
    browser.open(&format!("{}/account", demo.issuer)).await;
    browser.expect_page("Sign in").await;
}

async fn id_token(browser: &Chromium) -> serde_json::Value {
    serde_json::from_str(&browser.text("#id-token").await).unwrap()
}
