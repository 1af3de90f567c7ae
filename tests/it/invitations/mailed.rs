//! Mailed invitations: their links prove an address, unlike the links on pages.

use std::time::Duration;

use doorward::clock::Clock;
use doorward::directory::Actor;
use doorward::directory::accounts::DeleteAccount;
use doorward::directory::emails::AddEmail;
use doorward::store::{Error, outbox};
use serde_json::Value;

use super::{BOB, OPS, accept, invite, links, path, status_of, team};
use crate::resets::CREATE_BOB;
use crate::resets::temporary::replace_temporary;
use crate::schemes::apply_scheme;
use crate::settings::set_registration;
use crate::support::{Browser, PASSWORD, Response, TestApp, apply, on_both, successes_of_sixteen};

const PAGE: &str = "/console/invitations";

/// The mail that waits, as it is stored.
async fn waiting(test: &TestApp) -> String {
    let now = test.clock.now();
    let lease = test.app.db.write::<_, Error, _>(move |tx| {
        Box::pin(async move { outbox::lease(tx, now, now + Duration::from_secs(1)).await })
    });
    let leased = lease.await.unwrap().unwrap();
    test.clock.advance(Duration::from_secs(1));
    serde_json::to_string(&leased.mail).unwrap()
}

/// Whether Bob's only address is verified.
async fn is_verified(test: &TestApp) -> bool {
    let verified = test
        .count("emails WHERE address = 'bob@example.org' AND verified")
        .await;
    let all = test.count("emails WHERE address = 'bob@example.org'").await;
    assert_eq!(all, 1);
    verified == 1
}

#[apply(on_both)]
async fn cl_5_an_invitation_is_mailed_and_proves_its_address(test: TestApp) {
    let server = test.with_mail().await;
    let ann = test.signed_in("ann").await;
    let made = invite(&ann, PAGE, "bob@example.org", "").await;
    made.expect_text("on its way by mail");
    let shown = links(&made).remove(0);
    let queued = waiting(&test).await;
    let (link, mail) = test.mailed_link(&server).await;
    assert_eq!(mail["to"][0], "bob@example.org");
    assert_eq!(mail["subject"], "Join Example");
    let words = mail["text"].as_str().unwrap();
    assert!(
        words.contains("You are invited to Example by Ann Lee."),
        "{words}"
    );
    let html = mail["html"].as_str().unwrap().replace("&#x2f;", "/");
    assert!(html.contains(&format!("href=\"{link}\"")), "{html}");
    assert!(link.starts_with(&format!("{}/invitation/", test.base)));
    // The stored mail contains no secret.
    let secret = link.rsplit_once('.').unwrap().1;
    assert!(!queued.contains(secret) && !shown.contains(secret), "{queued}");
    let browser = test.browser();
    let page = browser.get(&link).await;
    page.expect_text("Ann Lee invites you");
    let done = accept(&browser, &link, &BOB).await;
    assert_eq!(done.status, 303, "{}", done.body);
    assert!(is_verified(&test).await);
    assert_eq!(status_of(&browser, &shown).await, 410, "the shown link ends too");
    let signed_in = test.browser().try_sign_in("bob@example.org", PASSWORD).await;
    assert_eq!(signed_in.status, 303);
}

#[apply(on_both)]
async fn cl_5_the_shown_link_proves_no_address(test: TestApp) {
    let server = test.with_mail().await;
    let ann = test.signed_in("ann").await;
    let shown = links(&invite(&ann, PAGE, "bob@example.org", "").await).remove(0);
    let (mailed, _) = test.mailed_link(&server).await;
    assert_eq!(accept(&test.browser(), &shown, &BOB).await.status, 303);
    assert!(!is_verified(&test).await);
    assert_eq!(status_of(&test.browser(), &mailed).await, 410);
}

