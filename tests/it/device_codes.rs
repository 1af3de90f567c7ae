//! The device authorization grant (RFC 8628): a device gets tokens once somebody has typed its code and allowed it.

mod answers;
mod guards;

use std::time::Duration;

use doorward::directory::Actor;
use doorward::directory::clients::SetClaimRules;
use doorward::model::ClientId;
use doorward::model::claim_rules::{ClaimRule, ClaimRules};
use doorward::store::sweep::sweep;
use serde_json::{Value, json};

use crate::support::{Browser, Response, Rp, TestApp, apply, on_both};

pub const CONFIRM: &str = "/device/confirm";

/// An app for devices, which has no redirect URI and no secret.
async fn tv(test: &TestApp) -> Rp {
    tv_with(test, "tv").await
}

async fn tv_with(test: &TestApp, id: &str) -> Rp {
    test.rp_with(id, |settings| {
        settings.redirect_uris.clear();
        settings.client_auth = "none".parse().unwrap();
        settings.device_code = true;
    })
    .await
}

/// The codes of a device.
struct Codes(Value);

impl Codes {
    async fn of(rp: &Rp) -> Self {
        let started = rp.start_device("openid email offline_access").await;
        assert_eq!(started.status, 200, "{}", started.body);
        Self(started.json())
    }
    fn device(&self) -> &str {
        self.0["device_code"].as_str().unwrap()
    }
    fn user(&self) -> &str {
        self.0["user_code"].as_str().unwrap()
    }
    /// The page that asks whether to allow the device.
    async fn page(&self, browser: &Browser) -> Response {
        browser.get(&format!("{CONFIRM}?user_code={}", self.user())).await
    }
    /// The same page, after Ann has typed the code and signed in.
    async fn typed(&self, browser: &Browser) -> Response {
        let typed = browser.get("/device").await;
        let spelled = self.user().to_lowercase().replace('-', " ");
        let sent = browser
            .submit(&typed, "/device", &[("user_code", &spelled)])
            .await;
        let sign_in = browser.follow(sent).await;
        let back = browser.sign_in(sign_in.location(), "ann").await;
        browser.follow(back).await
    }
    async fn answer(&self, browser: &Browser, decision: &str) -> Response {
        let page = self.page(browser).await;
        browser.submit(&page, CONFIRM, &[("decision", decision)]).await
    }
}

#[apply(on_both)]
async fn b39_a_device_gets_tokens_once_somebody_has_allowed_it(test: TestApp) {
    let (rp, browser) = (tv(&test).await, test.browser());
    let codes = Codes::of(&rp).await;
    assert_eq!(codes.0["expires_in"], 600);
    assert_eq!(codes.0["interval"], 5);
    assert_eq!(codes.0["verification_uri"], format!("{}/device", test.base));
    assert_eq!(rp.poll(codes.device()).await.error(), "authorization_pending");

    let page = codes.typed(&browser).await;
    for shown in [
        codes.user(),
        "Grafana",
        "127.0.0.1",
        "e-mail",
        "Did somebody send you this code",
    ] {
        assert!(page.body.contains(shown), "{shown}: {}", page.body);
    }
    let done = browser.submit(&page, CONFIRM, &[("decision", "allow")]).await;
    assert!(
        done.text("h1").contains("Go back to your device"),
        "{}",
        done.body
    );

    let answer = rp.poll(codes.device()).await;
    assert_eq!(answer.headers["cache-control"], "no-store");
    let tokens = answer.tokens();
    let claims = tokens.claims();
    assert_eq!(claims["sub"], test.ann.as_str());
    assert!(claims.get("sid").is_none(), "it belongs to no browser: {claims}");
    assert_eq!(answer.json()["scope"], "openid email offline_access");
    assert_eq!(rp.userinfo(tokens.access()).await.status, 200);
    let again = rp.poll(codes.device()).await;
    assert_eq!(again.error(), "invalid_grant", "once");
    let refreshed = rp.refresh(tokens.refresh()).await;
    assert_eq!(refreshed.status, 200, "asking twice revokes nothing");
    let log = test.run(&["--json", "audit", "list"], "").await.stdout;
    assert!(log.contains("consent.give"), "{log}");
}

#[apply(on_both)]
async fn b39_a_device_gets_the_claims_that_rules_make(test: TestApp) {
    let rp = tv(&test).await;
    let started = Codes(rp.start_device("openid").await.json());
    started.answer(&test.signed_in("ann").await, "allow").await;
    // When Ann answered, no rule needed her groups yet.
    let rule = ClaimRule {
        claim: "memberOf".into(),
        value: "groups".into(),
        ..ClaimRule::default()
    };
    let set = SetClaimRules {
        id: ClientId("tv".into()),
        rules: ClaimRules::new(vec![rule]),
        expected: None,
    };
    test.change(&Actor::HOST, set).await.unwrap();
    let tokens = rp.poll(started.device()).await.tokens();
    assert_eq!(tokens.claims()["memberOf"], json!(["engineering"]));
}

#[apply(on_both)]
async fn b39_a_device_that_asks_too_often_is_slowed_down(test: TestApp) {
    let rp = tv(&test).await;
    let codes = Codes::of(&rp).await;
    for (wait, error) in [
        (0, "authorization_pending"),
        (4, "slow_down"),
        (9, "slow_down"),
        (15, "authorization_pending"),
        (14, "slow_down"),
        (20, "authorization_pending"),
    ] {
        test.clock.advance(Duration::from_secs(wait));
        assert_eq!(rp.poll(codes.device()).await.error(), error, "after {wait} s");
    }
    // Once somebody has answered, it need not wait.
    let browser = test.signed_in("ann").await;
    codes.answer(&browser, "allow").await;
    assert_eq!(rp.poll(codes.device()).await.status, 200);
}

