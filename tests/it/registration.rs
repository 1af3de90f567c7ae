//! Registration while it is open, with approval, and closed.

use std::time::Duration;

use crate::settings::set_registration;
use crate::support::{Browser, PASSWORD, Response, Rp, TestApp, fill, on_both, param};

on_both!(
    cf_5_registration_is_closed_after_the_first_account,
    cf_6_registration_is_opened_in_the_settings_and_applies_at_once,
    cf_6_a_person_who_registers_is_signed_in_without_any_role,
    registration_checks_the_domain_and_the_username,
    a_person_who_registers_with_approval_signs_in_once_approved,
    a_person_who_is_rejected_never_signs_in,
    registrations_are_limited_by_address,
    prompt_create_leads_to_registration_and_then_to_the_app,
    the_registration_page_keeps_the_request_on_the_way_to_the_sign_in_page,
);

const BOB: [(&str, &str); 4] = [
    ("name", "Bob Ray"),
    ("username", "bob"),
    ("email", "bob@example.org"),
    ("password", PASSWORD),
];

async fn register(browser: &Browser, filled: &[(&str, &str)]) -> Response {
    let page = browser.get("/register").await;
    browser.submit(&page, "/register", filled).await
}

/// Whether discovery lists `prompt=create`.
async fn discovery_has_prompt_create(browser: &Browser) -> bool {
    let metadata = browser.get("/.well-known/openid-configuration").await.json();
    let prompts = metadata["prompt_values_supported"].as_array().unwrap();
    prompts.contains(&"create".into())
}

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

async fn cf_6_registration_is_opened_in_the_settings_and_applies_at_once(test: TestApp) {
    set_registration(&test, "open", "").await;
    let browser = test.browser();
    let way = browser.get("/sign-in").await.attribute("div.ways a", "href");
    assert!(way.ends_with("/register"), "{way}");
    assert!(discovery_has_prompt_create(&browser).await);
    let owner = test.signed_in("ann").await;
    let changes = owner.get("/console/audit/export?action=settings.change").await;
    let opened = r#""after":{"registration":"open"}"#;
    assert!(changes.body.contains(opened), "{}", changes.body);
    set_registration(&test, "closed", "").await;
    assert_eq!(browser.get("/register").await.status, 403);
}

async fn cf_6_a_person_who_registers_is_signed_in_without_any_role(test: TestApp) {
    set_registration(&test, "open", "").await;
    let browser = test.browser();
    let done = register(&browser, &BOB).await;
    assert_eq!(done.status, 303, "{}", done.body);
    let account = browser.get(done.location()).await;
    assert!(account.body.contains("Bob Ray"));
    assert!(account.text("[aria-labelledby=emails]").contains("Not verified"));
    assert_eq!(browser.get("/console").await.status, 403);
}

/// Invalid fields, each with its value and a part of the message.
const REFUSED: [((&str, &str), &str); 6] = [
    (("email", "bob@elsewhere.example"), "example.org or example.com"),
    (
        ("email", "bob@example.org.evil.example"),
        "example.org or example.com",
    ),
    (("email", ""), "example.org or example.com"),
    (("username", "ANN"), "taken"),
    (("username", "admin"), "reserved"),
    (("password", "short"), "12 characters"),
];

async fn registration_checks_the_domain_and_the_username(test: TestApp) {
    set_registration(&test, "open", "example.org\nexample.com").await;
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
    assert_eq!(register(&browser, &BOB).await.status, 303);
}

/// Approves or rejects account number 1 in the console.
async fn decide(owner: &Browser, decision: &str) -> u16 {
    let path = format!("/console/users/1/{decision}");
    let page = owner.get("/console/users/1").await;
    owner.post_with_csrf(&page, &path, &[]).await.status
}

async fn a_person_who_registers_with_approval_signs_in_once_approved(test: TestApp) {
    set_registration(&test, "approval", "").await;
    let browser = test.browser();
    let done = register(&browser, &BOB).await;
    assert_eq!(done.status, 200);
    assert!(done.body.contains("waits for approval"));
    let waiting = browser.try_sign_in("bob", PASSWORD).await;
    assert_eq!(waiting.status, 403);
    assert!(waiting.body.contains("waits for approval"));
    let wrong = browser.try_sign_in("bob", "not bobs password").await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.body.contains("wrong"));
    let owner = test.signed_in("ann").await;
    let queue = owner.get("/console/users?q=status:pending").await;
    assert!(queue.body.contains("bob"));
    assert_eq!(decide(&owner, "approve").await, 303);
    browser.sign_in("/sign-in", "bob").await;
    assert_eq!(decide(&owner, "reject").await, 409, "what is decided stays");
}

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

async fn prompt_create_leads_to_registration_and_then_to_the_app(test: TestApp) {
    set_registration(&test, "open", "").await;
    let (rp, browser) = (test.rp().await, test.browser());
    let page = asked_to_register(&browser, &rp).await;
    let done = browser.submit(&page, "/register", &BOB).await;
    let back = browser.get(done.location()).await;
    assert!(!param(back.location(), "code").is_empty(), "{}", back.location());
}

async fn the_registration_page_keeps_the_request_on_the_way_to_the_sign_in_page(test: TestApp) {
    set_registration(&test, "open", "").await;
    let page = asked_to_register(&test.browser(), &test.rp().await).await;
    let to_sign_in = page.attribute("div.ways a", "href");
    assert!(to_sign_in.contains("/sign-in?attempt="), "{to_sign_in}");
}

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
