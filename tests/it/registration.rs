//! Registration while it is open, with approval, and closed.

use std::time::Duration;

use futures_util::future::join_all;

use crate::settings::set_registration;
use crate::support::{Browser, On, PASSWORD, Response, Rp, TestApp, apply, fill, on_both, param};

pub const BOB: [(&str, &str); 4] = [
    ("name", "Bob Ray"),
    ("username", "bob"),
    ("email", "bob@example.org"),
    ("password", PASSWORD),
];

pub async fn register(browser: &Browser, filled: &[(&str, &str)]) -> Response {
    let page = browser.get("/register").await;
    browser.submit(&page, "/register", filled).await
}

/// Whether discovery lists `prompt=create`.
async fn discovery_has_prompt_create(browser: &Browser) -> bool {
    let metadata = browser.get("/.well-known/openid-configuration").await.json();
    let prompts = metadata["prompt_values_supported"].as_array().unwrap();
    prompts.contains(&"create".into())
}

#[apply(on_both)]
async fn cf_5_registration_is_closed_after_the_first_account(test: TestApp) {
    let browser = test.browser();
    let page = browser.get("/register").await;
    assert_eq!(page.status, 403);
    assert!(page.body.contains("Registration is closed"));
    let sign_in = browser.get("/sign-in").await;
    assert!(!sign_in.body.contains("Create an account"));
    let mut fields = sign_in.form("/sign-in/password");
    fields.retain(|(name, _)| name == "csrf");
    let fields = fill(fields, &BOB);
    assert_eq!(browser.post("/register", &fields).await.status, 403);
    let owner = test.signed_in("ann").await;
    assert!(owner.get("/console/users").await.body.contains("1 account<"));
    assert!(!discovery_has_prompt_create(&browser).await);
}

#[apply(on_both)]
async fn cf_6_registration_is_opened_in_the_settings_and_applies_at_once(test: TestApp) {
    set_registration(&test, "open", "").await;
    let browser = test.browser();
    let way = browser.get("/sign-in").await.attribute("div.ways a", "href");
    assert!(way.ends_with("/register"), "{way}");
    assert!(discovery_has_prompt_create(&browser).await);
    let owner = test.signed_in("ann").await;
    let changes = owner.get("/console/audit/export?action=settings.change").await;
    let opened = r#""after":{"registration":"open"}"#;
    changes.expect_text(opened);
    set_registration(&test, "closed", "").await;
    assert_eq!(browser.get("/register").await.status, 403);
}

#[apply(on_both)]
async fn cf_6_a_person_who_registers_is_signed_in_without_any_role(test: TestApp) {
    set_registration(&test, "open", "").await;
    let browser = test.browser();
    let done = register(&browser, &BOB).await;
    assert_eq!(done.status, 303, "{}", done.body);
    let account = browser.get("/account").await;
    assert!(account.body.contains("Bob Ray"));
    assert!(account.text("[aria-labelledby=emails]").contains("Not verified"));
    assert_eq!(browser.get("/console").await.status, 403);
}

/// Invalid fields, each with its value and a part of the message.
const REFUSED: [((&str, &str), &str); 7] = [
    (("email", "bob@elsewhere.example"), "example.org or example.com"),
    (
        ("email", "bob@example.org.evil.example"),
        "example.org or example.com",
    ),
    (("email", ""), "example.org or example.com"),
    (("username", "ANN"), "taken"),
    (("username", "admin"), "reserved"),
    (("username", "5"), "at least one letter"),
    (("password", "short"), "12 characters"),
];

#[apply(on_both)]
async fn registration_checks_the_domain_and_the_username(test: TestApp) {
    set_registration(&test, "approval", "example.org\nexample.com").await;
    let browser = test.browser();
    for (wrong, message) in REFUSED {
        let refused = register(&browser, &[&BOB[..], &[wrong]].concat()).await;
        assert_eq!(refused.status, 422, "{wrong:?}");
        let shown = refused.text(&format!("#{}-error", wrong.0));
        assert!(shown.contains(message), "{wrong:?}: {shown}");
        assert_eq!(
            refused.attribute("#name", "value"),
            "Bob Ray",
            "what was typed is kept"
        );
    }
    assert_eq!(register(&browser, &BOB).await.status, 200);
}

