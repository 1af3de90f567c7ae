//! Sign-in attempts: what they contain, what is stored, and that each is used once.

use std::sync::Arc;
use std::time::Duration;

use crate::support::{PASSWORD, REDIRECT_URI, TestApp, apply, on_both, param, sixteen_at_once};

/// Requests without a session, each with the page that the sign-in leads to.
const DEEP_LINKS: [(&str, &str, &str); 10] = [
    ("GET", "/account", "/account"),
    ("GET", "/account?done=team", "/account?done=team"),
    ("GET", "/account/teams/root-team", "/account/teams/root-team"),
    ("GET", "/console", "/console"),
    (
        "GET",
        "/console/users?q=a%20b&page=2",
        "/console/users?q=a%20b&page=2",
    ),
    ("GET", "/console/users/0", "/console/users/0"),
    ("GET", "/console/audit/export?about=x", "/console/audit"),
    ("POST", "/console/users/0/suspend", "/console/users/0"),
    ("POST", "/console/users/bulk", "/console/users"),
    ("POST", "/account/password", "/account"),
];

#[apply(on_both)]
async fn deep_links_survive_the_sign_in(test: TestApp) {
    for (method, link, lands) in DEEP_LINKS {
        let browser = test.browser();
        let asked = match method {
            "GET" => browser.get(link).await,
            _ => browser.post(link, &[]).await,
        };
        let sign_in = asked.location();
        assert!(sign_in.contains("/sign-in"), "{link}: {sign_in}");
        let page = browser.get(sign_in).await;
        let mut response = browser.submit_password(&page, "ann", PASSWORD).await;
        if response.location().contains("/sign-in/continue") {
            response = browser.get(response.location()).await;
        }
        let expected = format!("{}{lands}", test.base);
        assert_eq!(response.location(), expected, "{method} {link}");
        let landed = browser.get(&expected).await.status;
        assert_eq!(landed, 200, "{method} {link}");
        // With a session, the URL of the sign-in leads to the same page.
        if sign_in.contains("attempt") {
            let again = browser.get(sign_in).await;
            let entered = browser.get(again.location()).await;
            assert_eq!(entered.location(), expected);
        }
    }
}

#[apply(on_both)]
async fn r14_an_attempt_is_stored_only_once_a_form_succeeds(test: TestApp) {
    let (rp, browser) = (test.rp().await, test.browser());
    let page = browser.get(&rp.authorize(&[])).await;
    let sign_in = browser.get(page.location()).await;
    browser.get("/console/users").await;
    let wrong = browser.submit_password(&sign_in, "ann", "wrong password here");
    assert_eq!(wrong.await.status, 422);
    assert_eq!(test.count("attempts").await, 0);
    let back = browser.sign_in(page.location(), "ann").await;
    assert!(!param(back.location(), "code").is_empty());
    assert_eq!(test.count("attempts").await, 1);
}

#[apply(on_both)]
async fn a_request_of_more_than_4_kilobytes_is_refused(test: TestApp) {
    let (rp, browser) = (test.rp().await, test.browser());
    let whole = rp.authorize(&[("nonce", "")]);
    let (_, query) = whole.split_once('?').unwrap();
    let room = 4096 - query.len();
    for (length, expected) in [(room - 20, ""), (room + 20, "invalid_request")] {
        let response = browser
            .get(&rp.authorize(&[("nonce", &"n".repeat(length))]))
            .await;
        assert_eq!(param(response.location(), "error"), expected, "{length}");
    }
    let untrusted = [
        ("redirect_uri", "https://evil.example/"),
        ("nonce", &"n".repeat(5000)),
    ];
    let response = browser.get(&rp.authorize(&untrusted)).await;
    assert_eq!(response.status, 400);
    assert!(!response.headers.contains_key("location"));
}

#[apply(on_both)]
async fn an_attempt_gets_one_response(test: TestApp) {
    let (rp, browser) = (test.rp().await, test.browser());
    let page = browser.get(&rp.authorize(&[])).await;
    let form = browser.get(page.location()).await;
    let done = browser.submit_password(&form, "ann", PASSWORD).await;
    let (browser, next) = (Arc::new(browser), done.location().to_owned());
    let answers = sixteen_at_once(|_| {
        let (browser, next) = (browser.clone(), next.clone());
        async move { browser.get(&next).await }
    });
    let (refused, issued): (Vec<_>, Vec<_>) = answers
        .await
        .into_iter()
        .partition(|response| response.status == 400);
    assert_eq!((refused.len(), issued.len()), (15, 1), "codes of one attempt");
    let location = issued[0].location();
    assert!(location.starts_with(REDIRECT_URI), "{location}");
    // A copy that was sealed before the sign-in is refused too.
    assert_eq!(browser.get(page.location()).await.status, 400);
    let again = browser.submit_password(&form, "ann", PASSWORD).await;
    assert_eq!(again.status, 400);
    let deny = [("decision", "deny")];
    let denied = browser.submit(&form, "/sign-in/consent", &deny).await;
    assert_eq!(denied.status, 400);
}

#[apply(on_both)]
async fn an_attempt_is_valid_only_in_its_browser_until_it_expires(test: TestApp) {
    let (rp, browser) = (test.rp().await, test.browser());
    let page = browser.get(&rp.authorize(&[])).await;
    let sealed = param(page.location(), "attempt");
    for other in [
        String::new(),
        "x".to_owned(),
        sealed[..sealed.len() - 4].to_owned(),
        format!("{}A{}", &sealed[..40], &sealed[41..]),
        format!("{sealed}AAAA"),
    ] {
        let response = browser.get(&format!("/sign-in/continue?attempt={other}")).await;
        assert_eq!(response.status, 400, "{other}");
    }
    assert_eq!(test.browser().get(page.location()).await.status, 400);
    assert_eq!(browser.get(page.location()).await.status, 200);
    test.clock.advance(Duration::from_mins(30));
    assert_eq!(browser.get(page.location()).await.status, 400);
}

#[apply(on_both)]
async fn a_request_that_shows_no_page_is_never_stored(test: TestApp) {
    let (rp, browser) = (test.rp().await, test.signed_in("ann").await);
    for change in [&[][..], &[("prompt", "none")], &[("response_type", "token")]] {
        let response = browser.get(&rp.authorize(change)).await;
        let location = response.location();
        assert!(location.starts_with(REDIRECT_URI), "{location}");
    }
    assert_eq!(test.count("attempts").await, 0);
}
