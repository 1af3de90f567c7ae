//! Second factors: adding them, signing in with them, losing and removing them.

use std::sync::Arc;
use std::time::Duration;

use doorward::directory::Actor;
use doorward::directory::accounts::SuspendAccount;
use doorward::directory::resets::SetPassword;
use doorward::directory::roles::GrantRole;

use crate::support::{
    Authenticator, Browser, OFFLINE, PASSWORD, Response, Rp, TestApp, apply, claims, on_both, param,
    sixteen_at_once,
};

const NEW: &str = "/account/second-factors/new";

#[apply(on_both)]
async fn pp_7_a_wrong_code_leaves_the_second_factor_off(test: TestApp) {
    let ann = test.signed_in("ann").await;
    let page = ann.get(NEW).await;
    let authenticator = Authenticator::scan(&page);
    assert_eq!(page.attribute("svg.qr", "role"), "img");
    let wrong = authenticator.wrong_code(test.clock.now());
    let refused = ann.submit(&page, NEW, &[("code", &wrong)]).await;
    assert_eq!(refused.status, 422);
    assert!(!refused.text("#code-error").is_empty());
    // The secret stays, since the app has scanned it, and still does nothing.
    assert_eq!(refused.text("#secret"), page.text("#secret"));
    assert!(test.signed_in("ann").await.is_signed_in().await);
    assert_eq!(test.count("authenticators").await, 0);
    // Only its own account can use the form, and only for a while.
    test.add_person("bob").await;
    let bob = test.signed_in("bob").await;
    let code = authenticator.code(test.clock.now());
    let form = [
        ("code", code.as_str()),
        ("enrolment", &page.attribute("input[name=enrolment]", "value")),
    ];
    assert_eq!(bob.submit(&bob.get(NEW).await, NEW, &form).await.status, 409);
    test.clock.advance(Duration::from_mins(14));
    let ann = test.signed_in("ann").await;
    test.clock.advance(Duration::from_mins(1));
    let code = authenticator.code(test.clock.now());
    let form = [
        ("code", code.as_str()),
        ("enrolment", &page.attribute("input[name=enrolment]", "value")),
    ];
    let late = ann.submit(&ann.get(NEW).await, NEW, &form).await;
    assert_eq!(late.status, 409, "{}", late.body);
    assert_ne!(late.text("#secret"), page.text("#secret"));
    assert_eq!(test.count("authenticators").await, 0);
}

#[apply(on_both)]
async fn pp_7_d2_signing_in_asks_for_a_code_which_works_once(test: TestApp) {
    let ann = test.signed_in("ann").await;
    let page = ann.get(NEW).await;
    let authenticator = Authenticator::scan(&page);
    let code = authenticator.code(test.clock.now());
    let added = ann
        .submit(&page, NEW, &[("code", &code), ("name", "My phone")])
        .await;
    assert_eq!(added.status, 303, "{}", added.body);
    let added = ann.get(added.location()).await;
    assert_eq!(added.text("#codes").split_whitespace().count(), 10);
    assert_eq!(
        ann.get("/account/second-factors").await.text("li strong"),
        "My phone"
    );

    codes_sign_in_once(&test, &authenticator, &code).await;
}

/// The code that was typed to add the app does not sign in; another one does, once.
async fn codes_sign_in_once(test: &TestApp, authenticator: &Authenticator, first: &str) {
    let elsewhere = test.browser();
    let page = elsewhere.begin_sign_in("/sign-in", "ann").await;
    assert!(!elsewhere.is_signed_in().await);
    assert_eq!(elsewhere.submit_code(&page, first).await.status, 422);
    test.clock.advance(Duration::from_secs(30));
    let again = elsewhere.submit_code(&page, first).await;
    assert_eq!(again.status, 422, "used before");
    // The code of the previous step does, once.
    let code = authenticator.code(test.clock.now());
    test.clock.advance(Duration::from_secs(30));
    let done = elsewhere.submit_code(&page, &code).await;
    assert_eq!(done.status, 303, "{}", done.body);
    let back = elsewhere.get(done.location()).await;
    assert!(back.location().ends_with('/'));
    assert!(elsewhere.is_signed_in().await);
    let third = test.browser();
    let page = third.begin_sign_in("/sign-in", "ann").await;
    assert_eq!(third.submit_code(&page, &code).await.status, 422);
    // Nothing older, and nothing from the future.
    for seconds in [-60, 30] {
        let at = doorward::clock::Time::from_seconds(test.clock.now().seconds() + seconds);
        let refused = third.submit_code(&page, &authenticator.code(at)).await;
        assert_eq!(refused.status, 422, "{seconds}");
    }
    assert!(!third.is_signed_in().await);
}

