//! The e-mail addresses of an account.

use std::time::Duration;

use crate::console_people::act_on;
use crate::registration::register;
use crate::settings::set_registration;
use crate::support::{Browser, PASSWORD, Response, TestApp, apply, on_both};

/// Submits a form about an address on the user's own page.
async fn change(browser: &Browser, path: &str, email: &str) -> Response {
    let page = browser.get("/account/emails").await;
    let path = format!("/account/emails{path}");
    browser.post_with_csrf(&page, &path, &[("email", email)]).await
}

/// Bob's browser; he has two addresses, of which the second is primary.
async fn bob_with_two_addresses(test: &TestApp) -> Browser {
    test.add_person("bob").await;
    let bob = test.signed_in("bob").await;
    for (path, email) in [
        ("", "bob@example.org"),
        ("", "bob@example.net"),
        ("/primary", "bob@example.net"),
    ] {
        assert_eq!(change(&bob, path, email).await.status, 303, "{path} {email}");
    }
    bob
}

async fn verify(test: &TestApp, email: &str) {
    let ann = test.signed_in("ann").await;
    let verified = act_on(&ann, 1, "emails/verify", &[("email", email)]).await;
    assert_eq!(verified.status, 303);
}

#[apply(on_both)]
async fn an_address_is_added_once_and_never_verified_by_its_owner(test: TestApp) {
    let bob = bob_with_two_addresses(&test).await;
    let taken = change(&bob, "", "BOB@example.org").await;
    assert_eq!(taken.status, 422);
    assert!(taken.text("#email-error").contains("belongs to an account"));
    assert_eq!(change(&bob, "", "nonsense").await.status, 422);
    let verified = change(&bob, "/verify", "bob@example.org").await;
    assert_eq!(verified.status, 404, "there is no such form");
    let ann = test.signed_in("ann").await;
    let found = ann.get("/console/users?q=bob@example.org").await;
    assert!(found.body.contains(">bob<"));
}

#[apply(on_both)]
async fn nobody_vouches_for_their_own_address(test: TestApp) {
    let ann = test.signed_in("ann").await;
    let email = [("email", "ann@example.net")];
    assert_eq!(act_on(&ann, 0, "emails", &email).await.status, 303);
    let page = ann.get("/console/users/0").await;
    assert!(!page.body.contains("Mark as verified"));
    assert_eq!(act_on(&ann, 0, "emails/verify", &email).await.status, 403);
    let emails = ann.get("/account").await.text("[aria-labelledby=emails]");
    assert!(emails.contains("ann@example.net Not verified"), "{emails}");
}

#[apply(on_both)]
async fn an_unverified_address_blocks_nobody_and_yields_to_its_verified_owner(test: TestApp) {
    let rp = test.rp().await;
    let email = async |browser: &Browser| rp.silent_sign_in(browser).await.claims()["email"].clone();
    test.add_person("bob").await;
    test.add_person("carol").await;
    let (bob, carol) = (test.signed_in("bob").await, test.signed_in("carol").await);
    // Nothing reveals that another account has an address, even a verified one.
    for address in ["carol@example.org", "ann@example.org", "nobody@example.org"] {
        assert_eq!(change(&bob, "", address).await.status, 303, "{address}");
    }
    assert_eq!(change(&carol, "", "carol@example.org").await.status, 303);
    assert_eq!(email(&bob).await, "carol@example.org");
    let ann = test.signed_in("ann").await;
    let address = [("email", "carol@example.org")];
    assert_eq!(act_on(&ann, 2, "emails/verify", &address).await.status, 303);
    assert_eq!(email(&carol).await, "carol@example.org");
    assert_eq!(email(&bob).await, serde_json::Value::Null, "it yields");
    let refused = act_on(&ann, 1, "emails/verify", &address).await;
    assert_eq!(refused.status, 422, "{}", refused.body);
    // A registration does not reveal it either.
    set_registration(&test, "open", "").await;
    let dan = [
        ("username", "dan"),
        ("email", "carol@example.org"),
        ("password", PASSWORD),
    ];
    let browser = test.browser();
    assert_eq!(register(&browser, &dan).await.status, 303);
    assert_eq!(email(&browser).await, serde_json::Value::Null);
    test.browser().sign_in("/sign-in", "carol@example.org").await;
}

