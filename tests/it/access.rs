//! Who may call what: every route with every kind of caller. A route that is not in the table fails the test.

use std::collections::BTreeSet;

use reqwest::Method;

use crate::routes::{leading_nowhere, leading_to_something, parameters, path_of, routed};
use crate::support::{Browser, TestApp, basic, client, on_both};

on_both!(
    every_route_answers_every_kind_of_caller_as_listed,
    every_route_to_something_answers_every_kind_of_caller_as_listed,
);

/// A route by the name of its path in `paths`, with the statuses that nobody, an app with its secret, a person, an
/// auditor, an admin and the owner get. Forms are sent with the right CSRF token and nothing else.
type Row = (&'static str, &'static str, [u16; 6]);

const ROUTES: &[Row] = &[
    ("GET", "DISCOVERY", [200, 200, 200, 200, 200, 200]),
    ("GET", "OAUTH_METADATA", [200, 200, 200, 200, 200, 200]),
    ("GET", "JWKS", [200, 200, 200, 200, 200, 200]),
    ("GET", "PICTURE", [404, 404, 404, 404, 404, 404]),
    ("GET", "STATIC", [404, 404, 404, 404, 404, 404]),
    ("GET", "HEALTH_LIVE", [200, 200, 200, 200, 200, 200]),
    ("GET", "HEALTH_READY", [200, 200, 200, 200, 200, 200]),
    ("POST", "TOKEN", [401, 400, 401, 401, 401, 401]),
    ("GET", "USERINFO", [401, 401, 401, 401, 401, 401]),
    ("POST", "USERINFO", [401, 401, 401, 401, 401, 401]),
    ("POST", "INTROSPECT", [401, 400, 401, 401, 401, 401]),
    ("POST", "REVOKE", [401, 400, 401, 401, 401, 401]),
    ("GET", "HOME", [303, 303, 303, 303, 303, 303]),
    ("GET", "AUTHORIZE", [400, 400, 400, 400, 400, 400]),
    ("POST", "AUTHORIZE", [303, 303, 303, 303, 303, 303]),
    ("GET", "LOGOUT", [200, 200, 200, 200, 200, 200]),
    ("POST", "LOGOUT", [200, 200, 200, 200, 200, 200]),
    ("GET", "SIGN_IN", [200, 200, 303, 303, 303, 303]),
    ("GET", "SIGN_IN_CONTINUE", [400, 400, 400, 400, 400, 400]),
    ("POST", "SIGN_IN_PASSWORD", [422, 422, 422, 422, 422, 422]),
    ("GET", "ACCOUNTS", [200, 200, 200, 200, 200, 200]),
    ("POST", "ACCOUNTS", [303, 303, 303, 303, 303, 303]),
    ("GET", "CONSENT", [400, 400, 400, 400, 400, 400]),
    ("POST", "CONSENT", [400, 400, 400, 400, 400, 400]),
    ("GET", "REGISTER", [403, 403, 403, 403, 403, 403]),
    ("POST", "REGISTER", [403, 403, 403, 403, 403, 403]),
    ("GET", "INVITATION", [410, 410, 410, 410, 410, 410]),
    ("POST", "INVITATION", [410, 410, 410, 410, 410, 410]),
    ("GET", "SET_UP", [403, 403, 403, 403, 403, 403]),
    ("POST", "SET_UP", [403, 403, 403, 403, 403, 403]),
    ("GET", "ACCOUNT", [303, 303, 200, 200, 200, 200]),
    ("POST", "ACCOUNT_PROFILE", [303, 303, 303, 303, 303, 303]),
    ("POST", "ACCOUNT_PICTURE", [303, 303, 415, 415, 415, 415]),
    ("POST", "ACCOUNT_PICTURE_REMOVE", [303, 303, 303, 303, 303, 303]),
    ("POST", "ACCOUNT_EMAILS", [303, 303, 422, 422, 422, 422]),
    ("POST", "ACCOUNT_EMAIL_REMOVE", [303, 303, 409, 409, 409, 409]),
    ("POST", "ACCOUNT_EMAIL_PRIMARY", [303, 303, 409, 409, 409, 409]),
    ("POST", "ACCOUNT_PASSWORD", [303, 303, 422, 422, 422, 422]),
    ("POST", "ACCOUNT_SESSIONS_END", [303, 303, 303, 303, 303, 303]),
    ("POST", "ACCOUNT_TEAMS", [303, 303, 422, 422, 422, 422]),
    ("GET", "ACCOUNT_TEAM", [303, 303, 404, 404, 404, 404]),
    ("POST", "ACCOUNT_TEAM_LEAVE", [303, 303, 404, 404, 404, 404]),
    ("POST", "ACCOUNT_TEAM_RENAME", [303, 303, 404, 404, 404, 404]),
    ("POST", "ACCOUNT_TEAM_DELETE", [303, 303, 404, 404, 404, 404]),
    ("POST", "ACCOUNT_TEAM_MEMBERS", [303, 303, 404, 404, 404, 404]),
    (
        "POST",
        "ACCOUNT_TEAM_MEMBER_REMOVE",
        [303, 303, 404, 404, 404, 404],
    ),
    ("POST", "ACCOUNT_TEAM_INVITATIONS", [303, 303, 404, 404, 404, 404]),
    (
        "POST",
        "ACCOUNT_TEAM_INVITATION_REVOKE",
        [303, 303, 404, 404, 404, 404],
    ),
    ("POST", "ACCOUNT_APP_REMOVE", [303, 303, 303, 303, 303, 303]),
    ("GET", "CONSOLE", [303, 303, 403, 200, 200, 200]),
    ("GET", "CONSOLE_USERS", [303, 303, 403, 200, 200, 200]),
    ("POST", "CONSOLE_USERS_BULK", [303, 303, 403, 422, 422, 422]),
    ("GET", "CONSOLE_USERS_NEW", [303, 303, 403, 403, 200, 200]),
    ("POST", "CONSOLE_USERS_NEW", [303, 303, 403, 403, 422, 422]),
    ("GET", "CONSOLE_USER", [303, 303, 403, 404, 404, 404]),
    ("POST", "CONSOLE_USER_PROFILE", [303, 303, 403, 404, 404, 404]),
    ("POST", "CONSOLE_USER_EMAILS", [303, 303, 403, 404, 404, 404]),
    (
        "POST",
        "CONSOLE_USER_EMAIL_REMOVE",
        [303, 303, 403, 404, 404, 404],
    ),
    (
        "POST",
        "CONSOLE_USER_EMAIL_VERIFY",
        [303, 303, 403, 404, 404, 404],
    ),
    (
        "POST",
        "CONSOLE_USER_EMAIL_PRIMARY",
        [303, 303, 403, 404, 404, 404],
    ),
    ("POST", "CONSOLE_USER_ROLES", [303, 303, 403, 404, 404, 404]),
    ("POST", "CONSOLE_USER_ROLE_REVOKE", [303, 303, 403, 404, 404, 404]),
    (
        "POST",
        "CONSOLE_USER_SESSIONS_END",
        [303, 303, 403, 404, 404, 404],
    ),
    ("POST", "CONSOLE_USER_INVITE", [303, 303, 403, 404, 404, 404]),
    ("POST", "CONSOLE_USER_APPROVE", [303, 303, 403, 404, 404, 404]),
    ("POST", "CONSOLE_USER_REJECT", [303, 303, 403, 404, 404, 404]),
    ("POST", "CONSOLE_USER_VALIDITY", [303, 303, 403, 404, 404, 404]),
    ("POST", "CONSOLE_USER_SUSPEND", [303, 303, 403, 404, 404, 404]),
    ("POST", "CONSOLE_USER_ACTIVATE", [303, 303, 403, 404, 404, 404]),
    ("POST", "CONSOLE_USER_DELETE", [303, 303, 403, 404, 404, 404]),
    ("POST", "CONSOLE_USER_RESTORE", [303, 303, 403, 404, 404, 404]),
    ("GET", "CONSOLE_TEAMS", [303, 303, 403, 200, 200, 200]),
    ("POST", "CONSOLE_TEAMS", [303, 303, 403, 422, 422, 422]),
    ("GET", "CONSOLE_TEAM", [303, 303, 403, 404, 404, 404]),
    ("POST", "CONSOLE_TEAM_RENAME", [303, 303, 403, 404, 404, 404]),
    ("POST", "CONSOLE_TEAM_DELETE", [303, 303, 403, 404, 404, 404]),
    ("POST", "CONSOLE_TEAM_MEMBERS", [303, 303, 403, 404, 404, 404]),
    (
        "POST",
        "CONSOLE_TEAM_MEMBER_REMOVE",
        [303, 303, 403, 404, 404, 404],
    ),
    ("POST", "CONSOLE_TEAM_INVITATIONS", [303, 303, 403, 404, 404, 404]),
    (
        "POST",
        "CONSOLE_TEAM_INVITATION_REVOKE",
        [303, 303, 403, 404, 404, 404],
    ),
    ("GET", "CONSOLE_GROUPS", [303, 303, 403, 200, 200, 200]),
    ("POST", "CONSOLE_GROUPS", [303, 303, 403, 403, 422, 422]),
    ("GET", "CONSOLE_GROUP", [303, 303, 403, 404, 404, 404]),
    ("POST", "CONSOLE_GROUP_RENAME", [303, 303, 403, 404, 404, 404]),
    ("POST", "CONSOLE_GROUP_DELETE", [303, 303, 403, 404, 404, 404]),
    ("POST", "CONSOLE_GROUP_MEMBERS", [303, 303, 403, 404, 404, 404]),
    (
        "POST",
        "CONSOLE_GROUP_MEMBER_REMOVE",
        [303, 303, 403, 404, 404, 404],
    ),
    ("POST", "CONSOLE_GROUP_INNER", [303, 303, 403, 404, 404, 404]),
    (
        "POST",
        "CONSOLE_GROUP_INNER_REMOVE",
        [303, 303, 403, 404, 404, 404],
    ),
    ("GET", "CONSOLE_ROLES", [303, 303, 403, 200, 200, 200]),
    ("GET", "CONSOLE_INVITATIONS", [303, 303, 403, 403, 200, 200]),
    ("POST", "CONSOLE_INVITATIONS", [303, 303, 403, 403, 200, 200]),
    (
        "POST",
        "CONSOLE_INVITATIONS_REVOKE",
        [303, 303, 403, 404, 404, 404],
    ),
    ("GET", "CONSOLE_SETTINGS", [303, 303, 403, 200, 200, 200]),
    ("POST", "CONSOLE_SETTINGS_PEOPLE", [303, 303, 403, 403, 403, 422]),
    (
        "POST",
        "CONSOLE_SETTINGS_BRANDING",
        [303, 303, 403, 403, 403, 422],
    ),
    ("GET", "CONSOLE_AUDIT", [303, 303, 403, 200, 200, 200]),
    ("GET", "CONSOLE_AUDIT_EXPORT", [303, 303, 403, 200, 200, 200]),
];

