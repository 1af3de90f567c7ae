//! The audit log in the console and on the account page.

use std::collections::BTreeSet;

use doorward::model::action::Action;
use serde_json::Value;

use crate::console_people::act_on;
use crate::schemes::{apply_scheme, with_role};
use crate::support::{Browser, TestApp, apply, on_both};

#[apply(on_both)]
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

#[apply(on_both)]
async fn a_refused_request_leaves_an_audit_entry(test: TestApp) {
    let bob = test.add_person("bob").await;
    with_role(&test, "adam", "admin").await;
    let (browser, adam) = (test.signed_in("bob").await, test.signed_in("adam").await);
    assert_eq!(browser.get("/console/users/0").await.status, 403);
    assert_eq!(act_on(&adam, 0, "suspend", &[]).await.status, 403);
    let ann = test.signed_in("ann").await;
    let export = ann
        .get("/console/audit/export?action=operation.refuse")
        .await
        .body;
    let entries: Vec<&str> = export.lines().collect();
    assert_eq!(entries.len(), 2, "{export}");
    for (entry, parts) in [
        ("path", [bob.as_str(), "/console/users/0", "permission_missing"]),
        (
            "operation",
            ["127.0.0.1", "SuspendAccount", "account_not_dominated"],
        ),
    ] {
        let found = entries.iter().find(|line| line.contains(&format!("\"{entry}\"")));
        let found = found.unwrap();
        assert!(parts.iter().all(|part| found.contains(part)), "{found}");
    }
    let page = ann.get("/console/audit?action=operation.refuse").await;
    let row = page.texts("tbody tr:not(.day)").join(" ");
    assert!(
        row.contains("tried something without permission: /console/users/0"),
        "{row}"
    );
}

#[apply(on_both)]
async fn a_refused_read_among_several_leaves_an_audit_entry(test: TestApp) {
    apply_scheme(&test, "coder").await;
    with_role(&test, "adam", "auditor").await;
    let adam = test.signed_in("adam").await;
    for page in ["/console/users", "/console/groups"] {
        assert_eq!(adam.get(page).await.status, 403, "{page}");
    }
    let entries = exported(&adam, "action=operation.refuse").await;
    assert_eq!(entries.len(), 2, "{entries:?}");
    for read in ["CountSeats", "ListGroups"] {
        let is_it =
            |entry: &&Value| entry["detail"]["operation"] == read && entry["outcome"] == "permission_missing";
        assert_eq!(entries.iter().filter(is_it).count(), 1, "{read}: {entries:?}");
    }
}

#[apply(on_both)]
async fn the_first_role_for_an_app_leaves_an_entry_about_its_settings(test: TestApp) {
    let bob = test.add_person("bob").await;
    test.register("rp", |_| ()).await;
    for account in [&bob, &test.ann] {
        test.grant_app_role(account, "rp", "operator").await;
    }
    let ann = test.signed_in("ann").await;
    let entries = exported(&ann, "action=app.update").await;
    assert_eq!(entries.len(), 1, "only the first role changes them: {entries:?}");
    assert_eq!(entries[0]["target"], "rp");
    assert_eq!(
        entries[0]["detail"]["after"]["instance_roles"], false,
        "{entries:?}"
    );
    let page = ann.get("/console/audit?action=app.update").await;
    assert!(
        page.text("tbody").contains("changed the app rp"),
        "{}",
        page.text("tbody")
    );
}

/// Adds sixty accounts; yields Ann's browser. The host has created her account too, which makes sixty-one.
async fn with_sixty_people(test: &TestApp) -> Browser {
    for number in 0..60 {
        test.add_person(&format!("person{number}")).await;
    }
    test.signed_in("ann").await
}

/// The number of entries about created accounts on a page of the log.
async fn created(browser: &Browser, query: &str) -> usize {
    let page = browser.get(&format!("/console/audit{query}")).await;
    page.texts("tbody tr:not(.day)")
        .iter()
        .filter(|row| row.contains("created the account"))
        .count()
}

#[apply(on_both)]
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

#[apply(on_both)]
async fn the_log_is_exported(test: TestApp) {
    let browser = with_sixty_people(&test).await;
    let lines = exported(&browser, "action=account.create").await;
    assert_eq!(lines.len(), 61);
    assert!(lines.iter().any(|line| line["detail"]["username"] == "person59"));
    let wrong = browser.get("/console/audit/export?since=x").await;
    assert_eq!(wrong.status, 400);
}

#[apply(on_both)]
async fn the_log_is_exported_as_csv_that_runs_no_formula(test: TestApp) {
    let ann = test.signed_in("ann").await;
    test.sql(
        "INSERT INTO audit (id, at, actor, address, on_behalf, action, target, outcome, detail) VALUES \
         ('0', 1, '=1+1', '', '', 'account.update', 'a,\"b\"', 'ok', '{}')",
    )
    .await;
    let csv = ann.get("/console/audit/export?format=csv").await;
    assert_eq!(csv.headers["content-type"], "text/csv; charset=utf-8");
    let mut lines = csv.body.split("\r\n");
    assert!(lines.next().unwrap().starts_with("at,actor,on_behalf,action,"));
    let first = lines.next().unwrap();
    assert!(
        first.contains("\"'=1+1\",\"\",\"account.update\",\"a,\"\"b\"\"\",\"ok\""),
        "{first}"
    );
}

