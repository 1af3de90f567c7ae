//! The way in: what is refused and how, and what a sign-in gives.

use std::time::Duration;

use crate::support::{REDIRECT_URI, TestApp, claims, on_both, param};

on_both!(
    a_sign_in_gives_the_claims_of_the_person,
    b1_b4_an_unproven_redirect_uri_never_redirects,
    b5_pkce_is_needed_and_only_s256,
    b8_a_repeated_parameter_is_refused,
    b19_prompt_login_moves_auth_time,
    b31_the_issuer_is_in_every_response,
    oidc_core_3_1_2_6_prompt_none_answers_without_a_page,
    a_posted_request_goes_on_as_a_get,
    consent_is_asked_and_remembered,
    cancelling_before_the_sign_in_is_access_denied,
    wrong_passwords_are_answered_alike_and_slowed_down,
    b43_b48_a_sign_out_ends_the_session_and_its_cookie,
    set_up_is_closed_after_the_first_account,
    metadata_names_this_issuer_whatever_the_host,
);

async fn a_sign_in_gives_the_claims_of_the_person(test: TestApp) {
    let (rp, browser) = (test.rp().await, test.browser());
    let page = browser.get(&rp.authorize(&[])).await;
    let back = browser.sign_in(page.location(), "ann").await;
    assert_eq!(param(back.location(), "state"), "some state");
    let tokens = rp.redeem(&param(back.location(), "code")).await;
    assert_eq!(tokens.headers["cache-control"], "no-store");
    let tokens = tokens.json();
    let id_token = claims(tokens["id_token"].as_str().unwrap());
    assert_eq!(id_token["iss"], test.base);
    assert_eq!(id_token["aud"], "rp");
    assert_eq!(id_token["sub"], test.ann.as_str());
    assert_eq!(id_token["nonce"], "some nonce");
    assert_eq!(id_token["acr"], "urn:doorward:acr:password");
    assert_eq!(id_token["email"], "ann@example.org");
    assert_eq!(id_token["groups"][0], "engineering");
    assert_eq!(id_token["roles"][0], "owner");
    assert_eq!(id_token["teams"][0]["slug"], "root-team");
    let userinfo = rp.userinfo(tokens["access_token"].as_str().unwrap()).await.json();
    assert_eq!(userinfo["sub"], test.ann.as_str());
    assert_eq!(userinfo["preferred_username"], "ann");
    // The second app asks nothing.
    test.register("other", |_| ()).await;
    let other = browser.get(&rp.authorize(&[("client_id", "other")])).await;
    assert!(other.location().starts_with(REDIRECT_URI), "{}", other.location());
}

async fn b1_b4_an_unproven_redirect_uri_never_redirects(test: TestApp) {
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
        let answer = browser.get(&rp.authorize(&[change])).await;
        assert_eq!(answer.status, 400, "{change:?}");
        assert!(!answer.headers.contains_key("location"), "{change:?}");
    }
    let answer = browser.get(&rp.authorize(&[("response_type", "token")])).await;
    assert_eq!(param(answer.location(), "error"), "unsupported_response_type");
    assert_eq!(param(answer.location(), "state"), "some state");
}

async fn b5_pkce_is_needed_and_only_s256(test: TestApp) {
    let (rp, browser) = (test.rp().await, test.browser());
    let without = [("code_challenge", ""), ("code_challenge_method", "")];
    for change in [
        &without[..],
        &[("code_challenge_method", "plain")],
        &[("code_challenge", "short")],
    ] {
        let answer = browser.get(&rp.authorize(change)).await;
        assert_eq!(param(answer.location(), "error"), "invalid_request", "{change:?}");
    }
    test.register("old", |settings| settings.require_pkce = false)
        .await;
    let change = [("client_id", "old"), without[0], without[1]];
    let answer = browser.get(&rp.authorize(&change)).await;
    assert!(
        answer.location().contains("/sign-in?attempt="),
        "{}",
        answer.location()
    );
}

async fn b8_a_repeated_parameter_is_refused(test: TestApp) {
    let (rp, browser) = (test.rp().await, test.browser());
    let answer = browser.get(&format!("{}&state=again", rp.authorize(&[]))).await;
    assert_eq!(answer.status, 400);
    assert!(!answer.headers.contains_key("location"));
    let twice = [
        ("grant_type", "client_credentials"),
        ("grant_type", "client_credentials"),
    ];
    let answer = rp.call("/oauth2/token", &twice).await;
    assert_eq!(
        (answer.status, answer.json()["error"].as_str()),
        (400, Some("invalid_request"))
    );
}

