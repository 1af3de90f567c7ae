//! Leaving for apps that send the person on to another origin.

use axum::Router;
use axum::response::{Html, Redirect};
use axum::routing::get;

use crate::chromium::{Chromium, Scripts};
use crate::serve::serve;
use crate::support::{On, PASSWORD, Rp, TestApp};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d17_an_app_may_send_the_person_on_to_a_second_origin() {
    sign_in_and_out(&Chromium::start(Scripts::On).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d17_the_same_works_without_scripts() {
    sign_in_and_out(&Chromium::start(Scripts::Off).await).await;
}

/// An app whose redirect URI leads to a second origin; yields the redirect URI.
async fn app_of_two_origins() -> String {
    let page = Html("<!doctype html><title>App</title><p id=\"arrived\">yes</p>");
    let second = serve(Router::new().route("/", get(move || async move { page }))).await;
    let second = second.replace("127.0.0.1", "localhost");
    let go_on = get(move || async move { Redirect::to(&second) });
    let first = serve(Router::new().route("/callback", go_on)).await;
    format!("{first}/callback")
}

async fn sign_in_and_out(browser: &Chromium) {
    let callback = app_of_two_origins().await;
    let test = TestApp::start(On::Sqlite).await;
    let secret = test.register("rp", |app| {
        app.redirect_uris = vec![callback.clone()];
        app.post_logout_redirect_uris = vec![callback.clone()];
        app.require_consent = true;
    });
    let rp = Rp::new(&test, "rp", &secret.await);
    let request = rp.authorize(&[("redirect_uri", &callback)]);
    browser.open(&format!("{}{request}", test.base)).await;
    browser.fill("#username", "ann").await;
    browser.fill("#password", PASSWORD).await;
    browser.press("Sign in").await;
    browser.press("Allow").await;
    arrived(browser).await;

    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("client_id", "rp")
        .append_pair("post_logout_redirect_uri", &callback)
        .finish();
    browser
        .open(&format!("{}/oauth2/logout?{query}", test.base))
        .await;
    browser.press("Sign out").await;
    arrived(browser).await;
}

/// Waits for the page of the second origin, without a violation of the content security policy.
async fn arrived(browser: &Chromium) {
    assert_eq!(browser.text("#arrived").await, "yes");
    let address = browser.driver.current_url().await.unwrap();
    assert_eq!(address.host_str(), Some("localhost"));
    assert_eq!(browser.console().await, Vec::<String>::new());
    // The next page must have an element of its own.
    browser.open("about:blank").await;
}