#[apply(on_both)]
async fn an_entry_is_a_sentence_with_links_and_a_day(test: TestApp) {
    test.add_person("bob").await;
    let ann = test.signed_in("ann").await;
    let until = [("role", "auditor"), ("until", "2027-01-20")];
    assert_eq!(act_on(&ann, 1, "roles", &until).await.status, 303);
    for path in ["/console/audit?action=role.grant", "/console/users/1/history"] {
        let page = ann.get(path).await;
        let shown = page.text("main").split_whitespace().collect::<Vec<_>>().join(" ");
        let sentence = "ann granted bob the role auditor until 20 January 2027";
        assert!(shown.contains(sentence), "{path}: {shown}");
        assert!(
            page.attributes("main a", "href")
                .contains(&"/console/users/1".to_owned())
        );
    }
}

#[apply(on_both)]
async fn entries_are_grouped_by_day(test: TestApp) {
    test.add_person("bob").await;
    let ann = test.signed_in("ann").await;
    for role in ["auditor", "admin"] {
        act_on(&ann, 1, "roles", &[("role", role), ("confirmed", "yes")]).await;
        act_on(&ann, 1, "roles/revoke", &[("role", role)]).await;
        test.clock.advance(std::time::Duration::from_hours(24));
        ann.sign_in("/sign-in?add=1", "ann").await;
    }
    for (path, rows) in [
        ("/console/audit?action=role.", "tbody tr"),
        ("/console/users/1/history", ".events li"),
    ] {
        let page = ann.get(path).await;
        let days = page.texts(".day");
        assert_eq!(
            days[..2],
            ["Saturday, 16 January 2027", "Friday, 15 January 2027"],
            "{path}"
        );
        let all = page.texts(rows);
        let first = all.iter().position(|row| row.contains("Friday")).unwrap();
        assert_eq!(first, 3, "a heading and two entries come before: {all:?}");
        assert!(
            all[1].contains("UTC") && !all[1].contains("January 2027"),
            "{}",
            all[1]
        );
    }
}

#[apply(on_both)]
async fn the_log_is_filtered_by_the_name_of_a_team_a_group_or_an_app(test: TestApp) {
    let ann = test.signed_in("ann").await;
    let teams = ann.get("/console/teams").await;
    let new = [("slug", "ops"), ("name", "Ops")];
    assert_eq!(
        ann.post_with_csrf(&teams, "/console/teams", &new).await.status,
        303
    );
    test.rp().await;
    for (about, sentence) in [
        ("OPS", "created the team"),
        ("Engineering", "created the group"),
        ("rp", "created the app"),
    ] {
        let page = ann.get(&format!("/console/audit?about={about}")).await;
        let rows = page.texts("tbody tr:not(.day)");
        assert_eq!(rows.len(), 1, "{about}: {rows:?}");
        assert!(rows[0].contains(sentence), "{about}: {rows:?}");
    }
}

#[apply(on_both)]
async fn entries_of_one_moment_are_in_the_order_in_which_they_were_made(test: TestApp) {
    for number in 0..40 {
        test.add_person(&format!("person{number}")).await;
    }
    let ann = test.signed_in("ann").await;
    let page = ann.get("/console/audit?action=account.create").await;
    let times: BTreeSet<_> = page.attributes("tbody time", "datetime").into_iter().collect();
    assert_eq!(times.len(), 1, "the clock stands still");
    let rows = page.texts("tbody tr:not(.day)");
    for (row, number) in rows.iter().zip((0..40).rev()) {
        assert!(
            row.contains(&format!("person{number} ")) || row.contains(&format!("person{number}\n")),
            "{row}"
        );
    }
}

#[apply(on_both)]
async fn every_sign_in_has_an_entry_with_address_and_result(test: TestApp) {
    let bob = test.add_person("bob").await;
    let browser = test.browser();
    for (username, password) in [("bob", "not bobs password"), ("my secret typed here", "x")] {
        browser.try_sign_in(username, password).await;
    }
    browser.sign_in("/sign-in", "bob").await;
    let account = browser.get("/account/history").await;
    let history = account.text("[aria-labelledby=history]");
    assert!(history.contains("bob signed in") && history.contains("Wrong password"));

    let owner = test.signed_in("ann").await;
    let entries = exported(&owner, "action=session.").await;
    let export = serde_json::to_string(&entries).unwrap();
    assert!(
        !export.contains("secret"),
        "an unknown username is stored nowhere"
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
    let page = owner.get("/console/users/1/history").await;
    assert!(page.text("[aria-labelledby=history]").contains("127.0.0.1"));
}

/// The list of actions contains exactly those that `directory` and `signin` record.
#[test]
fn recorded_and_listed_actions_are_the_same() {
    let mut recorded = BTreeSet::new();
    let word = |text: &str, is_end: fn(char) -> bool| -> String {
        text.chars().take_while(|c| !is_end(*c)).collect()
    };
    let mut sources = crate::documents::sources(&["src/directory", "src/signin"]);
    sources.push(include_str!("../../src/keys.rs").to_owned());
    for source in sources {
        for (at, start) in source.match_indices("Action::") {
            let name = word(&source[at + start.len()..], |c| !c.is_ascii_alphanumeric());
            let action = Action::ALL.iter().find(|action| format!("{action:?}") == name);
            recorded.extend(action.map(|action| action.as_str()));
        }
        // Code outside operations names its action as text.
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
    assert!(listed.is_sorted(), "sorted by name");
    assert_eq!(recorded, listed.into_iter().collect());
}
