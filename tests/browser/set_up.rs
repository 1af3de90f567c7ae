//! The first visit to an instance without an account.

use crate::chromium::{Chromium, Scripts};
use crate::support::{On, TestApp};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_visitor_becomes_the_owner_and_closes_set_up() {
    let (test, browser) = (
        TestApp::start_without_owner(On::Sqlite).await,
        Chromium::start(Scripts::On).await,
    );
    browser.open(&test.base).await;
    browser.expect_page("Set up Doorward").await;
    assert_eq!(browser.count("#code").await, 0, "this machine needs no code");
    let fields = [
        ("#organisation", "Example"),
        ("#name", "Ann Lee"),
        ("#username", "ann"),
        ("#email", "ann@example.org"),
    ];
    for (field, text) in fields {
        browser.fill(field, text).await;
    }
    browser.fill("#password", "password").await;
    browser.press("Create the first account").await;

    let message = browser.text("#password-error").await;
    assert!(!message.is_empty());
    browser.check().await;
    for (field, text) in fields {
        assert_eq!(browser.value(field).await, text);
    }
    browser.fill("#password", "three doors painted blue").await;
    browser.press("Create the first account").await;

    browser.expect_page("Overview").await;
    assert_eq!(browser.text("a.brand").await, "Example");
    let url = browser.driver.current_url().await.unwrap();
    assert_eq!(url.as_str(), format!("{}/console", test.base));
    assert!(browser.text("#steps").await.contains("1 of 5 done"));
    browser.open(&format!("{}/set-up", test.base)).await;
    browser.expect_page("Set-up is finished").await;
}
