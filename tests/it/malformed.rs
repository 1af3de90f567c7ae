//! Bytes that no honest client sends, at every place where a client can put some: each gets a clear error, never a 500.

use reqwest::header::HeaderValue;

use crate::support::{Answer, TestApp, client, on_both};

on_both!(every_malformed_request_gets_its_error);

async fn every_malformed_request_gets_its_error(test: TestApp) {
    let rp = test.rp().await;
    let hostile: Vec<Vec<u8>> = vec![
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
    ];
    let paths = [
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
    let basic = crate::support::basic(&rp.id, &rp.secret);
    let with_nul = crate::support::basic("a%00b", "x");
    let raw_nul = crate::support::basic("a\0b", "x");
    let authorizations = [
        None,
        Some(basic.as_str()),
        Some(&with_nul),
        Some(&raw_nul),
        Some("Basic \u{1}"),
        Some("Bearer "),
    ];
    let types = [
        "application/x-www-form-urlencoded",
        "application/json",
        "\u{7f}",
        "",
    ];
    for path in paths {
        for body in &hostile {
            for content_type in types {
                let mut request = client().post(format!("{}{path}", test.base)).body(body.clone());
                if let Ok(value) = HeaderValue::from_bytes(content_type.as_bytes()) {
                    request = request.header("content-type", value);
                }
                for authorization in authorizations {
                    let Some(request) = request.try_clone() else {
                        continue;
                    };
                    let request = match authorization.map(str::parse::<HeaderValue>) {
                        Some(Ok(value)) => request.header("authorization", value),
                        _ => request,
                    };
                    let status = request.send().await.unwrap().status().as_u16();
                    let shown = String::from_utf8_lossy(&body[..body.len().min(40)]).into_owned();
                    assert!(status < 500, "{path} {shown:?} {content_type:?}: {status}");
                }
            }
        }
    }
    let queries = [
        "?%",
        "?a=%ff",
        "?state=%00&client_id=%00",
        "?client_id=rp&client_id=rp",
        "?attempt=%f0",
        "?max_age=999999999999999999999",
    ];
    for path in [
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
    ] {
        for query in queries {
            let answer: Answer = test.browser().get(&format!("{path}{query}")).await;
            assert!(answer.status < 500, "{path}{query}: {}", answer.status);
            assert!(!answer.body.contains("root:"), "{path}{query}");
        }
    }
}
