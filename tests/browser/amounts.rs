//! Every page of the console with no, few and many objects, in light and dark mode.

use crate::chromium::{Chromium, Scripts, View};
use crate::support::{On, TestApp};

/// The pages of the console.
fn pages(amount: i64) -> [&'static str; 12] {
    let (team, group) = if amount > 0 {
        ("/teams/team-1", "/groups/group-1")
    } else {
        ("/teams/root-team", "/groups/engineering")
    };
    [
        "",
        "/users",
        "/users/0",
        "/users?q=status%3Asuspended",
        "/teams",
        team,
        "/groups",
        group,
        "/roles",
        "/invitations",
        "/audit",
        "/settings",
    ]
}

/// Opens every page of the console in light and dark mode; yields their faults.
async fn faults_with(browser: &Chromium, test: &TestApp, amount: i64) -> Vec<String> {
    let mut faults = Vec::new();
    for page in pages(amount) {
        for view in [View::DESKTOP, View::DARK] {
            browser.set_view(view).await;
            browser.open(&format!("{}/console{page}", test.base)).await;
            let found = browser.faults().await;
            faults.extend(
                found
                    .iter()
                    .map(|fault| format!("{page} with {amount} at {view:?}: {fault}")),
            );
            let kind = page.trim_start_matches('/').replace(['/', '?', '='], "-");
            let name = format!("amount-{amount}-{kind}-{}", view.colours());
            browser.picture(&name, view.width).await;
        }
    }
    faults
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_console_shows_zero_three_and_ten_thousand_objects() {
    let browser = Chromium::start(Scripts::On).await;
    let mut faults = Vec::new();
    for amount in [0, 3, 10_000] {
        let test = TestApp::start(On::Sqlite).await;
        if amount > 0 {
            test.add_accounts(amount).await;
            test.add_teams_groups_and_entries(amount, amount).await;
        }
        browser.sign_in(&test.base, "ann").await;
        faults.extend(faults_with(&browser, &test, amount).await);
        browser.set_view(View::DESKTOP).await;
    }
    assert!(faults.is_empty(), "{faults:#?}");
}
