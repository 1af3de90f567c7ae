//! The audit log at the console and on the own page.

use std::collections::BTreeSet;

use doorward::model::action::Action;

use crate::support::{TestApp, on_both};

on_both!(
    cr_9_auditors_read_the_log_and_others_do_not,
    the_log_is_filtered_paged_and_exported,
    sign_ins_leave_an_entry_each_with_address_and_result,
);

async fn cr_9_auditors_read_the_log_and_others_do_not(test: TestApp) {
    crate::schemes::apply_scheme(&test, "coder").await;
    for (username, role, expected) in [
        ("olga", "owner", 200),
        ("adam", "auditor", 200),
        ("uma", "user-admin", 403),
        ("tim", "template-admin", 403),
        ("mia", "member", 403),
    ] {
        let id = test.person(username).await;
        if role != "member" {
            crate::schemes::grant_instance_role(&test, &id, role).await;
        }
        let browser = test.browser();
        browser.sign_in("/sign-in", username).await;
        for page in ["/console/audit", "/console/audit/export"] {
            assert_eq!(browser.get(page).await.status, expected, "{role} {page}");
        }
    }
}

async fn the_log_is_filtered_paged_and_exported(test: TestApp) {
    for number in 0..60 {
        test.person(&format!("person{number}")).await;
    }
    let browser = test.browser();
    browser.sign_in("/sign-in", "ann").await;
    let page = browser.get("/console/audit?action=account.create").await;
    assert_eq!(
        page.body.matches("Created the account: ").count(),
        50,
        "{}",
        page.body
    );
    let next = page.attribute("nav.pager a", "href");
    let page = browser.get(&format!("/console/audit{next}")).await;
    // Sixty and Ann herself, whom the host has set up.
    assert_eq!(page.body.matches("Created the account: ").count(), 11);
    assert!(!page.body.contains("Next page"));

    let page = browser.get("/console/audit?about=person7&by=host").await;
    assert_eq!(page.body.matches("Created the account: ").count(), 1);
    let page = browser.get("/console/audit?since=yesterday").await;
    assert_eq!(page.status, 400);
    assert!(page.text("#since-error").contains("2026-01-31"));
    let page = browser.get("/console/audit?until=2001-01-01").await;
    assert!(page.body.contains("Nothing to see here for this filter"));

    let export = browser.get("/console/audit/export?action=account.create").await;
    assert_eq!(export.headers["content-type"], "application/jsonl");
    let lines: Vec<serde_json::Value> = export
        .body
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 61);
    assert!(lines.iter().any(|line| line["detail"]["username"] == "person59"));
    assert_eq!(browser.get("/console/audit/export?since=x").await.status, 400);
}

async fn sign_ins_leave_an_entry_each_with_address_and_result(test: TestApp) {
    let bob = test.person("bob").await;
    let browser = test.browser();
    let page = browser.get("/sign-in").await;
    for (username, password) in [("bob", "not bobs password"), ("my secret typed here", "x")] {
        let filled = [("username", username), ("password", password)];
        browser.submit(&page, "/sign-in/password", &filled).await;
    }
    browser.sign_in("/sign-in", "bob").await;
    let seen = browser.get("/account").await;
    assert!(seen.text("[aria-labelledby=history]").contains("Signed in"));
    assert!(seen.text("[aria-labelledby=history]").contains("Wrong password"));

    let owner = test.browser();
    owner.sign_in("/sign-in", "ann").await;
    let export = owner.get("/console/audit/export?action=session.").await.body;
    assert!(
        !export.contains("secret"),
        "what was typed as a name is kept nowhere"
    );
    let rows: Vec<serde_json::Value> = export
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let told = rows.iter().map(|row| {
        assert_eq!(row["address"], "127.0.0.1");
        (row["target"].as_str().unwrap(), row["outcome"].as_str().unwrap())
    });
    let told: BTreeSet<_> = told.collect();
    let expected = [
        (bob.as_str(), "wrong_password"),
        ("", "unknown"),
        (bob.as_str(), "ok"),
        (test.ann.as_str(), "ok"),
    ];
    assert_eq!(told, BTreeSet::from(expected));
    let page = owner.get("/console/users/1").await;
    assert!(page.text("[aria-labelledby=history]").contains("127.0.0.1"));
}

/// What `directory` and `signin` record is in the list of actions, and nothing else is.
#[test]
fn every_action_that_is_recorded_is_listed_and_the_other_way_round() {
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
        // What is not an operation yet names its action as text.
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
