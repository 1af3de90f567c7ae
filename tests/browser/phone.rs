//! On a phone, the decision about an app and the chosen tab are in view without scrolling.

use serde_json::json;

use crate::chromium::{Chromium, Scripts};
use crate::gallery::Gallery;

#[tokio::test]
async fn a_phone_shows_the_decision_and_the_chosen_tab_without_scrolling() {
    let (gallery, browser) = (Gallery::open().await, Chromium::start(Scripts::On).await);
    let small = json!({ "width": 360, "height": 640, "deviceScaleFactor": 1, "mobile": false });
    browser.command("Emulation.setDeviceMetricsOverride", small).await;
    let mut seen = 0;
    for (address, page) in &gallery.pages {
        if !["signin-consent-", "account-home-", "console-user-"]
            .iter()
            .any(|start| page.starts_with(start))
        {
            continue;
        }
        browser.open(address).await;
        seen += browser.count("[value=allow], .tabs [aria-current]").await;
        let outside = "return [...document.querySelectorAll('[value=allow], .tabs [aria-current]')].filter((element) => {
            const box = element.getBoundingClientRect();
            return box.left < 0 || box.right > innerWidth || (element.value && box.bottom > innerHeight);
        }).map((element) => element.textContent)";
        assert_eq!(browser.script::<Vec<String>>(outside).await, [""; 0], "{page}");
    }
    assert!(seen > 10, "{seen}");
}