#[apply(on_both)]
async fn pp_8_removing_the_last_one_asks_to_sign_in_again(test: TestApp) {
    let ann = test.signed_in("ann").await;
    let (authenticator, _) = test.add_authenticator(&ann).await;
    let list = ann.get("/account/second-factors").await;
    test.clock.advance(Duration::from_mins(16));
    let asked = ann.submit(&list, "/account/second-factors/remove", &[]).await;
    assert!(
        asked.location().contains("/sign-in?attempt="),
        "{}",
        asked.location()
    );
    assert_eq!(test.count("authenticators").await, 1);
    let page = ann.begin_sign_in(asked.location(), "ann").await;
    let done = ann
        .submit_code(&page, &authenticator.code(test.clock.now()))
        .await;
    let back = ann.get(done.location()).await;
    assert!(back.location().ends_with("/account/second-factors"));
    let list = ann.get(back.location()).await;
    let removed = ann.submit(&list, "/account/second-factors/remove", &[]).await;
    assert_eq!(removed.status, 303, "{}", removed.body);
    assert_eq!(test.count("recovery_codes").await, 0);
    assert!(test.signed_in("ann").await.is_signed_in().await);
}

/// Signs in for an app with a code; yields the app's response.
async fn sign_in_for(test: &TestApp, address: &str, code: &str) -> Response {
    let browser = test.browser();
    let to_sign_in = browser.get(address).await;
    let page = browser.begin_sign_in(to_sign_in.location(), "ann").await;
    let done = browser.submit_code(&page, code).await;
    assert_eq!(done.status, 303, "{}", done.body);
    browser.get(done.location()).await
}

#[apply(on_both)]
async fn b22_tokens_say_which_factors_were_proven(test: TestApp) {
    let rp = test.rp().await;
    let ann = test.signed_in("ann").await;
    let before = rp.silent_sign_in(&ann).await;
    assert_eq!(claims(before.id_token())["amr"], serde_json::json!(["pwd"]));
    assert_eq!(claims(before.id_token())["acr"], "urn:doorward:acr:password");
    let (authenticator, recovery) = test.add_authenticator(&ann).await;
    let code = authenticator.code(test.clock.now());
    for (code, amr) in [
        (&code, &["pwd", "otp", "mfa"][..]),
        (&recovery[0], &["pwd", "mfa"]),
    ] {
        let back = sign_in_for(&test, &rp.authorize(OFFLINE), code).await;
        let tokens = rp.redeem(&param(back.location(), "code")).await.tokens();
        let refreshed = rp.refresh(tokens.refresh()).await.tokens();
        for token in [tokens.id_token(), refreshed.id_token()] {
            let claims = claims(token);
            assert_eq!(claims["amr"], serde_json::json!(amr));
            assert_eq!(claims["acr"], "urn:doorward:acr:2fa");
        }
    }
}

#[apply(on_both)]
async fn b22_an_essential_acr_asks_for_the_second_factor(test: TestApp) {
    let rp = test.rp().await;
    let wanted = r#"{"id_token":{"acr":{"essential":true,"value":"urn:doorward:acr:2fa"}}}"#;
    let address = rp.authorize(&[("claims", wanted)]);
    let ann = test.signed_in("ann").await;
    let refused = ann.get(&address).await;
    assert_eq!(
        param(refused.location(), "error"),
        "unmet_authentication_requirements"
    );
    let (authenticator, _) = test.add_authenticator(&ann).await;
    let silent = ann
        .get(&rp.authorize(&[("claims", wanted), ("prompt", "none")]))
        .await;
    assert_eq!(param(silent.location(), "error"), "login_required");
    let asked = ann.get(&address).await;
    let code = authenticator.code(test.clock.now());
    assert_eq!(acr_after(&ann, &rp, &asked, &code).await, "urn:doorward:acr:2fa");
    // From now on the session is enough.
    assert!(!param(ann.get(&address).await.location(), "code").is_empty());
}

/// The `acr` of the token that the app gets after Ann was asked to sign in, with this code.
async fn acr_after(ann: &Browser, rp: &Rp, asked: &Response, code: &str) -> serde_json::Value {
    let page = ann.begin_sign_in(asked.location(), "ann").await;
    let done = ann.submit_code(&page, code).await;
    let back = ann.get(done.location()).await;
    let tokens = rp.redeem(&param(back.location(), "code")).await.tokens();
    claims(tokens.id_token())["acr"].clone()
}

