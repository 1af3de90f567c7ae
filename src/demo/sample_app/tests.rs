//! Tests of the sample app.

use axum::body::Body;
use axum::http::Request;
use axum::http::header::COOKIE;
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;

use super::*;

/// An app whose provider does not run, since nothing listens on port 9.
fn app() -> Router {
    let _already = rustls::crypto::ring::default_provider().install_default();
    SampleApp::new(SampleAppConfig {
        base_url: "http://localhost:1".to_owned(),
        issuer: "http://127.0.0.1:9".to_owned(),
        client_id: "notes".to_owned(),
        client_secret: "secret".to_owned(),
        people: vec![],
        password: "correct horse".to_owned(),
        clock: Clock::system(),
    })
    .unwrap()
    .router()
}

async fn ask(app: &Router, method: &str, path: &str, cookie: &str) -> (StatusCode, HeaderMap, String) {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header(COOKIE, cookie)
        .body(Body::empty())
        .unwrap();
    let response = app.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    (
        parts.status,
        parts.headers,
        String::from_utf8(body.to_vec()).unwrap(),
    )
}

#[tokio::test]
async fn the_first_page_offers_to_sign_in_and_allows_only_its_own_scripts() {
    let (status, headers, body) = ask(&app(), "GET", "/", "").await;
    assert_eq!(status, StatusCode::OK);
    assert!(body.contains("sign-in\"") && body.contains("correct horse"));
    let policy = headers[CONTENT_SECURITY_POLICY].to_str().unwrap();
    assert!(
        policy.contains("script-src 'self'") && policy.contains("form-action 'self' http://127.0.0.1:9;")
    );
    assert!(!headers.contains_key(SET_COOKIE));
}

#[tokio::test]
async fn an_unreachable_provider_is_reported() {
    let (status, headers, body) = ask(&app(), "GET", "/sign-in", "").await;
    assert_eq!(status, StatusCode::BAD_GATEWAY);
    assert!(body.contains("You cannot sign in now") && body.contains("127.0.0.1:9"));
    assert!(!headers.contains_key(SET_COOKIE));
}

#[tokio::test]
async fn an_unsolicited_response_is_refused() {
    for query in ["", "?code=c&state=s", "?error=access_denied&state=s", "?%ff=%00"] {
        for cookie in ["", "field_notes=unknown", "field_notes"] {
            let (status, _, body) = ask(&app(), "GET", &format!("{CALLBACK}{query}"), cookie).await;
            assert_eq!(status, StatusCode::BAD_REQUEST, "{query} {cookie}");
            assert!(
                body.contains("no unfinished sign-in for this response"),
                "{query} {cookie}"
            );
        }
    }
}

#[tokio::test]
async fn forms_without_their_token_change_nothing() {
    for path in [REFRESH, SIGN_OUT] {
        let (status, headers, _) = ask(&app(), "POST", path, "field_notes=unknown").await;
        assert_eq!(
            (status, &headers[LOCATION]),
            (StatusCode::SEE_OTHER, &"/".parse().unwrap()),
            "{path}"
        );
    }
}

#[tokio::test]
async fn styles_are_served_and_other_files_are_not() {
    let app = app();
    let (status, headers, _) = ask(&app, "GET", "/static/demo.css", "").await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(headers[CONTENT_TYPE], "text/css; charset=utf-8");
    assert_eq!(
        ask(&app, "GET", "/static/none.css", "").await.0,
        StatusCode::NOT_FOUND
    );
}

#[test]
fn the_cookie_is_found_among_others() {
    let mut headers = HeaderMap::new();
    headers.append(COOKIE, "doorward_session=x; field_notes=abc".parse().unwrap());
    assert_eq!(cookie_of(&headers).as_deref(), Some("abc"));
    assert_eq!(
        set_cookie("abc".to_owned())[0].1,
        "field_notes=abc; HttpOnly; SameSite=Lax; Path=/"
    );
}
