//! Apps that are signed out of in frames of the signed-out page, and the addresses that apps may have for sign-outs.

use doorward::directory::Actor;
use doorward::directory::clients::{GetClient, UpdateClient};
use doorward::model::ClientId;
use doorward::model::client::ClientSettings;
use serde_json::json;

use super::endings::confirm;
use crate::schemes::outcome_of;
use crate::support::{TestApp, on_both, param};

on_both!(
    b45_the_signed_out_page_has_a_frame_for_each_app,
    b45_a_sign_out_by_an_app_shows_the_frames_before_it_returns,
    b44_b45_dangerous_addresses_for_sign_outs_are_refused,
    b44_b45_discovery_says_that_apps_are_signed_out_of,
);

const FRAME: &str = "https://app.example.org/signed-out?a=1";

/// The value of a directive of a content security policy.
fn directive<'p>(policy: &'p str, name: &str) -> Option<&'p str> {
    let mut all = policy
        .split("; ")
        .filter_map(|directive| directive.split_once(' '));
    all.find(|(other, _)| *other == name).map(|(_, value)| value)
}

async fn b45_the_signed_out_page_has_a_frame_for_each_app(test: TestApp) {
    let framed = test
        .rp_with("framed", |settings| {
            settings.frontchannel_logout_uri = Some(FRAME.into())
        })
        .await;
    let other = test
        .rp_with("other", |settings| {
            settings.redirect_uris.push("http://localhost:3000/cb".to_owned());
            settings.frontchannel_logout_uri = Some("http://localhost:3000/out".to_owned());
        })
        .await;
    // Apps without such an address, and apps of other sessions, have no frame.
    let (plain, unused) = (test.rp().await, test.browser());
    framed.sign_in(&unused, "ann", &[]).await;
    let browser = test.signed_in("ann").await;
    let sid = framed.silent_sign_in(&browser).await.claims()["sid"].clone();
    for rp in [&other, &plain, &framed] {
        rp.silent_sign_in(&browser).await;
    }
    let asked = browser.get("/oauth2/logout").await;
    let policy = asked.headers["content-security-policy"].to_str().unwrap();
    assert_eq!(directive(policy, "frame-src"), None);
    let done = confirm(&browser, &asked).await;
    let frames = done.attributes("iframe", "src");
    assert_eq!(frames.len(), 2, "{frames:?}");
    assert!(frames[0].starts_with(&format!("{FRAME}&iss=")), "{frames:?}");
    assert!(
        frames[1].starts_with("http://localhost:3000/out?iss="),
        "{frames:?}"
    );
    for frame in frames {
        assert_eq!(param(&frame, "iss"), test.base);
        assert_eq!(param(&frame, "sid"), sid.as_str().unwrap());
    }
    let policy = done.headers["content-security-policy"].to_str().unwrap();
    let origins = "http://localhost:3000 https://app.example.org";
    assert_eq!(directive(policy, "frame-src"), Some(origins));
    assert_eq!(directive(policy, "default-src"), Some("'none'"));
    assert_eq!(directive(policy, "frame-ancestors"), Some("'none'"));
    let again = browser.get("/oauth2/logout").await;
    assert!(again.attributes("iframe", "src").is_empty());
    let policy = again.headers["content-security-policy"].to_str().unwrap();
    assert_eq!(directive(policy, "frame-src"), None);
}

async fn b45_a_sign_out_by_an_app_shows_the_frames_before_it_returns(test: TestApp) {
    let home = "https://app.example.org/";
    let rp = test
        .rp_with("framed", |settings| {
            settings.post_logout_redirect_uris = vec![home.to_owned()];
            settings.frontchannel_logout_uri = Some(FRAME.to_owned());
        })
        .await;
    let browser = test.browser();
    let tokens = rp.sign_in(&browser, "ann", &[]).await;
    let hint = tokens.id_token();
    let query = format!("/oauth2/logout?post_logout_redirect_uri={home}&state=s&id_token_hint={hint}");
    let done = browser.get(&query).await;
    assert_eq!(done.status, 200, "{}", done.body);
    assert_eq!(done.attributes("iframe", "src").len(), 1);
    assert_eq!(done.attribute("a.button", "href"), format!("{home}?state=s"));
    // A browser goes on only after it has loaded the frames.
    assert_eq!(done.location(), format!("{home}?state=s"));
    assert!(!browser.is_signed_in().await);
}

async fn b44_b45_dangerous_addresses_for_sign_outs_are_refused(test: TestApp) {
    test.rp().await;
    let id = ClientId("rp".to_owned());
    let before = test
        .read(&Actor::HOST, GetClient { id: id.clone() })
        .await
        .unwrap();
    let with = async |change: &dyn Fn(&mut ClientSettings)| {
        let mut settings = before.settings.clone();
        change(&mut settings);
        let update = UpdateClient {
            id: id.clone(),
            settings,
        };
        outcome_of(test.change(&Actor::HOST, update).await)
    };
    let back = async |uri: &str| with(&|app| app.backchannel_logout_uri = Some(uri.to_owned())).await;
    let front = async |uri: &str| with(&|app| app.frontchannel_logout_uri = Some(uri.to_owned())).await;
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
            (back(uri).await, front(uri).await),
            ("invalid", "invalid"),
            "{uri}"
        );
    }
    for uri in [
        "https://app.example.org/out?a=1",
        "https://elsewhere.example/out",
        "http://127.0.0.1:1/",
    ] {
        assert_eq!(back(uri).await, "yes", "{uri}");
    }
    assert_eq!(front("https://app.example.org/out").await, "yes");
    for other in [
        "https://elsewhere.example/out",
        "https://app.example.org:8443/out",
        "http://localhost/out",
    ] {
        assert_eq!(front(other).await, "invalid", "{other}");
    }
}

async fn b44_b45_discovery_says_that_apps_are_signed_out_of(test: TestApp) {
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
