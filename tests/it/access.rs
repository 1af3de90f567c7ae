//! Who may call what: every route with every kind of caller. A route that is not in the table fails the test.

use std::collections::BTreeSet;
use std::fs;

use reqwest::Method;

use crate::support::{Browser, TestApp, basic, client, on_both};

on_both!(every_route_answers_every_kind_of_caller_as_listed);

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
    ("GET", "AUTHORIZE_RESUME", [400, 400, 400, 400, 400, 400]),
    ("GET", "LOGOUT", [200, 200, 200, 200, 200, 200]),
    ("POST", "LOGOUT", [200, 200, 200, 200, 200, 200]),
    ("GET", "SIGN_IN", [200, 200, 303, 303, 303, 303]),
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
    ("POST", "ACCOUNT_EMAILS", [303, 303, 422, 422, 422, 422]),
    ("POST", "ACCOUNT_PASSWORD", [303, 303, 422, 422, 422, 422]),
    ("POST", "ACCOUNT_SESSIONS_END", [303, 303, 303, 303, 303, 303]),
    ("POST", "ACCOUNT_TEAMS", [303, 303, 422, 422, 422, 422]),
    ("GET", "ACCOUNT_TEAM", [303, 303, 404, 404, 404, 404]),
    ("POST", "ACCOUNT_TEAM", [303, 303, 404, 404, 404, 404]),
    ("POST", "ACCOUNT_APP_REMOVE", [303, 303, 303, 303, 303, 303]),
    ("GET", "CONSOLE", [303, 303, 403, 200, 200, 200]),
    ("GET", "CONSOLE_USERS", [303, 303, 403, 200, 200, 200]),
    ("POST", "CONSOLE_USERS_BULK", [303, 303, 403, 422, 422, 422]),
    ("GET", "CONSOLE_USERS_NEW", [303, 303, 403, 403, 200, 200]),
    ("POST", "CONSOLE_USERS_NEW", [303, 303, 403, 403, 422, 422]),
    ("GET", "CONSOLE_USER", [303, 303, 403, 404, 404, 404]),
    ("POST", "CONSOLE_USER", [303, 303, 403, 404, 404, 404]),
    ("GET", "CONSOLE_TEAMS", [303, 303, 403, 200, 200, 200]),
    ("POST", "CONSOLE_TEAMS", [303, 303, 403, 422, 422, 422]),
    ("GET", "CONSOLE_TEAM", [303, 303, 403, 404, 404, 404]),
    ("POST", "CONSOLE_TEAM", [303, 303, 403, 404, 404, 404]),
    ("GET", "CONSOLE_GROUPS", [303, 303, 403, 200, 200, 200]),
    ("POST", "CONSOLE_GROUPS", [303, 303, 403, 403, 422, 422]),
    ("GET", "CONSOLE_GROUP", [303, 303, 403, 404, 404, 404]),
    ("POST", "CONSOLE_GROUP", [303, 303, 403, 404, 404, 404]),
    ("GET", "CONSOLE_ROLES", [303, 303, 403, 200, 200, 200]),
    ("GET", "CONSOLE_INVITATIONS", [303, 303, 403, 403, 200, 200]),
    ("POST", "CONSOLE_INVITATIONS", [303, 303, 403, 403, 409, 409]),
    ("GET", "CONSOLE_SETTINGS", [303, 303, 403, 200, 200, 200]),
    ("POST", "CONSOLE_SETTINGS", [303, 303, 403, 404, 404, 404]),
    ("GET", "CONSOLE_AUDIT", [303, 303, 403, 200, 200, 200]),
    ("GET", "CONSOLE_AUDIT_EXPORT", [303, 303, 403, 200, 200, 200]),
];

/// The routes that the router has, as method and name of the path.
fn routed() -> BTreeSet<(String, String)> {
    let files = ["src/router.rs", "src/console/mod.rs"].map(|file| {
        let path = format!("{}/{file}", env!("CARGO_MANIFEST_DIR"));
        fs::read_to_string(path).unwrap()
    });
    let source = files.concat();
    let mut found = BTreeSet::new();
    for call in source.split(".route(").skip(1) {
        let (path, handlers) = call.split_once(',').unwrap();
        let path = match path.trim() {
            "\"/\"" => "HOME",
            path => match path.strip_prefix("paths::") {
                Some(name) => name,
                // The well-known address of an issuer with a path, which has the same handler.
                None => continue,
            },
        };
        let end = handlers.find(".route(").unwrap_or(handlers.len());
        let line = &handlers[..handlers[..end].find('\n').unwrap_or(end)];
        for (word, method) in [("get(", "GET"), ("post(", "POST")] {
            if line.contains(word) || (line.trim().is_empty() && handlers[..end].contains(word)) {
                found.insert((method.to_owned(), path.to_owned()));
            }
        }
    }
    found
}

/// The path of a name in `paths`, with something in the place of its parameters.
fn path_of(name: &str) -> String {
    if name == "HOME" {
        return "/".into();
    }
    let source = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/src/paths.rs")).unwrap();
    let (_, rest) = source.split_once(&format!("const {name}: &str = \"")).unwrap();
    let path = rest.split('"').next().unwrap();
    path.split('/')
        .map(|part| if part.starts_with('{') { "nothing" } else { part })
        .collect::<Vec<_>>()
        .join("/")
}

#[test]
fn every_route_is_listed_once() {
    let listed: Vec<_> = ROUTES
        .iter()
        .map(|(method, path, _)| ((*method).to_owned(), (*path).to_owned()))
        .collect();
    let set: BTreeSet<_> = listed.iter().cloned().collect();
    assert_eq!(listed.len(), set.len(), "a route is listed twice");
    assert_eq!(set, routed());
}

async fn every_route_answers_every_kind_of_caller_as_listed(test: TestApp) {
    let rp = test.rp().await;
    test.person("bob").await;
    for (username, role) in [("audrey", "auditor"), ("adam", "admin")] {
        let id = test.person(username).await;
        crate::schemes::give(&test, &id, role).await;
    }
    let secret = basic(&rp.id, &rp.secret);
    for (method, name, expected) in ROUTES {
        let path = path_of(name);
        let mut seen = Vec::new();
        for caller in ["nobody", "app", "bob", "audrey", "adam", "ann"] {
            let browser = test.browser();
            if !["nobody", "app"].contains(&caller) {
                browser.sign_in("/sign-in", caller).await;
            }
            seen.push(if caller == "app" {
                call_as_app(&test, method, &path, &secret, &browser).await
            } else {
                call(&browser, method, &path).await
            });
        }
        assert_eq!(seen, expected, "{method} {name}");
    }
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
