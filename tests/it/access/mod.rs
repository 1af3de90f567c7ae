//! The access to every route for every kind of caller. A route that is not in the table fails the test.

mod table;

use std::collections::BTreeSet;

use crate::routes::{parameters, path_of, routed, with_existing_parameters, with_unknown_parameters};
use crate::schemes::with_role;
use crate::support::{Browser, TestApp, apply, basic, on_both};
use table::{ROUTES, Row};

/// The parameters of public objects.
const PUBLIC: &[&str] = &["{file}", "{version}"];
/// The parameter of a sign-in attempt, which is bound to its browser; `attempts` tests that.
const BOUND_TO_THE_BROWSER: &str = "{id}";

#[test]
fn every_route_is_listed_once() {
    let name = |row: &Row| (row.method.to_owned(), row.path.to_owned());
    let set: BTreeSet<_> = ROUTES.iter().map(name).collect();
    assert_eq!(ROUTES.len(), set.len(), "a route is listed twice");
    assert_eq!(set, routed());
}

#[test]
fn every_route_with_parameters_lists_the_access_to_an_existing_object() {
    for row in ROUTES {
        let path = path_of(row.path);
        let names_an_object =
            parameters(&path).any(|part| !PUBLIC.contains(&part) && part != BOUND_TO_THE_BROWSER);
        assert_eq!(row.existing.is_some(), names_an_object, "{path}");
    }
}

#[test]
fn a_sign_in_leads_to_every_page_that_needs_one() {
    let is_page = |row: &Row| doorward::paths::PAGES.contains(&path_of(row.path).as_str());
    for row in ROUTES
        .iter()
        .filter(|row| row.method == "GET" && row.path != "HOME")
    {
        let needs_a_sign_in = row.nothing[0] == 303;
        let expected = match row.path {
            // A download is not a page, so the sign-in leads to the page above it.
            "CONSOLE_AUDIT_EXPORT" => false,
            "INVITATION" => true,
            _ => needs_a_sign_in,
        };
        assert_eq!(is_page(row), expected, "{}", row.path);
    }
}

/// An anonymous visitor, an app with its secret, and four people with different roles.
const CALLERS: [&str; 6] = ["nobody", "app", "bob", "audrey", "adam", "ann"];

/// Adds the callers; yields the app's `Authorization` header.
async fn add_callers(test: &TestApp) -> String {
    for (username, role) in [("bob", ""), ("audrey", "auditor"), ("adam", "admin")] {
        with_role(test, username, role).await;
    }
    let rp = test.rp().await;
    basic(&rp.id, &rp.secret)
}

/// The status for a caller in a browser of their own.
async fn status_for(test: &TestApp, caller: &str, secret: &str, (method, path): (&str, &str)) -> u16 {
    let browser = test.browser();
    match caller {
        "nobody" => {}
        "app" => browser.always_send("authorization", secret),
        person => _ = browser.sign_in("/sign-in", person).await,
    }
    match method {
        "GET" => browser.get(path).await.status,
        _ => browser.post(path, &[csrf(&browser).await]).await.status,
    }
}

async fn csrf(browser: &Browser) -> (String, String) {
    let page = browser.get("/sign-in?add=1").await;
    let form = page.form("/sign-in/password");
    form.into_iter().find(|(name, _)| name == "csrf").unwrap()
}

#[apply(on_both)]
async fn every_route_answers_every_kind_of_caller_as_listed(test: TestApp) {
    let secret = add_callers(&test).await;
    for row in ROUTES {
        let path = with_unknown_parameters(&path_of(row.path));
        let mut seen = Vec::new();
        for caller in CALLERS {
            seen.push(status_for(&test, caller, &secret, (row.method, &path)).await);
        }
        assert_eq!(seen, row.nothing, "{} {}", row.method, row.path);
    }
}

#[apply(on_both)]
async fn every_route_to_an_existing_object_answers_every_kind_of_caller_as_listed(test: TestApp) {
    let secret = add_callers(&test).await;
    let (mut turn, mut wrong) = (0, Vec::new());
    for row in ROUTES {
        let Some(expected) = row.existing else { continue };
        let mut seen = [0; 6];
        for (caller, seen) in CALLERS.into_iter().zip(&mut seen) {
            turn += 1;
            let path = with_existing_parameters(&test, &path_of(row.path), turn).await;
            let path = path.expect("the test can create each kind of object");
            *seen = status_for(&test, caller, &secret, (row.method, &path)).await;
        }
        if seen != expected {
            wrong.push((row.method, row.path, seen));
        }
    }
    assert_eq!(wrong, [], "these differ from their rows");
}
