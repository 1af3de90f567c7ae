//! Addresses that are proven by a link.

use std::time::Duration;

use doorward::directory::Actor;
use doorward::directory::accounts::SuspendAccount;
use doorward::directory::emails::AddEmail;
use doorward::store::sweep::sweep;

use crate::invitations::link_of_team_admin;
use crate::mail::MailServer;
use crate::registration::{BOB, register};
use crate::settings;
use crate::support::{Browser, PASSWORD, Response, TestApp, apply, on_both, successes_of_sixteen};

const EMAILS: &str = "/account/emails";
const SEND: &str = "/account/emails/send-link";

async fn is_verified(test: &TestApp, username: &str) -> bool {
    let of = format!("(SELECT id FROM accounts WHERE username = '{username}')");
    test.count(&format!("emails WHERE verified AND account_id = {of}"))
        .await
        == 1
}

/// Bob, who has just registered, with the link that was mailed to him.
async fn registered(test: &TestApp, server: &MailServer) -> (Browser, String) {
    let browser = test.browser();
    register(&browser, &BOB).await;
    let (link, mail) = test.mailed_link(server).await;
    assert_eq!(mail["to"][0], "bob@example.org");
    (browser, link.replace(&test.base, ""))
}

/// Sends the waiting mails; yields the link in the last one, which proves an address.
async fn last_link(test: &TestApp, server: &MailServer) -> String {
    test.deliver().await;
    let mail = server.received().pop().unwrap();
    let mut lines = mail["text"].as_str().unwrap().lines();
    let link = lines.find(|line| line.contains("/confirm-email/")).unwrap();
    link.replace(&test.base, "")
}

/// Opens a link and submits its form.
async fn prove(browser: &Browser, link: &str) -> Response {
    let page = browser.get(link).await;
    assert_eq!(page.status, 200, "{}", page.body);
    browser.submit(&page, link, &[]).await
}

async fn change(browser: &Browser, path: &str, email: &str) -> Response {
    let page = browser.get(EMAILS).await;
    browser.post_with_csrf(&page, path, &[("email", email)]).await
}

/// Changes who can register, and discards the mail that tells the owner about the new browser.
async fn set_registration(test: &TestApp, how: &str, domains: &str) {
    settings::set_registration(test, how, domains).await;
    test.sql("DELETE FROM outbox").await;
}

#[apply(on_both)]
async fn cf_9_a_registration_proves_its_address_by_a_link(test: TestApp) {
    let server = test.with_mail().await;
    set_registration(&test, "open", "").await;
    let (bob, link) = registered(&test, &server).await;
    assert!(bob.is_signed_in().await);
    assert!(!is_verified(&test, "bob").await);
    let phone = test.browser();
    let page = phone.get(&link).await;
    assert!(page.body.contains("bob@example.org") && page.body.contains("<strong>bob</strong>"));
    assert_eq!(page.headers["referrer-policy"], "no-referrer");
    assert!(
        !is_verified(&test, "bob").await,
        "a program that follows links proves nothing"
    );
    let proven = phone.submit(&page, &link, &[]).await;
    proven.expect_text("Your address is confirmed");
    assert!(is_verified(&test, "bob").await);
    assert_eq!(phone.get(&link).await.status, 410);
    assert!(!phone.is_signed_in().await, "a mailbox signs nobody in");
    let signed_in = phone.try_sign_in("bob@example.org", PASSWORD).await;
    assert_eq!(signed_in.status, 303);
    let bob = test.id("bob").await;
    let recorded = format!("audit WHERE action = 'email.verify' AND target = '{bob}'");
    assert_eq!(test.count(&recorded).await, 1);
}

#[apply(on_both)]
async fn cf_9_an_address_in_use_gets_the_same_answer(test: TestApp) {
    let server = test.with_mail().await;
    for (registration, status) in [("open", 303), ("approval", 200)] {
        set_registration(&test, registration, "").await;
        let mut answers = Vec::new();
        for email in ["new@example.org", "ann@example.org"] {
            let username = format!("{registration}-{}", &email[..3]);
            let filled = [("username", username.as_str()), ("email", email)];
            let answer = register(&test.browser(), &[&BOB[..], &filled].concat()).await;
            assert_eq!(answer.status, status);
            let location = answer.headers.get("location").cloned();
            answers.push((location, answer.text("main")));
            test.clock.advance(Duration::from_mins(5));
        }
        assert_eq!(answers[0], answers[1]);
        assert_eq!(test.count("outbox").await, 2);
        assert_eq!(test.deliver().await, 2);
        let mails = server.received();
        let [new, used] = &mails[mails.len() - 2..] else {
            panic!()
        };
        assert!(new["text"].as_str().unwrap().contains("/confirm-email/"));
        let notice = used["text"].as_str().unwrap();
        assert_eq!(used["to"][0], "ann@example.org");
        assert!(notice.contains("belongs to another account") && !notice.contains("/confirm-email/"));
    }
    assert_eq!(test.count("email_proofs").await, 4);
    assert!(is_verified(&test, "ann").await);
}

