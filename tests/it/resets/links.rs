//! Links with which the owner of an account chooses a password.

use std::sync::Arc;
use std::time::Duration;

use doorward::directory::Actor;
use doorward::directory::accounts::SuspendAccount;
use doorward::directory::resets::MakeResetLink;
use doorward::directory::roles::RevokeRole;
use doorward::model::AccountId;

use super::NEW;
use crate::mail::MailServer;
use crate::schemes::{apply_scheme, grant_instance_role, id_of, with_role};
use crate::support::{Browser, OFFLINE, PASSWORD, Response, TestApp, apply, on_both, successes_of_sixteen};

/// The path of the link that the page of account 1 shows after it was made there.
async fn made(admin: &Browser) -> String {
    let tab = admin.get("/console/users/1/sign-in").await;
    let done = admin.submit(&tab, "/console/users/1/password/link", &[]).await;
    path_of(&admin.follow(done).await.text("#reset-secret"))
}

fn path_of(link: &str) -> String {
    let at = link.find("/reset/").expect("a link");
    link[at..].to_owned()
}

/// The path of a link for an account, made by somebody else.
pub async fn link_by(test: &TestApp, by: &Actor, account: &AccountId) -> String {
    let change = MakeResetLink::new(account.clone().into(), &test.app.master, test.clock.now());
    let made = test.change(by, change).await.unwrap();
    format!("/reset/{}", made.secret.as_str())
}

pub async fn choose(browser: &Browser, link: &str, password: &str) -> Response {
    let page = browser.get(link).await;
    browser.submit(&page, link, &[("password", password)]).await
}

#[apply(on_both)]
async fn cl_28_a_link_is_shown_and_chooses_a_password_once(test: TestApp) {
    test.add_person("bob").await;
    let (admin, bob, rp) = (test.signed_in("ann").await, test.browser(), test.rp().await);
    let tokens = rp.sign_in(&bob, "bob", OFFLINE).await;
    let link = made(&admin).await;
    // Only submitting its form uses the link up, since programs follow links too.
    let elsewhere = test.browser();
    for _ in 0..2 {
        let page = elsewhere.get(&link).await;
        assert_eq!(page.headers["referrer-policy"], "no-referrer");
        assert!(page.body.contains("bob"));
    }
    assert!(bob.is_signed_in().await, "nothing has changed yet");
    let refused = choose(&elsewhere, &link, "short").await;
    assert_eq!(refused.status, 422);
    let done = choose(&elsewhere, &link, NEW).await;
    assert_eq!(done.status, 303, "{}", done.body);
    assert!(elsewhere.is_signed_in().await);
    assert!(!bob.is_signed_in().await);
    assert_eq!(rp.refresh(tokens.refresh()).await.status, 400);
    assert_eq!(test.browser().try_sign_in("bob", PASSWORD).await.status, 422);
    let again = test.browser().get(&link).await;
    assert_eq!(again.status, 410);
    assert!(again.body.contains("Ask for a new one"));
}

#[apply(on_both)]
async fn cl_27_a_link_is_mailed_too(test: TestApp) {
    let server = test.with_mail().await;
    apply_scheme(&test, "harbor").await;
    with_role(&test, "eve", "system-admin").await;
    let eve = test.signed_in("eve").await;
    let tab = eve.get("/console/users/0/sign-in").await;
    let done = eve.submit(&tab, "/console/users/0/password/link", &[]).await;
    let page = eve.follow(done).await;
    page.expect_text("mailed to the verified address");
    let shown = page.text("#reset-secret");
    // The mail that waits in the outbox contains no link.
    let token = shown.rsplit('/').next().unwrap();
    assert_eq!(
        test.count(&format!("outbox WHERE mail LIKE '%{token}%'")).await,
        0
    );
    assert_eq!(mailed_links(&test, &server).await, [shown]);
    assert_eq!(test.count("audit WHERE action = 'reset.make'").await, 1);
}

#[apply(on_both)]
async fn pp_12_root_resets_anybody_and_the_person_gets_a_mail(test: TestApp) {
    let server = test.with_mail().await;
    apply_scheme(&test, "pipeline").await;
    let bob = test.add_person("bob").await;
    test.add_verified_address(&bob, "bob@example.org").await;
    with_role(&test, "adam", "admin").await;
    test.deliver().await;
    let admin = test.signed_in("adam").await;
    let tab = admin.get("/console/users/1/sign-in").await;
    assert!(!tab.body.contains("Make a reset link"));
    let refused = admin
        .post_with_csrf(&tab, "/console/users/1/password/link", &[])
        .await;
    assert_eq!(refused.status, 403);
    let shown = made(&test.signed_in("ann").await).await;
    let mailed = mailed_links(&test, &server).await;
    assert_eq!(mailed.len(), 1);
    assert!(mailed[0].ends_with(&shown), "{mailed:?}");
}