#[apply(on_both)]
async fn b39_a_device_is_told_that_it_was_refused(test: TestApp) {
    let (rp, browser) = (tv(&test).await, test.signed_in("ann").await);
    let codes = Codes::of(&rp).await;
    let page = codes.page(&browser).await;
    let done = browser.submit(&page, CONFIRM, &[("decision", "refuse")]).await;
    done.expect_text("gets no access");
    let late = browser.submit(&page, CONFIRM, &[("decision", "allow")]).await;
    assert_eq!(late.status, 422, "a code is answered once");
    assert_eq!(rp.poll(codes.device()).await.error(), "access_denied");
    let log = test.run(&["--json", "audit", "list"], "").await.stdout;
    assert!(log.contains("consent.refuse"), "{log}");
}

#[apply(on_both)]
async fn b39_a_device_is_told_that_its_code_has_expired(test: TestApp) {
    let (rp, browser) = (tv(&test).await, test.signed_in("ann").await);
    let (codes, allowed) = (Codes::of(&rp).await, Codes::of(&rp).await);
    codes.page(&browser).await;
    allowed.answer(&browser, "allow").await;
    test.clock.advance(Duration::from_mins(10));
    for codes in [&codes, &allowed] {
        assert_eq!(rp.poll(codes.device()).await.error(), "expired_token");
    }
    assert_eq!(codes.page(&browser).await.status, 422);
    sweep(&test.app.db, test.clock.now()).await.unwrap();
    assert_eq!(rp.poll(codes.device()).await.error(), "expired_token");
    test.clock.advance(Duration::from_mins(5));
    sweep(&test.app.db, test.clock.now()).await.unwrap();
    assert_eq!(test.count("device_codes").await, 0);
    assert_eq!(rp.poll(codes.device()).await.error(), "invalid_grant");
}

#[apply(on_both)]
async fn b39_a_device_outlives_the_browser_and_ends_with_the_account(test: TestApp) {
    test.add_person("bob").await;
    let (rp, browser) = (tv(&test).await, test.signed_in("bob").await);
    let codes = Codes::of(&rp).await;
    codes.answer(&browser, "allow").await;
    let tokens = rp.poll(codes.device()).await.tokens();
    let page = browser.get("/oauth2/logout").await;
    browser
        .submit(&page, "/oauth2/logout", &[("decision", "sign_out")])
        .await;
    assert!(!browser.is_signed_in().await);
    let tokens = rp.refresh(tokens.refresh()).await.tokens();
    let apps = test.signed_in("bob").await;
    let page = apps.get("/account/apps").await;
    page.expect_text("Grafana");
    apps.submit(&page, "/account/apps/remove", &[]).await;
    assert_eq!(rp.refresh(tokens.refresh()).await.error(), "invalid_grant");
    assert_eq!(rp.userinfo(tokens.access()).await.status, 401);

    let codes = Codes::of(&rp).await;
    codes.answer(&apps, "allow").await;
    let tokens = rp.poll(codes.device()).await.tokens();
    test.run(&["users", "suspend", "bob", "--yes"], "").await;
    assert_eq!(rp.refresh(tokens.refresh()).await.error(), "invalid_grant");
}

#[apply(on_both)]
async fn b39_a_network_gets_a_limited_number_of_codes(test: TestApp) {
    let rp = tv(&test).await;
    for _ in 0..60 {
        Codes::of(&rp).await;
    }
    let more = rp.start_device("openid").await;
    assert_eq!(
        (more.status, more.error().as_str()),
        (429, "temporarily_unavailable")
    );
    assert_eq!(test.count("device_codes").await, 60);
    assert_eq!(more.headers["retry-after"], "3601");
    more.expect_text("try again in 3,601 seconds");
    test.clock
        .advance(Duration::from_hours(1) - Duration::from_millis(500));
    let more = rp.start_device("openid").await;
    assert_eq!(
        (more.status, more.headers["retry-after"].as_bytes()),
        (429, &b"1"[..])
    );
    more.expect_text("try again in 1 second\"");
    test.clock.advance(Duration::from_millis(500));
    Codes::of(&rp).await;
}

#[apply(on_both)]
async fn an_app_for_devices_is_created_by_command(test: TestApp) {
    let create = ["apps", "create", "TV", "--device", "--everyone"];
    let made = test.run_json(&create).await;
    assert!(made["client_secret"].is_null(), "{made}");
    let shown = test.run(&["apps", "show", "tv"], "").await.stdout;
    let grants = "grant_types: refresh_token, urn:ietf:params:oauth:grant-type:device_code\n";
    assert!(shown.contains(grants), "{shown}");
    let rp = Rp::new(&test, "tv", "");
    let codes = Codes::of(&rp).await;
    codes.answer(&test.signed_in("ann").await, "allow").await;
    assert_eq!(rp.poll(codes.device()).await.status, 200);
    let deleted = test.run(&["apps", "delete", "tv", "--yes"], "").await;
    assert!(deleted.stdout.contains("is deleted"), "{}", deleted.stdout);
    assert_eq!(test.count("device_codes").await, 0);
}
