//! What must let nobody in: untrusted proxies, headers that visitors send, and the codes and cookies of others.

use std::time::Duration;

use doorward::crypto::Token;
use doorward::model::client::ClientSettings;

use super::{Visitor, WIKI, at_the_wiki, register, set_wiki, websites};
use crate::support::{On, Rp, TestApp, VERIFIER, apply, on_both, param, response_to, successes_of_sixteen};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d12_only_a_trusted_proxy_may_ask() {
    for (trusted, expected) in [("127.0.0.1", 200), ("10.0.0.1", 403), ("", 403)] {
        let trusted = [("DOORWARD__TRUSTED_PROXIES", trusted)];
        let trusted = if trusted[0].1.is_empty() {
            &[][..]
        } else {
            &trusted
        };
        let test = TestApp::start_with(On::Sqlite, trusted).await;
        register(&test, "wiki", &[WIKI]).await;
        let visitor = Visitor::new(&test, WIKI);
        if expected == 200 {
            visitor.sign_in("ann").await;
        } else {
            // An address that the caller claims is not trusted.
            visitor.site.always_send("x-forwarded-for", "10.0.0.1");
        }
        assert_eq!(visitor.visit("/").await.status, expected);
        assert_eq!(visitor.ask("/forward-auth/check", "/").await.status, expected);
        let pages = visitor.ask("/forward-auth/pages", "/").await.status;
        assert_eq!(pages, if expected == 200 { 303 } else { 403 });
    }
}

#[apply(on_both)]
#[start(behind_proxy)]
async fn d12_a_website_of_another_app_is_not_chosen_by_headers_of_visitors(test: TestApp) {
    register(&test, "wiki", &[WIKI]).await;
    test.register("vault", |settings| {
        *settings = ClientSettings {
            access: doorward::model::access::AccessRule::default(),
            ..websites(&["https://vault.example.org"])
        };
    })
    .await;
    let visitor = at_the_wiki(&test, "ann").await;
    let vault = Visitor {
        origin: "https://vault.example.org",
        ..visitor
    };
    // Traefik and Caddy pass on what the visitor sends, and so does nginx.
    vault
        .site
        .always_send("x-original-url", "https://wiki.example.org/");
    let started = vault.visit("/").await;
    assert_eq!(param(started.location(), "client_id"), "vault");
    vault.site.always_send("x-forwarded-host", "wiki.example.org");
    assert_eq!(vault.ask("/forward-auth/check", "/").await.status, 401);
    let started = vault.ask("/forward-auth/pages", "/").await;
    assert_eq!(param(started.location(), "client_id"), "vault");
}

#[apply(on_both)]
#[start(behind_proxy)]
async fn an_address_that_no_app_has_is_refused(test: TestApp) {
    register(&test, "wiki", &[WIKI]).await;
    for origin in [
        "http://wiki.example.org",
        "https://wiki.example.org:444",
        "https://other.example.org",
    ] {
        assert_eq!(
            Visitor::new(&test, origin).visit("/").await.status,
            403,
            "{origin}"
        );
    }
    // An app that does not use the proxy sign-in has no website here.
    test.register("rp", |_| {}).await;
    assert_eq!(
        Visitor::new(&test, "https://rp.example.org")
            .visit("/")
            .await
            .status,
        403
    );
    assert_eq!(test.browser().get("/forward-auth").await.status, 403);
    assert_eq!(test.browser().get("/forward-auth/check").await.status, 403);
}

/// Whether a callback is refused: it sets no cookie and leads to the page that says so.
async fn refused(visitor: &Visitor, callback: &str) -> bool {
    let back = visitor.visit(callback).await;
    if back.headers.contains_key("set-cookie") {
        return false;
    }
    let page = visitor.here.get(back.location()).await;
    page.status == 400 && page.body.contains("This sign-in has ended")
}

#[apply(on_both)]
#[start(behind_proxy)]
async fn a_code_of_another_browser_signs_in_nobody(test: TestApp) {
    register(&test, "wiki", &[WIKI]).await;
    let mallory = Visitor::new(&test, WIKI);
    test.add_person("mallory").await;
    let started = mallory.visit("/").await;
    let callback = mallory.sign_in_from(&started, "mallory").await;
    // The link of somebody else, in a browser that has begun no sign-in, and in one that has.
    let ann = Visitor::new(&test, WIKI);
    assert!(refused(&ann, &callback).await);
    ann.visit("/").await;
    assert!(refused(&ann, &callback).await);
    assert!(!ann.is_in().await);
    // A code without a PKCE challenge is refused too, whether or not the browser has begun a sign-in.
    let settings = ClientSettings {
        require_pkce: false,
        ..websites(&[WIKI])
    };
    set_wiki(&test, settings).await;
    let without = [("code_challenge", ""), ("code_challenge_method", "")];
    let callback = format!("{WIKI}/.doorward/callback");
    let request = [&without[..], &[("redirect_uri", callback.as_str())]].concat();
    let back = mallory
        .here
        .get(&Rp::new(&test, "wiki", "").authorize(&request))
        .await;
    let callback = back.location().strip_prefix(WIKI).unwrap();
    assert!(refused(&Visitor::new(&test, WIKI), callback).await);
    assert!(refused(&ann, callback).await);
}

