//! Sign-out requests of apps.

use std::time::Duration;

use doorward::crypto::Algorithm;
use doorward::keys;
use doorward::store::sweep::sweep;

use crate::support::{Browser, Response, Rp, TestApp, apply, fill, header, on_both};

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

#[apply(on_both)]
async fn b43_a_sign_out_without_a_valid_hint_must_be_confirmed(test: TestApp) {
    let (rp, browser) = (app(&test).await, test.browser());
    rp.sign_in(&browser, "ann", &[]).await;
    for query in [
        String::new(),
        "state=s".to_owned(),
        format!("post_logout_redirect_uri={HOME}&client_id=out&state=s"),
    ] {
        let response = sign_out(&browser, &query).await;
        assert_eq!(response.status, 200, "{query}");
        assert!(!response.form("/oauth2/logout").is_empty(), "{query}");
        assert_eq!(response.text(".unused"), "", "{query}");
    }
}

/// Requests whose address cannot be used, each with words of the reason; the hints are for this app and another one.
fn unusable(hint: &str, other: &str) -> [(String, &'static str); 7] {
    [
        (format!("{HOME}x&id_token_hint={hint}"), "not registered"),
        (format!("{HOME}&state=s"), "did not say"),
        (format!("{HOME}&client_id=nobody"), "did not say"),
        (format!("{HOME}x&client_id=out"), "not registered"),
        (format!("{HOME}&id_token_hint={hint}x"), "invalid"),
        (format!("{HOME}&client_id=out&id_token_hint=x"), "invalid"),
        (
            format!("{HOME}&client_id=out&id_token_hint={other}"),
            "another app",
        ),
    ]
    .map(|(rest, why)| (format!("post_logout_redirect_uri={rest}"), why))
}

#[apply(on_both)]
async fn b43_an_address_that_cannot_be_used_is_not_returned_to(test: TestApp) {
    let (rp, browser) = (app(&test).await, test.browser());
    let other = test.rp_with("other", |_| ()).await;
    let tokens = rp.sign_in(&browser, "ann", &[]).await;
    let others = other.silent_sign_in(&browser).await;
    for (query, why) in unusable(tokens.id_token(), others.id_token()) {
        let page = sign_out(&browser, &query).await;
        assert_eq!(page.status, 200, "{query}");
        assert!(page.text(".unused").contains(why), "{query}: {}", page.body);
        assert!(browser.is_signed_in().await, "{query}");
        let done = confirm(&browser, &page).await;
        assert_eq!(done.status, 200, "{query}");
        assert_eq!(done.text("h1"), "You are signed out");
        assert!(!done.body.contains(HOME), "{query}: {}", done.body);
        assert!(!browser.is_signed_in().await, "{query}");
        let without_session = sign_out(&browser, &query).await;
        assert!(without_session.text(".unused").contains(why), "{query}");
        browser.sign_in("/sign-in", "ann").await;
    }
}

/// Confirms the sign-out.
async fn confirm(browser: &Browser, page: &Response) -> Response {
    let fields = page.form("/oauth2/logout");
    browser
        .post("/oauth2/logout", &fill(fields, &[("decision", "sign_out")]))
        .await
}

#[apply(on_both)]
async fn an_outdated_form_leads_back_to_the_sign_out_page(test: TestApp) {
    let browser = test.signed_in("ann").await;
    let page = sign_out(&browser, "").await;
    let outdated = fill(page.form("/oauth2/logout"), &[("csrf", "x")]);
    let refused = browser.post("/oauth2/logout", &outdated).await;
    assert_eq!(refused.status, 403);
    assert_eq!(refused.text("a.button"), "Sign out");
    let again = browser.get(&refused.attribute("a.button", "href")).await;
    assert_eq!(confirm(&browser, &again).await.text("h1"), "You are signed out");
    assert!(!browser.is_signed_in().await);
}

#[apply(on_both)]
async fn b43_a_posted_sign_out_continues_as_a_get(test: TestApp) {
    let (rp, browser) = (app(&test).await, test.browser());
    let tokens = rp.sign_in(&browser, "ann", &[]).await;
    let fields = [
        ("id_token_hint", tokens.id_token()),
        ("post_logout_redirect_uri", HOME),
        ("state", "s"),
        ("unknown", "x"),
    ];
    let fields = fields.map(|(name, value)| (name.to_owned(), value.to_owned()));
    // A form on another site sends none of our cookies.
    let posted = test.browser().post("/oauth2/logout", &fields).await;
    assert_eq!(posted.status, 303);
    assert_eq!(posted.headers["cache-control"], "no-store");
    assert_eq!(posted.headers["referrer-policy"], "no-referrer");
    assert!(
        !posted.headers.contains_key("set-cookie"),
        "the browser keeps its own"
    );
    assert!(
        posted
            .location()
            .starts_with(&format!("{}/oauth2/logout?", test.base))
    );
    assert!(!posted.location().contains("unknown"));
    assert!(browser.is_signed_in().await);
    let done = browser.get(posted.location()).await;
    assert_eq!(done.location(), "https://app.example.org/?state=s");
    assert!(!browser.is_signed_in().await);
    assert_eq!(rp.userinfo(tokens.access()).await.status, 401);
}

#[apply(on_both)]
async fn b43_an_expired_hint_still_identifies_the_user(test: TestApp) {
    let (rp, browser) = (app(&test).await, test.browser());
    let tokens = rp.sign_in(&browser, "ann", &[]).await;
    test.clock.advance(Duration::from_mins(30));
    let hint = tokens.id_token();
    let query = format!("post_logout_redirect_uri={HOME}&id_token_hint={hint}");
    assert_eq!(sign_out(&browser, &query).await.location(), HOME);
    assert!(!browser.is_signed_in().await);
    assert_eq!(rp.silent_error(&browser).await, "login_required");
}

/// Lets days pass, in which the browser is used, and then runs the background jobs.
async fn days(test: &TestApp, browser: &Browser, days: u64) {
    for _ in 0..2 * days {
        test.clock.advance(Duration::from_hours(12));
        browser.is_signed_in().await;
    }
    sweep(&test.app.db, test.clock.now()).await.unwrap();
    test.app.refresh_keys().await.unwrap();
}

#[apply(on_both)]
async fn b43_a_hint_outlives_the_key_that_signed_it(test: TestApp) {
    test.add_person("bob").await;
    let (rp, browser) = (app(&test).await, test.browser());
    let tokens = rp.sign_in(&browser, "bob", &[]).await;
    let (hint, app) = (tokens.id_token(), &test.app);
    test.clock.advance(Duration::from_secs(1));
    let all = Algorithm::ALL.to_vec();
    let rotated = keys::rotate(&app.db, &app.master, &app.config, test.clock.now(), all);
    rotated.await.unwrap();
    let kid = header(hint)["kid"].as_str().unwrap().to_owned();
    let is_published = || {
        let keys = app.keyring().jwks_json();
        String::from_utf8_lossy(&keys).contains(&kid)
    };
    assert!(is_published());
    days(&test, &browser, 4).await;
    assert!(!is_published());
    let silent = [("prompt", "none"), ("id_token_hint", hint)];
    let back = browser.get(&rp.authorize(&silent)).await;
    assert!(back.location().contains("code="), "{}", back.location());
    let query = format!("post_logout_redirect_uri={HOME}&id_token_hint={hint}");
    assert_eq!(sign_out(&browser, &query).await.location(), HOME);
    assert!(!browser.is_signed_in().await);
    // The key signed for another day, and a session lasts for thirty.
    days(&test, &browser, 28).await;
    let late = sign_out(&browser, &query).await;
    assert_eq!(late.status, 200);
    assert!(late.text(".unused").contains("invalid"));
    assert_eq!(test.count("signing_keys").await, 4, "the old keys are deleted");
}

#[apply(on_both)]
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
    assert_eq!(wrong.status, 200);
    assert!(!wrong.body.contains("Error"), "{}", wrong.body);
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
