//! The audit log in the console and on the account page.

use std::collections::BTreeSet;

use doorward::model::action::Action;
use serde_json::Value;

use crate::schemes::{apply_scheme, with_role};
use crate::support::{Browser, TestApp, on_both};

on_both!(
    cr_9_auditors_read_the_log_and_others_do_not,
    the_log_has_pages_and_filters,
    the_log_is_exported,
    every_sign_in_has_an_entry_with_address_and_result,
);

async fn cr_9_auditors_read_the_log_and_others_do_not(test: TestApp) {
    apply_scheme(&test, "coder").await;
    for (username, role, expected) in [
        ("olga", "owner", 200),
        ("adam", "auditor", 200),
        ("uma", "user-admin", 403),
        ("tim", "template-admin", 403),
        ("mia", "", 403),
    ] {
        with_role(&test, username, role).await;
        let browser = test.signed_in(username).await;
        for page in ["/console/audit", "/console/audit/export"] {
            assert_eq!(browser.get(page).await.status, expected, "{role} {page}");
        }
    }
}

/// Adds sixty accounts; yields Ann's browser. The host has created her account too, which makes sixty-one.
async fn with_sixty_people(test: &TestApp) -> Browser {
    for number in 0..60 {
        test.person(&format!("person{number}")).await;
    }
    test.signed_in("ann").await
}

/// The number of created accounts on a page of the log.
async fn created(browser: &Browser, query: &str) -> usize {
    let page = browser.get(&format!("/console/audit{query}")).await;
    page.body.matches("Created the account: ").count()
}

async fn the_log_has_pages_and_filters(test: TestApp) {
    let browser = with_sixty_people(&test).await;
    assert_eq!(created(&browser, "?action=account.create").await, 50);
    let page = browser.get("/console/audit?action=account.create").await;
    let next = page.attribute("nav.pager a", "href");
    assert_eq!(created(&browser, &next).await, 11);
    let page = browser.get(&format!("/console/audit{next}")).await;
    assert!(!page.body.contains("Next page"));

    assert_eq!(created(&browser, "?about=person7&by=host").await, 1);
    let page = browser.get("/console/audit?since=yesterday").await;
    assert_eq!(page.status, 400);
    assert!(page.text("#since-error").contains("2026-01-31"));
    let page = browser.get("/console/audit?until=2001-01-01").await;
    assert!(page.body.contains("No entries for this filter"));
}

/// The lines of an export.
async fn exported(browser: &Browser, query: &str) -> Vec<Value> {
    let export = browser.get(&format!("/console/audit/export?{query}")).await;
    assert_eq!(export.headers["content-type"], "application/jsonl");
    let lines = export.body.lines();
    lines.map(|line| serde_json::from_str(line).unwrap()).collect()
}

async fn the_log_is_exported(test: TestApp) {
    let browser = with_sixty_people(&test).await;
    let lines = exported(&browser, "action=account.create").await;
    assert_eq!(lines.len(), 61);
    assert!(lines.iter().any(|line| line["detail"]["username"] == "person59"));
    let wrong = browser.get("/console/audit/export?since=x").await;
    assert_eq!(wrong.status, 400);
}

async fn every_sign_in_has_an_entry_with_address_and_result(test: TestApp) {
    let bob = test.person("bob").await;
    let browser = test.browser();
    for (username, password) in [("bob", "not bobs password"), ("my secret typed here", "x")] {
        browser.try_sign_in(username, password).await;
    }
    browser.sign_in("/sign-in", "bob").await;
    let account = browser.get("/account").await;
    let history = account.text("[aria-labelledby=history]");
    assert!(history.contains("Signed in") && history.contains("Wrong password"));

    let owner = test.signed_in("ann").await;
    let entries = exported(&owner, "action=session.").await;
    let export = serde_json::to_string(&entries).unwrap();
    assert!(
        !export.contains("secret"),
        "what was typed as a name is kept nowhere"
    );
    assert!(entries.iter().all(|entry| entry["address"] == "127.0.0.1"));
    let results = entries.iter().map(|entry| {
        (
            entry["target"].as_str().unwrap(),
            entry["outcome"].as_str().unwrap(),
        )
    });
    let results: BTreeSet<_> = results.collect();
    let expected = [
        (bob.as_str(), "wrong_password"),
        ("", "unknown"),
        (bob.as_str(), "ok"),
        (test.ann.as_str(), "ok"),
    ];
    assert_eq!(results, BTreeSet::from(expected));
    let page = owner.get("/console/users/1").await;
    assert!(page.text("[aria-labelledby=history]").contains("127.0.0.1"));
}

/// The list of actions contains exactly those that `directory` and `signin` record.
#[test]
fn recorded_and_listed_actions_are_the_same() {
    let mut recorded = BTreeSet::new();
    let word = |text: &str, is_end: fn(char) -> bool| -> String {
        text.chars().take_while(|c| !is_end(*c)).collect()
    };
    for source in crate::documents::sources(&["src/directory", "src/signin"]) {
        for (at, start) in source.match_indices("Action::") {
            let name = word(&source[at + start.len()..], |c| !c.is_ascii_alphanumeric());
            let action = Action::ALL.iter().find(|action| format!("{action:?}") == name);
            recorded.extend(action.map(|action| action.as_str()));
        }
        // Code that is not an operation yet has the action as text.
        for (at, _) in source.match_indices('"') {
            let text = word(&source[at + 1..], |c| c == '"');
            let action = text.parse::<Action>().ok();
            recorded.extend(action.map(Action::as_str));
        }
        for (at, start) in source.match_indices("record(tx, \"") {
            let text = word(&source[at + start.len()..], |c| c == '"');
            assert!(text.parse::<Action>().is_ok(), "{text} is not listed");
        }
    }
    let listed: Vec<&str> = Action::ALL.iter().map(|action| action.as_str()).collect();
    assert!(listed.is_sorted(), "by name");
    assert_eq!(recorded, listed.into_iter().collect());
}
