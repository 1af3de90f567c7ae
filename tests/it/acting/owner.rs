//! The sign-in of an owner who has no other way left to sign in.

use std::sync::Arc;
use std::time::Duration;

use doorward::clock::Clock;
use serde_json::{Value, json};

use crate::support::{TestApp, apply, on_both, param, successes_of_sixteen};

/// Runs the command, then sets the test's clock to the machine's time, as the command uses it; yields what it printed.
async fn owner_login(test: &TestApp, arguments: &[&str]) -> Value {
    let printed = test.run_json(&[&["owner-login"], arguments].concat()).await;
    test.clock.set(Clock::system().now());
    printed
}

fn password(printed: &Value) -> &str {
    printed["password"].as_str().unwrap()
}

#[apply(on_both)]
async fn cl_29_cl_30_cl_34_an_owner_signs_in_once_past_the_second_factor(test: TestApp) {
    test.add_authenticator(&test.signed_in("ann").await).await;
    let printed = owner_login(&test, &[]).await;
    assert_eq!(printed["username"], "ann");
    let (browser, rp) = (test.browser(), test.rp().await);
    let page = browser.get(&rp.authorize(&[])).await;
    let page = browser.get(page.location()).await;
    let done = browser.submit_password(&page, "ann", password(&printed)).await;
    let back = browser.follow(done).await;
    let tokens = rp.redeem(&param(back.location(), "code")).await.tokens();
    assert_eq!(tokens.claims()["amr"], json!(["otp"]));
    assert_eq!(tokens.claims().get("act"), None);
    assert_eq!(browser.get("/console").await.status, 200);
    let again = test.browser().try_sign_in("ann", password(&printed)).await;
    assert_eq!(again.status, 422);
    // This sign-in is enough to remove the second factor and to set up a new one.
    let list = browser.get("/account/second-factors").await;
    let removed = browser.submit(&list, "/account/second-factors/remove", &[]).await;
    assert_eq!(removed.status, 303, "{}", removed.body);
    assert_eq!(test.count("authenticators").await, 0);
    assert_eq!(browser.get("/account/second-factors/new").await.status, 200);
}

#[apply(on_both)]
async fn cl_29_the_secret_works_for_a_quarter_of_an_hour(test: TestApp) {
    for (minutes, works) in [(14, true), (15, false)] {
        let printed = owner_login(&test, &["ann"]).await;
        test.clock.advance(Duration::from_mins(minutes));
        let browser = test.browser();
        browser.try_sign_in("ann", password(&printed)).await;
        assert_eq!(browser.is_signed_in().await, works, "{minutes}");
    }
}

#[apply(on_both)]
async fn cl_31_the_command_says_how_to_revoke_it(test: TestApp) {
    let ran = test.run(&["owner-login"], "").await;
    for part in ["Username: ann", "Until: 20", "doorward owner-login --revoke"] {
        assert!(ran.stdout.contains(part), "{}", ran.stdout);
    }
    let secret = ran
        .stdout
        .lines()
        .find_map(|line| line.strip_prefix("Password: "))
        .unwrap();
    let revoked = test.run(&["owner-login", "--revoke"], "").await;
    assert!(revoked.stdout.contains("1 revoked"), "{}", revoked.stdout);
    test.clock.set(Clock::system().now());
    assert_eq!(test.browser().try_sign_in("ann", secret).await.status, 422);
}

#[apply(on_both)]
async fn cl_30_every_owner_is_told(test: TestApp) {
    let server = test.with_mail().await;
    test.add_person("bob").await;
    owner_login(&test, &[]).await;
    test.clock.advance(Duration::from_secs(1));
    test.deliver().await;
    let mails = server.received();
    assert_eq!(mails.len(), 1, "Bob is not an owner");
    assert_eq!(mails[0]["to"][0], "ann@example.org");
    assert!(
        mails[0]["subject"]
            .as_str()
            .unwrap()
            .contains("sign in as an owner")
    );
    let entries = "audit WHERE action = 'account.owner_sign_in' AND actor = 'host'";
    assert_eq!(test.count(entries).await, 1);
}

#[apply(on_both)]
async fn cl_29_only_owners_get_a_secret_and_one_of_several_must_be_named(test: TestApp) {
    test.add_person("bob").await;
    let bob = test.run(&["owner-login", "bob"], "").await;
    assert!(
        !bob.succeeded && bob.stderr.contains("not an owner"),
        "{}",
        bob.stderr
    );
    test.make_owner("bob").await;
    let either = test.run(&["owner-login"], "").await;
    assert!(
        !either.succeeded && either.stderr.contains("Name the one"),
        "{}",
        either.stderr
    );
    assert_eq!(owner_login(&test, &["bob"]).await["username"], "bob");
}

#[apply(on_both)]
async fn cl_29_a_secret_is_used_once_by_sixteen_at_once(test: TestApp) {
    let printed = Arc::new(owner_login(&test, &[]).await);
    let browser = Arc::new(test.browser());
    let page = Arc::new(browser.get("/sign-in").await);
    let used = successes_of_sixteen(|_| {
        let (browser, page, printed) = (browser.clone(), page.clone(), printed.clone());
        async move {
            browser
                .submit_password(&page, "ann", password(&printed))
                .await
                .status
                == 303
        }
    })
    .await;
    assert_eq!(used, 1);
}

#[apply(on_both)]
async fn a_secret_signs_in_to_its_own_account_only(test: TestApp) {
    test.add_person("bob").await;
    let printed = owner_login(&test, &[]).await;
    let browser = test.browser();
    let refused = browser.try_sign_in("bob", password(&printed)).await;
    assert_eq!(refused.status, 422);
    browser.try_sign_in("ann", password(&printed)).await;
    assert!(browser.is_signed_in().await, "the refusal has not used it up");
}

#[apply(on_both)]
async fn a_secret_works_while_wrong_passwords_are_throttled(test: TestApp) {
    let printed = owner_login(&test, &[]).await;
    let mut last = 0;
    for _ in 0..10 {
        last = test.browser().try_sign_in("ann", "wrong").await.status;
    }
    assert_eq!(last, 429);
    let browser = test.browser();
    browser.try_sign_in("ann", password(&printed)).await;
    assert!(browser.is_signed_in().await);
}
