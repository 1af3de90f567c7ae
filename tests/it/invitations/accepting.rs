//! Accepting an invitation: with a new account, with an existing one, and by setting a first password.

use super::{BOB, OPS, accept, invite, link, link_for_bob, links, path, status_of, team};
use crate::console_people::act_on;
use crate::settings::set_registration;
use crate::support::{PASSWORD, TestApp, apply, on_both};

#[apply(on_both)]
async fn cr_11_an_accepted_invitation_creates_an_active_account(test: TestApp) {
    let link = link_for_bob(&test).await;
    let browser = test.browser();
    let page = browser.get(&link).await;
    page.expect_text("Ann Lee invites you");
    assert!(page.body.contains("bob@example.org"));
    assert_eq!(page.headers["referrer-policy"], "no-referrer");
    let done = accept(&browser, &link, &BOB).await;
    assert_eq!(done.status, 303);
    assert_eq!(done.location(), format!("{}/", test.base));
    let account = browser.get("/account").await;
    assert!(account.body.contains("bob@example.org"));
    let ann = test.signed_in("ann").await;
    let listed = ann.get("/console/users?q=status:active").await;
    listed.expect_text("Bob Ray");
    let all = ann.get("/console/invitations").await;
    assert!(all.body.contains("Accepted"));
}

#[apply(on_both)]
async fn cr_11_the_form_keeps_its_values_if_the_username_is_taken(test: TestApp) {
    let link = link_for_bob(&test).await;
    let taken = [("username", "ann"), ("name", "Bob Ray"), ("password", PASSWORD)];
    let refused = accept(&test.browser(), &link, &taken).await;
    assert_eq!(refused.status, 422);
    assert_eq!(refused.headers["referrer-policy"], "no-referrer");
    assert!(refused.text("#username-error").contains("taken"));
    assert_eq!(refused.attribute("#name", "value"), "Bob Ray");
}

#[apply(on_both)]
async fn an_existing_account_joins_a_team(test: TestApp) {
    test.add_person("carol").await;
    team(&test, &[]).await;
    let link = link(&test.signed_in("ann").await, OPS, "member").await;
    let browser = test.browser();
    let page = browser.get(&link).await;
    let back = browser
        .sign_in(&page.attribute("div.ways a", "href"), "carol")
        .await;
    assert!(back.location().ends_with(path(&link)), "{}", back.location());
    let joined = accept(&browser, back.location(), &[("as", "me")]).await;
    assert_eq!(joined.status, 303);
    let home = browser.get("/account/teams").await;
    assert!(home.text("[aria-labelledby=teams]").contains("Ops"));
}

#[apply(on_both)]
async fn an_invitation_for_an_address_is_accepted_by_an_account_that_has_it(test: TestApp) {
    test.add_person("carol").await;
    team(&test, &[]).await;
    let made = invite(&test.signed_in("ann").await, OPS, "Carol@example.org", "member").await;
    let link = links(&made).remove(0);
    let carol = test.signed_in("carol").await;
    let refused = accept(&carol, &link, &[("as", "me")]).await;
    assert_eq!(refused.status, 409);
    refused.expect_text("This invitation is for Carol@example.org");
    assert_eq!(carol.get(OPS).await.status, 404);
    let page = carol.get("/account/emails").await;
    let address = [("email", "carol@example.org")];
    let added = carol.post_with_csrf(&page, "/account/emails", &address).await;
    assert_eq!(added.status, 303);
    assert_eq!(accept(&carol, &link, &[("as", "me")]).await.status, 303);
}

#[apply(on_both)]
async fn choosing_another_account_returns_to_the_invitation(test: TestApp) {
    test.add_person("carol").await;
    test.add_person("dan").await;
    team(&test, &[]).await;
    let link = link(&test.signed_in("ann").await, OPS, "member").await;
    let browser = test.signed_in("carol").await;
    let page = browser.get(&link).await;
    page.expect_text("Join as carol");
    let chooser = browser.get(&page.attribute("form .row a", "href")).await;
    let choose = async |page, session: &str| {
        let chosen = [("session", session)];
        browser.submit(page, "/sign-in/accounts", &chosen).await
    };
    let other = choose(&chooser, "new").await;
    let sign_in = browser.get(other.location()).await;
    assert!(!sign_in.body.contains("carol"), "another account is asked for");
    let back = browser.sign_in(other.location(), "dan").await;
    assert!(back.location().ends_with(path(&link)), "{}", back.location());
    let page = browser.get(back.location()).await;
    page.expect_text("Join as dan");
    // Choosing the first account returns to it too.
    let chooser = browser.get(&page.attribute("form .row a", "href")).await;
    let carol = chooser.attributes("button[name=session]", "value").remove(1);
    let chosen = choose(&chooser, &carol).await;
    let back = browser.get(chosen.location()).await;
    assert!(browser.get(back.location()).await.body.contains("Join as carol"));
}

