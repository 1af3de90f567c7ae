//! Commands that create and delete groups and apps.

use crate::support::{Browser, OFFLINE, Rp, TestApp, Tokens, apply, on_both, param};

#[apply(on_both)]
async fn a_group_is_created_by_command(test: TestApp) {
    let created = test.run_json(&["groups", "create", "night-shift"]).await;
    assert_eq!(created["group"], "night-shift");
    let listed = test.run(&["groups", "list"], "").await;
    assert!(listed.stdout.contains("night-shift  0\n"), "{}", listed.stdout);
    let again = test.run(&["groups", "create", "Night-Shift"], "").await;
    assert!(
        !again.succeeded && again.stderr.contains("taken"),
        "{}",
        again.stderr
    );
}

/// The number of rows in each of an app's tables, except for the tokens, which are deleted once they expire.
async fn rows(test: &TestApp) -> Vec<i64> {
    let mut found = Vec::new();
    for table in ["clients", "client_secrets", "consents", "grants"] {
        found.push(test.count(table).await);
    }
    let roles = "role_grants WHERE target = 'rp'";
    found.push(test.count(roles).await);
    found
}

/// The tokens of an app with Ann's consent and a role for it.
async fn all_an_app_can_have(test: &TestApp, rp: &Rp, browser: &Browser) -> Tokens {
    let page = browser.get(&rp.authorize(OFFLINE)).await;
    let consent = browser.sign_in(page.location(), "ann").await;
    let consent = browser.get(consent.location()).await;
    let back = browser.decide(&consent, "allow").await;
    test.grant_app_role(&test.ann, "rp", "operator").await;
    rp.redeem(&param(back.location(), "code")).await.tokens()
}

#[apply(on_both)]
async fn an_app_is_deleted_by_command_with_all_it_had(test: TestApp) {
    let register = test.rp_with("rp", |settings| settings.require_consent = true);
    let (rp, browser) = (register.await, test.browser());
    let tokens = all_an_app_can_have(&test, &rp, &browser).await;
    assert_eq!(rows(&test).await, [1, 1, 1, 1, 1]);
    let kept = test.run(&["apps", "delete", "rp"], "no\n").await;
    assert!(
        !kept.succeeded && kept.stdout.contains("Grafana"),
        "{}",
        kept.stdout
    );
    assert_eq!(rp.userinfo(tokens.access()).await.status, 200);

    let deleted = test.run(&["apps", "delete", "rp"], "yes\n").await;
    assert!(deleted.succeeded, "{}", deleted.stderr);
    test.app.db.poll_cache_version().await.unwrap();
    assert_eq!(rows(&test).await, [0, 0, 0, 0, 0]);
    assert_eq!(rp.userinfo(tokens.access()).await.status, 401);
    assert_eq!(rp.refresh(tokens.refresh()).await.error(), "invalid_client");
    assert_eq!(browser.get(&rp.authorize(&[])).await.status, 400);
    let again = test.run(&["apps", "delete", "rp", "--yes"], "").await;
    assert!(!again.succeeded, "{}", again.stdout);

    // A new app of the same name inherits nothing from the old one.
    let secret = test.register("rp", |_| ()).await;
    let heir = Rp::new(&test, "rp", &secret);
    assert_eq!(heir.refresh(tokens.refresh()).await.error(), "invalid_grant");
    assert_eq!(heir.introspect(tokens.access()).await["active"], false);
    let roles = heir.silent_sign_in(&browser).await.claims()["roles"].to_string();
    assert!(roles.contains("owner") && !roles.contains("operator"), "{roles}");
}