#[apply(on_both)]
async fn apps_receive_the_primary_address_and_whether_it_is_verified(test: TestApp) {
    let bob = bob_with_two_addresses(&test).await;
    verify(&test, "bob@example.net").await;
    let claims = test.rp().await.silent_sign_in(&bob).await.claims();
    assert_eq!(claims["email"], "bob@example.net");
    assert_eq!(claims["email_verified"], true);
}

#[apply(on_both)]
async fn an_address_is_verified_by_command(test: TestApp) {
    let (bob, rp) = (bob_with_two_addresses(&test).await, test.rp().await);
    let unknown = test
        .run(&["users", "verify-email", "bob", "ann@example.org"], "")
        .await;
    assert!(!unknown.succeeded, "{}", unknown.stdout);
    assert_eq!(rp.silent_sign_in(&bob).await.claims()["email_verified"], false);
    let verified = test
        .run(&["users", "verify-email", "bob", "Bob@example.net"], "")
        .await;
    assert!(verified.succeeded, "{}", verified.stderr);
    assert_eq!(rp.silent_sign_in(&bob).await.claims()["email_verified"], true);
}

#[apply(on_both)]
async fn another_address_becomes_primary_when_the_primary_one_is_removed(test: TestApp) {
    let bob = bob_with_two_addresses(&test).await;
    assert_eq!(change(&bob, "/remove", "bob@example.net").await.status, 303);
    assert_eq!(change(&bob, "/remove", "bob@example.net").await.status, 409);
    let page = bob.get("/account/emails").await;
    assert!(page.text("#content li").contains("Primary"));
    let ann = test.signed_in("ann").await;
    let found = ann.get("/console/users?q=bob@example.org").await;
    assert!(found.body.contains(">bob<"));
}

#[apply(on_both)]
async fn every_change_of_an_address_is_recorded(test: TestApp) {
    let bob = bob_with_two_addresses(&test).await;
    verify(&test, "bob@example.net").await;
    assert_eq!(change(&bob, "/remove", "bob@example.net").await.status, 303);
    let export = test
        .signed_in("ann")
        .await
        .get("/console/audit/export?about=bob")
        .await;
    for action in ["email.add", "email.make_primary", "email.verify", "email.remove"] {
        let entry = format!("\"action\":\"{action}\"");
        assert!(export.body.contains(&entry), "{action}");
    }
}

#[apply(on_both)]
async fn changing_an_address_needs_a_recent_sign_in(test: TestApp) {
    let bob = bob_with_two_addresses(&test).await;
    let form = bob.get("/account/emails").await;
    test.clock.advance(Duration::from_secs(15 * 60 + 1));
    let forms = [
        ("", "new@example.org"),
        ("/remove", "bob@example.net"),
        ("/primary", "bob@example.org"),
    ];
    for (path, email) in forms {
        let path = format!("/account/emails{path}");
        let refused = bob.post_with_csrf(&form, &path, &[("email", email)]).await;
        assert_eq!(refused.status, 303, "{path}");
        assert!(refused.location().contains("/sign-in?attempt="), "{path}");
    }
    let account = bob.get("/account").await.text("[aria-labelledby=emails] li");
    assert!(account.contains("bob@example.net Primary"), "{account}");
    assert!(!account.contains("new@example.org"), "{account}");

    let again = bob.get("/account/emails").await;
    let page = bob.get(again.location()).await;
    assert!(page.body.contains("Sign in again to continue"));
    let entered = bob.sign_in(again.location(), "bob").await;
    assert!(
        entered.location().ends_with("/account/emails"),
        "{}",
        entered.location()
    );
    assert_eq!(change(&bob, "", "new@example.org").await.status, 303);
}