#[apply(on_both)]
async fn cf_9_links_that_do_not_work_say_the_same(test: TestApp) {
    let server = test.with_mail().await;
    set_registration(&test, "open", "").await;
    let (browser, used) = registered(&test, &server).await;
    prove(&browser, &used).await;
    // A used link proves nothing, even after the account has removed the address and added it again.
    change(&browser, "/account/emails/remove", "bob@example.org").await;
    change(&browser, EMAILS, "bob@example.org").await;
    change(&browser, EMAILS, "bob@example.net").await;
    test.clock.advance(Duration::from_mins(5));
    change(&browser, SEND, "bob@example.net").await;
    let link = last_link(&test, &server).await;
    let page = browser.get(&link).await;
    let (start, secret) = link.rsplit_once('.').unwrap();
    let flipped = if secret.starts_with('A') { "B" } else { "A" };
    let altered = format!("{start}.{flipped}{}", &secret[1..]);
    let cut = &link[..link.len() - 1];
    let other = format!("{start}.{}", used.rsplit_once('.').unwrap().1);
    let mut said = Vec::new();
    for path in [&used, &altered, cut, &other, "/confirm-email/x"] {
        said.push((path, browser.get(path).await));
        said.push((path, browser.post(path, &page.form(&link)).await));
    }
    assert!(!is_verified_address(&test, "bob@example.net").await);
    assert!(!is_verified_address(&test, "bob@example.org").await);
    test.clock.advance(Duration::from_hours(24));
    said.push((&link, browser.get(&link).await));
    said.push((&link, browser.post(&link, &page.form(&link)).await));
    assert!(!is_verified_address(&test, "bob@example.net").await);
    for (path, ended) in said {
        assert_eq!(ended.status, 410, "{path}");
        assert!(
            ended.body.contains("ask for another one"),
            "{path}: {}",
            ended.body
        );
        assert!(!ended.body.contains("example.net"), "{path}");
    }
}

async fn is_verified_address(test: &TestApp, address: &str) -> bool {
    test.count(&format!("emails WHERE verified AND address = '{address}'"))
        .await
        == 1
}

#[apply(on_both)]
async fn cf_9_a_link_is_bound_to_its_account_and_address(test: TestApp) {
    let server = test.with_mail().await;
    set_registration(&test, "open", "").await;
    let (bob, link) = registered(&test, &server).await;
    let page = bob.get(&link).await;
    // Somebody else proves the address first.
    let carol = test.add_person("carol").await;
    test.add_verified_address(&carol, "bob@example.org").await;
    assert_eq!(bob.submit(&page, &link, &[]).await.status, 410);
    assert!(is_verified(&test, "carol").await && !is_verified(&test, "bob").await);
    // The account no longer has the address.
    change(&bob, EMAILS, "bob@example.net").await;
    let link = last_link(&test, &server).await;
    let page = bob.get(&link).await;
    assert_eq!(page.status, 200, "{}", page.body);
    change(&bob, "/account/emails/remove", "bob@example.net").await;
    assert_eq!(bob.submit(&page, &link, &[]).await.status, 410);
    // The account has the address again but is suspended.
    change(&bob, EMAILS, "bob@example.net").await;
    let (id, reason) = (test.id("bob").await, String::new());
    test.change(&Actor::HOST, SuspendAccount { id, reason })
        .await
        .unwrap();
    assert_eq!(bob.get(&link).await.status, 410);
    assert!(!is_verified(&test, "bob").await);
}

#[apply(on_both)]
async fn cf_9_a_link_works_once(test: TestApp) {
    let server = test.with_mail().await;
    set_registration(&test, "open", "").await;
    let (browser, link) = registered(&test, &server).await;
    let form = browser.get(&link).await.form(&link);
    let browser = std::sync::Arc::new(browser);
    let proven = successes_of_sixteen(|_| {
        let (browser, link, form) = (browser.clone(), link.clone(), form.clone());
        async move {
            let status = browser.post(&link, &form).await.status;
            assert!(status == 200 || status == 410, "{status}");
            status == 200
        }
    });
    assert_eq!(proven.await, 1);
    assert_eq!(test.count("audit WHERE action = 'email.verify'").await, 1);
}