async fn b19_prompt_login_moves_auth_time(test: TestApp) {
    let (rp, browser) = (test.rp().await, test.browser());
    let page = browser.get(&rp.authorize(&[])).await;
    browser.sign_in(page.location(), "ann").await;
    test.clock.advance(Duration::from_mins(1));
    for change in [("prompt", "login"), ("max_age", "30")] {
        let page = browser.get(&rp.authorize(&[change])).await;
        assert!(page.location().contains("/sign-in?attempt="), "{change:?}");
        // The resume step cannot drop it: going on without a sign-in leads back to the page.
        let attempt = param(page.location(), "attempt");
        let resumed = browser.get(&format!("/sign-in/continue?attempt={attempt}")).await;
        assert!(resumed.location().contains("/sign-in?attempt="), "{change:?}");
        let back = browser.sign_in(page.location(), "ann").await;
        let tokens = rp.redeem(&param(back.location(), "code")).await.json();
        let auth_time = claims(tokens["id_token"].as_str().unwrap())["auth_time"].as_i64();
        assert_eq!(auth_time, Some(test.clock.now().seconds()), "{change:?}");
        test.clock.advance(Duration::from_mins(1));
    }
}

async fn b31_the_issuer_is_in_every_response(test: TestApp) {
    let (rp, browser) = (test.rp().await, test.browser());
    for mode in ["query", "fragment"] {
        let answer = browser
            .get(&rp.authorize(&[("prompt", "none"), ("response_mode", mode)]))
            .await;
        assert_eq!(param(answer.location(), "iss"), test.base, "{mode}");
    }
    let answer = browser
        .get(&rp.authorize(&[("prompt", "none"), ("response_mode", "form_post")]))
        .await;
    assert_eq!(answer.status, 200);
    let fields = answer.form(REDIRECT_URI);
    assert!(fields.contains(&("iss".into(), test.base.clone())), "{fields:?}");
    assert!(
        fields.contains(&("error".into(), "login_required".into())),
        "{fields:?}"
    );
    let policy = answer.headers["content-security-policy"].to_str().unwrap();
    assert!(
        policy.contains("form-action 'self' https://app.example.org;"),
        "{policy}"
    );
}

async fn oidc_core_3_1_2_6_prompt_none_answers_without_a_page(test: TestApp) {
    let (rp, browser) = (test.rp().await, test.browser());
    let answer = browser.get(&rp.authorize(&[("prompt", "none")])).await;
    assert_eq!(param(answer.location(), "error"), "login_required");
    let page = browser.get(&rp.authorize(&[])).await;
    browser.sign_in(page.location(), "ann").await;
    let answer = browser.get(&rp.authorize(&[("prompt", "none")])).await;
    assert!(!param(answer.location(), "code").is_empty());
}

async fn a_posted_request_goes_on_as_a_get(test: TestApp) {
    let (rp, browser) = (test.rp().await, test.browser());
    let page = browser.get(&rp.authorize(&[])).await;
    browser.sign_in(page.location(), "ann").await;
    let address = rp.authorize(&[]);
    let (path, query) = address.split_once('?').unwrap();
    let fields: Vec<_> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    // A form on another site sends none of our cookies along.
    let posted = test.browser().post(path, &fields).await;
    assert_eq!(posted.status, 303);
    let answer = browser.get(posted.location()).await;
    assert!(
        !param(answer.location(), "code").is_empty(),
        "{}",
        answer.location()
    );
}

async fn consent_is_asked_and_remembered(test: TestApp) {
    let (rp, browser) = (test.rp().await, test.browser());
    test.register("asks", |settings| settings.require_consent = true)
        .await;
    let address = rp.authorize(&[("client_id", "asks")]);
    let page = browser.get(&address).await;
    let asked = browser.sign_in(page.location(), "ann").await;
    let consent = browser.get(asked.location()).await;
    assert!(consent.body.contains("Grafana"), "{}", consent.body);
    let allowed = browser
        .submit(&consent, "/sign-in/consent", &[("decision", "allow")])
        .await;
    let back = browser.get(allowed.location()).await;
    assert!(!param(back.location(), "code").is_empty());
    let again = browser.get(&address).await;
    assert!(
        !param(again.location(), "code").is_empty(),
        "a consent is remembered"
    );
    let wider = browser
        .get(&rp.authorize(&[("client_id", "asks"), ("scope", "openid phone")]))
        .await;
    assert!(wider.location().contains("/sign-in/consent"), "more is asked for");
}

