//! The settings of the instance: who may change them, and their effects.

use crate::schemes::{apply_scheme, with_role};
use crate::support::{Browser, On, TestApp, apply, fill, on_both};

/// Submits the form of a section with some fields changed.
async fn change(browser: &Browser, section: &str, filled: &[(&str, &str)]) -> u16 {
    let page = browser.get("/console/settings").await;
    let path = format!("/console/settings/{section}");
    browser.submit(&page, &path, filled).await.status
}

/// Changes the registration settings as the owner.
pub async fn set_registration(test: &TestApp, how: &str, domains: &str) {
    let owner = test.signed_in("ann").await;
    let filled = [("registration", how), ("domains", domains)];
    assert_eq!(change(&owner, "people", &filled).await, 303);
}

#[apply(on_both)]
async fn cf_3_cf_7_the_settings_require_permission(test: TestApp) {
    let nobody = test.browser().get("/console/settings").await;
    assert!(nobody.location().contains("/sign-in?attempt="));
    // The admin of a team has no role on the instance.
    test.add_person("bob").await;
    let anybody = test.signed_in("bob").await;
    assert_eq!(anybody.get("/console/settings").await.status, 403);
    assert!(!anybody.get("/account").await.body.contains("/console/settings"));
    let owner = test.signed_in("ann").await;
    assert_eq!(owner.get("/console/settings").await.status, 200);
}

#[apply(on_both)]
async fn cf_3_an_auditor_cannot_open_the_settings(test: TestApp) {
    apply_scheme(&test, "coder").await;
    with_role(&test, "adam", "auditor").await;
    let auditor = test.signed_in("adam").await;
    let page = auditor.get("/console/audit").await;
    assert!(!page.body.contains("href=\"/console/settings\""));
    assert_eq!(auditor.get("/console/settings").await.status, 403);
    // The CSRF token of the audit page is valid for the settings too.
    let path = "/console/settings/branding";
    let refused = auditor.post_with_csrf(&page, path, &[("organisation", "X")]);
    assert_eq!(refused.await.status, 403);
}

#[apply(on_both)]
async fn cf_4_the_update_permission_shows_the_version_and_the_instructions(test: TestApp) {
    with_role(&test, "bob", "admin").await;
    for (username, sees) in [("ann", true), ("bob", false)] {
        let browser = test.signed_in(username).await;
        let page = browser.get("/console/settings").await;
        let about = page.text("[aria-labelledby=about]");
        assert!(about.contains("0.1.0"), "{username}: {about}");
        let has_instructions = page.body.contains("To update this server");
        assert_eq!(has_instructions, sees, "{username}");
    }
}

#[apply(on_both)]
async fn cl_19_each_section_requires_its_own_permission(test: TestApp) {
    apply_scheme(&test, "cloudron").await;
    for (username, role, expected) in [
        ("adam", "admin", 303),
        ("uma", "user-manager", 403),
        ("mel", "mail-manager", 403),
    ] {
        with_role(&test, username, role).await;
        let (owner, browser) = (test.signed_in("ann").await, test.signed_in(username).await);
        for section in ["people", "branding"] {
            let path = format!("/console/settings/{section}");
            // A user without access to the page submits the owner's form with their own CSRF token.
            let form = owner.get("/console/settings").await.form(&path);
            let (csrf, token) = browser.get("/account").await.csrf();
            let fields = fill(form, &[(&csrf, &token), ("registration", "invite")]);
            let response = browser.post(&path, &fields).await;
            assert_eq!(response.status, expected, "{role} {section}: {}", response.body);
        }
    }
}

#[apply(on_both)]
async fn an_outdated_form_changes_nothing(test: TestApp) {
    let (one, other) = (test.signed_in("ann").await, test.signed_in("ann").await);
    let page = one.get("/console/settings").await;
    let first = change(&other, "branding", &[("organisation", "First")]);
    assert_eq!(first.await, 303);
    let path = "/console/settings/branding";
    let refused = one.submit(&page, path, &[("organisation", "Second")]).await;
    assert_eq!(refused.status, 409);
    assert!(refused.body.contains("Somebody has changed the settings"));
    let is_kept = refused.body.contains("value=\"Second\"");
    assert!(is_kept, "what was typed is kept");
    let page = one.get("/sign-in?add=1").await;
    assert_eq!(page.text("header.brand").trim(), "First");
}

#[apply(on_both)]
async fn branding_changes_the_name_and_the_accent(test: TestApp) {
    let owner = test.signed_in("ann").await;
    assert_eq!(owner.get("/static/brand.css").await.status, 404);
    for (accent, expected) in [("red", 422), ("#12345", 422), ("#12345g", 422), ("#FFE600", 303)] {
        let changed = change(&owner, "branding", &[("accent", accent)]).await;
        assert_eq!(changed, expected, "{accent}");
    }
    let style = owner.get("/static/brand.css").await;
    assert!(style.body.contains("--accent:#ffe600"));
    let page = owner.get("/sign-in?add=1").await;
    assert!(page.body.contains("/static/brand.css?v=1"));
}

/// Changes on one node take effect on the others.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_node_follows_the_settings() {
    let test = TestApp::start(On::Postgres).await;
    let other = test.another_node().await;
    assert_eq!(Browser::new(&other.base).get("/register").await.status, 403);
    set_registration(&test, "open", "").await;
    other.app.db.poll_cache_version().await.unwrap();
    assert_eq!(Browser::new(&other.base).get("/register").await.status, 200);
}

#[apply(on_both)]
async fn personal_teams_are_hidden_where_the_settings_say_so(test: TestApp) {
    let (rp, browser) = (test.rp().await, test.signed_in("ann").await);
    let teams = async || {
        let tokens = rp.silent_sign_in(&browser).await;
        let claims = tokens.claims();
        let userinfo = rp.userinfo(tokens.access()).await.json();
        assert_eq!(userinfo["teams"], claims["teams"]);
        claims["teams"].as_array().unwrap().len()
    };
    assert_eq!(teams().await, 2, "the root team and her own");
    let page = browser.get("/console/settings").await;
    let mut fields = page.form("/console/settings/people");
    fields.retain(|(name, _)| name != "personal_teams");
    let changed = browser.post("/console/settings/people", &fields).await;
    assert_eq!(changed.status, 303);
    assert_eq!(teams().await, 1);
    assert!(!browser.get("/account/teams").await.body.contains("Personal"));
}