#[apply(on_both)]
async fn cl_5_a_mailed_invitation_works_once_until_it_ends(test: TestApp) {
    let server = test.with_mail().await;
    let ann = test.signed_in("ann").await;
    let browser = test.browser();
    invite(&ann, PAGE, "bob@example.org", "").await;
    let (link, _) = test.mailed_link(&server).await;
    let (id, secret) = path(&link)["/invitation/".len()..].split_once('.').unwrap();
    let flipped = if secret.starts_with('A') { "B" } else { "A" };
    let other = id.replace(|c: char| c.is_ascii_digit(), "1");
    for altered in [
        format!("{id}.{flipped}{}", &secret[1..]),
        format!("{id}.{secret}A"),
        format!("{id}."),
        id.to_owned(),
        format!("{other}.{secret}"),
    ] {
        let altered = format!("/invitation/{altered}");
        assert_eq!(status_of(&browser, &altered).await, 410, "{altered}");
    }
    // Another invitation replaces it.
    invite(&ann, PAGE, "bob@example.org", "").await;
    assert_eq!(status_of(&browser, &link).await, 410);
    let (link, _) = test.mailed_link(&server).await;
    let page = browser.get(&link).await;
    test.clock.advance(Duration::from_hours(24 * 7));
    assert_eq!(browser.submit(&page, path(&link), &BOB).await.status, 410);
    let ann = test.signed_in("ann").await;
    // Gets the mail about the new browser out of the way.
    test.sql("DELETE FROM outbox").await;
    invite(&ann, PAGE, "bob@example.org", "").await;
    let (link, _) = test.mailed_link(&server).await;
    let page = browser.get(&link).await;
    let again = [("username", "rob"), ("password", PASSWORD)];
    for (filled, expected) in [(&BOB[..], 303), (&again[..], 410)] {
        let accepted = browser.submit(&page, path(&link), filled).await;
        assert_eq!(accepted.status, expected, "{}", accepted.body);
    }
}

#[apply(on_both)]
async fn cl_5_without_mail_an_invitation_is_only_shown(test: TestApp) {
    let ann = test.signed_in("ann").await;
    let made = invite(&ann, PAGE, "bob@example.org carol@example.org", "").await;
    assert!(
        !made.body.contains("by mail") && !made.body.contains("Mailed"),
        "{}",
        made.body
    );
    assert_eq!((links(&made).len(), test.count("outbox").await), (2, 0));
    // An invitation for anybody has no address.
    let _server = test.with_mail().await;
    let made = invite(&ann, PAGE, "", "").await;
    assert!(!made.body.contains("by mail"), "{}", made.body);
    assert_eq!(test.count("outbox").await, 0);
    let made = invite(&ann, PAGE, "bob@example.org carol@example.org nonsense", "").await;
    assert_eq!(made.body.matches("Mailed").count(), 2, "{}", made.body);
    assert_eq!(test.count("outbox").await, 2);
}

#[apply(on_both)]
async fn cl_5_a_mailed_invitation_proves_the_address_of_an_existing_account(test: TestApp) {
    let server = test.with_mail().await;
    let bob = test.add_person("bob").await;
    let browser = test.signed_in("bob").await;
    let page = browser.get("/account/emails").await;
    let address = [("email", "bob@example.org")];
    browser.post_with_csrf(&page, "/account/emails", &address).await;
    team(&test, &[]).await;
    let ann = test.signed_in("ann").await;
    test.deliver().await;
    let shown = links(&invite(&ann, OPS, "bob@example.org", "member").await).remove(0);
    let (link, mail) = test.mailed_link(&server).await;
    assert_eq!(mail["subject"], "Join Ops");
    assert!(!is_verified(&test).await);
    assert_eq!(accept(&browser, &link, &[("as", "me")]).await.status, 303);
    assert_eq!(browser.get(OPS).await.status, 200);
    assert!(is_verified(&test).await);
    assert_eq!(status_of(&browser, &shown).await, 410);
    let recorded = format!("audit WHERE action = 'email.verify' AND target = '{bob}'");
    assert_eq!(test.count(&recorded).await, 1);
}