async fn cancelling_before_the_sign_in_is_access_denied(test: TestApp) {
    let (rp, browser) = (test.rp().await, test.browser());
    let page = browser.get(&rp.authorize(&[])).await;
    let sign_in = browser.get(page.location()).await;
    let cancelled = browser
        .submit(&sign_in, "/sign-in/consent", &[("decision", "deny")])
        .await;
    let back = browser.get(cancelled.location()).await;
    assert_eq!(param(back.location(), "error"), "access_denied");
    let attempt = param(page.location(), "attempt");
    assert_eq!(
        browser
            .get(&format!("/sign-in/continue?attempt={attempt}"))
            .await
            .status,
        400,
        "a request is answered once"
    );
}

async fn wrong_passwords_are_answered_alike_and_slowed_down(test: TestApp) {
    let browser = test.browser();
    let page = browser.get("/sign-in").await;
    let mut seen = Vec::new();
    for username in ["ann", "nobody"] {
        let filled = [("username", username), ("password", "wrong password here")];
        let answer = browser.submit(&page, "/sign-in/password", &filled).await;
        assert_eq!(answer.status, 422);
        seen.push(answer.body.replace(username, "").replace("value=\"\"", ""));
    }
    assert_eq!(
        seen[0], seen[1],
        "an unknown account is answered like a wrong password"
    );
    let filled = [("username", "ann"), ("password", "wrong password here")];
    let mut last = 0;
    for _ in 0..20 {
        last = browser.submit(&page, "/sign-in/password", &filled).await.status;
    }
    assert_eq!(last, 429);
    let right = [("username", "ann"), ("password", crate::support::PASSWORD)];
    assert_eq!(
        browser.submit(&page, "/sign-in/password", &right).await.status,
        429,
        "the right one waits too"
    );
    test.clock.advance(Duration::from_hours(1));
    assert_eq!(
        browser.submit(&page, "/sign-in/password", &right).await.status,
        303
    );
    let forged = browser
        .post("/sign-in/password", &[("username".into(), "ann".into())])
        .await;
    assert_eq!(forged.status, 403, "a form without our token is refused");
}

async fn b43_b48_a_sign_out_ends_the_session_and_its_cookie(test: TestApp) {
    let (rp, browser) = (test.rp().await, test.browser());
    let home = "https://app.example.org/";
    let secret = test
        .register("out", |s| s.post_logout_redirect_uris = vec![home.to_owned()])
        .await;
    let out = crate::support::Rp::new(&test, "out", &secret);
    let page = browser.get(&out.authorize(&[])).await;
    let back = browser.sign_in(page.location(), "ann").await;
    let tokens = out.redeem(&param(back.location(), "code")).await.json();
    let hint = tokens["id_token"].as_str().unwrap();
    let stolen = test.browser();
    stolen.set_cookie("session", &browser.cookie("session"));
    let wrong = browser
        .get("/oauth2/logout?post_logout_redirect_uri=https://evil.example/&client_id=out")
        .await;
    assert_eq!(wrong.status, 400);
    assert!(!wrong.headers.contains_key("location"));
    let unsure = browser.get("/oauth2/logout").await;
    assert_eq!(unsure.status, 200, "without a hint the person is asked");
    assert_eq!(
        rp.userinfo(tokens["access_token"].as_str().unwrap()).await.status,
        200
    );
    let query = format!("post_logout_redirect_uri={home}&state=s&id_token_hint={hint}");
    let done = browser.get(&format!("/oauth2/logout?{query}")).await;
    assert_eq!(done.location(), "https://app.example.org/?state=s");
    assert_eq!(browser.cookie("session"), "", "the cookie is gone");
    assert_eq!(
        rp.userinfo(tokens["access_token"].as_str().unwrap()).await.status,
        401
    );
    for browser in [browser, stolen] {
        let answer = browser.get(&rp.authorize(&[("prompt", "none")])).await;
        assert_eq!(param(answer.location(), "error"), "login_required");
    }
}

async fn set_up_is_closed_after_the_first_account(test: TestApp) {
    let answer = test.browser().get("/set-up").await;
    assert_eq!(answer.status, 403);
    assert!(answer.text("h1").contains("finished"), "{}", answer.body);
}

async fn metadata_names_this_issuer_whatever_the_host(test: TestApp) {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let mut seen = Vec::new();
    for path in [
        "/.well-known/openid-configuration",
        "/.well-known/oauth-authorization-server",
    ] {
        for host in ["evil.example", "localhost"] {
            let request = client.get(format!("{}{path}", test.base)).header("host", host);
            seen.push(
                request
                    .header("x-forwarded-host", host)
                    .send()
                    .await
                    .unwrap()
                    .text()
                    .await
                    .unwrap(),
            );
        }
    }
    assert!(seen.iter().all(|document| document == &seen[0]));
    let document: serde_json::Value = serde_json::from_str(&seen[0]).unwrap();
    assert_eq!(document["issuer"], test.base);
    assert!(!seen[0].contains("\"password\"") && !seen[0].contains("evil"));
}