#[apply(on_both)]
async fn registration_and_joining_name_every_fault_at_once(test: TestApp) {
    set_registration(&test, "approval", "example.org").await;
    let wrong = [
        ("name", "Bob Ray"),
        ("username", "ANN"),
        ("email", "bob@elsewhere.example"),
        ("password", "short"),
    ];
    let refused = register(&test.browser(), &wrong).await;
    assert_eq!(refused.status, 422);
    let named = ["username", "email", "password"].map(|field| refused.text(&format!("#{field}-error")));
    assert!(
        named[0].contains("taken") && named[1].contains("example.org"),
        "{named:?}"
    );
    assert!(named[2].contains("12 characters"), "{named:?}");
    // The same holds for a link to a team.
    let ann = test.signed_in("ann").await;
    let home = ann.get("/account/teams").await;
    ann.submit(&home, "/account/teams", &[("team", "Ops")]).await;
    let open = ann.get("/account/teams/ops").await;
    let made = ann.submit(&open, "/account/teams/ops/invitations", &[]).await;
    let link = ann.follow(made).await.text("code.secret");
    let newcomer = test.browser();
    let page = newcomer.get(&link).await;
    let path = &link[link.find("/invitation/").unwrap()..];
    let refused = newcomer.submit(&page, path, &wrong).await;
    let named = ["username", "password"].map(|field| refused.text(&format!("#{field}-error")));
    assert!(named.iter().all(|error| !error.is_empty()), "{}", refused.body);
    assert_eq!(test.count("accounts").await, 1);
}

#[apply(on_both)]
async fn open_registration_is_not_limited_to_domains_that_nobody_proves(test: TestApp) {
    let ann = test.signed_in("ann").await;
    let page = ann.get("/console/settings").await;
    let both = [("registration", "open"), ("domains", "corp.example")];
    let refused = ann.submit(&page, "/console/settings/people", &both).await;
    assert_eq!(refused.status, 422);
    let why = refused.text("#domains-error");
    assert!(why.contains("nobody proves an address"), "{why}");
    let ceo = [("email", "ceo@corp.example")];
    assert_eq!(
        test.browser().get("/register").await.status,
        403,
        "nothing has changed"
    );
    // Settings that already have both let in nobody without approval.
    set_registration(&test, "approval", "corp.example").await;
    test.sql("UPDATE settings SET value = REPLACE(value, '\"approval\"', '\"open\"')")
        .await;
    test.sql("UPDATE counters SET value = value + 1 WHERE name = 'cache'")
        .await;
    test.clock.advance(Duration::from_secs(2));
    let browser = test.browser();
    let waiting = register(&browser, &[&BOB[..], &ceo].concat()).await;
    assert_eq!(waiting.status, 200, "{}", waiting.body);
    assert!(waiting.body.contains("waiting for approval"));
    assert!(!browser.is_signed_in().await);
}

/// Approves or rejects account number 1 in the console.
async fn decide(owner: &Browser, decision: &str) -> u16 {
    let path = format!("/console/users/1/{decision}");
    let page = owner.get("/console/users/1").await;
    owner.post_with_csrf(&page, &path, &[]).await.status
}

#[apply(on_both)]
async fn a_person_who_registers_with_approval_signs_in_once_approved(test: TestApp) {
    set_registration(&test, "approval", "").await;
    let browser = test.browser();
    let done = register(&browser, &BOB).await;
    assert_eq!(done.status, 200);
    assert!(done.body.contains("waiting for approval"));
    let waiting = browser.try_sign_in("bob", PASSWORD).await;
    assert_eq!(waiting.status, 403);
    assert!(waiting.body.contains("waiting for approval"));
    let wrong = browser.try_sign_in("bob", "not bobs password").await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.body.contains("wrong"));
    let owner = test.signed_in("ann").await;
    let queue = owner.get("/console/users?q=status:pending").await;
    assert!(queue.body.contains("bob"));
    assert_eq!(decide(&owner, "approve").await, 303);
    browser.sign_in("/sign-in", "bob").await;
    assert_eq!(decide(&owner, "reject").await, 409, "a decision is final");
}