#[apply(on_both)]
async fn acr_values_ask_for_a_second_factor_that_exists(test: TestApp) {
    let rp = test.rp().await;
    let address = rp.authorize(&[("acr_values", "urn:doorward:acr:2fa")]);
    let ann = test.signed_in("ann").await;
    assert!(!param(ann.get(&address).await.location(), "code").is_empty());
    let (authenticator, _) = test.add_authenticator(&ann).await;
    let asked = ann.get(&address).await;
    let code = authenticator.code(test.clock.now());
    assert_eq!(acr_after(&ann, &rp, &asked, &code).await, "urn:doorward:acr:2fa");
}

#[apply(on_both)]
async fn a_recovery_code_signs_in_once(test: TestApp) {
    let ann = test.signed_in("ann").await;
    let (_, codes) = test.add_authenticator(&ann).await;
    let elsewhere = test.browser();
    let page = elsewhere.begin_sign_in("/sign-in", "ann").await;
    let link = page.attribute("a[href*=recovery]", "href");
    let page = elsewhere.get(&link).await;
    assert_eq!(page.text("label"), "Recovery code");
    let spelled = codes[3].to_lowercase().replace('-', " ");
    let done = elsewhere.submit_code(&page, &spelled).await;
    assert_eq!(done.status, 303, "{}", done.body);
    assert!(elsewhere.is_signed_in().await);
    let third = test.browser();
    let page = third.begin_sign_in("/sign-in", "ann").await;
    assert_eq!(third.submit_code(&page, &codes[3]).await.status, 422);
    assert!(!third.is_signed_in().await);
    let security = elsewhere.get("/account/security").await;
    security.expect_text("9 recovery codes are left");
    // They are stored as hashes.
    let file = std::fs::read(test.folder.path().join("doorward.db")).unwrap_or_default();
    assert!(!String::from_utf8_lossy(&file).contains(&codes[0].replace('-', "")));
}

#[apply(on_both)]
async fn new_recovery_codes_replace_the_old_ones(test: TestApp) {
    let ann = test.signed_in("ann").await;
    let (_, old) = test.add_authenticator(&ann).await;
    let list = ann.get("/account/second-factors").await;
    let made = ann
        .submit(&list, "/account/second-factors/recovery-codes", &[])
        .await;
    let made = ann.get(made.location()).await;
    let new = made.text("#codes");
    let elsewhere = test.browser();
    let page = elsewhere.begin_sign_in("/sign-in", "ann").await;
    assert_eq!(elsewhere.submit_code(&page, &old[0]).await.status, 422);
    let code = new.split_whitespace().next().unwrap();
    assert_eq!(elsewhere.submit_code(&page, code).await.status, 303);
}

#[apply(on_both)]
async fn each_code_is_used_once_by_sixteen_at_once(test: TestApp) {
    let ann = test.signed_in("ann").await;
    let (authenticator, recovery) = test.add_authenticator(&ann).await;
    for code in [authenticator.code(test.clock.now()), recovery[0].clone()] {
        let mut halves = Vec::new();
        for _ in 0..16 {
            let browser = test.browser();
            let page = browser.begin_sign_in("/sign-in", "ann").await;
            halves.push(Some((browser, page)));
        }
        let code = Arc::new(code);
        let outcomes = sixteen_at_once(|turn| {
            let ((browser, page), code) = (halves[turn].take().unwrap(), code.clone());
            async move { browser.submit_code(&page, &code).await.status == 303 }
        });
        let succeeded = outcomes.await.into_iter().filter(|succeeded| *succeeded).count();
        assert_eq!(succeeded, 1);
        // The refused ones have counted as failures.
        test.sql("DELETE FROM throttles").await;
    }
}

#[apply(on_both)]
async fn wrong_codes_count_as_failed_sign_ins(test: TestApp) {
    let ann = test.signed_in("ann").await;
    let (authenticator, _) = test.add_authenticator(&ann).await;
    let browser = test.browser();
    let mut page = browser.begin_sign_in("/sign-in", "ann").await;
    let wrong = authenticator.wrong_code(test.clock.now());
    for turn in 0..6 {
        if turn == 3 {
            // The right password in between does not forgive wrong codes.
            page = browser.begin_sign_in("/sign-in", "ann").await;
        }
        assert_eq!(browser.submit_code(&page, &wrong).await.status, 422, "{turn}");
    }
    let right = authenticator.code(test.clock.now());
    let refused = browser.submit_code(&page, &right).await;
    assert_eq!(refused.status, 429);
    assert!(refused.headers.contains_key("retry-after"));
    test.clock.advance(Duration::from_secs(2));
    let right = authenticator.code(test.clock.now());
    assert_eq!(browser.submit_code(&page, &right).await.status, 303);
    assert_eq!(test.count("throttles WHERE subject LIKE 'account:%'").await, 0);
}

