//! The security headers of pages, and the CSRF tokens of forms.

use reqwest::Method;

use crate::routes::{path_of, routed, with_existing_parameters};
use crate::support::{Browser, PASSWORD, Response, TestApp, apply, client, on_both};

#[apply(on_both)]
async fn responses_are_not_cached_unless_they_say_so(test: TestApp) {
    for (method, path, status) in [
        (Method::GET, "/", 303),
        (Method::GET, "/account", 303),
        (Method::PUT, "/sign-in", 405),
        (Method::GET, "/oauth2/token", 405),
        (Method::GET, "/oauth2/userinfo", 401),
        (Method::GET, "/nothing", 404),
        (Method::GET, "/health/ready", 200),
    ] {
        let request = client().request(method, format!("{}{path}", test.base));
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), status, "{path}");
        assert_eq!(response.headers()["cache-control"], "no-store", "{path}");
    }
    let request = client().get(format!("{}/oauth2/jwks", test.base));
    let response = request.send().await.unwrap();
    assert_eq!(response.headers()["cache-control"], "public, max-age=300");
}

#[apply(on_both)]
async fn b9_pages_allow_no_other_origin(test: TestApp) {
    let authorize = test.rp().await.authorize(&[]);
    for path in [&authorize, "/sign-in", "/account", "/oauth2/token"] {
        for origin in ["https://evil.example", "null"] {
            for method in [Method::GET, Method::OPTIONS] {
                let request = client()
                    .request(method, format!("{}{path}", test.base))
                    .header("origin", origin)
                    .header("access-control-request-method", "POST");
                let response = request.send().await.unwrap();
                let mut names = response.headers().keys();
                let found = names.find(|name| name.as_str().starts_with("access-control"));
                assert_eq!(found, None, "{path} {origin}");
            }
        }
    }
}

#[apply(on_both)]
async fn b9_the_keys_allow_every_origin(test: TestApp) {
    let request = client().get(format!("{}/oauth2/jwks", test.base));
    let open = request.header("origin", "null").send().await.unwrap();
    assert_eq!(open.headers()["access-control-allow-origin"], "*");
}

#[apply(on_both)]
async fn b10_redirects_after_a_form_are_303(test: TestApp) {
    let (rp, browser) = (test.rp().await, test.browser());
    let page = browser.get(&rp.authorize(&[])).await;
    let form = browser.get(page.location()).await;
    let done = browser.submit_password(&form, "ann", PASSWORD).await;
    assert_eq!(done.status, 303);
    let cross_site = test.browser().post("/oauth2/authorize", &[]).await;
    assert_eq!(cross_site.status, 303);
}

#[apply(on_both)]
async fn b58_pages_cannot_be_framed_and_send_no_referrer_to_other_sites(test: TestApp) {
    let (rp, browser) = (test.rp().await, test.browser());
    let page = browser.get(&rp.authorize(&[])).await;
    for path in [
        page.location(),
        "/sign-in",
        "/nothing",
        "/oauth2/logout",
        "/oauth2/authorize",
    ] {
        let response = browser.get(path).await;
        let policy = response.headers["content-security-policy"].to_str().unwrap();
        assert!(policy.contains("frame-ancestors 'none'"), "{path}: {policy}");
        assert!(
            policy.contains("default-src 'none'") && !policy.contains("unsafe"),
            "{path}: {policy}"
        );
        assert_eq!(response.headers["x-frame-options"], "DENY", "{path}");
        assert_eq!(response.headers["referrer-policy"], "same-origin", "{path}");
        assert_eq!(response.headers["x-content-type-options"], "nosniff", "{path}");
        assert_eq!(response.headers["cache-control"], "no-store", "{path}");
    }
}

/// Routes that accept POST without one of our forms: an app sends any browser to the first, and calls the others itself
/// with its own authentication.
const FOR_APPS: [&str; 6] = [
    "AUTHORIZE",
    "TOKEN",
    "DEVICE_AUTHORIZATION",
    "USERINFO",
    "INTROSPECT",
    "REVOKE",
];

/// The path of every form, for existing objects.
async fn paths_of_forms(test: &TestApp) -> Vec<String> {
    let posts = routed().into_iter().filter(|(method, _)| method == "POST");
    let forms = posts.map(|(_, name)| name);
    let mut paths = Vec::new();
    for (turn, name) in forms
        .filter(|name| !FOR_APPS.contains(&name.as_str()))
        .enumerate()
    {
        let path = with_existing_parameters(test, &path_of(&name), turn).await;
        paths.push(path.expect("the test can create each kind of object"));
    }
    paths
}

/// Posts only this CSRF token.
async fn post_token(browser: &Browser, path: &str, csrf: Option<&str>) -> Response {
    if path == "/account/picture" || path.ends_with("/logo") {
        let picture = b"x".to_vec();
        return browser.upload(path, csrf.unwrap_or(""), "picture", picture).await;
    }
    let fields = csrf.map(|csrf| ("csrf".to_owned(), csrf.to_owned()));
    browser.post(path, fields.as_slice()).await
}

#[apply(on_both)]
async fn b58_a_form_without_its_token_is_refused(test: TestApp) {
    let browser = test.signed_in("ann").await;
    let paths = paths_of_forms(&test).await;
    let before = test.count("audit").await;
    for path in &paths {
        for csrf in [None, Some("x")] {
            let response = post_token(&browser, path, csrf).await;
            // An app may request a sign-out by POST, which continues as a GET.
            let is_of_app = path == "/oauth2/logout" && csrf.is_none();
            let expected = if is_of_app { 303 } else { 403 };
            assert_eq!(response.status, expected, "{path} {csrf:?}: {}", response.body);
            assert!(!response.headers.contains_key("set-cookie"), "{path}");
        }
        assert!(browser.is_signed_in().await, "{path} changed something");
    }
    assert_eq!(test.count("audit").await, before, "something was changed");
}
