//! Codes with which the owner of an account chooses a password on the sign-in page.

use std::sync::Arc;
use std::time::Duration;

use doorward::directory::Actor;
use doorward::directory::resets::{MakeResetCode, expire_resets};
use doorward::model::AccountId;
use serde_json::json;

use super::{NEW, two_teams};
use crate::schemes::apply_scheme;
use crate::support::{Browser, PASSWORD, Response, TestApp, apply, on_both, param, successes_of_sixteen};

async fn code_for(test: &TestApp, account: &AccountId) -> String {
    let account = account.clone().into();
    let made = test
        .change(&Actor::HOST, MakeResetCode { account })
        .await
        .unwrap();
    made.secret.expose().clone()
}

/// Signs in with a code and a new password.
async fn with_code(browser: &Browser, username: &str, code: &str, password: &str) -> Response {
    let page = browser.get("/sign-in").await;
    let form = [("username", username), ("password", password), ("code", code)];
    browser.submit(&page, "/sign-in/password", &form).await
}

/// Bob, in a scheme with codes.
async fn bob(test: &TestApp) -> AccountId {
    apply_scheme(test, "coolify").await;
    test.add_person("bob").await
}

#[apply(on_both)]
async fn cf_10_a_team_admin_resets_a_member_on_the_page_of_the_team(test: TestApp) {
    apply_scheme(&test, "coolify").await;
    two_teams(&test).await;
    let browser = test.signed_in("chief").await;
    let (path, action) = ("/account/teams/ours", "/account/teams/ours/members/reset");
    let page = browser.get(path).await;
    let reset = async |who: &str| browser.submit(&page, action, &[("username", who)]).await;
    assert_eq!(reset("outsider").await.status, 404);
    assert_eq!(
        reset("lead").await.status,
        403,
        "an admin elsewhere has more rights"
    );
    let shown = browser.follow(reset("member").await).await;
    shown.expect_text("Reset code for member");
    let code = shown.text("#reset-secret");
    let theirs = test.browser();
    with_code(&theirs, "member", &code, NEW).await;
    assert!(theirs.is_signed_in().await);
    // A reader sees no such button, and is refused.
    let page = theirs.get(path).await;
    assert!(!page.body.contains("Reset password"));
    let form = [("username", "chief")];
    let refused = theirs.post_with_csrf(&page, action, &form).await;
    assert_eq!(refused.status, 404);
}

#[apply(on_both)]
async fn cf_11_a_code_works_for_ten_minutes(test: TestApp) {
    let bob = bob(&test).await;
    for (seconds, works) in [(599, true), (601, false)] {
        let code = code_for(&test, &bob).await;
        test.clock.advance(Duration::from_secs(seconds));
        let browser = test.browser();
        let done = with_code(&browser, "bob", &code, NEW).await;
        assert_eq!(done.status == 303, works, "{}", done.body);
        assert_eq!(browser.is_signed_in().await, works, "{seconds}");
    }
}

#[apply(on_both)]
async fn cf_12_the_password_typed_with_the_code_becomes_the_new_one(test: TestApp) {
    let bob = bob(&test).await;
    let (before, browser, rp) = (test.signed_in("bob").await, test.browser(), test.rp().await);
    let code = code_for(&test, &bob).await;
    let page = browser.get(&rp.authorize(&[])).await;
    let page = browser.get(page.location()).await;
    let submit = async |password: &str| {
        let typed = code.to_lowercase().replace('-', " ");
        let form = [
            ("username", "bob"),
            ("password", password),
            ("code", typed.as_str()),
        ];
        browser.submit(&page, "/sign-in/password", &form).await
    };
    let refused = submit("short").await;
    assert_eq!(refused.status, 422);
    assert!(refused.text("#password-error").contains("at least"));
    assert!(
        refused.attribute("#code", "value").len() > 20,
        "what was typed is kept"
    );
    let done = submit(NEW).await;
    let back = browser.follow(done).await;
    let tokens = rp.redeem(&param(back.location(), "code")).await.tokens();
    assert_eq!(tokens.claims()["amr"], json!(["pwd"]));
    assert!(!before.is_signed_in().await, "other sessions have ended");
    let again = with_code(&test.browser(), "bob", &code, "another long passphrase").await;
    assert_eq!(again.status, 422);
    assert!(again.text("#code-error").contains("used"));
    let with_new = test.browser();
    with_new.try_sign_in("bob", NEW).await;
    assert!(with_new.is_signed_in().await);
}