/// The same for paths with parameters, which lead here to an account, a team, a group or an invitation that exists and
/// that the caller has nothing to do with; each call has one of its own.
const TO_SOMETHING: &[Row] = &[
    ("GET", "INVITATION", [200, 200, 200, 200, 200, 200]),
    ("POST", "INVITATION", [422, 422, 422, 422, 422, 422]),
    ("GET", "ACCOUNT_TEAM", [303, 303, 404, 200, 200, 200]),
    ("POST", "ACCOUNT_TEAM_LEAVE", [303, 303, 404, 409, 409, 409]),
    ("POST", "ACCOUNT_TEAM_RENAME", [303, 303, 404, 403, 422, 422]),
    ("POST", "ACCOUNT_TEAM_DELETE", [303, 303, 404, 422, 422, 422]),
    ("POST", "ACCOUNT_TEAM_MEMBERS", [303, 303, 404, 403, 422, 422]),
    (
        "POST",
        "ACCOUNT_TEAM_MEMBER_REMOVE",
        [303, 303, 404, 403, 422, 422],
    ),
    ("POST", "ACCOUNT_TEAM_INVITATIONS", [303, 303, 404, 403, 200, 200]),
    (
        "POST",
        "ACCOUNT_TEAM_INVITATION_REVOKE",
        [303, 303, 404, 404, 404, 404],
    ),
    ("GET", "CONSOLE_USER", [303, 303, 403, 200, 200, 200]),
    ("POST", "CONSOLE_USER_PROFILE", [303, 303, 403, 403, 303, 303]),
    ("POST", "CONSOLE_USER_EMAILS", [303, 303, 403, 403, 422, 422]),
    (
        "POST",
        "CONSOLE_USER_EMAIL_REMOVE",
        [303, 303, 403, 403, 409, 409],
    ),
    (
        "POST",
        "CONSOLE_USER_EMAIL_VERIFY",
        [303, 303, 403, 403, 409, 409],
    ),
    (
        "POST",
        "CONSOLE_USER_EMAIL_PRIMARY",
        [303, 303, 403, 403, 409, 409],
    ),
    ("POST", "CONSOLE_USER_ROLES", [303, 303, 403, 403, 403, 422]),
    ("POST", "CONSOLE_USER_ROLE_REVOKE", [303, 303, 403, 403, 403, 409]),
    (
        "POST",
        "CONSOLE_USER_SESSIONS_END",
        [303, 303, 403, 403, 303, 303],
    ),
    ("POST", "CONSOLE_USER_INVITE", [303, 303, 403, 403, 409, 409]),
    ("POST", "CONSOLE_USER_APPROVE", [303, 303, 403, 403, 409, 409]),
    ("POST", "CONSOLE_USER_REJECT", [303, 303, 403, 403, 409, 409]),
    ("POST", "CONSOLE_USER_VALIDITY", [303, 303, 403, 403, 303, 303]),
    ("POST", "CONSOLE_USER_SUSPEND", [303, 303, 403, 403, 303, 303]),
    ("POST", "CONSOLE_USER_ACTIVATE", [303, 303, 403, 403, 409, 409]),
    ("POST", "CONSOLE_USER_DELETE", [303, 303, 403, 422, 422, 422]),
    ("POST", "CONSOLE_USER_RESTORE", [303, 303, 403, 403, 409, 409]),
    ("GET", "CONSOLE_TEAM", [303, 303, 403, 200, 200, 200]),
    ("POST", "CONSOLE_TEAM_RENAME", [303, 303, 403, 403, 422, 422]),
    ("POST", "CONSOLE_TEAM_DELETE", [303, 303, 403, 422, 422, 422]),
    ("POST", "CONSOLE_TEAM_MEMBERS", [303, 303, 403, 403, 422, 422]),
    (
        "POST",
        "CONSOLE_TEAM_MEMBER_REMOVE",
        [303, 303, 403, 403, 422, 422],
    ),
    ("POST", "CONSOLE_TEAM_INVITATIONS", [303, 303, 403, 403, 200, 200]),
    (
        "POST",
        "CONSOLE_TEAM_INVITATION_REVOKE",
        [303, 303, 403, 404, 404, 404],
    ),
    ("GET", "CONSOLE_GROUP", [303, 303, 403, 200, 200, 200]),
    ("POST", "CONSOLE_GROUP_RENAME", [303, 303, 403, 403, 422, 422]),
    ("POST", "CONSOLE_GROUP_DELETE", [303, 303, 403, 422, 422, 422]),
    ("POST", "CONSOLE_GROUP_MEMBERS", [303, 303, 403, 403, 422, 422]),
    (
        "POST",
        "CONSOLE_GROUP_MEMBER_REMOVE",
        [303, 303, 403, 403, 422, 422],
    ),
    ("POST", "CONSOLE_GROUP_INNER", [303, 303, 403, 403, 422, 422]),
    (
        "POST",
        "CONSOLE_GROUP_INNER_REMOVE",
        [303, 303, 403, 403, 422, 422],
    ),
];