#[apply(on_both)]
async fn with_registration_closed_a_team_admin_brings_no_new_people(test: TestApp) {
    let bob = test.add_person("bob").await;
    team(&test, &[(&bob, "admin")]).await;
    let browser = test.signed_in("bob").await;
    let made = invite(&browser, OPS, "new@example.org", "member").await;
    let link = links(&made).remove(0);
    let newcomer = test.browser();
    let page = newcomer.get(&link).await;
    page.expect_text("you need an account");
    let filled = [("username", "new"), ("password", PASSWORD)];
    let refused = newcomer.submit(&page, path(&link), &filled).await;
    assert_eq!(refused.status, 409);
    set_registration(&test, "invite", "").await;
    let done = accept(&newcomer, &link, &filled).await;
    assert_eq!(done.status, 303, "{}", done.body);
}

#[apply(on_both)]
async fn people_whom_a_team_admin_invites_wait_for_approval_and_need_an_allowed_address(test: TestApp) {
    set_registration(&test, "approval", "example.org").await;
    let bob = test.add_person("bob").await;
    team(&test, &[(&bob, "admin")]).await;
    let link = link(&test.signed_in("bob").await, OPS, "member").await;
    let newcomer = test.browser();
    let new = |email| [("username", "new"), ("email", email), ("password", PASSWORD)];
    for email in ["", "new@elsewhere.example"] {
        let refused = accept(&newcomer, &link, &new(email)).await;
        assert_eq!(refused.status, 422, "{email}");
        assert!(refused.text("#email-error").contains("example.org"), "{email}");
    }
    let waiting = accept(&newcomer, &link, &new("new@example.org")).await;
    assert_eq!(waiting.status, 200);
    waiting.expect_text("waiting for approval");
    assert!(!newcomer.is_signed_in().await);
    assert_eq!(newcomer.try_sign_in("new", PASSWORD).await.status, 403);
    assert_eq!(status_of(&newcomer, &link).await, 410, "the link is used");
    let ann = test.signed_in("ann").await;
    let approved = act_on(&ann, 2, "approve", &[]).await;
    assert_eq!(approved.status, 303);
    newcomer.sign_in("/sign-in", "new").await;
    assert_eq!(newcomer.get(OPS).await.status, 200, "and a member of the team");
    // The invitation of somebody who may create accounts needs no approval.
    let made = invite(&ann, "/console/invitations", "", "").await;
    let joined = accept(
        &test.browser(),
        &links(&made).remove(0),
        &[("username", "dan"), ("password", PASSWORD)],
    )
    .await;
    assert_eq!(joined.status, 303);
}

#[apply(on_both)]
async fn a_person_added_with_a_verified_address_signs_in_with_it(test: TestApp) {
    let ann = test.signed_in("ann").await;
    for (username, email, verified, expected) in [
        ("bob", "bob@example.org", true, 303),
        ("carol", "carol@example.org", false, 422),
    ] {
        let page = ann.get("/console/users/new").await;
        let mut filled = vec![("username", username), ("email", email)];
        filled.extend(verified.then_some(("email_verified", "1")));
        let made = ann.submit(&page, "/console/users/new", &filled).await;
        let link = links(&ann.follow(made).await).remove(0);
        let browser = test.browser();
        let page = browser.get(&link).await;
        let shown = page.text("form");
        assert!(shown.contains(&format!("Your username is {username}")), "{shown}");
        let set = accept(&browser, &link, &[("password", PASSWORD)]).await;
        assert_eq!(set.status, 303);
        let signed_in = test.browser().try_sign_in(email, PASSWORD).await;
        assert_eq!(signed_in.status, expected, "{email}");
    }
}

#[apply(on_both)]
async fn a_link_sets_the_first_password_of_an_account(test: TestApp) {
    let ann = test.signed_in("ann").await;
    let page = ann.get("/console/users/new").await;
    let filled = [("username", "bob"), ("name", "Bob Ray"), ("password", "")];
    let made = ann.submit(&page, "/console/users/new", &filled).await;
    let first = links(&ann.follow(made).await).remove(0);
    let invited = ann.get("/console/users?q=status:invited").await;
    assert!(invited.body.contains("Bob Ray"));
    let user = ann.get("/console/users/1").await;
    let again = ann.submit(&user, "/console/users/1/invite", &[]).await;
    let second = links(&ann.follow(again).await).remove(0);
    let browser = test.browser();
    let old = status_of(&browser, &first).await;
    assert_eq!(old, 410, "a new link ends the one before");
    for (password, expected) in [("short", 422), (PASSWORD, 303)] {
        let set = accept(&browser, &second, &[("password", password)]).await;
        assert_eq!(set.status, expected, "{password}");
    }
    assert_eq!(status_of(&browser, &second).await, 410);
    test.signed_in("bob").await;
}
