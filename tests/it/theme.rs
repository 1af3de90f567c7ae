//! The theme that a person chooses for their browser.

use crate::support::{Browser, TestApp, apply, on_both};

/// Chooses a theme on a page; yields where the browser is redirected.
async fn choose(browser: &Browser, page: &str, theme: &str) -> String {
    let open = browser.get(page).await;
    let done = browser.submit(&open, "/account/theme", &[("theme", theme)]).await;
    assert_eq!(done.status, 303);
    done.location().to_owned()
}

#[apply(on_both)]
async fn a_chosen_theme_is_obeyed_by_every_page_of_the_browser(test: TestApp) {
    let ann = test.signed_in("ann").await;
    let pages = [
        "/account",
        "/console",
        "/console/users?q=x",
        "/console/nonesuch",
        "/sign-in?add=1",
        "/invitation/x",
    ];
    let chosen = |page: &crate::support::Response| page.attributes("html", "data-theme");
    for page in pages {
        assert!(chosen(&ann.get(page).await).is_empty(), "{page}");
    }
    for theme in ["dark", "light"] {
        choose(&ann, "/console", theme).await;
        for page in pages {
            let shown = ann.get(page).await;
            assert_eq!(chosen(&shown), [theme], "{page}");
            assert_eq!(shown.attribute("meta[name=color-scheme]", "content"), theme);
        }
        let account = ann.get("/account").await;
        assert_eq!(account.attributes(".theme [aria-pressed]", "value"), [theme]);
    }
    choose(&ann, "/account", "system").await;
    assert!(chosen(&ann.get("/account").await).is_empty());
    ann.set_cookie("theme", "\"><script>");
    let forged = ann.get("/account").await;
    assert!(chosen(&forged).is_empty() && !forged.body.contains("<script>"));
}

#[apply(on_both)]
async fn choosing_a_theme_leads_back_to_the_page_with_the_form_and_nowhere_else(test: TestApp) {
    let ann = test.signed_in("ann").await;
    for page in [
        "/account",
        "/account/emails",
        "/console/users?q=status%3Aactive",
        "/console/users/0/access",
    ] {
        let form = if page == "/account/emails" {
            "/account"
        } else {
            page
        };
        let back = choose(&ann, form, "dark").await;
        assert_eq!(back, format!("{}{form}", test.base));
    }
    let open = ann.get("/account").await;
    let forged = [("theme", "dark"), ("page", "//evil.example")];
    let done = ann.submit(&open, "/account/theme", &forged).await;
    assert_eq!(done.location(), format!("{}/account", test.base));
}