#[apply(on_both)]
#[start(behind_proxy)]
async fn a_code_is_for_one_website(test: TestApp) {
    let docs = "https://docs.example.org";
    register(&test, "wiki", &[WIKI, docs]).await;
    register(&test, "logs", &["https://logs.example.org"]).await;
    let visitor = Visitor::new(&test, WIKI);
    let started = visitor.visit("/").await;
    let callback = visitor.sign_in_from(&started, "ann").await;
    let Visitor { here, site, .. } = visitor;
    // The same browser, with the same cookies at another website of the app and at one of another app.
    let other = Visitor {
        here,
        site,
        origin: docs,
    };
    assert!(refused(&other, &callback).await);
    let other = Visitor {
        origin: "https://logs.example.org",
        ..other
    };
    assert!(refused(&other, &callback).await);
    let right = Visitor {
        origin: WIKI,
        ..other
    };
    right.visit(&callback).await;
    assert!(right.is_in().await);
}

#[apply(on_both)]
#[start(behind_proxy)]
async fn a_code_works_once_and_for_a_minute(test: TestApp) {
    register(&test, "wiki", &[WIKI]).await;
    let visitor = Visitor::new(&test, WIKI);
    let started = visitor.visit("/").await;
    let callback = visitor.sign_in_from(&started, "ann").await;
    test.clock.advance(Duration::from_mins(1));
    assert!(refused(&visitor, &callback).await);
    let callback = visitor.sign_in_from(&visitor.visit("/").await, "ann").await;
    test.clock.advance(Duration::from_secs(59));
    assert!(!refused(&visitor, &callback).await);
    assert!(refused(&visitor, &callback).await);
    assert!(refused(&visitor, "/.doorward/callback?error=access_denied").await);
    assert!(visitor.is_in().await, "the first use counts");
}

#[apply(on_both)]
#[start(behind_proxy)]
async fn a_code_is_used_once_by_sixteen_at_once(test: TestApp) {
    register(&test, "wiki", &[WIKI]).await;
    let visitor = Visitor::new(&test, WIKI);
    let started = visitor.visit("/").await;
    let callback = visitor.sign_in_from(&started, "ann").await;
    let cookie = started.headers["set-cookie"].to_str().unwrap();
    let cookie = cookie.split(';').next().unwrap().to_owned();
    let successes = successes_of_sixteen(|_| {
        let request = crate::support::client()
            .get(format!("{}/forward-auth", test.base))
            .header("x-forwarded-proto", "https")
            .header("x-forwarded-host", "wiki.example.org")
            .header("x-forwarded-uri", &callback)
            .header("cookie", &cookie);
        async move { response_to(request).await.headers.contains_key("set-cookie") }
    });
    assert_eq!(successes.await, 1);
}

#[apply(on_both)]
#[start(behind_proxy)]
async fn the_token_endpoint_redeems_no_code_of_a_website(test: TestApp) {
    test.register("wiki", |settings| {
        *settings = ClientSettings {
            client_auth: doorward::model::client::ClientAuth::None,
            ..websites(&[WIKI])
        };
    })
    .await;
    let (rp, browser) = (Rp::new(&test, "wiki", ""), test.signed_in("ann").await);
    let callback = format!("{WIKI}/.doorward/callback");
    let uri = ("redirect_uri", callback.as_str());
    let back = browser.get(&rp.authorize(&[uri])).await;
    let code = param(back.location(), "code");
    let answer = rp.redeem_with(&code, &[uri, ("code_verifier", VERIFIER)]).await;
    assert_eq!(
        (answer.status, answer.error().as_str()),
        (400, "unauthorized_client")
    );
}

#[apply(on_both)]
#[start(behind_proxy)]
async fn the_cookie_of_a_website_is_of_no_use_elsewhere(test: TestApp) {
    let docs = "https://docs.example.org";
    register(&test, "wiki", &[WIKI, docs]).await;
    register(&test, "logs", &["https://logs.example.org"]).await;
    let visitor = Visitor::new(&test, WIKI);
    let ended = visitor.sign_in("ann").await;
    let cookie = ended.headers["set-cookie"].to_str().unwrap();
    let token = &cookie["__Host-doorward_proxied=".len()..][..43];
    let rp = test.rp().await;
    assert_eq!(rp.userinfo(token).await.error(), "invalid_token");
    assert_eq!(rp.introspect(token).await["active"], false);
    let Visitor { here, site, .. } = visitor;
    let other = Visitor {
        here,
        site,
        origin: docs,
    };
    assert!(!other.is_in().await);
    let other = Visitor {
        origin: "https://logs.example.org",
        ..other
    };
    assert!(!other.is_in().await);
    let right = Visitor {
        origin: WIKI,
        ..other
    };
    assert!(right.is_in().await);
}

