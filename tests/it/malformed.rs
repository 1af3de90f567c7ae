//! Malformed input in every part of a request gets a clear error and never 500.

use reqwest::header::HeaderValue;

use crate::support::{TestApp, apply, basic, client, on_both};

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
                    let status = request.send().await.unwrap().status().as_u16();
                    let shown = String::from_utf8_lossy(&body[..body.len().min(40)]);
                    assert!(status < 500, "{path} {shown:?} {media_type:?}: {status}");
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