#[apply(on_both)]
async fn cf_9_a_proven_address_ends_the_wait_of_a_limited_registration(test: TestApp) {
    let server = test.with_mail().await;
    set_registration(&test, "open", "example.org").await;
    let elsewhere = [&BOB[..], &[("email", "bob@elsewhere.example")]].concat();
    assert_eq!(register(&test.browser(), &elsewhere).await.status, 422);
    let pending = register(&test.browser(), &BOB).await;
    pending.expect_text("After that you can sign in");
    let browser = test.browser();
    assert_eq!(browser.try_sign_in("bob", PASSWORD).await.status, 403);
    let (link, _) = test.mailed_link(&server).await;
    let link = link.replace(&test.base, "");
    let proven = prove(&browser, &link).await;
    proven.expect_text("Your address is confirmed");
    assert_eq!(browser.try_sign_in("bob", PASSWORD).await.status, 303);
    let bob = test.id("bob").await;
    let recorded = format!("audit WHERE action = 'account.approve' AND target = '{bob}'");
    assert_eq!(test.count(&recorded).await, 1);
}

#[apply(on_both)]
async fn cf_9_a_proven_address_replaces_no_approval(test: TestApp) {
    let server = test.with_mail().await;
    // The settings at the registration, and those at the proof of the address.
    let cases = [
        ("approval", "", "approval", ""),
        ("approval", "example.org", "approval", "example.org"),
        ("open", "example.org", "closed", "example.org"),
        ("open", "example.org", "invite", "example.org"),
        ("open", "example.org", "open", "example.com"),
    ];
    for (turn, (how, domains, later, later_domains)) in cases.into_iter().enumerate() {
        set_registration(&test, how, domains).await;
        let (username, email) = (format!("bob{turn}"), format!("bob{turn}@example.org"));
        let filled = [("username", username.as_str()), ("email", &email)];
        let pending = register(&test.browser(), &[&BOB[..], &filled].concat()).await;
        pending.expect_text("Confirm your address");
        let (link, _) = test.mailed_link(&server).await;
        set_registration(&test, later, later_domains).await;
        let browser = test.browser();
        let proven = prove(&browser, &link.replace(&test.base, "")).await;
        assert!(
            proven.body.contains("once an administrator has approved it"),
            "{turn}: {}",
            proven.body
        );
        assert!(is_verified(&test, &username).await, "{turn}");
        assert_eq!(
            browser.try_sign_in(&username, PASSWORD).await.status,
            403,
            "{turn}"
        );
    }
}

#[apply(on_both)]
async fn cf_9_a_proven_address_satisfies_the_rule_for_an_invitation(test: TestApp) {
    let server = test.with_mail().await;
    set_registration(&test, "invite", "example.org").await;
    let invitation = link_of_team_admin(&test).await;
    let browser = test.browser();
    let page = browser.get(&invitation).await;
    let action = invitation.replace(&test.base, "");
    let pending = browser.submit(&page, &action, &BOB).await;
    pending.expect_text("After that you can sign in");
    let (link, _) = test.mailed_link(&server).await;
    prove(&browser, &link.replace(&test.base, "")).await;
    assert_eq!(browser.try_sign_in("bob", PASSWORD).await.status, 303);
}

#[apply(on_both)]
async fn an_address_that_a_person_adds_is_proven_by_a_link(test: TestApp) {
    let server = test.with_mail().await;
    let bob = test.add_person("bob").await;
    let browser = test.signed_in("bob").await;
    // The host adds the address, which sends no link, so Bob asks for one.
    let (id, address) = (bob.clone(), "bob@example.org".to_owned());
    test.change(&Actor::HOST, AddEmail { id, address }).await.unwrap();
    assert_eq!(test.deliver().await, 0);
    let page = browser.get(EMAILS).await;
    let sent = browser.submit(&page, SEND, &[]).await;
    let notice = browser.follow(sent).await;
    notice.expect_text("A link is on its way");
    let (link, mail) = test.mailed_link(&server).await;
    assert!(
        mail["text"]
            .as_str()
            .unwrap()
            .contains("the account bob at Example")
    );
    prove(&browser, &link.replace(&test.base, "")).await;
    assert!(is_verified(&test, "bob").await);
    assert!(!browser.get(EMAILS).await.body.contains(SEND));
    assert_eq!(change(&browser, SEND, "bob@example.org").await.status, 409);
    // An address that Bob adds himself gets a link at once, and his verified address a notice.
    change(&browser, EMAILS, "bob@example.net").await;
    assert_eq!(test.deliver().await, 2);
    let mails = server.received();
    let mut to: Vec<_> = mails[1..].iter().map(|mail| mail["to"][0].clone()).collect();
    to.sort_by_key(ToString::to_string);
    assert_eq!(to, ["bob@example.net", "bob@example.org"]);
    // Nobody gets a link for an address that they do not have.
    assert_eq!(change(&browser, SEND, "ann@example.org").await.status, 409);
    assert_eq!(test.count("outbox").await, 0);
}