#[apply(on_both)]
async fn cl_5_a_proven_address_satisfies_the_rule_about_domains(test: TestApp) {
    let server = test.with_mail().await;
    set_registration(&test, "invite", "example.org").await;
    let carol = test.add_person("carol").await;
    team(&test, &[(&carol, "admin")]).await;
    let browser = test.signed_in("carol").await;
    let shown = links(&invite(&browser, OPS, "bob@example.org", "member").await).remove(0);
    let (link, _) = test.mailed_link(&server).await;
    let outside = invite(&browser, OPS, "dan@elsewhere.example", "member").await;
    assert_eq!(outside.status, 200);
    let (elsewhere, _) = test.mailed_link(&server).await;
    let dan = [("username", "dan"), ("password", PASSWORD)];
    assert_eq!(accept(&test.browser(), &elsewhere, &dan).await.status, 422);
    assert_eq!(accept(&test.browser(), &link, &BOB).await.status, 303);
    assert!(is_verified(&test).await);
    assert_eq!(status_of(&browser, &shown).await, 410);
    // The shown link proves nothing, so an administrator has to approve the account.
    let shown = links(&invite(&browser, OPS, "erin@example.org", "member").await).remove(0);
    let erin = [("username", "erin"), ("password", PASSWORD)];
    let waiting = accept(&test.browser(), &shown, &erin).await;
    waiting.expect_text("waiting for approval");
}

#[apply(on_both)]
async fn pp_10_a_new_account_gets_a_link_by_mail(test: TestApp) {
    let server = test.with_mail().await;
    let ann = test.signed_in("ann").await;
    let page = ann.get("/console/users/new").await;
    let filled = [
        ("username", "bob"),
        ("name", "Bob Ray"),
        ("email", "bob@example.org"),
    ];
    let made = ann.submit(&page, "/console/users/new", &filled).await;
    let made = ann.follow(made).await;
    made.expect_text("on its way by mail");
    let (first, mail) = test.mailed_link(&server).await;
    let words = mail["text"].as_str().unwrap();
    assert_eq!(mail["to"][0], "bob@example.org");
    assert!(words.contains("you sign in with the username bob"), "{words}");
    // Another link ends the one before.
    let user = ann.get("/console/users/1").await;
    ann.submit(&user, "/console/users/1/invite", &[]).await;
    let (link, _) = test.mailed_link(&server).await;
    let browser = test.browser();
    assert_eq!(status_of(&browser, &first).await, 410);
    let set = accept(&browser, &link, &[("password", PASSWORD)]).await;
    assert_eq!(set.status, 303, "{}", set.body);
    assert!(is_verified(&test).await);
    assert_eq!(status_of(&browser, &link).await, 410);
    // An account without an address gets no mail.
    let page = ann.get("/console/users/new").await;
    ann.submit(&page, "/console/users/new", &[("username", "carol")])
        .await;
    assert_eq!(test.deliver().await, 0);
}

/// Ann adds Bob with a temporary password; yields the page that this leads to.
/// Adds Bob with a temporary password; `mails` is whether the form says that it is mailed to an address.
async fn add_bob(ann: &Browser, email: &str, mails: bool) -> Response {
    let path = "/console/users/new";
    let form = ann.get(path).await;
    assert_eq!(
        form.body
            .contains("A temporary password is mailed to the address"),
        mails
    );
    let filled = [("username", "bob"), ("email", email), ("temporary", "yes")];
    let made = ann.submit(&form, path, &filled).await;
    ann.follow(made).await
}

/// The temporary password in a mail.
fn password_in(mail: &Value) -> String {
    let mut lines = mail["text"].as_str().unwrap().lines();
    let found = lines.find_map(|line| line.strip_prefix("Temporary password: "));
    found.unwrap_or_else(|| panic!("{mail}")).trim().to_owned()
}

#[apply(on_both)]
async fn pp_10_a_new_account_gets_a_temporary_password_by_mail(test: TestApp) {
    let server = test.with_mail().await;
    apply_scheme(&test, "pipeline").await;
    let made = add_bob(&test.signed_in("ann").await, "bob@example.org", true).await;
    let notice = "temporary password is on its way by mail to bob@example.org";
    assert!(made.body.contains(notice), "{}", made.body);
    assert_eq!(made.texts("#reset-secret").len(), 0);
    let queued = waiting(&test).await;
    assert_eq!(test.deliver().await, 1);
    let mail = server.received().pop().unwrap();
    let (words, password) = (mail["text"].as_str().unwrap(), password_in(&mail));
    assert_eq!((&mail["to"][0], password.len()), (&"bob@example.org".into(), 19));
    for said in [
        "Username: bob",
        "works until 18 January",
        "you choose another password",
    ] {
        assert!(words.contains(said), "{said}: {words}");
    }
    for secret in [password.clone(), hex::encode(&password)] {
        assert!(!queued.contains(&secret) && !made.body.contains(&secret));
    }
    replace_temporary(&test, "bob", &password).await;
}

