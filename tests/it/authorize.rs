//! Authorization requests: which are refused and how, and the result of a sign-in.

use std::time::Duration;

use doorward::model::client::ClientAuth;

use crate::support::{PASSWORD, REDIRECT_URI, Response, TestApp, apply, on_both, param};

#[apply(on_both)]
async fn a_sign_in_issues_the_claims_of_the_person(test: TestApp) {
    let (rp, browser) = (test.rp().await, test.browser());
    let page = browser.get(&rp.authorize(&[])).await;
    let back = browser.sign_in(page.location(), "ann").await;
    assert_eq!(param(back.location(), "state"), "some state");
    let response = rp.redeem(&param(back.location(), "code")).await;
    assert_eq!(response.headers["cache-control"], "no-store");
    let tokens = response.tokens();
    let id_token = tokens.claims();
    assert_eq!(id_token["iss"], test.base);
    assert_eq!(id_token["aud"], "rp");
    assert_eq!(id_token["sub"], test.ann.as_str());
    assert_eq!(id_token["nonce"], "some nonce");
    assert_eq!(id_token["acr"], "urn:doorward:acr:password");
    assert_eq!(id_token["email"], "ann@example.org");
    assert_eq!(id_token["groups"][0], "engineering");
    assert_eq!(id_token["roles"][0], "owner");
    let root = &id_token["teams"][0];
    assert_eq!(root["slug"], "root-team");
    assert_eq!(root["number"], 0);
    assert_eq!(root["kind"], "root");
    assert_eq!(id_token["teams"][1]["kind"], "personal");
    let userinfo = rp.userinfo(tokens.access()).await.json();
    assert_eq!(userinfo["sub"], test.ann.as_str());
    assert_eq!(userinfo["preferred_username"], "ann");
}

#[apply(on_both)]
async fn one_sign_in_serves_every_app(test: TestApp) {
    let (rp, browser) = (test.rp().await, test.browser());
    rp.sign_in(&browser, "ann", &[]).await;
    let other = test.rp_with("other", |_| ()).await;
    let other = browser.get(&other.authorize(&[])).await;
    assert!(other.location().starts_with(REDIRECT_URI), "{}", other.location());
}

#[apply(on_both)]
async fn b1_b4_an_unregistered_redirect_uri_never_redirects(test: TestApp) {
    let (rp, browser) = (test.rp().await, test.browser());
    let wrong = [
        ("redirect_uri", "https://app.example.org/callback/"),
        ("redirect_uri", "https://app.example.org/callback?x=1"),
        ("redirect_uri", "https://APP.example.org/callback"),
        ("redirect_uri", ""),
        ("client_id", "nobody"),
        ("client_id", ""),
    ];
    for change in wrong {
        let response = browser.get(&rp.authorize(&[change])).await;
        assert_eq!(response.status, 400, "{change:?}");
        assert!(!response.headers.contains_key("location"), "{change:?}");
    }
    let response = browser.get(&rp.authorize(&[("response_type", "token")])).await;
    assert_eq!(param(response.location(), "error"), "unsupported_response_type");
    assert_eq!(param(response.location(), "state"), "some state");
}

#[apply(on_both)]
async fn b2_a_native_app_may_use_any_loopback_port(test: TestApp) {
    let register = test.rp_with("native", |settings| {
        settings.redirect_uris = vec!["http://127.0.0.1/cb".into()];
        settings.client_auth = ClientAuth::None;
        settings.native = true;
    });
    let (rp, browser) = (register.await, test.browser());
    let at = async |uri: &str| browser.get(&rp.authorize(&[("redirect_uri", uri)])).await.status;
    assert_eq!(at("http://127.0.0.1:4711/cb").await, 303);
    for other in [
        "http://localhost:4711/cb",
        "http://127.0.0.1.evil.example/cb",
        "http://127.0.0.1:4711/cb/",
        "https://127.0.0.1:4711/cb",
        "http://user@127.0.0.1:4711/cb",
    ] {
        assert_eq!(at(other).await, 400, "{other}");
    }
}

#[apply(on_both)]
async fn b5_pkce_is_needed_and_only_s256(test: TestApp) {
    let (rp, browser) = (test.rp().await, test.browser());
    let without = [("code_challenge", ""), ("code_challenge_method", "")];
    for change in [
        &without[..],
        &[("code_challenge_method", "plain")],
        &[("code_challenge", "short")],
    ] {
        let response = browser.get(&rp.authorize(change)).await;
        assert_eq!(
            param(response.location(), "error"),
            "invalid_request",
            "{change:?}"
        );
    }
    test.register("old", |settings| settings.require_pkce = false)
        .await;
    let change = [("client_id", "old"), without[0], without[1]];
    let response = browser.get(&rp.authorize(&change)).await;
    assert!(
        response.location().contains("/sign-in?attempt="),
        "{}",
        response.location()
    );
}