#[apply(on_both)]
async fn links_that_prove_an_address_are_limited(test: TestApp) {
    let _server = test.with_mail().await;
    test.add_person("bob").await;
    let bob = test.signed_in("bob").await;
    change(&bob, EMAILS, "x@example.org").await;
    let refused = change(&bob, SEND, "x@example.org").await;
    assert_eq!(refused.status, 409);
    refused.expect_text("a short while ago");
    // Removing it and adding it again gets no other mail.
    change(&bob, "/account/emails/remove", "x@example.org").await;
    assert_eq!(change(&bob, EMAILS, "x@example.org").await.status, 303);
    assert_eq!(test.count("outbox").await, 1);
    test.clock.advance(Duration::from_mins(5));
    assert_eq!(change(&bob, SEND, "x@example.org").await.status, 303);
    // Ten a day for an account, whichever address it is.
    for turn in 0..9 {
        let address = format!("bob{turn}@example.org");
        change(&bob, EMAILS, &address).await;
        change(&bob, "/account/emails/remove", &address).await;
    }
    assert_eq!(test.count("outbox").await, 10);
    // Five a day for an address, whoever asks.
    for turn in 0..6 {
        let username = format!("crowd{turn}");
        test.add_person(&username).await;
        change(&test.signed_in(&username).await, EMAILS, "x@example.org").await;
    }
    assert_eq!(test.count("outbox WHERE recipient = 'x@example.org'").await, 5);
    test.clock.advance(Duration::from_hours(24));
    sweep(&test.app.db, test.clock.now()).await.unwrap();
    assert_eq!(test.count("email_proofs").await, 0);
    assert_eq!(test.count("mailed_links").await, 0);
    let bob = test.signed_in("bob").await;
    assert_eq!(change(&bob, SEND, "x@example.org").await.status, 303);
}

#[apply(on_both)]
async fn without_mail_no_address_is_proven(test: TestApp) {
    set_registration(&test, "approval", "").await;
    let pending = register(&test.browser(), &BOB).await;
    pending.expect_text("waiting for approval");
    let ann = test.signed_in("ann").await;
    change(&ann, EMAILS, "ann@example.net").await;
    assert!(!ann.get(EMAILS).await.body.contains(SEND));
    assert_eq!(change(&ann, SEND, "ann@example.net").await.status, 409);
    assert_eq!(
        (test.count("email_proofs").await, test.count("outbox").await),
        (0, 0)
    );
}

#[apply(on_both)]
async fn cf_9_a_person_who_has_just_registered_gets_another_link(test: TestApp) {
    let server = test.with_mail().await;
    set_registration(&test, "open", "example.org").await;
    let browser = test.browser();
    let pending = register(&browser, &BOB).await;
    let again = "/register/send-link";
    let early = browser.submit(&pending, again, &[]).await;
    assert_eq!(early.status, 409);
    early.expect_text("a short while ago");
    test.mailed_link(&server).await;
    test.clock.advance(Duration::from_hours(24));
    // The first link has expired; the page of the registration still gets another one.
    let sent = browser.submit(&early, again, &[]).await;
    sent.expect_text("Another link is on its way");
    let (link, _) = test.mailed_link(&server).await;
    prove(&browser, &link.replace(&test.base, "")).await;
    assert_eq!(browser.submit(&sent, again, &[]).await.status, 410);
    // A forged reference to an account gets no link.
    let bob = test.id("bob").await;
    for forged in [bob.to_string(), format!("{bob}.AAAA"), String::new()] {
        let refused = browser.submit(&pending, again, &[("account", &forged)]).await;
        assert_eq!(refused.status, 410, "{forged}");
    }
}