#[apply(on_both)]
async fn a_proof_ends_with_what_it_proved(test: TestApp) {
    let bob = test.add_person("bob").await;
    let browser = test.signed_in("bob").await;
    let (authenticator, _) = test.add_authenticator(&browser).await;
    let half = async || {
        let browser = test.browser();
        let page = browser.begin_sign_in("/sign-in", "bob").await;
        (browser, page)
    };
    let with_code = async |(browser, page): (Browser, Response)| {
        let done = browser
            .submit_code(&page, &authenticator.code(test.clock.now()))
            .await;
        (done.status, browser.is_signed_in().await)
    };
    let in_flight = half().await;
    let (id, password) = (bob.clone(), PASSWORD.into());
    test.change(&Actor::HOST, SetPassword { id, password })
        .await
        .unwrap();
    assert_eq!(with_code(in_flight).await, (422, false), "another password");
    test.clock.advance(Duration::from_mins(1));
    let in_flight = half().await;
    test.clock.advance(Duration::from_hours(1));
    assert_eq!(with_code(in_flight).await, (400, false), "an old attempt");
    let in_flight = half().await;
    let (id, reason) = (bob.clone(), String::new());
    test.change(&Actor::HOST, SuspendAccount { id, reason })
        .await
        .unwrap();
    assert_eq!(with_code(in_flight).await, (403, false), "suspended");
}

#[apply(on_both)]
async fn a_proof_begins_one_session(test: TestApp) {
    let (_, codes) = test.add_authenticator(&test.signed_in("ann").await).await;
    let browser = Arc::new(test.browser());
    let page = Arc::new(browser.begin_sign_in("/sign-in", "ann").await);
    // Each of these codes is right by itself.
    let outcomes = sixteen_at_once(|turn| {
        let (browser, page, code) = (browser.clone(), page.clone(), codes[turn % 10].clone());
        async move { browser.submit_code(&page, &code).await.status == 303 }
    })
    .await;
    assert_eq!(outcomes.into_iter().filter(|begun| *begun).count(), 1);
}

#[apply(on_both)]
async fn a_proof_is_of_one_browser_and_one_attempt(test: TestApp) {
    let ann = test.signed_in("ann").await;
    let (authenticator, _) = test.add_authenticator(&ann).await;
    let (mine, other) = (test.browser(), test.browser());
    let page = mine.begin_sign_in("/sign-in", "ann").await;
    let sealed = page.attribute("input[name=attempt]", "value");
    let address = format!("/sign-in/second-factor?attempt={sealed}");
    assert_eq!(other.get(&address).await.status, 400);
    let done = mine
        .submit_code(&page, &authenticator.code(test.clock.now()))
        .await;
    assert_eq!(done.status, 303);
    test.clock.advance(Duration::from_mins(1));
    let again = mine
        .submit_code(&page, &authenticator.code(test.clock.now()))
        .await;
    assert_eq!(again.status, 400, "the proof is used up");
    // An attempt without a proof has no such page.
    let rp = test.rp().await;
    let fresh = test.browser();
    let to_sign_in = fresh.get(&rp.authorize(&[])).await;
    let sealed = param(to_sign_in.location(), "attempt");
    assert_eq!(
        fresh
            .get(&format!("/sign-in/second-factor?attempt={sealed}"))
            .await
            .status,
        400
    );
}

#[apply(on_both)]
async fn somebody_else_may_begin_anew(test: TestApp) {
    let ann = test.signed_in("ann").await;
    test.add_authenticator(&ann).await;
    test.add_person("bob").await;
    let rp = test.rp().await;
    let browser = test.browser();
    let to_sign_in = browser.get(&rp.authorize(&[])).await;
    let page = browser.begin_sign_in(to_sign_in.location(), "ann").await;
    let over = browser.submit(&page, "/sign-in/start-over", &[]).await;
    let to_sign_in = browser.get(over.location()).await;
    let back = browser.sign_in(to_sign_in.location(), "bob").await;
    assert!(!param(back.location(), "code").is_empty());
    // Cancelling tells the app.
    let to_sign_in = test.browser();
    let first = to_sign_in.get(&rp.authorize(&[])).await;
    let page = to_sign_in.begin_sign_in(first.location(), "ann").await;
    let denied = to_sign_in.decide(&page, "deny").await;
    assert_eq!(param(denied.location(), "error"), "access_denied");
}

