//! Malformed input in every part of a request gets a clear error and never 500.

use reqwest::header::HeaderValue;

use crate::support::{Response, TestApp, apply, basic, client, on_both, response_to};

const POSTED_TO: [&str; 11] = [
    "/oauth2/token",
    "/oauth2/userinfo",
    "/oauth2/introspect",
    "/oauth2/revoke",
    "/oauth2/authorize",
    "/oauth2/logout",
    "/sign-in/password",
    "/sign-in/accounts",
    "/sign-in/consent",
    "/set-up",
    "/account/apps/remove",
];

const MEDIA_TYPES: [&str; 4] = [
    "application/x-www-form-urlencoded",
    "application/json",
    "\u{7f}",
    "",
];

fn bodies() -> Vec<Vec<u8>> {
    vec![
        b"".to_vec(),
        b"%".to_vec(),
        b"%ff%fe".to_vec(),
        b"\xff\xfe\x00".to_vec(),
        b"a=%00&b=\x00".to_vec(),
        b"grant_type=authorization_code&code=%00".to_vec(),
        b"grant_type=refresh_token&refresh_token=%ff".to_vec(),
        b"client_assertion=a.b.c&client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer".to_vec(),
        b"token=%f0%9f%92%a9".to_vec(),
        "x=ü&csrf=ü&username=\u{202e}".as_bytes().to_vec(),
        [b"code=".as_slice(), &[b'a'; 20_000]].concat(),
        b"a=1&".repeat(2_000),
        b"{\"grant_type\":\"x\"}".to_vec(),
    ]
}

/// No credentials, right ones and wrong ones.
async fn authorizations(test: &TestApp) -> Vec<Option<HeaderValue>> {
    let rp = test.rp().await;
    let texts = [
        basic(&rp.id, &rp.secret),
        basic("a%00b", "x"),
        basic("a\0b", "x"),
        "Bearer ".to_owned(),
    ];
    let values = texts.iter().map(|text| HeaderValue::from_str(text).unwrap());
    std::iter::once(None).chain(values.map(Some)).collect()
}

/// Checks that a response is a refusal which names something, or a redirect of a page to where the browser goes on. An
/// authenticated app gets 200 for a token that is not one, and a sign-out without an app asks whether to go on.
fn expect_error(path: &str, response: &Response, sent: &str) {
    let about = format!("{path} {sent}: {} {}", response.status, response.body);
    match response.status {
        200 => assert!(
            ["/oauth2/revoke", "/oauth2/introspect", "/oauth2/logout"].contains(&path),
            "{about}"
        ),
        303 => assert!(!response.location().is_empty() && !is_for_apps(path), "{about}"),
        400..500 if is_for_apps(path) => {
            let error = response.json();
            for field in ["error", "error_description"] {
                assert!(
                    error[field].as_str().is_some_and(|text| !text.is_empty()),
                    "{about}"
                );
            }
        }
        400..500 => assert!(!response.text("h1").is_empty(), "{about}"),
        _ => panic!("{about}"),
    }
}

/// Whether apps call this path and read JSON.
fn is_for_apps(path: &str) -> bool {
    [
        "/oauth2/token",
        "/oauth2/userinfo",
        "/oauth2/introspect",
        "/oauth2/revoke",
    ]
    .contains(&path)
}

#[apply(on_both)]
async fn every_malformed_request_gets_its_error(test: TestApp) {
    let authorizations = authorizations(&test).await;
    for path in POSTED_TO {
        for body in bodies() {
            for media_type in MEDIA_TYPES {
                let mut request = client().post(format!("{}{path}", test.base)).body(body.clone());
                if let Ok(value) = HeaderValue::from_bytes(media_type.as_bytes()) {
                    request = request.header("content-type", value);
                }
                for authorization in &authorizations {
                    let mut request = request.try_clone().unwrap();
                    if let Some(value) = authorization {
                        request = request.header("authorization", value);
                    }
                    let shown = String::from_utf8_lossy(&body[..body.len().min(40)]);
                    let response = response_to(request).await;
                    expect_error(path, &response, &format!("{shown:?} {media_type:?}"));
                }
            }
        }
    }
}

const OPENED: [&str; 11] = [
    "/oauth2/authorize",
    "/sign-in",
    "/sign-in/accounts",
    "/sign-in/consent",
    "/oauth2/logout",
    "/account",
    "/sign-in/continue",
    "/invitation/%ff",
    "/invitation/%00",
    "/static/%00",
    "/static/..%2f..%2fetc%2fpasswd",
];

const QUERIES: [&str; 6] = [
    "?%",
    "?a=%ff",
    "?state=%00&client_id=%00",
    "?client_id=rp&client_id=rp",
    "?attempt=%f0",
    "?max_age=999999999999999999999",
];

#[apply(on_both)]
async fn every_malformed_url_gets_its_error(test: TestApp) {
    test.rp().await;
    for path in OPENED {
        for query in QUERIES {
            let response = test.browser().get(&format!("{path}{query}")).await;
            assert!(response.status < 500, "{path}{query}: {}", response.status);
            assert!(!response.body.contains("root:"), "{path}{query}");
        }
    }
}