/// Parameters that name nothing which is looked after.
const PUBLIC: &[&str] = &["{file}", "{version}"];
/// A sign-in in progress, which another browser cannot go on with; tests of the sign-in show that.
const BOUND_TO_THE_BROWSER: &str = "{id}";

#[test]
fn every_route_is_listed_once() {
    let listed: Vec<_> = ROUTES
        .iter()
        .map(|(method, path, _)| ((*method).to_owned(), (*path).to_owned()))
        .collect();
    let set: BTreeSet<_> = listed.iter().cloned().collect();
    assert_eq!(listed.len(), set.len(), "a route is listed twice");
    assert_eq!(set, routed());
    let leads_to_something = |(_, name): &&(String, String)| {
        let path = path_of(name);
        parameters(&path).any(|part| !PUBLIC.contains(&part) && part != BOUND_TO_THE_BROWSER)
    };
    let with_parameters: BTreeSet<_> = set.iter().filter(leads_to_something).cloned().collect();
    let to_something: BTreeSet<_> = TO_SOMETHING
        .iter()
        .map(|(method, path, _)| ((*method).to_owned(), (*path).to_owned()))
        .collect();
    assert_eq!(
        to_something, with_parameters,
        "a row of TO_SOMETHING is missing or too many"
    );
}

#[test]
fn a_sign_in_leads_to_every_page_that_needs_one() {
    let pages: BTreeSet<&str> = doorward::paths::PAGES.iter().copied().collect();
    let read = ROUTES
        .iter()
        .filter(|(method, name, _)| *method == "GET" && *name != "HOME");
    let (needing, others): (Vec<_>, Vec<_>) = read.partition(|(_, _, expected)| expected[0] == 303);
    for &(_, name, _) in needing {
        // A download is not a page: the sign-in leads to the page above it.
        let is_download = name == "CONSOLE_AUDIT_EXPORT";
        assert_eq!(pages.contains(path_of(name).as_str()), !is_download, "{name}");
    }
    for &(_, name, _) in others {
        let is_page = pages.contains(path_of(name).as_str());
        assert_eq!(is_page, name == "INVITATION", "{name} needs no sign-in");
    }
}