#[apply(on_both)]
async fn a_person_who_is_rejected_never_signs_in(test: TestApp) {
    set_registration(&test, "approval", "").await;
    let browser = test.browser();
    assert_eq!(register(&browser, &BOB).await.status, 200);
    let owner = test.signed_in("ann").await;
    assert_eq!(decide(&owner, "reject").await, 303);
    assert_eq!(browser.try_sign_in("bob", PASSWORD).await.status, 422);
}

/// The registration page for an app's request with `prompt=create`.
async fn asked_to_register(browser: &Browser, rp: &Rp) -> Response {
    let asked = browser.get(&rp.authorize(&[("prompt", "create")])).await;
    let location = asked.location();
    assert!(location.contains("/register?attempt="), "{location}");
    browser.get(location).await
}

#[apply(on_both)]
async fn prompt_create_leads_to_registration_and_then_to_the_app(test: TestApp) {
    set_registration(&test, "open", "").await;
    let (rp, browser) = (test.rp().await, test.browser());
    let page = asked_to_register(&browser, &rp).await;
    let done = browser.submit(&page, "/register", &BOB).await;
    let back = browser.get(done.location()).await;
    assert!(!param(back.location(), "code").is_empty(), "{}", back.location());
}

#[apply(on_both)]
async fn the_registration_page_keeps_the_request_on_the_way_to_the_sign_in_page(test: TestApp) {
    set_registration(&test, "open", "").await;
    let page = asked_to_register(&test.browser(), &test.rp().await).await;
    let to_sign_in = page.attribute("div.ways a", "href");
    assert!(to_sign_in.contains("/sign-in?attempt="), "{to_sign_in}");
}

#[apply(on_both)]
async fn registrations_are_limited_by_address(test: TestApp) {
    set_registration(&test, "open", "").await;
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
    // Signing in has a limit of its own.
    test.signed_in("ann").await;
    test.clock.advance(Duration::from_hours(1));
    assert_eq!(browser.submit(&page, "/register", &BOB).await.status, 303);
}

#[apply(on_both)]
async fn registrations_at_once_are_counted(test: TestApp) {
    set_registration(&test, "open", "").await;
    let browser = test.browser();
    let wrong = [("username", "a b"), ("password", PASSWORD)];
    let page = browser.get("/register").await;
    let sent = (0..32).map(|_| browser.submit(&page, "/register", &wrong));
    let answers = join_all(sent).await;
    let checked = answers.iter().filter(|answer| answer.status == 422).count();
    assert_eq!(checked, 20, "as many as one after another");
    assert!(answers.iter().all(|answer| matches!(answer.status, 422 | 429)));
}

#[apply(on_both)]
async fn a_registration_that_is_approved_no_longer_counts(test: TestApp) {
    set_registration(&test, "approval", "").await;
    let browser = test.browser();
    assert_eq!(register(&browser, &BOB).await.status, 200);
    let wrong = [("username", "a b"), ("password", PASSWORD)];
    let page = browser.get("/register").await;
    let again = async || browser.submit(&page, "/register", &wrong).await.status;
    for _ in 1..20 {
        assert_eq!(again().await, 422);
    }
    assert_eq!(again().await, 429);
    let owner = test.signed_in("ann").await;
    assert_eq!(decide(&owner, "approve").await, 303);
    assert_eq!(again().await, 422, "there is room for one more");
    assert_eq!(again().await, 429);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_limit_of_registrations_is_configured() {
    let limit = [("DOORWARD__LIMITS__REGISTRATIONS_PER_HOUR", "1")];
    let test = TestApp::start_with(On::Sqlite, &limit).await;
    set_registration(&test, "open", "").await;
    assert_eq!(register(&test.browser(), &BOB).await.status, 303);
    let carol = [
        ("username", "carol"),
        ("email", "carol@example.org"),
        ("password", PASSWORD),
    ];
    assert_eq!(register(&test.browser(), &carol).await.status, 429);
}