#[apply(on_both)]
async fn a_change_of_second_factors_ends_the_other_sessions(test: TestApp) {
    let (here, elsewhere) = (test.signed_in("ann").await, test.signed_in("ann").await);
    let (authenticator, _) = test.add_authenticator(&here).await;
    assert!(here.is_signed_in().await);
    assert!(!elsewhere.is_signed_in().await);
    let page = elsewhere.get("/sign-in").await;
    page.expect_text("you changed how you sign in");
    let page = elsewhere.begin_sign_in("/sign-in", "ann").await;
    elsewhere
        .submit_code(&page, &authenticator.code(test.clock.now()))
        .await;
    assert!(elsewhere.is_signed_in().await);
    let list = here.get("/account/second-factors").await;
    here.submit(&list, "/account/second-factors/remove", &[]).await;
    assert!(here.is_signed_in().await && !elsewhere.is_signed_in().await);
}

#[apply(on_both)]
async fn cl_32_cl_33_an_administrator_removes_lost_second_factors(test: TestApp) {
    test.add_person("bob").await;
    let bob = test.signed_in("bob").await;
    test.add_authenticator(&bob).await;
    test.add_authenticator(&bob).await;
    let owner = test.signed_in("ann").await;
    let page = owner.get("/console/users/1/sign-in").await;
    assert_eq!(page.texts("section[aria-labelledby=second-factors] li").len(), 2);
    let remove = "/console/users/1/second-factors/remove";
    let removed = owner.submit(&page, remove, &[]).await;
    let page = owner.get(removed.location()).await;
    assert!(
        page.text(".notice").contains("second factors are removed"),
        "{}",
        page.body
    );
    let again = owner.post_with_csrf(&page, remove, &[]).await;
    assert_eq!(again.status, 409, "there is none");
    for table in ["authenticators", "recovery_codes"] {
        assert_eq!(test.count(table).await, 0);
    }
    // The password alone signs in, and a new second factor can be added.
    let bob = test.signed_in("bob").await;
    assert!(bob.is_signed_in().await);
    test.add_authenticator(&bob).await;
    let history = owner.get("/console/users/1/history").await;
    history.expect_text("removed the second factors");
    // One's own are removed only after a recent sign-in, so not here.
    test.add_authenticator(&owner).await;
    let page = owner.get("/console/users/0/sign-in").await;
    let own = owner
        .post_with_csrf(&page, "/console/users/0/second-factors/remove", &[])
        .await;
    assert_eq!(own.status, 409);
    assert_eq!(test.count("authenticators").await, 2);
}

#[apply(on_both)]
async fn cl_32_second_factors_are_removed_by_whoever_dominates(test: TestApp) {
    let owner = test.signed_in("ann").await;
    test.add_authenticator(&owner).await;
    for (name, role) in [("adam", "admin"), ("audrey", "auditor"), ("bob", "")] {
        let account = test.add_person(name).await.into();
        if !role.is_empty() {
            let (role, until) = (role.to_owned(), None);
            test.change(&Actor::HOST, GrantRole { account, role, until })
                .await
                .unwrap();
        }
        let browser = test.signed_in(name).await;
        let page = browser.get("/account").await;
        let remove = "/console/users/0/second-factors/remove";
        let refused = browser.post_with_csrf(&page, remove, &[]).await;
        assert_eq!(refused.status, 403, "{name}");
    }
    assert_eq!(test.count("authenticators").await, 1);
}

#[apply(on_both)]
async fn a_command_removes_lost_second_factors(test: TestApp) {
    test.add_person("bob").await;
    let bob = test.signed_in("bob").await;
    test.add_authenticator(&bob).await;
    let command = ["users", "remove-second-factors", "bob"];
    let asked = test.run(&command, "no\n").await;
    assert!(!asked.succeeded, "{}", asked.stdout);
    assert_eq!(test.count("authenticators").await, 1);
    let done = test.run(&[&command[..], &["--yes"]].concat(), "").await;
    assert!(done.succeeded, "{}", done.stderr);
    assert!(test.signed_in("bob").await.is_signed_in().await);
}