/// Nobody, an app and four people with different roles.
const CALLERS: [&str; 6] = ["nobody", "app", "bob", "audrey", "adam", "ann"];

async fn with_callers(test: &TestApp) -> String {
    let rp = test.rp().await;
    test.person("bob").await;
    for (username, role) in [("audrey", "auditor"), ("adam", "admin")] {
        let id = test.person(username).await;
        crate::schemes::grant_instance_role(test, &id, role).await;
    }
    basic(&rp.id, &rp.secret)
}

/// What a caller gets, in a browser of their own.
async fn answer_to(test: &TestApp, caller: &str, secret: &str, (method, path): (&str, &str)) -> u16 {
    let browser = test.browser();
    if caller == "app" {
        return call_as_app(test, method, path, secret, &browser).await;
    }
    if caller != "nobody" {
        browser.sign_in("/sign-in", caller).await;
    }
    call(&browser, method, path).await
}

async fn every_route_answers_every_kind_of_caller_as_listed(test: TestApp) {
    let secret = with_callers(&test).await;
    for (method, name, expected) in ROUTES {
        let path = leading_nowhere(&path_of(name));
        let mut seen = Vec::new();
        for caller in CALLERS {
            seen.push(answer_to(&test, caller, &secret, (method, &path)).await);
        }
        assert_eq!(seen, expected, "{method} {name}");
    }
}