#[apply(on_both)]
async fn b8_a_repeated_parameter_is_refused(test: TestApp) {
    let (rp, browser) = (test.rp().await, test.browser());
    let response = browser.get(&format!("{}&state=again", rp.authorize(&[]))).await;
    assert_eq!(response.status, 400);
    assert!(!response.headers.contains_key("location"));
    let twice = [
        ("grant_type", "client_credentials"),
        ("grant_type", "client_credentials"),
    ];
    let response = rp.call("/oauth2/token", &twice).await;
    assert_eq!(
        (response.status, response.error().as_str()),
        (400, "invalid_request")
    );
}

#[apply(on_both)]
async fn b19_prompt_login_moves_auth_time(test: TestApp) {
    let (rp, browser) = (test.rp().await, test.signed_in("ann").await);
    for change in [("prompt", "login"), ("max_age", "30")] {
        test.clock.advance(Duration::from_mins(1));
        let page = browser.get(&rp.authorize(&[change])).await;
        assert!(page.location().contains("/sign-in?attempt="), "{change:?}");
        // Continuing without a sign-in leads back to the sign-in page.
        let attempt = param(page.location(), "attempt");
        let resumed = browser.get(&format!("/sign-in/continue?attempt={attempt}")).await;
        assert!(resumed.location().contains("/sign-in?attempt="), "{change:?}");
        let back = browser.sign_in(page.location(), "ann").await;
        let tokens = rp.redeem(&param(back.location(), "code")).await.tokens();
        let auth_time = tokens.claims()["auth_time"].as_i64();
        assert_eq!(auth_time, Some(test.clock.now().seconds()), "{change:?}");
    }
}

#[apply(on_both)]
async fn b31_the_issuer_is_in_every_response(test: TestApp) {
    let (rp, browser) = (test.rp().await, test.browser());
    for mode in ["query", "fragment"] {
        let response = browser
            .get(&rp.authorize(&[("prompt", "none"), ("response_mode", mode)]))
            .await;
        assert_eq!(param(response.location(), "iss"), test.base, "{mode}");
    }
    let response = browser
        .get(&rp.authorize(&[("prompt", "none"), ("response_mode", "form_post")]))
        .await;
    assert_eq!(response.status, 200);
    let fields = response.form(REDIRECT_URI);
    assert!(fields.contains(&("iss".into(), test.base.clone())), "{fields:?}");
    assert!(
        fields.contains(&("error".into(), "login_required".into())),
        "{fields:?}"
    );
}

/// The origins that the forms of a page may lead to; `None` if the page does not say.
fn form_action(page: &Response) -> Option<String> {
    let policy = page.headers["content-security-policy"].to_str().unwrap();
    let mut directives = policy.split("; ");
    let found = directives.find_map(|directive| directive.strip_prefix("form-action "));
    found.map(str::to_owned)
}

#[apply(on_both)]
async fn d17_a_form_leads_to_the_app_through_a_page_with_a_refresh(test: TestApp) {
    let rp = test.rp_with("rp", |settings| {
        settings.require_consent = true;
        settings.post_logout_redirect_uris = vec!["https://app.example.org/".to_owned()];
    });
    let (rp, browser) = (rp.await, test.browser());
    let first = browser.get(&rp.authorize(&[])).await;
    let page = browser.get(first.location()).await;
    assert_eq!(form_action(&page).as_deref(), Some("'self'"));
    let consent = browser.sign_in(first.location(), "ann").await;
    let consent = browser.get(consent.location()).await;
    assert_eq!(form_action(&consent).as_deref(), Some("'self'"));
    let left = browser.decide(&consent, "allow").await;
    assert_refreshes_to(&left, REDIRECT_URI);
    let without_page = browser.get(&rp.authorize(&[])).await;
    assert_eq!(without_page.status, 303, "without a page it is a redirect");
    let query = "client_id=rp&post_logout_redirect_uri=https://app.example.org/";
    let question = browser.get(&format!("/oauth2/logout?{query}")).await;
    assert_eq!(form_action(&question).as_deref(), Some("'self'"));
    let confirmed = [("decision", "sign_out")];
    let left = browser.submit(&question, "/oauth2/logout", &confirmed).await;
    assert_refreshes_to(&left, "https://app.example.org/");
    assert!(!browser.is_signed_in().await);
}

