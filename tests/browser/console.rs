//! Managing accounts in the console, with scripts, without them, and with the keyboard alone.

use std::time::Duration;

use thirtyfour::Key;

use crate::chromium::{Chromium, Scripts, View};
use crate::flow::scripts_run;
use crate::keyboard::Keyboard;
use crate::support::{On, PASSWORD, TestApp};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_owner_finds_suspends_and_restores_an_account() {
    let browser = Chromium::start(Scripts::On).await;
    assert!(scripts_run(&browser).await);
    manage_bob(&browser).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_console_works_without_scripts() {
    let browser = Chromium::start(Scripts::Off).await;
    assert!(!scripts_run(&browser).await);
    manage_bob(&browser).await;
}

/// A server with Ann, Bob, Carol and the owner Olive.
async fn company() -> TestApp {
    let test = TestApp::start(On::Sqlite).await;
    for name in ["bob", "carol", "olive"] {
        test.add_person(name).await;
    }
    test.make_owner("olive").await;
    test
}

async fn manage_bob(browser: &Chromium) {
    let test = company().await;
    browser.sign_in(&test.base, "olive").await;
    find_bob(browser).await;
    suspend_bob(browser).await;
    delete_bob(browser).await;
    sign_out(browser).await;
    browser.open(&format!("{}/console", test.base)).await;
    browser.expect_page("Sign in").await;
}

/// Goes from the account page to Bob's page through the filtered list of users.
async fn find_bob(browser: &Chromium) {
    browser.click("a[href='/console']").await;
    browser.expect_page("Overview").await;
    browser.click("nav.rail a[href='/console/users']").await;
    browser.expect_page("Users").await;
    assert_eq!(browser.count("tbody tr").await, 4);

    browser.fill("form.filter input[name=q]", "status:gone").await;
    browser.press("Filter").await;
    browser.find("#mistake").await;
    browser.check().await;
    browser.fill("form.filter input[name=q]", "bob").await;
    browser.press("Filter").await;
    browser.wait_for_text(".chipbar .count", "1 account").await;
    assert_eq!(browser.count("tbody tr").await, 1);
    browser.check().await;
    browser.click("tbody td a").await;
    browser.expect_page("bob").await;
}

/// Suspends Bob on his page, and lifts the suspension.
async fn suspend_bob(browser: &Chromium) {
    assert_eq!(
        browser.text(".title .badge").await,
        "Dormant",
        "Bob was never seen"
    );
    let reason = browser.find("#reason").await;
    assert!(
        !reason.is_displayed().await.unwrap(),
        "the form is shown only when asked for"
    );
    browser.click("details.ask summary").await;
    let asked = browser.text("details.ask p").await;
    assert!(
        asked.starts_with("This ends 0 sessions and the access of 0 apps"),
        "{asked}"
    );
    browser.check().await;
    browser.fill("#reason", "left the company").await;
    browser.press("Yes, suspend bob").await;
    done(browser, "Suspended").await;
    assert_eq!(
        browser.text(".notice.warning").await,
        "Suspended: left the company"
    );
    browser.press("Lift suspension").await;
    done(browser, "Dormant").await;
    assert_eq!(browser.count(".notice.warning").await, 0);
}

/// Deletes Bob on his page, and restores him.
async fn delete_bob(browser: &Chromium) {
    browser.fill("#confirm", "carol").await;
    browser.press("Delete account").await;
    let message = browser.text("#confirm-error").await;
    assert_eq!(message, "Type bob to confirm.");
    browser.check().await;
    browser.fill("#confirm", "bob").await;
    browser.press("Delete account").await;
    done(browser, "Deleted").await;
    browser.press("Restore account").await;
    done(browser, "Dormant").await;
}

async fn sign_out(browser: &Chromium) {
    browser.click("details.account summary").await;
    browser.check().await;
    browser.press("Sign out").await;
    browser.expect_page("You are signed out").await;
}

/// Waits until the account's page shows this state, and checks the page.
async fn done(browser: &Chromium, state: &str) {
    browser.wait_for_text(".title .badge", state).await;
    assert!(browser.text("[role=status]").await.contains("bob"));
    browser.check().await;
}

const PAGES: [&str; 18] = [
    "",
    "/users",
    "/users/new",
    "/users/1",
    "/users/1/access",
    "/users/1/sign-in",
    "/users/1/sessions",
    "/users/1/history",
    "/teams",
    "/groups",
    "/groups/engineering",
    "/roles",
    "/apps",
    "/apps/connect",
    "/apps/connect/grafana",
    "/invitations",
    "/audit",
    "/settings",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pp_5_a_keyboard_reaches_the_account_menu_at_once_on_every_page() {
    let (test, browser) = (company().await, Chromium::start(Scripts::On).await);
    browser.sign_in(&test.base, "ann").await;
    let person = Keyboard(browser);
    for (page, view) in PAGES.iter().zip([View::DESKTOP, View::DARK].into_iter().cycle()) {
        person.0.set_view(view).await;
        person.0.open(&format!("{}/console{page}", test.base)).await;
        person.0.check().await;
        // The focus may start in the page's form, so the stops are counted from the beginning of the page.
        let to_the_start = "document.querySelector('.skip').focus()";
        person.0.script::<()>(to_the_start).await;
        assert_eq!(person.focused().await.name, "Skip to the content");
        for stop in ["Example", "Find people", "Ann Lee, account menu"] {
            person.type_keys(Key::Tab).await;
            assert_eq!(person.focused().await.name, stop, "{page}");
        }
        person.type_keys(Key::Enter).await;
        person.type_keys(Key::Tab).await;
        assert_eq!(person.focused().await.name, "Your account", "{page}");
    }
    person.type_keys(Key::Escape).await;
    assert_eq!(person.focused().await.name, "Ann Lee, account menu");
    assert_eq!(person.0.count("details.account[open]").await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pp_5_a_slash_leads_to_the_search_for_people() {
    let (test, browser) = (company().await, Chromium::start(Scripts::On).await);
    browser.sign_in(&test.base, "ann").await;
    let person = Keyboard(browser);
    person.0.open(&format!("{}/console", test.base)).await;
    person.type_keys("/").await;
    assert_eq!(person.focused().await.name, "Find people");
    person.type_keys("bob").await;
    person.type_keys(Key::Enter).await;
    person.0.expect_page("Users").await;
    person.0.wait_for_text(".chipbar .count", "1 account").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_recent_sign_in_leads_back_to_the_tab_with_the_form() {
    let (test, browser) = (company().await, Chromium::start(Scripts::Off).await);
    browser.sign_in(&test.base, "olive").await;
    let tab = format!("{}/console/users/1/access?list=%3Fq%3Dbob", test.base);
    browser.open(&tab).await;
    test.clock.advance(Duration::from_mins(16));
    browser.click("details.ask summary").await;
    browser.press("Yes, suspend bob").await;
    browser.wait_for_text("h1", "Sign in").await;
    if browser.count("#username").await > 0 {
        browser.fill("#username", "olive").await;
    }
    browser.fill("#password", PASSWORD).await;
    browser.press("Sign in").await;
    browser.expect_page("bob").await;
    assert_eq!(browser.driver.current_url().await.unwrap().as_str(), tab);
}
