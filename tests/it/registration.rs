//! The settings of the instance, and people who register by themselves.

use std::time::Duration;

use crate::support::{Browser, On, PASSWORD, TestApp, on_both, param};

on_both!(
    cf_3_cf_7_only_who_may_reaches_the_settings,
    cf_4_who_may_update_sees_the_version_and_how,
    cf_5_registration_is_closed_after_the_first_account,
    cf_6_registration_is_opened_in_the_settings_and_applies_at_once,
    cl_19_each_section_takes_its_own_permission,
    registration_keeps_to_the_domains_and_to_names_that_are_free,
    registration_with_approval_waits_for_it,
    registration_is_slowed_down_by_address,
    prompt_create_leads_to_registration_and_on_to_the_app,
    a_form_that_was_overtaken_changes_nothing,
    branding_changes_the_name_and_the_accent,
    personal_teams_are_hidden_where_the_settings_say_so,
);

async fn settings(browser: &Browser, filled: &[(&str, &str)]) -> u16 {
    let page = browser.get("/console/settings").await;
    let path = format!("/console/settings/{}", filled[0].1);
    let mut fields = page.form(&path);
    for (name, value) in filled {
        fields.retain(|(other, _)| other != name);
        fields.push(((*name).to_owned(), (*value).to_owned()));
    }
    browser.post(&path, &fields).await.status
}

/// Lets people register in this way, as the owner does it in the settings.
pub async fn open(test: &TestApp, how: &str, domains: &str) {
    let owner = test.browser();
    owner.sign_in("/sign-in", "ann").await;
    let filled = [("section", "people"), ("registration", how), ("domains", domains)];
    assert_eq!(settings(&owner, &filled).await, 303);
}

const BOB: [(&str, &str); 4] = [
    ("name", "Bob Ray"),
    ("username", "bob"),
    ("email", "bob@example.org"),
    ("password", PASSWORD),
];

async fn register(browser: &Browser, filled: &[(&str, &str)]) -> crate::support::Answer {
    let page = browser.get("/register").await;
    browser.submit(&page, "/register", filled).await
}

async fn cf_3_cf_7_only_who_may_reaches_the_settings(test: TestApp) {
    test.person("bob").await;
    // The admin of a team is nobody on the instance.
    let anybody = test.browser();
    anybody.sign_in("/sign-in", "bob").await;
    assert_eq!(anybody.get("/console/settings").await.status, 403);
    assert!(!anybody.get("/account").await.body.contains("/console/settings"));
    let nobody = test.browser();
    assert!(
        nobody
            .get("/console/settings")
            .await
            .location()
            .contains("/sign-in?attempt=")
    );

    let auditor = test.person("adam").await;
    crate::schemes::apply_scheme(&test, "coder").await;
    crate::schemes::grant_instance_role(&test, &auditor, "auditor").await;
    let browser = test.browser();
    browser.sign_in("/sign-in", "adam").await;
    let page = browser.get("/console/audit").await;
    assert!(!page.body.contains("href=\"/console/settings\""));
    assert_eq!(browser.get("/console/settings").await.status, 403);
    // A form of the audit page carries a token that is right for the settings too.
    let csrf = page.form("/oauth2/logout").remove(0);
    let fields = [csrf, ("organisation".into(), "X".into())];
    assert_eq!(
        browser.post("/console/settings/branding", &fields).await.status,
        403
    );

    let owner = test.browser();
    owner.sign_in("/sign-in", "ann").await;
    assert_eq!(owner.get("/console/settings").await.status, 200);
}

async fn cf_4_who_may_update_sees_the_version_and_how(test: TestApp) {
    let admin = test.person("bob").await;
    crate::schemes::grant_instance_role(&test, &admin, "admin").await;
    for (username, sees) in [("ann", true), ("bob", false)] {
        let browser = test.browser();
        browser.sign_in("/sign-in", username).await;
        let page = browser.get("/console/settings").await;
        assert!(
            page.text("[aria-labelledby=about]").contains("0.1.0"),
            "{username}"
        );
        assert_eq!(
            page.body.contains("You may update this server"),
            sees,
            "{username}"
        );
    }
}

