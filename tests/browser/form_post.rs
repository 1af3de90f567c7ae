//! Authorization responses in a form (`OAuth` 2.0 Form Post Response Mode).

use std::collections::HashMap;

use axum::Router;
use axum::response::Html;
use axum::routing::post;

use crate::chromium::{Chromium, Scripts};
use crate::flow::scripts_run;
use crate::serve::serve;
use crate::support::{On, Rp, TestApp};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_form_post_response_is_submitted_automatically() {
    let browser = Chromium::start(Scripts::On).await;
    assert!(scripts_run(&browser).await);
    let (test, rp, callback) = ask_for_a_form(&browser).await;
    arrived(&browser, &test, &rp, &callback).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_form_post_response_needs_one_click_without_scripts() {
    let browser = Chromium::start(Scripts::Off).await;
    assert!(!scripts_run(&browser).await);
    let (test, rp, callback) = ask_for_a_form(&browser).await;
    browser.expect_page("Returning to Grafana").await;
    browser.press("Continue to Grafana").await;
    arrived(&browser, &test, &rp, &callback).await;
}

/// Signs Ann in, then sends an authorization request of an app that receives the response as a form.
async fn ask_for_a_form(browser: &Chromium) -> (TestApp, Rp, String) {
    let callback = format!(
        "{}/callback",
        serve(Router::new().route("/callback", post(show))).await
    );
    let test = TestApp::start(On::Sqlite).await;
    let secret = test
        .register("rp", |app| app.redirect_uris = vec![callback.clone()])
        .await;
    let rp = Rp::new(&test, "rp", &secret);
    browser.sign_in(&test.base, "ann").await;

    let request = rp.authorize(&[("redirect_uri", &callback), ("response_mode", "form_post")]);
    browser.open(&format!("{}{request}", test.base)).await;
    (test, rp, callback)
}

/// The app's redirect URI, which shows the request body.
async fn show(body: String) -> Html<String> {
    let sent: HashMap<_, _> = form_urlencoded::parse(body.as_bytes()).into_owned().collect();
    let field = |name: &str| format!("<p id=\"{name}\">{}</p>", sent[name]);
    Html(["code", "state", "iss"].map(field).concat())
}

/// Checks that the app received a code that can be redeemed, without a violation of the content security policy.
async fn arrived(browser: &Chromium, test: &TestApp, rp: &Rp, callback: &str) {
    let code = browser.text("#code").await;
    assert_eq!(browser.text("#state").await, "some state");
    assert_eq!(browser.text("#iss").await, test.base);
    let url = browser.driver.current_url().await.unwrap();
    assert_eq!(url.as_str(), callback, "nothing is left in the address");
    assert_eq!(browser.console().await, Vec::<String>::new());
    let tokens = rp.redeem_with(&code, &[("redirect_uri", callback)]).await;
    assert_eq!(tokens.status, 200, "{}", tokens.body);
}
