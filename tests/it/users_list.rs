//! The page with the list of accounts: chips, orders, pages, and actions on a whole list.

use crate::support::{Browser, Response, TestApp, apply, on_both, param};

const BULK: &str = "/console/users/bulk";

/// The address of the link to a page of the list with this relation; `None` if there is no such page.
fn link(page: &Response, rel: &str) -> Option<String> {
    let links = page.attributes(&format!("nav.pager a[rel={rel}]"), "href");
    links.into_iter().next()
}

#[apply(on_both)]
async fn chips_keep_the_rest_of_the_query_and_the_order(test: TestApp) {
    let ann = test.signed_in("ann").await;
    let page = ann
        .get("/console/users?q=group%3A%22on+call%22+status%3Aactive&sort=-seen")
        .await;
    let href = page.attribute(".chipbar a.invited", "href");
    assert_eq!(param(&href, "q"), "group:\"on call\" status:invited");
    assert_eq!(param(&href, "sort"), "-seen");
    assert_eq!(page.text(".chipbar a[aria-current]"), "Active");
    let all = page.attribute(".chipbar a.all", "href");
    assert_eq!(param(&all, "q"), "group:\"on call\"");
}

/// The usernames on every page from this one on, in the direction of `rel`.
async fn walk(ann: &Browser, start: String, rel: &str) -> (Vec<Vec<String>>, String) {
    let (mut pages, mut address) = (Vec::new(), start);
    loop {
        let page = ann.get(&address).await;
        assert_eq!(page.status, 200, "{address}");
        let names = page.attributes("tbody .tick input", "aria-label");
        let place = page.text(".pagebar span");
        let from = pages.iter().flatten().count() + 1;
        if rel == "next" {
            assert_eq!(place, format!("{from} to {} of 121", from + names.len() - 1));
        }
        pages.push(names);
        match link(&page, rel) {
            Some(next) => address = next,
            None => return (pages, address),
        }
    }
}

#[apply(on_both)]
async fn the_pages_of_every_order_lead_on_and_back(test: TestApp) {
    test.add_accounts(120).await;
    let ann = test.signed_in("ann").await;
    for sort in ["name", "-name", "seen", "-seen", "newest", "oldest"] {
        let first = format!("/console/users?sort={sort}");
        let (mut forth, last) = walk(&ann, first.clone(), "next").await;
        assert_eq!(forth.len(), 3, "{sort}");
        let (back, start) = walk(&ann, last, "prev").await;
        forth.reverse();
        assert_eq!(back, forth, "{sort}");
        assert_eq!(ann.get(&start).await.text(".pagebar span"), "1 to 50 of 121");
        let sorted = ann.get(&first).await.attributes("th[aria-sort]", "aria-sort");
        let expected = if ["-name", "seen", "newest"].contains(&sort) {
            "descending"
        } else {
            "ascending"
        };
        assert_eq!(sorted, [expected], "{sort}");
    }
}

#[apply(on_both)]
async fn a_page_is_selected_by_a_link(test: TestApp) {
    test.add_person("bob").await;
    let ann = test.signed_in("ann").await;
    let page = ann.get("/console/users?q=&sort=name").await;
    assert!(page.texts("tbody input[checked]").is_empty());
    let selected = ann.get(&page.attribute("thead .tick a", "href")).await;
    assert_eq!(selected.texts("tbody input[checked]").len(), 2);
    let again = ann.get(&selected.attribute("thead .tick a", "href")).await;
    assert!(again.texts("tbody input[checked]").is_empty());
    assert_eq!(again.attribute("th[aria-sort]", "aria-sort"), "ascending");
}

#[apply(on_both)]
async fn an_action_on_all_that_match_is_confirmed_and_leaves_others_alone(test: TestApp) {
    for name in ["bob", "bobby", "carol"] {
        test.add_person(name).await;
    }
    test.sql("UPDATE accounts SET status = 'suspended' WHERE username = 'bobby'")
        .await;
    let ann = test.signed_in("ann").await;
    let list = ann.get("/console/users?q=bob").await;
    let fields = [
        ("action", "suspend"),
        ("all", "1"),
        ("q", "bob"),
        ("sort", "name"),
    ];
    let asked = ann.post_with_csrf(&list, BULK, &fields).await;
    assert_eq!(asked.text("h1"), "Suspend 1 account?");
    asked.expect_text("1 other is left out");
    let done = ann.post(BULK, &asked.form(BULK)).await;
    assert_eq!(done.text("h1"), "Suspended 1 account");
    let suspended = ann.get("/console/users?q=status:suspended").await;
    assert_eq!(suspended.text(".chipbar .count"), "2 accounts");
    // Even an action that needs no confirmation asks before it changes a whole list.
    let fields = [("action", "activate"), ("all", "1"), ("q", "status:suspended")];
    let asked = ann.post_with_csrf(&list, BULK, &fields).await;
    assert_eq!(asked.text("h1"), "Reactivate 2 accounts?");
}

#[apply(on_both)]
async fn a_finished_action_leads_back_to_the_filtered_list(test: TestApp) {
    test.add_person("bob").await;
    let ann = test.signed_in("ann").await;
    let list = ann.get("/console/users?q=bob&sort=seen").await;
    let filled = [("number", "1"), ("action", "suspend")];
    let asked = ann.submit(&list, BULK, &filled).await;
    let cancel = asked.attribute("form.card a.button", "href");
    assert_eq!(
        (param(&cancel, "q"), param(&cancel, "sort")),
        ("bob".into(), "seen".into())
    );
    let done = ann.post(BULK, &asked.form(BULK)).await;
    assert_eq!(done.attribute(".title a.button", "href"), cancel);
}