async fn cf_5_registration_is_closed_after_the_first_account(test: TestApp) {
    let browser = test.browser();
    let page = browser.get("/register").await;
    assert_eq!(page.status, 403);
    assert!(page.body.contains("Registration is closed"));
    let login = browser.get("/sign-in").await;
    assert!(!login.body.contains("Create an account"));
    let mut fields = login.form("/sign-in/password");
    fields.retain(|(name, _)| name == "csrf");
    fields.extend(BOB.map(|(name, value)| (name.to_owned(), value.to_owned())));
    assert_eq!(browser.post("/register", &fields).await.status, 403);
    let owner = test.browser();
    owner.sign_in("/sign-in", "ann").await;
    assert!(owner.get("/console/users").await.body.contains("1 account<"));
    let metadata = browser.get("/.well-known/openid-configuration").await.json();
    assert!(
        !metadata["prompt_values_supported"]
            .as_array()
            .unwrap()
            .contains(&"create".into())
    );
}

async fn cf_6_registration_is_opened_in_the_settings_and_applies_at_once(test: TestApp) {
    open(&test, "open", "").await;
    let browser = test.browser();
    let way = browser.get("/sign-in").await.attribute("div.ways a", "href");
    assert!(way.ends_with("/register"), "{way}");
    let metadata = browser.get("/.well-known/openid-configuration").await.json();
    assert!(
        metadata["prompt_values_supported"]
            .as_array()
            .unwrap()
            .contains(&"create".into())
    );
    let done = register(&browser, &BOB).await;
    assert_eq!(done.status, 303, "{}", done.body);
    // Who registers is signed in, and has nothing but what everybody has.
    let account = browser.get(done.location()).await;
    assert!(account.body.contains("Bob Ray"));
    assert!(account.text("[aria-labelledby=emails]").contains("Not verified"));
    assert_eq!(browser.get("/console").await.status, 403);

    let owner = test.browser();
    owner.sign_in("/sign-in", "ann").await;
    let record = owner
        .get("/console/audit/export?action=settings.change")
        .await
        .body;
    assert!(record.contains(r#""after":{"registration":"open"}"#), "{record}");
    open(&test, "closed", "").await;
    assert_eq!(test.browser().get("/register").await.status, 403);
}

async fn cl_19_each_section_takes_its_own_permission(test: TestApp) {
    crate::schemes::apply_scheme(&test, "cloudron").await;
    for (username, role, people, branding) in [
        ("adam", "admin", 303, 303),
        ("uma", "user-manager", 403, 403),
        ("mel", "mail-manager", 403, 403),
    ] {
        let id = test.person(username).await;
        crate::schemes::grant_instance_role(&test, &id, role).await;
        let browser = test.browser();
        browser.sign_in("/sign-in", username).await;
        let owner = test.browser();
        owner.sign_in("/sign-in", "ann").await;
        let form = owner.get("/console/settings").await;
        for (section, expected) in [("people", people), ("branding", branding)] {
            let path = format!("/console/settings/{section}");
            let mut fields = form.form(&path);
            let own = browser.get("/account").await.form("/oauth2/logout").remove(0);
            fields.retain(|(name, _)| name != "csrf" && name != "registration" && name != "revision");
            fields.push(own);
            fields.push(("registration".into(), "invite".into()));
            let now = owner.get("/console/settings").await;
            fields.extend(now.form(&path).into_iter().filter(|(name, _)| name == "revision"));
            let answer = browser.post(&path, &fields).await;
            assert_eq!(answer.status, expected, "{role} {section}: {}", answer.body);
        }
    }
}

async fn registration_keeps_to_the_domains_and_to_names_that_are_free(test: TestApp) {
    open(&test, "open", "example.org\nexample.com").await;
    let browser = test.browser();
    for (change, field, says) in [
        (
            ("email", "bob@elsewhere.example"),
            "email",
            "example.org or example.com",
        ),
        (
            ("email", "bob@example.org.evil.example"),
            "email",
            "example.org or example.com",
        ),
        (("email", ""), "email", "example.org or example.com"),
        (("username", "ANN"), "username", "taken"),
        (("username", "admin"), "username", "reserved"),
        (("password", "short"), "password", "12 characters"),
    ] {
        let mut filled = BOB.to_vec();
        filled.retain(|(name, _)| *name != change.0);
        filled.push(change);
        let refused = register(&browser, &filled).await;
        assert_eq!(refused.status, 422, "{change:?}");
        let told = refused.text(&format!("#{field}-error"));
        assert!(told.contains(says), "{change:?}: {told}");
        assert_eq!(
            refused.attribute("#name", "value"),
            "Bob Ray",
            "what was typed is kept"
        );
    }
    assert_eq!(register(&browser, &BOB).await.status, 303);
}

async fn registration_with_approval_waits_for_it(test: TestApp) {
    open(&test, "approval", "").await;
    let browser = test.browser();
    let done = register(&browser, &BOB).await;
    assert_eq!(done.status, 200);
    assert!(done.body.contains("waits for approval"));
    let page = browser.get("/sign-in").await;
    for (password, status, says) in [
        (PASSWORD, 403, "waits for approval"),
        ("not bobs password", 422, "wrong"),
    ] {
        let filled = [("username", "bob"), ("password", password)];
        let answer = browser.submit(&page, "/sign-in/password", &filled).await;
        assert_eq!(answer.status, status);
        assert!(answer.body.contains(says));
    }
    let owner = test.browser();
    owner.sign_in("/sign-in", "ann").await;
    let queue = owner.get("/console/users?q=status:pending").await;
    assert!(queue.body.contains("bob"));
    let user = owner.get("/console/users/1").await;
    let fields = user.form("/console/users/1/approve");
    assert_eq!(owner.post("/console/users/1/approve", &fields).await.status, 303);
    browser.sign_in("/sign-in", "bob").await;
    // What is decided is decided.
    assert_eq!(owner.post("/console/users/1/reject", &fields).await.status, 409);

    let carol = [("username", "carol"), ("password", PASSWORD)];
    assert_eq!(register(&test.browser(), &carol).await.status, 200);
    let user = owner.get("/console/users/2").await;
    let fields = user.form("/console/users/2/reject");
    assert_eq!(owner.post("/console/users/2/reject", &fields).await.status, 303);
    let page = test.browser();
    let form = page.get("/sign-in").await;
    let filled = [("username", "carol"), ("password", PASSWORD)];
    assert_eq!(page.submit(&form, "/sign-in/password", &filled).await.status, 422);
}

async fn prompt_create_leads_to_registration_and_on_to_the_app(test: TestApp) {
    open(&test, "open", "").await;
    let (rp, browser) = (test.rp().await, test.browser());
    let asked = browser.get(&rp.authorize(&[("prompt", "create")])).await;
    assert!(
        asked.location().contains("/register?attempt="),
        "{}",
        asked.location()
    );
    let page = browser.get(asked.location()).await;
    let done = browser.submit(&page, "/register", &BOB).await;
    let back = browser.get(done.location()).await;
    assert!(!param(back.location(), "code").is_empty(), "{}", back.location());
    // The way to the sign-in page and back keeps the request.
    let asked = test.browser();
    let page = asked.get(&rp.authorize(&[("prompt", "create")])).await;
    let page = asked.get(page.location()).await;
    let to_login = page.attribute("div.ways a", "href");
    assert!(to_login.contains("/sign-in?attempt="), "{to_login}");
}

async fn a_form_that_was_overtaken_changes_nothing(test: TestApp) {
    let (one, other) = (test.browser(), test.browser());
    one.sign_in("/sign-in", "ann").await;
    other.sign_in("/sign-in", "ann").await;
    let page = one.get("/console/settings").await;
    let filled = [("section", "branding"), ("organisation", "First")];
    assert_eq!(settings(&other, &filled).await, 303);
    let mut fields = page.form("/console/settings/branding");
    for (name, value) in &mut fields {
        if name == "organisation" {
            *value = "Second".into();
        }
    }
    let refused = one.post("/console/settings/branding", &fields).await;
    assert_eq!(refused.status, 409);
    assert!(refused.body.contains("Somebody has changed the settings"));
    assert!(
        refused.body.contains("value=\"Second\""),
        "what was typed is kept"
    );
    assert_eq!(
        one.get("/sign-in?add=1").await.text("header.brand").trim(),
        "First"
    );
}

async fn branding_changes_the_name_and_the_accent(test: TestApp) {
    let owner = test.browser();
    owner.sign_in("/sign-in", "ann").await;
    assert_eq!(owner.get("/static/brand.css").await.status, 404);
    for (accent, expected) in [("red", 422), ("#12345", 422), ("#12345g", 422), ("#FFE600", 303)] {
        let filled = [("section", "branding"), ("accent", accent)];
        assert_eq!(settings(&owner, &filled).await, expected, "{accent}");
    }
    let style = owner.get("/static/brand.css").await;
    assert!(style.body.contains("--accent:#ffe600"));
    assert!(
        owner
            .get("/sign-in?add=1")
            .await
            .body
            .contains("/static/brand.css?v=1")
    );
}

/// What one node changes, the others follow within five seconds.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_node_follows_the_settings() {
    let test = TestApp::start(On::Postgres).await;
    let other = test.another_node().await;
    assert_eq!(Browser::new(&other.base).get("/register").await.status, 403);
    open(&test, "open", "").await;
    other.app.db.poll_cache_version().await.unwrap();
    assert_eq!(Browser::new(&other.base).get("/register").await.status, 200);
    test.clock.advance(Duration::from_secs(1));
}

async fn personal_teams_are_hidden_where_the_settings_say_so(test: TestApp) {
    let (rp, browser) = (test.rp().await, test.browser());
    browser.sign_in("/sign-in", "ann").await;
    let teams = async || {
        let back = browser.get(&rp.authorize(&[])).await;
        let tokens = rp.redeem(&param(back.location(), "code")).await.json();
        let claims = crate::support::claims(tokens["id_token"].as_str().unwrap());
        let access = tokens["access_token"].as_str().unwrap();
        assert_eq!(rp.userinfo(access).await.json()["teams"], claims["teams"]);
        claims["teams"].as_array().unwrap().len()
    };
    assert_eq!(teams().await, 2, "the root team and her own");
    let page = browser.get("/console/settings").await;
    let mut fields = page.form("/console/settings/people");
    fields.retain(|(name, _)| name != "personal_teams");
    assert_eq!(
        browser.post("/console/settings/people", &fields).await.status,
        303
    );
    assert_eq!(teams().await, 1);
    assert!(!browser.get("/account").await.body.contains("Personal"));
}

async fn registration_is_slowed_down_by_address(test: TestApp) {
    open(&test, "open", "").await;
    let browser = test.browser();
    let wrong = [("username", "a b"), ("password", PASSWORD)];
    let page = browser.get("/register").await;
    for _ in 0..20 {
        assert_eq!(browser.submit(&page, "/register", &wrong).await.status, 422);
    }
    let refused = browser.submit(&page, "/register", &BOB).await;
    assert_eq!(refused.status, 429);
    assert_eq!(refused.headers["retry-after"], "3660");
    assert_eq!(
        refused.attribute("#name", "value"),
        "Bob Ray",
        "what was typed is kept"
    );
    // Signing in is another matter.
    test.browser().sign_in("/sign-in", "ann").await;
    test.clock.advance(Duration::from_hours(1));
    assert_eq!(browser.submit(&page, "/register", &BOB).await.status, 303);
}