/// Checks that a page refreshes to the app, and that nothing caches the address or sends it as a referrer.
fn assert_refreshes_to(page: &Response, target: &str) {
    assert_eq!(page.status, 200);
    assert!(!page.headers.contains_key("location"));
    assert!(page.location().starts_with(target), "{}", page.location());
    assert_eq!(page.attribute("a.button", "href"), page.location());
    assert_eq!(page.headers["cache-control"], "no-store");
    assert_eq!(page.headers["referrer-policy"], "no-referrer");
    assert_eq!(form_action(page).as_deref(), Some("'self'"));
}

#[apply(on_both)]
async fn d17_form_post_has_no_form_action_and_a_private_scheme_gets_a_redirect(test: TestApp) {
    let (rp, browser) = (test.rp().await, test.browser());
    let form_post = [("response_mode", "form_post")];
    let page = browser.get(&rp.authorize(&form_post)).await;
    let page = browser.sign_in(page.location(), "ann").await;
    assert!(!page.form(REDIRECT_URI).is_empty());
    assert_eq!(form_action(&page), None, "the app may redirect to any origin");
    let register = test.rp_with("phone", |settings| {
        settings.redirect_uris = vec!["com.example.app:/cb".to_owned()];
        settings.client_auth = ClientAuth::None;
    });
    let (phone, browser) = (register.await, test.browser());
    let first = browser
        .get(&phone.authorize(&[("redirect_uri", "com.example.app:/cb")]))
        .await;
    let page = browser.get(first.location()).await;
    assert_eq!(form_action(&page).as_deref(), Some("'self' com.example.app:"));
    let left = browser.sign_in(first.location(), "ann").await;
    assert_eq!(left.status, 303);
    assert!(left.location().starts_with("com.example.app:/cb?code="));
}

#[apply(on_both)]
async fn oidc_core_3_1_2_6_prompt_none_responds_without_a_page(test: TestApp) {
    let (rp, browser) = (test.rp().await, test.browser());
    assert_eq!(rp.silent_error(&browser).await, "login_required");
    browser.sign_in("/sign-in", "ann").await;
    let response = browser.get(&rp.authorize(&[("prompt", "none")])).await;
    assert!(!param(response.location(), "code").is_empty());
}

#[apply(on_both)]
async fn a_posted_request_continues_as_a_get(test: TestApp) {
    let (rp, browser) = (test.rp().await, test.signed_in("ann").await);
    let address = rp.authorize(&[]);
    let (path, query) = address.split_once('?').unwrap();
    let fields: Vec<_> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    // A form on another site sends none of our cookies.
    let posted = test.browser().post(path, &fields).await;
    assert_eq!(posted.status, 303);
    let response = browser.get(posted.location()).await;
    let location = response.location();
    assert!(!param(location, "code").is_empty(), "{location}");
}

const WRONG: &str = "wrong password here";

#[apply(on_both)]
async fn wrong_passwords_and_unknown_accounts_get_the_same_response(test: TestApp) {
    let browser = test.browser();
    let page = browser.get("/sign-in").await;
    let mut seen = Vec::new();
    for username in ["ann", "nobody"] {
        let response = browser.submit_password(&page, username, WRONG).await;
        assert_eq!(response.status, 422);
        seen.push(response.body.replace(username, "").replace("value=\"\"", ""));
    }
    assert_eq!(
        seen[0], seen[1],
        "an unknown account gets the response of a wrong password"
    );
}

#[apply(on_both)]
async fn wrong_passwords_are_throttled(test: TestApp) {
    let browser = test.browser();
    let page = browser.get("/sign-in").await;
    let mut last = 0;
    for _ in 0..21 {
        last = browser.submit_password(&page, "ann", WRONG).await.status;
    }
    assert_eq!(last, 429);
    let right = browser.submit_password(&page, "ann", PASSWORD).await;
    assert_eq!(right.status, 429, "the right one is throttled too");
    test.clock.advance(Duration::from_hours(1));
    let right = browser.submit_password(&page, "ann", PASSWORD).await;
    assert_eq!(right.status, 303);
}

#[apply(on_both)]
async fn a_sign_in_form_without_its_token_is_refused(test: TestApp) {
    let forged = [("username".into(), "ann".into())];
    let response = test.browser().post("/sign-in/password", &forged).await;
    assert_eq!(response.status, 403);
}