#[apply(on_both)]
async fn pp_10_the_command_mails_a_temporary_password_too(test: TestApp) {
    let server = test.with_mail().await;
    apply_scheme(&test, "pipeline").await;
    let ran = test.run(&CREATE_BOB, "").await;
    assert!(ran.succeeded, "{}", ran.stderr);
    assert!(ran.stdout.contains("on its way by mail"), "{}", ran.stdout);
    // The command uses the clock of the machine.
    test.clock.set(Clock::system().now());
    assert_eq!(test.deliver().await, 1);
    let password = password_in(&server.received().pop().unwrap());
    assert!(!ran.stdout.contains(&password) && !ran.stderr.contains(&password));
    replace_temporary(&test, "bob", &password).await;
}

#[apply(on_both)]
async fn a_temporary_password_that_cannot_be_mailed_is_shown(test: TestApp) {
    let ann = test.signed_in("ann").await;
    let remove = async || {
        let id = test.id("bob").await;
        test.change(&Actor::HOST, DeleteAccount { id }).await.unwrap();
    };
    // The scheme has temporary passwords mailed, but there is no mail server.
    apply_scheme(&test, "pipeline").await;
    let made = add_bob(&ann, "bob@example.org", false).await;
    assert_eq!(made.text("#reset-secret").len(), 19);
    remove().await;
    // There is a mail server, but Bob has no address.
    let _server = test.with_mail().await;
    let made = add_bob(&ann, "", true).await;
    assert_eq!(made.text("#reset-secret").len(), 19);
    remove().await;
    // There are both, but the scheme does not have temporary passwords mailed.
    apply_scheme(&test, "default").await;
    let made = add_bob(&ann, "bob@example.net", false).await;
    assert_eq!(made.text("#reset-secret").len(), 19);
    assert_eq!(test.count("outbox").await, 0);
}

#[apply(on_both)]
async fn an_address_gets_five_links_a_day_in_total(test: TestApp) {
    let _server = test.with_mail().await;
    let ann = test.signed_in("ann").await;
    // Bob adds the address to his account, which mails the first link; the others are invitations.
    test.add_person("bob").await;
    let bob = test.signed_in("bob").await;
    let page = bob.get("/account/emails").await;
    let email = [("email", "Carol@example.org")];
    assert_eq!(bob.submit(&page, "/account/emails", &email).await.status, 303);
    for _ in 0..4 {
        let made = invite(&ann, PAGE, "carol@example.org", "").await;
        made.expect_text("on its way by mail");
    }
    let refused = invite(&ann, PAGE, "carol@example.org", "").await;
    refused.expect_text("got 5 links by mail");
    let to_carol = "outbox WHERE LOWER(recipient) = 'carol@example.org'";
    assert_eq!(test.count(to_carol).await, 5);
    let made = invite(&ann, PAGE, "dan@example.org", "").await;
    made.expect_text("on its way by mail");
    test.clock.advance(Duration::from_hours(24));
    let made = invite(&test.signed_in("ann").await, PAGE, "carol@example.org", "").await;
    made.expect_text("on its way by mail");
}

#[apply(on_both)]
async fn an_address_gets_five_links_a_day_even_if_sixteen_ask_at_once(test: TestApp) {
    test.use_mail(1).await;
    let mut people = Vec::new();
    for number in 0..16 {
        people.push(test.add_person_without_password(&format!("person{number}")).await);
    }
    let added = successes_of_sixteen(|turn| {
        let (app, id) = (test.app.clone(), people[turn].clone());
        let address = "carol@example.org".to_owned();
        async move {
            let actor = Actor::account(id.clone(), "192.0.2.1".to_owned());
            app.directory
                .change(&actor, AddEmail { id, address })
                .await
                .is_ok()
        }
    });
    assert_eq!(added.await, 16, "nobody learns of the limit");
    let to_carol = "outbox WHERE recipient = 'carol@example.org'";
    assert_eq!(test.count(to_carol).await, 5);
    assert_eq!(test.count("mailed_links").await, 5);
}