#[apply(on_both)]
#[start(behind_proxy)]
async fn a_cookie_of_anything_else_lets_in_nobody(test: TestApp) {
    register(&test, "wiki", &[WIKI]).await;
    let browser = test.signed_in("ann").await;
    let stranger = Visitor::new(&test, WIKI);
    for forged in [
        browser.cookie("session"),
        Token::random().as_str().to_owned(),
        "x".into(),
    ] {
        stranger
            .site
            .always_send("cookie", &format!("__Host-doorward_proxied={forged}"));
        assert!(!stranger.is_in().await, "{forged}");
    }
}

#[apply(on_both)]
#[start(behind_proxy)]
async fn a_website_that_moves_to_another_app_lets_in_none_of_its_visitors(test: TestApp) {
    register(&test, "wiki", &[WIKI]).await;
    let visitor = at_the_wiki(&test, "ann").await;
    let begun = Visitor::new(&test, WIKI);
    let callback = begun.sign_in_from(&begun.visit("/").await, "ann").await;
    set_wiki(&test, websites(&[])).await;
    register(&test, "docs", &[WIKI]).await;
    assert!(refused(&begun, &callback).await);
    assert!(!visitor.is_in().await);
}

#[apply(on_both)]
#[start(behind_proxy)]
async fn a_sign_in_returns_to_the_website_only(test: TestApp) {
    register(&test, "wiki", &[WIKI]).await;
    let visitor = Visitor::new(&test, WIKI);
    // This endpoint begins a sign-in even for a visitor who is already in.
    let pages = "/forward-auth/pages";
    let long = format!("/{}", "%".repeat(1000));
    for (target, returns_to) in [
        ("//evil.example/", "https://wiki.example.org//evil.example/"),
        ("/\\evil.example", "https://wiki.example.org/\\evil.example"),
        ("/@evil.example", "https://wiki.example.org/@evil.example"),
        (&long, "https://wiki.example.org/"),
    ] {
        let callback = visitor
            .sign_in_from(&visitor.ask(pages, target).await, "ann")
            .await;
        assert_eq!(visitor.visit(&callback).await.location(), returns_to);
    }
    for state in [
        "https://evil.example/",
        "evil.example",
        ".evil.example",
        "@evil.example",
        "",
    ] {
        let callback = visitor.sign_in_from(&visitor.ask(pages, "/").await, "ann").await;
        let callback = callback.replace("state=%2F", &format!("state={state}"));
        let back = visitor.visit(&callback).await;
        assert_eq!(back.location(), "https://wiki.example.org/", "{state}");
    }
}

#[apply(on_both)]
#[start(behind_proxy)]
async fn only_pages_are_sent_to_the_sign_in(test: TestApp) {
    register(&test, "wiki", &[WIKI]).await;
    let visitor = Visitor::new(&test, WIKI);
    for (mode, status) in [
        ("navigate", 303),
        ("no-cors", 401),
        ("cors", 401),
        ("websocket", 401),
    ] {
        visitor.site.always_send("sec-fetch-mode", mode);
        assert_eq!(visitor.visit("/").await.status, status, "{mode}");
        assert_eq!(
            visitor.ask("/forward-auth/pages", "/").await.status,
            status,
            "{mode}"
        );
    }
}

#[apply(on_both)]
#[start(behind_proxy)]
async fn several_tabs_sign_in_at_once(test: TestApp) {
    register(&test, "wiki", &[WIKI]).await;
    let visitor = Visitor::new(&test, WIKI);
    let first = visitor.visit("/first").await;
    let second = visitor.visit("/second").await;
    assert!(!second.headers.contains_key("set-cookie"));
    for (started, page) in [(first, "/first"), (second, "/second")] {
        let callback = visitor.sign_in_from(&started, "ann").await;
        assert_eq!(visitor.visit(&callback).await.location(), format!("{WIKI}{page}"));
    }
}

#[apply(on_both)]
#[start(behind_proxy)]
async fn a_website_on_the_issuers_host_is_refused(test: TestApp) {
    register(&test, "wiki", &["http://127.0.0.1:1", "http://localhost:1"]).await;
    let visitor = Visitor::new(&test, "http://127.0.0.1:1");
    assert_eq!(
        visitor.visit("/").await.status,
        403,
        "it would receive our cookies"
    );
    let visitor = Visitor::new(&test, "http://localhost:1");
    let ended = visitor.sign_in("ann").await;
    let cookie = ended.headers["set-cookie"].to_str().unwrap();
    assert!(
        cookie.starts_with("doorward_proxied=") && !cookie.contains("Secure"),
        "{cookie}"
    );
    assert!(visitor.is_in().await);
}