#[apply(on_both)]
async fn cf_12_the_second_factor_is_still_asked_for(test: TestApp) {
    let bob = bob(&test).await;
    let (authenticator, _) = test.add_authenticator(&test.signed_in("bob").await).await;
    let code = code_for(&test, &bob).await;
    let browser = test.browser();
    let done = with_code(&browser, "bob", &code, NEW).await;
    assert!(!browser.is_signed_in().await);
    let next = browser.follow(done).await;
    let page = browser.get(next.location()).await;
    browser
        .submit_code(&page, &authenticator.code(test.clock.now()))
        .await;
    assert!(browser.is_signed_in().await);
}

#[apply(on_both)]
async fn cf_13_the_old_password_is_refused_until_the_reset_ends(test: TestApp) {
    let bob = bob(&test).await;
    let open = test.browser();
    let page = open.get("/sign-in").await;
    code_for(&test, &bob).await;
    let refused = open.submit_password(&page, "bob", PASSWORD).await;
    assert_eq!(refused.status, 403);
    assert!(refused.body.contains("reset code"));
    let wrong = test.browser().try_sign_in("bob", "something else here").await;
    assert_eq!(wrong.status, 422);
    assert!(
        !wrong.text("[role=alert]").contains("being reset"),
        "only whoever knows the password learns that"
    );
    test.clock.advance(Duration::from_mins(10));
    let browser = test.browser();
    browser.try_sign_in("bob", PASSWORD).await;
    assert!(browser.is_signed_in().await, "and then it works again");
    let expire = || expire_resets(&test.app.db, test.clock.now());
    let (one, other) = tokio::join!(expire(), expire());
    assert_eq!(one.unwrap() + other.unwrap(), 1, "of two runs at once");
    assert_eq!(expire().await.unwrap(), 0);
    let entries = format!("audit WHERE action = 'reset.expired' AND target = '{bob}'");
    assert_eq!(test.count(&entries).await, 1);
    assert_eq!(test.count("resets WHERE ended_at IS NULL").await, 0);
}

#[apply(on_both)]
async fn a_code_is_of_one_account_and_wrong_ones_are_counted(test: TestApp) {
    let bob = bob(&test).await;
    let code = code_for(&test, &bob).await;
    for name in ["ann", "nobody"] {
        let refused = with_code(&test.browser(), name, &code, NEW).await;
        assert_eq!(refused.status, 422, "{name}");
        assert!(!refused.text("#code-error").is_empty());
    }
    let mut statuses = Vec::new();
    for _ in 0..10 {
        statuses.push(with_code(&test.browser(), "bob", "0000-1111", NEW).await.status);
    }
    assert!(statuses.contains(&422) && statuses.contains(&429), "{statuses:?}");
    assert_eq!(with_code(&test.browser(), "bob", &code, NEW).await.status, 429);
}

#[apply(on_both)]
async fn a_code_is_used_once_by_sixteen_at_once(test: TestApp) {
    let bob = bob(&test).await;
    let code = Arc::new(code_for(&test, &bob).await);
    let browser = Arc::new(test.browser());
    let page = Arc::new(browser.get("/sign-in").await);
    let used = successes_of_sixteen(|turn| {
        let (browser, page, code) = (browser.clone(), page.clone(), code.clone());
        async move {
            let password = format!("{NEW} {turn}");
            let form = [
                ("username", "bob"),
                ("password", password.as_str()),
                ("code", code.as_str()),
            ];
            browser.submit(&page, "/sign-in/password", &form).await.status == 303
        }
    })
    .await;
    assert_eq!(used, 1);
}
