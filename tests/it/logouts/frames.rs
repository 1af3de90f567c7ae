//! Front-channel logout: the frames on the signed-out page, and the logout addresses that apps may have.

use doorward::directory::Actor;
use doorward::directory::clients::GetClient;
use doorward::model::ClientId;
use doorward::model::client::ClientSettings;
use serde_json::json;

use super::endings::confirm;
use crate::schemes::outcome_of;
use crate::support::{Response, Rp, TestApp, apply, new_settings, on_both, param};

const HOME: &str = "https://app.example.org/";
const FRAME: &str = "https://app.example.org/signed-out?a=1";
const LOCAL: &str = "http://localhost:3000/out";

/// A directive of the content security policy of a page.
fn directive(page: &Response, name: &str) -> String {
    let policy = page.headers["content-security-policy"].to_str().unwrap();
    let mut all = policy
        .split("; ")
        .filter_map(|directive| directive.split_once(' '));
    let found = all.find(|(other, _)| *other == name);
    found.map(|(_, value)| value.to_owned()).unwrap_or_default()
}

/// An app with this front-channel logout address, which has the origin of one of its redirect URIs.
async fn framed(test: &TestApp, id: &str, address: &str) -> Rp {
    test.rp_with(id, |settings| {
        settings.redirect_uris.push("http://localhost:3000/cb".to_owned());
        settings.post_logout_redirect_uris = vec![HOME.to_owned()];
        settings.frontchannel_logout_uri = Some(address.to_owned());
    })
    .await
}

#[apply(on_both)]
async fn b45_the_signed_out_page_has_a_frame_for_each_app(test: TestApp) {
    let (wiki, local) = (
        framed(&test, "wiki", FRAME).await,
        framed(&test, "x", LOCAL).await,
    );
    // Apps without such an address, and apps of other sessions, have no frame.
    let (plain, elsewhere) = (test.rp().await, test.browser());
    wiki.sign_in(&elsewhere, "ann", &[]).await;
    let browser = test.signed_in("ann").await;
    let sid = wiki.silent_sign_in(&browser).await.claims()["sid"].clone();
    for rp in [&local, &plain, &wiki] {
        rp.silent_sign_in(&browser).await;
    }
    let asked = browser.get("/oauth2/logout").await;
    assert_eq!(directive(&asked, "frame-src"), "");
    let done = confirm(&browser, &asked).await;
    let frames = done.attributes("iframe", "src");
    assert_eq!(frames.len(), 2, "{frames:?}");
    for (frame, address) in frames.iter().zip([format!("{FRAME}&"), format!("{LOCAL}?")]) {
        assert!(frame.starts_with(&address), "{frame}");
        assert_eq!(param(frame, "iss"), test.base);
        assert_eq!(param(frame, "sid"), sid.as_str().unwrap());
    }
    let origins = "http://localhost:3000 https://app.example.org";
    assert_eq!(directive(&done, "frame-src"), origins);
    for none in ["default-src", "frame-ancestors"] {
        assert_eq!(directive(&done, none), "'none'");
    }
    let again = browser.get("/oauth2/logout").await;
    assert!(again.attributes("iframe", "src").is_empty());
    assert_eq!(directive(&again, "frame-src"), "");
}

#[apply(on_both)]
async fn b45_a_sign_out_by_an_app_shows_the_frames_before_it_returns(test: TestApp) {
    let rp = framed(&test, "wiki", FRAME).await;
    let browser = test.browser();
    let tokens = rp.sign_in(&browser, "ann", &[]).await;
    let hint = tokens.id_token();
    let query = format!("/oauth2/logout?post_logout_redirect_uri={HOME}&state=s&id_token_hint={hint}");
    let done = browser.get(&query).await;
    assert_eq!(done.status, 200, "{}", done.body);
    assert_eq!(done.attributes("iframe", "src").len(), 1);
    assert_eq!(done.attribute("a.button", "href"), format!("{HOME}?state=s"));
    // A browser follows the refresh only after it has loaded the frames.
    assert_eq!(done.location(), format!("{HOME}?state=s"));
    assert!(!browser.is_signed_in().await);
}

/// The outcome of a change to the settings of the app `rp`.
async fn outcome(test: &TestApp, change: impl FnOnce(&mut ClientSettings)) -> &'static str {
    let id = ClientId("rp".to_owned());
    let get = GetClient { id };
    let mut settings = test.read(&Actor::HOST, get).await.unwrap().settings;
    change(&mut settings);
    outcome_of(test.change(&Actor::HOST, new_settings("rp", settings)).await)
}

#[apply(on_both)]
async fn b44_b45_dangerous_addresses_for_sign_outs_are_refused(test: TestApp) {
    test.rp().await;
    let posted =
        async |uri: &str| outcome(&test, |app| app.backchannel_logout_uri = Some(uri.to_owned())).await;
    let framed =
        async |uri: &str| outcome(&test, |app| app.frontchannel_logout_uri = Some(uri.to_owned())).await;
    for uri in [
        "http://app.example.org/out",
        "https://app.example.org/out#x",
        "https://a:b@app.example.org/out",
        "org.example.app:/out",
        "javascript:alert(1)",
        "/out",
        "",
    ] {
        assert_eq!(
            (posted(uri).await, framed(uri).await),
            ("invalid", "invalid"),
            "{uri}"
        );
    }
    let (same, other) = ("https://app.example.org/out?a=1", "https://elsewhere.example/out");
    for (uri, in_a_frame) in [
        (same, "yes"),
        (other, "invalid"),
        ("https://app.example.org:8443/out", "invalid"),
        ("http://127.0.0.1:1/", "invalid"),
    ] {
        assert_eq!(
            (posted(uri).await, framed(uri).await),
            ("yes", in_a_frame),
            "{uri}"
        );
        outcome(&test, |app| app.frontchannel_logout_uri = None).await;
    }
}

#[apply(on_both)]
async fn b44_b45_discovery_says_that_logouts_are_supported(test: TestApp) {
    let document = test
        .browser()
        .get("/.well-known/openid-configuration")
        .await
        .json();
    for channel in ["backchannel", "frontchannel"] {
        for what in ["logout_supported", "logout_session_supported"] {
            assert_eq!(document[format!("{channel}_{what}")], json!(true), "{channel}");
        }
    }
}
