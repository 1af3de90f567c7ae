//! Error pages: the navigation that they keep, who is signed in, and where they lead.

use crate::console_people::act_on;
use crate::support::{Browser, Response, TestApp, apply, on_both};

/// The text and the address of the primary button.
fn button(page: &Response) -> (String, String) {
    let button = "main a.button.primary";
    (page.text(button), page.attribute(button, "href"))
}

#[apply(on_both)]
async fn a_refusal_in_the_console_keeps_the_navigation_and_says_who_is_signed_in(test: TestApp) {
    test.add_person("bob").await;
    let ann = test.signed_in("ann").await;
    let granted = act_on(&ann, 1, "roles", &[("role", "auditor")]).await;
    assert_eq!(granted.status, 303);
    let bob = test.signed_in("bob").await;
    let refused = bob.get("/console/invitations").await;
    assert_eq!(refused.status, 403);
    assert!(refused.texts("nav.rail a").len() > 2, "{}", refused.body);
    assert_eq!(refused.text("main strong"), "bob");
    let overview = format!("{}/console", test.base);
    assert_eq!(button(&refused), ("Go to the overview".to_owned(), overview));
    assert!(!refused.text("#reference").is_empty());
}

#[apply(on_both)]
async fn an_unknown_account_is_a_page_among_the_users(test: TestApp) {
    let ann = test.signed_in("ann").await;
    for path in ["/console/users/99", "/console/users/none"] {
        let page = ann.get(path).await;
        assert_eq!(page.status, 404, "{path}");
        assert_eq!(page.text("nav.rail a[aria-current=page]"), "Users", "{path}");
        assert_eq!(button(&page).1, format!("{}/console", test.base), "{path}");
    }
}

#[apply(on_both)]
async fn a_person_without_permissions_gets_no_navigation(test: TestApp) {
    test.add_person("bob").await;
    let bob = test.signed_in("bob").await;
    let refused = bob.get("/console").await;
    assert_eq!(refused.status, 403);
    assert!(refused.texts("nav").is_empty(), "{}", refused.body);
    assert_eq!(refused.text("main strong"), "bob");
    let account = format!("{}/account", test.base);
    assert_eq!(button(&refused), ("Go to your account".to_owned(), account));
}

#[apply(on_both)]
async fn an_unknown_page_leads_to_the_sign_in(test: TestApp) {
    let page = Browser::new(&test.base).get("/nowhere").await;
    assert_eq!(page.status, 404);
    assert_eq!(button(&page).1, format!("{}/sign-in", test.base));
    let ann = test.signed_in("ann").await;
    let page = ann.get("/nowhere").await;
    assert_eq!(button(&page).1, format!("{}/account", test.base));
}

#[apply(on_both)]
async fn a_page_of_the_console_is_opened_after_the_sign_in(test: TestApp) {
    let ann = Browser::new(&test.base);
    for path in ["/console/users?q=status%3Aactive&sort=name", "/console/roles"] {
        let asked = ann.get(path).await;
        assert_eq!(asked.status, 303, "{path}");
        let returned = ann.sign_in(asked.location(), "ann").await;
        assert_eq!(returned.location(), format!("{}{path}", test.base));
        test.sql("UPDATE sessions SET ended_at = 1").await;
    }
}

#[apply(on_both)]
async fn whoever_lacks_a_permission_reads_whom_to_ask(test: TestApp) {
    test.add_person("bob").await;
    let ann = test.signed_in("ann").await;
    act_on(&ann, 1, "roles", &[("role", "auditor")]).await;
    let bob = test.signed_in("bob").await;
    let refused = act_on(&bob, 0, "invite", &[]).await;
    assert_eq!(
        (refused.status, refused.text("h1").as_str()),
        (403, "You may not do this")
    );
    refused.expect_text("Ask an administrator to do it");
    assert!(
        !refused.body.contains("Go back and change it"),
        "{}",
        refused.body
    );
}
