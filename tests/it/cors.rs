//! Apps that run in the browser and call the endpoints for apps from their own origin.

use doorward::directory::Actor;
use doorward::directory::clients::DisableClient;
use doorward::model::ClientId;
use doorward::model::client::{ClientAuth, ClientSettings};
use doorward::model::refusal::Code;
use reqwest::Method;

use crate::support::{
    OFFLINE, REDIRECT_URI, Response, Rp, TestApp, VERIFIER, apply, client, new_app, on_both,
};

const OWN: &str = "https://app.example.org";
const OTHER: &str = "https://other.example.org";
const EXTRA: &str = "http://localhost:5173";
const ENDPOINTS: [&str; 3] = ["/oauth2/token", "/oauth2/userinfo", "/oauth2/revoke"];
const ALLOW: &str = "access-control-allow-origin";

/// Registers a public app with an additional origin, and another app; yields the public one.
async fn two_apps(test: &TestApp) -> Rp {
    test.register("other", |settings| {
        settings.redirect_uris = vec![format!("{OTHER}/cb"), "com.example.app:/cb".to_owned()];
    })
    .await;
    test.rp_with("spa", |settings| {
        settings.client_auth = ClientAuth::None;
        settings.allowed_origins = vec![EXTRA.to_owned()];
    })
    .await
}

async fn preflight(test: &TestApp, path: &str, origin: &str) -> reqwest::Response {
    let request = client()
        .request(Method::OPTIONS, format!("{}{path}", test.base))
        .header("origin", origin)
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "authorization,content-type");
    request.send().await.unwrap()
}

#[apply(on_both)]
async fn b9_a_preflight_request_is_answered_for_the_origins_of_apps(test: TestApp) {
    two_apps(&test).await;
    for path in ENDPOINTS {
        for origin in [OWN, OTHER, EXTRA] {
            let response = preflight(&test, path, origin).await;
            assert_eq!(response.status(), 204, "{path} {origin}");
            let headers = response.headers();
            assert_eq!(headers[ALLOW], origin, "{path}");
            assert_eq!(headers["vary"], "Origin", "{path}");
            assert_eq!(headers["access-control-allow-methods"], "GET, POST");
            assert_eq!(
                headers["access-control-allow-headers"],
                "Authorization, Content-Type"
            );
            assert!(!headers.contains_key("access-control-allow-credentials"));
        }
        for origin in [
            "https://evil.example",
            "null",
            "com.example.app:",
            "https://app.example.org.evil.example",
        ] {
            let response = preflight(&test, path, origin).await;
            assert!(!response.headers().contains_key(ALLOW), "{path} {origin}");
        }
    }
    let id = ClientId("other".into());
    test.change(&Actor::HOST, DisableClient { id }).await.unwrap();
    test.app.db.poll_cache_version().await.unwrap();
    let disabled = preflight(&test, ENDPOINTS[0], OTHER).await;
    assert!(!disabled.headers().contains_key(ALLOW));
}

/// The origin that may read a response.
fn reader(response: &Response) -> &str {
    response
        .headers
        .get(ALLOW)
        .map_or("", |value| value.to_str().unwrap())
}

#[apply(on_both)]
async fn b9_only_an_apps_own_origins_read_its_responses(test: TestApp) {
    let (rp, browser) = (two_apps(&test).await, test.browser());
    for (origin, allowed) in [(OWN, OWN), (EXTRA, EXTRA), (OTHER, ""), ("null", "")] {
        let code = rp.code(&browser, "ann", OFFLINE).await;
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", code.as_str()),
            ("redirect_uri", REDIRECT_URI),
            ("code_verifier", VERIFIER),
            ("client_id", "spa"),
        ];
        let headers = [("origin", origin)];
        let redeemed = rp.post("/oauth2/token", &fields, &headers).await;
        assert_eq!(reader(&redeemed), allowed, "{origin}");
        let tokens = redeemed.tokens();
        let bearer = format!("Bearer {}", tokens.access());
        let headers = [("origin", origin), ("authorization", bearer.as_str())];
        let userinfo = rp.post("/oauth2/userinfo", &[], &headers).await;
        assert_eq!((userinfo.status, reader(&userinfo)), (200, allowed), "{origin}");
        let revoke = [("token", tokens.refresh()), ("client_id", "spa")];
        let headers = [("origin", origin)];
        let revoked = rp.post("/oauth2/revoke", &revoke, &headers).await;
        assert_eq!((revoked.status, reader(&revoked)), (200, allowed), "{origin}");
        assert!(!revoked.headers.contains_key("access-control-allow-credentials"));
        let again = rp.post("/oauth2/token", &fields, &headers).await;
        assert_eq!((again.status, reader(&again)), (400, allowed), "{origin}");
    }
    let unknown = [("grant_type", "authorization_code"), ("client_id", "nobody")];
    let refused = rp.post("/oauth2/token", &unknown, &[("origin", OWN)]).await;
    assert_eq!((refused.status, reader(&refused)), (401, ""));
}

#[apply(on_both)]
async fn b9_only_an_origin_can_be_allowed(test: TestApp) {
    for origin in [
        "https://app.example.org/",
        "https://app.example.org/path",
        "https://APP.example.org",
        "https://app.example.org:443",
        "com.example.app:",
        "null",
        "*",
        "http://app.example.org",
        "https://*.example.org",
    ] {
        let settings = ClientSettings {
            allowed_origins: vec![origin.to_owned()],
            ..ClientSettings::default()
        };
        let create = new_app("spa", settings);
        let refused = test.change(&Actor::HOST, create).await.unwrap_err();
        let code = match origin {
            "http://app.example.org" => Code::UriInsecure,
            "https://*.example.org" => Code::UriWildcard,
            _ => Code::OriginInvalid,
        };
        assert!(refused.is(code), "{origin}: {refused:?}");
    }
}
