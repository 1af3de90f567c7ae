//! Accepting an invitation: with a new account, with an existing one, and by setting a first password.

use super::{BOB, OPS, accept, invite, link, link_for_bob, links, path, status_of, team};
use crate::settings::set_registration;
use crate::support::{PASSWORD, TestApp, on_both};

on_both!(
    cr_11_an_accepted_invitation_creates_an_active_account,
    cr_11_the_form_keeps_its_values_if_the_username_is_taken,
    an_existing_account_joins_a_team,
    choosing_another_account_returns_to_the_invitation,
    with_registration_closed_a_team_admin_brings_no_new_people,
    a_link_sets_the_first_password_of_an_account,
);

async fn cr_11_an_accepted_invitation_creates_an_active_account(test: TestApp) {
    let link = link_for_bob(&test).await;
    let browser = test.browser();
    let page = browser.get(&link).await;
    assert!(page.body.contains("Ann Lee invites you"), "{}", page.body);
    assert!(page.body.contains("bob@example.org"));
    assert_eq!(page.headers["referrer-policy"], "no-referrer");
    let done = accept(&browser, &link, &BOB).await;
    assert_eq!(done.status, 303);
    let account = browser.get(done.location()).await;
    assert!(account.body.contains("bob@example.org"));
    let ann = test.signed_in("ann").await;
    let listed = ann.get("/console/users?q=status:active").await;
    assert!(listed.body.contains("Bob Ray"), "{}", listed.body);
    let all = ann.get("/console/invitations").await;
    assert!(all.body.contains("Accepted"));
}

async fn cr_11_the_form_keeps_its_values_if_the_username_is_taken(test: TestApp) {
    let link = link_for_bob(&test).await;
    let taken = [("username", "ann"), ("name", "Bob Ray"), ("password", PASSWORD)];
    let refused = accept(&test.browser(), &link, &taken).await;
    assert_eq!(refused.status, 422);
    assert!(refused.text("#username-error").contains("taken"));
    assert_eq!(refused.attribute("#name", "value"), "Bob Ray");
}

async fn an_existing_account_joins_a_team(test: TestApp) {
    test.person("carol").await;
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
    let home = browser.get("/account").await;
    assert!(home.text("[aria-labelledby=access]").contains("Ops"));
}

async fn choosing_another_account_returns_to_the_invitation(test: TestApp) {
    test.person("carol").await;
    test.person("dan").await;
    team(&test, &[]).await;
    let link = link(&test.signed_in("ann").await, OPS, "member").await;
    let browser = test.signed_in("carol").await;
    let page = browser.get(&link).await;
    assert!(page.body.contains("Join as carol"), "{}", page.body);
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
    assert!(page.body.contains("Join as dan"), "{}", page.body);
    // Choosing the first account returns to it too.
    let chooser = browser.get(&page.attribute("form .row a", "href")).await;
    let carol = chooser.attributes("button[name=session]", "value").remove(1);
    let chosen = choose(&chooser, &carol).await;
    let back = browser.get(chosen.location()).await;
    assert!(browser.get(back.location()).await.body.contains("Join as carol"));
}

async fn with_registration_closed_a_team_admin_brings_no_new_people(test: TestApp) {
    let bob = test.person("bob").await;
    team(&test, &[(&bob, "admin")]).await;
    let browser = test.signed_in("bob").await;
    let made = invite(&browser, OPS, "new@example.org", "member").await;
    let link = links(&made).remove(0);
    let newcomer = test.browser();
    let page = newcomer.get(&link).await;
    assert!(page.body.contains("you need an account"), "{}", page.body);
    let filled = [("username", "new"), ("password", PASSWORD)];
    let refused = newcomer.submit(&page, path(&link), &filled).await;
    assert_eq!(refused.status, 409);
    set_registration(&test, "invite", "").await;
    let done = accept(&newcomer, &link, &filled).await;
    assert_eq!(done.status, 303, "{}", done.body);
}

async fn a_link_sets_the_first_password_of_an_account(test: TestApp) {
    let ann = test.signed_in("ann").await;
    let page = ann.get("/console/users/new").await;
    let filled = [("username", "bob"), ("name", "Bob Ray"), ("password", "")];
    let made = ann.submit(&page, "/console/users/new", &filled).await;
    assert_eq!(made.status, 200, "{}", made.body);
    let first = links(&made).remove(0);
    let invited = ann.get("/console/users?q=status:invited").await;
    assert!(invited.body.contains("Bob Ray"));
    let user = ann.get("/console/users/1").await;
    let again = ann.submit(&user, "/console/users/1/invite", &[]).await;
    let second = links(&again).remove(0);
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