/// The links in the mails that were just sent.
pub async fn mailed_links(test: &TestApp, server: &MailServer) -> Vec<String> {
    let before = server.received().len();
    test.deliver().await;
    let mails = server.received();
    let texts = mails[before..].iter().map(|mail| mail["text"].as_str().unwrap());
    let lines = texts.flat_map(|text| text.lines().filter(|line| line.contains("/reset/")));
    lines.map(|line| line.trim().to_owned()).collect()
}

#[apply(on_both)]
async fn a_link_expires(test: TestApp) {
    let bob = test.add_person("bob").await;
    let link = link_by(&test, &Actor::HOST, &bob).await;
    let browser = test.browser();
    let page = browser.get(&link).await;
    test.clock
        .advance(Duration::from_hours(1) - Duration::from_secs(1));
    assert_eq!(browser.get(&link).await.status, 200);
    test.clock.advance(Duration::from_secs(1));
    let late = browser.submit(&page, &link, &[("password", NEW)]).await;
    assert_eq!((late.status, browser.get(&link).await.status), (410, 410));
    let longer = format!("{link}A");
    assert_eq!(browser.get(&longer).await.status, 410, "altered");
}

#[apply(on_both)]
async fn a_link_ends_with_another_reset_and_with_a_change_of_the_password(test: TestApp) {
    let bob = test.add_person("bob").await;
    let first = link_by(&test, &Actor::HOST, &bob).await;
    let second = link_by(&test, &Actor::HOST, &bob).await;
    let browser = test.browser();
    assert_eq!(browser.get(&first).await.status, 410);
    let signed_in = test.signed_in("bob").await;
    let page = signed_in.get("/account/security").await;
    let form = [("current", PASSWORD), ("new", NEW)];
    assert_eq!(
        signed_in.submit(&page, "/account/password", &form).await.status,
        303
    );
    assert_eq!(browser.get(&second).await.status, 410);
}

#[apply(on_both)]
async fn a_link_ends_with_the_rights_of_whoever_made_it(test: TestApp) {
    let bob = test.add_person("bob").await;
    let adam = with_role(&test, "adam", "admin").await;
    let link = link_by(&test, &adam, &bob).await;
    let browser = test.browser();
    let page = browser.get(&link).await;
    // Bob now has more rights than Adam.
    grant_instance_role(&test, &bob, "owner").await;
    assert_eq!(browser.get(&link).await.status, 410);
    let late = browser.submit(&page, &link, &[("password", NEW)]).await;
    assert_eq!(late.status, 410);
    let (account, role) = (bob.clone().into(), "owner".to_owned());
    test.change(&Actor::HOST, RevokeRole { account, role })
        .await
        .unwrap();
    assert_eq!(browser.get(&link).await.status, 200);
    let (id, reason) = (id_of(&adam), String::new());
    test.change(&Actor::HOST, SuspendAccount { id, reason })
        .await
        .unwrap();
    assert_eq!(browser.get(&link).await.status, 410);
}

#[apply(on_both)]
async fn a_link_of_a_suspended_account_does_nothing(test: TestApp) {
    let bob = test.add_person("bob").await;
    let link = link_by(&test, &Actor::HOST, &bob).await;
    let (id, reason) = (bob, String::new());
    test.change(&Actor::HOST, SuspendAccount { id, reason })
        .await
        .unwrap();
    assert_eq!(test.browser().get(&link).await.status, 410);
}

#[apply(on_both)]
async fn a_link_never_replaces_the_second_factor(test: TestApp) {
    let bob = test.add_person("bob").await;
    let (authenticator, _) = test.add_authenticator(&test.signed_in("bob").await).await;
    let link = link_by(&test, &Actor::HOST, &bob).await;
    let browser = test.browser();
    let done = choose(&browser, &link, NEW).await;
    assert!(!browser.is_signed_in().await);
    let next = browser.follow(done).await;
    let page = browser.get(next.location()).await;
    let code = authenticator.code(test.clock.now());
    browser.submit_code(&page, &code).await;
    assert!(browser.is_signed_in().await);
}

#[apply(on_both)]
async fn a_link_is_used_once_by_sixteen_at_once(test: TestApp) {
    let bob = test.add_person("bob").await;
    let link = Arc::new(link_by(&test, &Actor::HOST, &bob).await);
    let browser = Arc::new(test.browser());
    let page = Arc::new(browser.get(&link).await);
    let used = successes_of_sixteen(|turn| {
        let (browser, page, link) = (browser.clone(), page.clone(), link.clone());
        async move {
            let password = format!("{NEW} {turn}");
            browser
                .submit(&page, &link, &[("password", &password)])
                .await
                .status
                == 303
        }
    })
    .await;
    assert_eq!(used, 1);
}
