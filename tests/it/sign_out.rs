//! Sign-out requests of apps.

use std::time::Duration;

use crate::support::{Browser, Response, Rp, TestApp, on_both};

on_both!(
    b43_a_sign_out_without_a_valid_hint_must_be_confirmed,
    b43_an_expired_hint_still_identifies_the_user,
    b43_b48_a_sign_out_ends_the_session_and_its_cookie,
);

const HOME: &str = "https://app.example.org/";

/// An app with a post-logout redirect URI.
async fn app(test: &TestApp) -> Rp {
    test.rp_with("out", |settings| {
        settings.post_logout_redirect_uris = vec![HOME.to_owned()];
    })
    .await
}

async fn sign_out(browser: &Browser, query: &str) -> Response {
    browser.get(&format!("/oauth2/logout?{query}")).await
}

async fn b43_a_sign_out_without_a_valid_hint_must_be_confirmed(test: TestApp) {
    let (rp, browser) = (app(&test).await, test.browser());
    let tokens = rp.sign_in(&browser, "ann", &[]).await;
    let hint = tokens.id_token();
    for query in [
        String::new(),
        "state=s".to_owned(),
        format!("post_logout_redirect_uri={HOME}&client_id=out&state=s"),
    ] {
        let response = sign_out(&browser, &query).await;
        assert_eq!(response.status, 200, "{query}");
        assert!(!response.form("/oauth2/logout").is_empty(), "{query}");
    }
    for query in [
        format!("post_logout_redirect_uri={HOME}&state=s"),
        format!("post_logout_redirect_uri={HOME}x&id_token_hint={hint}"),
        format!("post_logout_redirect_uri={HOME}&id_token_hint={hint}x"),
    ] {
        let response = sign_out(&browser, &query).await;
        assert!(!response.headers.contains_key("location"), "{query}");
        assert!(browser.is_signed_in().await, "{query}");
    }
}

async fn b43_an_expired_hint_still_identifies_the_user(test: TestApp) {
    let (rp, browser) = (app(&test).await, test.browser());
    let tokens = rp.sign_in(&browser, "ann", &[]).await;
    test.clock.advance(Duration::from_hours(2));
    let hint = tokens.id_token();
    let query = format!("post_logout_redirect_uri={HOME}&id_token_hint={hint}");
    assert_eq!(sign_out(&browser, &query).await.location(), HOME);
    assert!(!browser.is_signed_in().await);
    assert_eq!(rp.silent_error(&browser).await, "login_required");
}

async fn b43_b48_a_sign_out_ends_the_session_and_its_cookie(test: TestApp) {
    let (rp, browser) = (app(&test).await, test.browser());
    let tokens = rp.sign_in(&browser, "ann", &[]).await;
    let stolen = test.browser();
    stolen.set_cookie("session", &browser.cookie("session"));
    let wrong = sign_out(
        &browser,
        "post_logout_redirect_uri=https://evil.example/&client_id=out",
    )
    .await;
    assert_eq!(wrong.status, 400);
    assert!(!wrong.headers.contains_key("location"));
    let asked = browser.get("/oauth2/logout").await;
    assert_eq!(asked.status, 200, "without a hint the person is asked");
    assert_eq!(rp.userinfo(tokens.access()).await.status, 200);
    let hint = tokens.id_token();
    let query = format!("post_logout_redirect_uri={HOME}&state=s&id_token_hint={hint}");
    let done = sign_out(&browser, &query).await;
    assert_eq!(done.location(), "https://app.example.org/?state=s");
    assert_eq!(browser.cookie("session"), "", "the cookie is gone");
    assert_eq!(rp.userinfo(tokens.access()).await.status, 401);
    for browser in [browser, stolen] {
        assert_eq!(rp.silent_error(&browser).await, "login_required");
    }
}
