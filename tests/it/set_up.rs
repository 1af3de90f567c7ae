//! The first account: who may create it, and that it is signed in.

use crate::schemes::with_role;
use crate::support::{On, PASSWORD, TestApp, apply, client, on_both};

const FORM: [(&str, &str); 5] = [
    ("organisation", "Example"),
    ("name", "Ann Lee"),
    ("username", "ann"),
    ("email", "ann@example.org"),
    ("password", PASSWORD),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d14_the_first_account_is_created_on_this_machine_or_with_the_code() {
    let test = TestApp::start_without_owner(On::Sqlite).await;
    // Behind a proxy, or with a host name that somebody else resolves to this server.
    for (name, value) in [
        ("x-forwarded-for", "203.0.113.9"),
        ("forwarded", "for=x"),
        ("x-real-ip", "203.0.113.9"),
        ("host", "rebound.example:80"),
    ] {
        let request = client().get(format!("{}/set-up", test.base)).header(name, value);
        let page = request.send().await.unwrap().text().await.unwrap();
        assert!(page.contains("Set-up code"), "{name}");
    }
    let browser = test.browser();
    let page = browser.get("/set-up").await;
    assert!(!page.body.contains("Set-up code"));
    let weak = [FORM[0], FORM[1], FORM[2], FORM[3], ("password", "short")];
    let refused = browser.submit(&page, "/set-up", &weak).await;
    assert_eq!(refused.status, 422);
    assert!(
        refused.body.contains("value=\"Ann Lee\""),
        "what was typed is kept"
    );
    let done = browser.submit(&page, "/set-up", &FORM).await;
    assert!(done.location().ends_with("/console"), "{}", done.location());
    let console = browser.get(done.location()).await;
    assert!(console.text("#steps").contains("1 of 5 done"), "{}", console.body);
    assert_eq!(browser.get("/set-up").await.status, 403);
    assert_eq!(test.browser().get("/set-up").await.status, 403);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d14_from_another_machine_the_printed_code_is_required() {
    let test = TestApp::start_without_owner(On::Sqlite).await;
    let browser = test.browser();
    browser.always_send("x-forwarded-for", "203.0.113.9");
    let page = browser.get("/set-up").await;
    for code in ["", "0000-0000-0000-0000", "x"] {
        let form = [&FORM[..], &[("code", code)]].concat();
        assert_eq!(
            browser.submit(&page, "/set-up", &form).await.status,
            422,
            "{code}"
        );
    }
    let code = test.app.set_up_code.as_ref().unwrap().as_str().to_owned();
    let form = [&FORM[..], &[("code", code.as_str())]].concat();
    assert_eq!(browser.submit(&page, "/set-up", &form).await.status, 303);
}

#[apply(on_both)]
async fn set_up_is_closed_after_the_first_account(test: TestApp) {
    let response = test.browser().get("/set-up").await;
    assert_eq!(response.status, 403);
    assert!(response.text("h1").contains("finished"), "{}", response.body);
}

#[apply(on_both)]
async fn the_steps_of_setting_up_are_shown_to_whoever_can_take_them_until_they_are_done(test: TestApp) {
    let ann = test.signed_in("ann").await;
    let steps = async || ann.get("/console").await.texts(".steps .open strong");
    let [branding, app, registration, people] = [
        "Give it your name and colour",
        "Connect your first app",
        "Choose who can get an account",
        "Invite people",
    ];
    assert_eq!(steps().await, [branding, app, registration, people]);
    with_role(&test, "audrey", "auditor").await;
    assert_eq!(steps().await, [branding, app, registration]);
    let audrey = test.signed_in("audrey").await;
    assert!(audrey.get("/console").await.texts("#steps").is_empty());
    test.rp().await;
    assert_eq!(steps().await, [branding, registration]);
    let settings = ann.get("/console/settings").await;
    let filled = [("accent", "#aa3300")];
    let saved = ann.submit(&settings, "/console/settings/branding", &filled).await;
    assert_eq!(saved.status, 303, "{}", saved.body);
    assert!(steps().await.is_empty(), "a closed registration is a choice");
    let numbers = ann.get("/console").await.attributes(".numbers a", "href");
    for number in &numbers {
        assert_eq!(ann.get(number).await.status, 200, "{number}");
    }
    assert_eq!(numbers.len(), 4);
}
