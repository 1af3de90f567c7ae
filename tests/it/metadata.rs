//! Discovery, the endpoints in it, and the public keys.

use serde_json::{Value, json};

use crate::support::{Browser, On, PASSWORD, REDIRECT_URI, TestApp, apply, on_both, param};

const DISCOVERY: &str = "/.well-known/openid-configuration";

#[apply(on_both)]
async fn metadata_has_the_issuer_whatever_the_host(test: TestApp) {
    let client = crate::support::client();
    let mut seen = Vec::new();
    for path in [DISCOVERY, "/.well-known/oauth-authorization-server"] {
        for host in ["evil.example", "localhost"] {
            let request = client.get(format!("{}{path}", test.base)).header("host", host);
            let response = request.header("x-forwarded-host", host).send().await;
            seen.push(response.unwrap().text().await.unwrap());
        }
    }
    assert!(seen.iter().all(|document| document == &seen[0]));
    let document: Value = serde_json::from_str(&seen[0]).unwrap();
    assert_eq!(document["issuer"], test.base);
    assert!(!seen[0].contains("\"password\"") && !seen[0].contains("evil"));
}

#[apply(on_both)]
async fn every_endpoint_in_discovery_exists(test: TestApp) {
    let browser = test.browser();
    let document = browser.get(DISCOVERY).await.json();
    for name in [
        "authorization_endpoint",
        "token_endpoint",
        "userinfo_endpoint",
        "jwks_uri",
        "introspection_endpoint",
        "revocation_endpoint",
        "device_authorization_endpoint",
        "end_session_endpoint",
    ] {
        let address = document[name].as_str().unwrap();
        let path = address.strip_prefix(&test.base).unwrap();
        assert_ne!(browser.get(path).await.status, 404, "{name}");
    }
}

#[apply(on_both)]
async fn discovery_lists_what_is_supported(test: TestApp) {
    let document = test.browser().get(DISCOVERY).await;
    assert_eq!(document.headers["content-type"], "application/json");
    let document = document.json();
    for (name, value) in [
        ("response_types_supported", json!(["code"])),
        (
            "response_modes_supported",
            json!(["query", "fragment", "form_post"]),
        ),
        ("subject_types_supported", json!(["public", "pairwise"])),
        ("code_challenge_methods_supported", json!(["S256"])),
        (
            "acr_values_supported",
            json!(["urn:doorward:acr:password", "urn:doorward:acr:2fa"]),
        ),
        ("claims_parameter_supported", json!(true)),
        ("request_parameter_supported", json!(false)),
        ("request_uri_parameter_supported", json!(false)),
        ("authorization_response_iss_parameter_supported", json!(true)),
    ] {
        assert_eq!(document[name], value, "{name}");
    }
    for name in [
        "id_token_signing_alg_values_supported",
        "request_object_signing_alg_values_supported",
    ] {
        let list = document[name].as_array().unwrap();
        let names_rs256_and_not_none = list.contains(&json!("RS256")) && !list.contains(&json!("none"));
        assert!(names_rs256_and_not_none, "{name}: {list:?}");
    }
}

#[apply(on_both)]
async fn published_keys_have_no_private_member(test: TestApp) {
    let keys = test.browser().get("/oauth2/jwks").await.json();
    let keys = keys["keys"].as_array().unwrap();
    assert!(!keys.is_empty());
    for key in keys {
        for private in ["d", "p", "q", "dp", "dq", "qi", "k"] {
            assert_eq!(key.get(private), None);
        }
        assert!(key["kid"].is_string() && key["alg"].is_string(), "{key}");
        assert_eq!(key["use"], "sig", "{key}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b32_an_issuer_with_a_path_has_both_well_known_forms() {
    let test = TestApp::start_at(On::Sqlite, "/id").await;
    let browser = Browser::new(test.base.trim_end_matches("/id"));
    let document = browser.get("/id/.well-known/openid-configuration").await.json();
    assert_eq!(document["issuer"], test.base);
    let other = browser
        .get("/.well-known/oauth-authorization-server/id")
        .await
        .json();
    assert_eq!(document, other);
    let rp = test.rp().await;
    let page = browser.get(&format!("/id{}", rp.authorize(&[]))).await;
    let form = browser.get(page.location()).await;
    let filled = [("username", "ann"), ("password", PASSWORD)];
    let done = browser.submit(&form, "/id/sign-in/password", &filled).await;
    let back = browser.get(done.location()).await;
    assert!(back.location().starts_with(REDIRECT_URI), "{}", back.location());
    let tokens = rp.redeem(&param(back.location(), "code")).await.tokens();
    assert_eq!(tokens.claims()["iss"], test.base);
    assert_eq!(
        browser.get("/sign-in").await.status,
        404,
        "nothing is served outside the issuer's path"
    );
}
