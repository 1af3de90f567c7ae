//! How somebody gets a new password by themselves.

use std::sync::Arc;
use std::time::Duration;

use doorward::model::AccountId;
use futures_util::future::join_all;

use super::NEW;
use super::links::mailed_links;
use crate::schemes::apply_scheme;
use crate::support::{Browser, Response, TestApp, apply, on_both, successes_of_sixteen};

const PATH: &str = "/forgot-password";

async fn ask(browser: &Browser, name: &str) -> Response {
    let page = browser.get(PATH).await;
    browser.submit(&page, PATH, &[("username", name)]).await
}

/// Bob with a verified address.
async fn bob(test: &TestApp) -> AccountId {
    let id = test.add_person("bob").await;
    test.add_verified_address(&id, "bob@example.org").await;
    test.deliver().await;
    id
}

#[apply(on_both)]
async fn hb_11_cl_26_a_forgotten_password_is_replaced_by_mail(test: TestApp) {
    let server = test.with_mail().await;
    bob(&test).await;
    let browser = test.browser();
    assert!(browser.get("/sign-in").await.body.contains(PATH));
    for name in ["bob", "BOB@example.org"] {
        ask(&browser, name).await;
        let links = mailed_links(&test, &server).await;
        assert_eq!(links.len(), 1, "{name}");
        let path = links[0].replace(&test.base, "");
        let page = browser.get(&path).await;
        let done = browser.submit(&page, &path, &[("password", NEW)]).await;
        assert_eq!(done.status, 303, "{}", done.body);
        assert!(browser.is_signed_in().await);
        assert_eq!(browser.get(&path).await.status, 410);
        test.clock.advance(Duration::from_mins(5));
        test.deliver().await;
    }
}

#[apply(on_both)]
async fn hb_11_nobody_learns_which_accounts_exist(test: TestApp) {
    let server = test.with_mail().await;
    bob(&test).await;
    test.add_person("carol").await;
    let browser = test.browser();
    let mut answers = Vec::new();
    for name in ["bob", "carol", "nobody", "", "bob@example.org"] {
        let answer = ask(&browser, name).await;
        answers.push((answer.status, answer.text("main")));
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    assert!(answers[0].1.contains("If there is an account"));
    assert_eq!(mailed_links(&test, &server).await.len(), 1);
}

#[apply(on_both)]
async fn hb_11_without_mail_the_page_says_who_helps(test: TestApp) {
    let browser = test.browser();
    assert!(!browser.get("/sign-in").await.body.contains(PATH));
    let page = browser.get(PATH).await;
    page.expect_text("Ask an administrator for a link");
    assert!(page.body.contains("doorward reset-password"));
    apply_scheme(&test, "coolify").await;
    assert!(
        browser
            .get(PATH)
            .await
            .body
            .contains("Ask an administrator for a code")
    );
}

#[apply(on_both)]
async fn a_mailbox_gets_one_link_in_five_minutes(test: TestApp) {
    let server = test.with_mail().await;
    bob(&test).await;
    let browser = test.browser();
    for (seconds, mails) in [(0, 1), (299, 0), (1, 1)] {
        test.clock.advance(Duration::from_secs(seconds));
        ask(&browser, "bob").await;
        assert_eq!(mailed_links(&test, &server).await.len(), mails, "{seconds}");
    }
}

#[apply(on_both)]
async fn a_mailbox_gets_one_link_when_sixteen_ask_at_once(test: TestApp) {
    let server = test.with_mail().await;
    bob(&test).await;
    let browser = Arc::new(test.browser());
    let page = Arc::new(browser.get(PATH).await);
    let answered = successes_of_sixteen(|_| {
        let (browser, page) = (browser.clone(), page.clone());
        async move { browser.submit(&page, PATH, &[("username", "bob")]).await.status == 200 }
    });
    assert_eq!(answered.await, 16);
    assert_eq!(mailed_links(&test, &server).await.len(), 1);
}

#[apply(on_both)]
async fn a_network_asks_twenty_times_an_hour(test: TestApp) {
    let _server = test.with_mail().await;
    let browser = test.browser();
    for _ in 0..20 {
        assert_eq!(ask(&browser, "nobody").await.status, 200);
    }
    let refused = ask(&browser, "nobody").await;
    assert_eq!(refused.status, 429);
    assert!(refused.headers.contains_key("retry-after"));
    test.clock.advance(Duration::from_hours(1));
    assert_eq!(ask(&browser, "nobody").await.status, 200);
}

#[apply(on_both)]
async fn requests_at_once_are_counted(test: TestApp) {
    let _server = test.with_mail().await;
    let browser = test.browser();
    let page = browser.get(PATH).await;
    let sent = (0..32).map(|_| browser.submit(&page, PATH, &[("username", "nobody")]));
    let answers = join_all(sent).await;
    let accepted = answers.iter().filter(|answer| answer.status == 200).count();
    assert_eq!(accepted, 20, "as many as one after another");
    assert!(answers.iter().all(|answer| matches!(answer.status, 200 | 429)));
}

#[apply(on_both)]
async fn an_owner_gets_no_link_by_mail(test: TestApp) {
    let server = test.with_mail().await;
    let browser = test.browser();
    assert_eq!(ask(&browser, "ann").await.status, 200);
    assert_eq!(mailed_links(&test, &server).await, Vec::<String>::new());
    apply_scheme(&test, "harbor").await;
    ask(&browser, "ann").await;
    assert_eq!(
        mailed_links(&test, &server).await.len(),
        1,
        "unless the scheme says otherwise"
    );
}