async fn every_route_to_something_answers_every_kind_of_caller_as_listed(test: TestApp) {
    let secret = with_callers(&test).await;
    let (mut turn, mut wrong) = (0, Vec::new());
    for (method, name, expected) in TO_SOMETHING {
        let path = path_of(name);
        let mut seen = [0; 6];
        for (caller, seen) in CALLERS.into_iter().zip(&mut seen) {
            turn += 1;
            let path = leading_to_something(&test, &path, turn)
                .await
                .expect("made in support");
            *seen = answer_to(&test, caller, &secret, (method, &path)).await;
        }
        if seen != *expected {
            wrong.push((*method, *name, seen));
        }
    }
    assert_eq!(wrong, [], "these answer otherwise than their rows say");
}

async fn csrf(browser: &Browser) -> (String, String) {
    let page = browser.get("/sign-in?add=1").await;
    let form = page.form("/sign-in/password");
    form.into_iter().find(|(name, _)| name == "csrf").unwrap()
}

async fn call(browser: &Browser, method: &str, path: &str) -> u16 {
    match method {
        "GET" => browser.get(path).await.status,
        _ => browser.post(path, &[csrf(browser).await]).await.status,
    }
}

async fn call_as_app(test: &TestApp, method: &str, path: &str, secret: &str, browser: &Browser) -> u16 {
    let (name, token) = csrf(browser).await;
    let request = client()
        .request(
            Method::from_bytes(method.as_bytes()).unwrap(),
            format!("{}{path}", test.base),
        )
        .header("authorization", secret)
        .header(
            "cookie",
            format!("doorward_browser={}", browser.cookie("browser")),
        );
    let request = if method == "POST" {
        let body = form_urlencoded::Serializer::new(String::new())
            .append_pair(&name, &token)
            .finish();
        request
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body)
    } else {
        request
    };
    request.send().await.unwrap().status().as_u16()
}
