//! New links on a page: for the session that created them, for ten minutes or until they are copied.

use std::time::Duration;

use doorward::store::sweep::sweep;

use super::{OPS, links, team};
use crate::console_people::act_on;
use crate::support::{Browser, Response, TestApp, apply, fill, on_both};

/// Creates two invitations on a page; yields the address of the page that shows the links.
async fn create(browser: &Browser, page: &str) -> String {
    let action = match page {
        OPS => format!("{page}/invitations"),
        _ => page.to_owned(),
    };
    let form = browser.get(page).await.form(&action);
    let addresses = [("addresses", "bob@example.org, cleo@example.org, nonsense")];
    let done = browser.post(&action, &fill(form, &addresses)).await;
    assert_eq!(done.status, 303, "{}", done.body);
    done.location().to_owned()
}

fn assert_gone(page: &Response) {
    assert_eq!(page.status, 200);
    assert!(page.texts("code.secret").is_empty(), "{}", page.body);
    assert!(page.text("[role=status]").contains("no longer shown"));
}

#[apply(on_both)]
async fn new_links_are_shown_again_when_the_page_is_loaded_again(test: TestApp) {
    team(&test, &[]).await;
    let ann = test.signed_in("ann").await;
    for (page, made) in [("/console/invitations", 2), (OPS, 4)] {
        let shown = create(&ann, page).await;
        let first = ann.get(&shown).await;
        assert_eq!(links(&first).len(), 2);
        assert_eq!(first.text("#again").trim(), "nonsense");
        for _ in 0..3 {
            assert_eq!(links(&ann.get(&shown).await), links(&first), "{page}");
        }
        assert_eq!(test.count("invitations").await, made, "none were added");
    }
}

#[apply(on_both)]
async fn new_links_are_gone_once_they_are_copied_or_ten_minutes_old(test: TestApp) {
    team(&test, &[]).await;
    let ann = test.signed_in("ann").await;
    for page in ["/console/invitations", OPS] {
        let shown = create(&ann, page).await;
        let opened = ann.get(&shown).await;
        let done = ann.submit(&opened, "/account/links/forget", &[]).await;
        assert_eq!(done.location(), format!("{}{page}", test.base));
        assert_gone(&ann.get(&shown).await);
    }
    assert_eq!(test.count("shown_secrets").await, 0);

    let shown = create(&ann, "/console/invitations").await;
    test.clock.advance(Duration::from_secs(599));
    assert_eq!(links(&ann.get(&shown).await).len(), 2);
    test.clock.advance(Duration::from_secs(1));
    assert_gone(&ann.get(&shown).await);
    sweep(&test.app.db, test.clock.now()).await.unwrap();
    assert_eq!(test.count("shown_secrets").await, 0);
}

#[apply(on_both)]
async fn new_links_are_shown_to_the_session_that_created_them_and_on_their_page_only(test: TestApp) {
    team(&test, &[]).await;
    let ann = test.signed_in("ann").await;
    let shown = create(&ann, "/console/invitations").await;
    let id = shown.split("shown=").nth(1).unwrap();
    let elsewhere = test.signed_in("ann").await;
    assert_gone(&elsewhere.get(&shown).await);
    assert_gone(&ann.get(&format!("{OPS}?shown={id}")).await);
    assert_gone(&ann.get("/console/invitations?shown=nonesuch").await);
    // Another session cannot make the page forget them either, and the form does not redirect to another site.
    let forget = [("shown", id), ("page", "//evil.example")];
    let page = elsewhere.get("/account").await;
    let done = elsewhere
        .post_with_csrf(&page, "/account/links/forget", &forget)
        .await;
    assert_eq!(done.location(), format!("{}/account", test.base));
    assert_eq!(links(&ann.get(&shown).await).len(), 2);
    // The encryption is bound to the session, not only the row.
    let other = "SELECT id FROM sessions WHERE id <> shown_secrets.session_id";
    test.sql(&format!("UPDATE shown_secrets SET session_id = ({other})"))
        .await;
    assert_gone(&elsewhere.get(&shown).await);
}

#[apply(on_both)]
async fn a_link_for_a_first_password_is_shown_again_when_the_page_is_loaded_again(test: TestApp) {
    let ann = test.signed_in("ann").await;
    let form = ann.get("/console/users/new").await;
    let filled = [("username", "bob")];
    let added = ann.submit(&form, "/console/users/new", &filled).await;
    let again = act_on(&ann, 1, "invite", &[("tab", "access")]).await;
    let mut seen = Vec::new();
    for (done, path) in [
        (&added, "/console/users/1?"),
        (&again, "/console/users/1/access?"),
    ] {
        assert!(done.location().contains(path), "{}", done.location());
        let first = links(&ann.get(done.location()).await);
        assert_eq!(links(&ann.get(done.location()).await), first);
        seen.extend(first);
    }
    assert_ne!(seen[0], seen[1]);
    assert_eq!(test.count("invitations").await, 2);
}
