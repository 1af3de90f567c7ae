//! Signing out of apps in frames of the signed-out page.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::RawQuery;
use axum::response::Html;
use axum::routing::get;

use crate::chromium::{Chromium, Scripts};
use crate::serve::serve;
use crate::support::{On, Rp, TestApp, param};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b45_a_frame_signs_out_of_an_app_before_the_browser_returns_to_it() {
    let browser = Chromium::start(Scripts::Off).await;
    let test = TestApp::start(On::Sqlite).await;
    let (app, seen) = app().await;
    let secret = test.register("rp", |settings| {
        settings.redirect_uris = vec![format!("{app}/callback")];
        settings.post_logout_redirect_uris = vec![format!("{app}/home")];
        settings.frontchannel_logout_uri = Some(format!("{app}/out"));
    });
    let rp = Rp::new(&test, "rp", &secret.await);
    browser.sign_in(&test.base, "ann").await;
    let request = rp.authorize(&[("redirect_uri", &format!("{app}/callback"))]);
    browser.open(&format!("{}{request}", test.base)).await;
    assert_eq!(browser.text("#arrived").await, "/callback");
    let code = param(&seen.lock().unwrap()[0], "code");
    let redirect_uri = format!("{app}/callback");
    rp.redeem_with(&code, &[("redirect_uri", &redirect_uri)])
        .await
        .tokens();

    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("client_id", "rp")
        .append_pair("post_logout_redirect_uri", &format!("{app}/home"))
        .finish();
    browser
        .open(&format!("{}/oauth2/logout?{query}", test.base))
        .await;
    browser.press("Sign out").await;
    browser.wait_for_text("#arrived", "/home").await;
    let seen = seen.lock().unwrap().clone();
    assert_eq!(seen.len(), 3, "{seen:?}");
    assert_eq!(param(&seen[1], "iss"), test.base);
    assert!(
        seen[1].starts_with("/out?") && seen[2].starts_with("/home"),
        "{seen:?}"
    );
    assert_eq!(browser.console().await, Vec::<String>::new());
}

/// An app whose pages show their path; yields its URL, and the requests that it gets.
async fn app() -> (String, Arc<Mutex<Vec<String>>>) {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let page = |path: &'static str| {
        let seen = seen.clone();
        get(move |RawQuery(query): RawQuery| async move {
            let request = format!("{path}?{}", query.unwrap_or_default());
            seen.lock().unwrap().push(request);
            Html(format!(
                "<!doctype html><title>App</title><p id=\"arrived\">{path}</p>"
            ))
        })
    };
    let paths = ["/callback", "/out", "/home"];
    let routes = paths
        .iter()
        .fold(Router::new(), |routes, path| routes.route(path, page(path)));
    (serve(routes).await, seen)
}
