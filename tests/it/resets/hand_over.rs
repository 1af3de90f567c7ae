//! Handing a password over at a link that opens once.

use std::sync::Arc;
use std::time::Duration;

use crate::routes::hand_over;
use crate::schemes::apply_scheme;
use crate::support::{TestApp, apply, on_both, successes_of_sixteen};

const TAB: &str = "/console/users/1/sign-in";
const OFFER: &str = "/account/links/hand-over";

#[apply(on_both)]
async fn hb_6_a_password_is_handed_over_by_a_link_that_opens_once(test: TestApp) {
    apply_scheme(&test, "harbor").await;
    test.add_person("bob").await;
    let ann = test.signed_in("ann").await;
    let form = [("password", "Abcdefg1")];
    let done = ann
        .submit(&ann.get(TAB).await, "/console/users/1/password", &form)
        .await;
    let page = ann.follow(done).await;
    let done = ann.submit(&page, OFFER, &[]).await;
    let page = ann.follow(done).await;
    assert_eq!(page.text("#reset-secret"), "Abcdefg1");
    let link = page.text("#hand-over");
    assert_eq!(test.count("handovers WHERE sealed IS NOT NULL").await, 1);
    let path = link.replace(&test.base, "");
    let bob = test.browser();
    // Programs that follow links do not open it.
    for _ in 0..2 {
        let closed = bob.get(&path).await;
        assert_eq!(closed.status, 200);
        assert_eq!(closed.headers["referrer-policy"], "no-referrer");
        assert!(!closed.body.contains("Abcdefg1"));
    }
    let closed = bob.get(&path).await;
    let open = bob.submit(&closed, &path, &[]).await;
    assert_eq!(open.text("#secret"), "Abcdefg1");
    assert_eq!(open.headers["cache-control"], "no-store");
    assert_eq!(bob.submit(&closed, &path, &[]).await.status, 410);
    assert_eq!(bob.get(&path).await.status, 410);
    bob.try_sign_in("bob", "Abcdefg1").await;
    assert!(bob.is_signed_in().await);
}

#[apply(on_both)]
async fn hb_6_a_link_that_nobody_opens_expires(test: TestApp) {
    let path = format!("/hand-over/{}", hand_over(&test, "violet kettle").await);
    let browser = test.browser();
    let closed = browser.get(&path).await;
    test.clock.advance(Duration::from_hours(24));
    assert_eq!(browser.submit(&closed, &path, &[]).await.status, 410);
    assert_eq!(browser.get(&path).await.status, 410);
}

#[apply(on_both)]
async fn hb_6_a_link_is_opened_once_by_sixteen_at_once(test: TestApp) {
    let path = Arc::new(format!("/hand-over/{}", hand_over(&test, "violet kettle").await));
    let browser = Arc::new(test.browser());
    let closed = Arc::new(browser.get(&path).await);
    let opened = successes_of_sixteen(|_| {
        let (browser, closed, path) = (browser.clone(), closed.clone(), path.clone());
        async move { browser.submit(&closed, &path, &[]).await.status == 200 }
    })
    .await;
    assert_eq!(opened, 1);
}

#[apply(on_both)]
async fn only_what_a_page_of_the_session_shows_is_handed_over(test: TestApp) {
    test.add_person("bob").await;
    let (ann, other) = (test.signed_in("ann").await, test.signed_in("ann").await);
    let action = "/console/users/1/password/temporary";
    let done = ann.submit(&ann.get(TAB).await, action, &[]).await;
    let page = ann.follow(done).await;
    let shown = page.attribute("input[name=shown]", "value");
    let form = [("shown", shown.as_str()), ("page", TAB)];
    let refused = other.post_with_csrf(&other.get(TAB).await, OFFER, &form).await;
    assert_eq!(refused.status, 303);
    assert_eq!(test.count("handovers").await, 0);
}
