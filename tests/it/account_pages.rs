//! The tabs of a user's own account.

use crate::support::{PASSWORD, TestApp, apply, on_both};

const TABS: [(&str, &str); 5] = [
    ("", "Profile"),
    ("/security", "Security"),
    ("/teams", "Teams"),
    ("/apps", "Apps"),
    ("/history", "History"),
];

#[apply(on_both)]
async fn every_tab_has_an_address(test: TestApp) {
    let ann = test.signed_in("ann").await;
    for (path, name) in TABS {
        let page = ann.get(&format!("/account{path}")).await;
        assert_eq!(page.status, 200, "{path}");
        assert_eq!(page.text(".tabs [aria-current=page]"), name);
        let links = page.attributes(".tabs a", "href");
        assert_eq!(links, TABS.map(|(path, _)| format!("/account{path}")));
    }
}

#[apply(on_both)]
async fn a_save_returns_to_its_tab(test: TestApp) {
    let ann = test.signed_in("ann").await;
    test.signed_in("ann").await;
    let new = "another good and long passphrase";
    for (form, filled, tab, text) in [
        ("profile", &[("name", "Ann")][..], "", "profile is saved"),
        ("sessions/end", &[], "/security", "signed out everywhere else"),
        (
            "password",
            &[("current", PASSWORD), ("new", new)],
            "/security",
            "password is changed",
        ),
    ] {
        let page = ann.get("/account").await;
        let done = ann
            .post_with_csrf(&page, &format!("/account/{form}"), filled)
            .await;
        let expected = format!("{}/account{tab}?done=", test.base);
        ann.expect_done(&done, &expected, text).await;
    }
}

#[apply(on_both)]
async fn a_refused_save_stays_on_its_tab(test: TestApp) {
    let ann = test.signed_in("ann").await;
    let page = ann.get("/account").await;
    for (form, tab) in [
        ("profile", "Profile"),
        ("password", "Security"),
        ("teams", "Teams"),
    ] {
        let long = "x".repeat(300);
        let filled = [("name", &*long), ("team", &*long)];
        let refused = ann
            .post_with_csrf(&page, &format!("/account/{form}"), &filled)
            .await;
        assert_eq!(refused.status, 422, "{form}");
        assert_eq!(refused.text(".tabs [aria-current=page]"), tab);
        assert!(!refused.texts("p.error").is_empty(), "{form}");
    }
}
