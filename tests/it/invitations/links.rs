//! Invitation links: each works once, until it expires, and as long as its creator may invite.

use std::time::Duration;

use doorward::directory::Actor;
use doorward::directory::accounts::SuspendAccount;

use super::{BOB, OPS, accept, invite, link, link_for_bob, links, path, set_member, status_of, team};
use crate::console_people::act_on;
use crate::schemes::{grant_instance_role, with_role};
use crate::support::{PASSWORD, TestApp, apply, fill, on_both, sixteen_at_once};

#[apply(on_both)]
async fn d11_a_link_works_once_and_only_by_post(test: TestApp) {
    let link = link_for_bob(&test).await;
    let scanner = test.browser();
    for _ in 0..3 {
        assert_eq!(status_of(&scanner, &link).await, 200);
    }
    test.clock.advance(Duration::from_secs(7 * 86_400 - 1));
    assert_eq!(status_of(&scanner, &link).await, 200);
    assert_eq!(accept(&test.browser(), &link, &BOB).await.status, 303);
    assert_eq!(status_of(&scanner, &link).await, 410);
    assert_eq!(status_of(&scanner, "/invitation/nonsense").await, 410);
}

#[apply(on_both)]
async fn d11_a_link_works_until_it_expires(test: TestApp) {
    let ann = test.signed_in("ann").await;
    let (link, browser) = (link(&ann, "/console/invitations", "").await, test.browser());
    let page = browser.get(&link).await;
    test.clock.advance(Duration::from_hours(7 * 24));
    assert_eq!(status_of(&browser, &link).await, 410);
    let late = browser.submit(&page, path(&link), &BOB).await;
    assert_eq!(late.status, 410);
}

#[apply(on_both)]
async fn addresses_that_were_not_invited_come_first_and_can_be_corrected(test: TestApp) {
    let ann = test.signed_in("ann").await;
    let pasted = "Ada Lovelace <ada@example.org>, bob@example.org\nno-address";
    let made = invite(&ann, "/console/invitations", pasted, "auditor").await;
    assert_eq!(made.text("#links"), "2 invitations created, 1 not");
    let strong = made.texts("[aria-labelledby=links] li strong");
    assert_eq!(strong, ["no-address", "ada@example.org", "bob@example.org"]);
    assert_eq!(made.text("#again").trim(), "no-address");
    let csv = made.text("#all-csv");
    assert!(
        csv.starts_with("address,link\n\"ada@example.org\",\"http"),
        "{csv}"
    );
    let form = made.form_with("/console/invitations", "role", "auditor");
    let corrected = fill(form, &[("addresses", "cleo@example.org")]);
    let again = ann.post("/console/invitations", &corrected).await;
    let again = ann.follow(again).await;
    assert_eq!(again.text("#links"), "Link for cleo@example.org");
    let list = ann.get("/console/invitations").await;
    assert_eq!(list.texts("tbody .chip"), ["auditor"; 3]);
}

#[apply(on_both)]
async fn a_link_ends_with_the_permissions_of_its_creator(test: TestApp) {
    let bob = test.add_person("bob").await;
    let team = team(&test, &[(&bob, "admin")]).await;
    let link = link(&test.signed_in("bob").await, OPS, "member").await;
    test.add_person("carol").await;
    let carol = test.signed_in("carol").await;
    let page = carol.get(&link).await;
    assert_eq!(page.status, 200);
    set_member(&test, &team, &bob, "member").await;
    assert_eq!(status_of(&carol, &link).await, 410);
    let accepted = carol.submit(&page, path(&link), &[("as", "me")]).await;
    assert_eq!(accepted.status, 410);
    set_member(&test, &team, &bob, "admin").await;
    assert_eq!(status_of(&carol, &link).await, 200);
    let reason = String::new();
    test.change(&Actor::HOST, SuspendAccount { id: bob, reason })
        .await
        .unwrap();
    assert_eq!(status_of(&carol, &link).await, 410);
}

#[apply(on_both)]
async fn a_revoked_or_replaced_link_no_longer_works(test: TestApp) {
    let (first, second) = (link_for_bob(&test).await, link_for_bob(&test).await);
    let browser = test.browser();
    assert_eq!(status_of(&browser, &first).await, 410, "replaced");
    assert_eq!(status_of(&browser, &second).await, 200);
    let ann = test.signed_in("ann").await;
    let list = ann.get("/console/invitations").await;
    let revoke = "/console/invitations/revoke";
    assert_eq!(ann.submit(&list, revoke, &[]).await.status, 303);
    assert_eq!(status_of(&browser, &second).await, 410, "revoked");
    assert_eq!(ann.submit(&list, revoke, &[]).await.status, 409);
}

#[apply(on_both)]
async fn the_links_of_a_deleted_team_end(test: TestApp) {
    team(&test, &[]).await;
    let ann = test.signed_in("ann").await;
    let link = link(&ann, OPS, "member").await;
    let page = ann.get(OPS).await;
    let confirmed = [("confirm", "ops")];
    let deleted = ann.submit(&page, &format!("{OPS}/delete"), &confirmed).await;
    assert_eq!(deleted.status, 303);
    assert_eq!(status_of(&test.browser(), &link).await, 410);
    let listed = ann.get("/console/invitations").await;
    assert!(
        !listed.text("tbody").contains("Pending"),
        "{}",
        listed.text("tbody")
    );
}

#[apply(on_both)]
async fn the_link_of_a_suspended_account_shows_no_form(test: TestApp) {
    let ann = test.signed_in("ann").await;
    let link = ann.invite_person("bob").await;
    assert_eq!(status_of(&test.browser(), &link).await, 200);
    assert_eq!(act_on(&ann, 1, "suspend", &[]).await.status, 303);
    assert_eq!(status_of(&test.browser(), &link).await, 410);
}

#[apply(on_both)]
async fn d10_an_admin_revokes_no_invitation_to_the_root_team(test: TestApp) {
    let root = "/console/teams/root-team";
    let ann = test.signed_in("ann").await;
    let link = link(&ann, root, "admin").await;
    let bob = test.add_person("bob").await;
    grant_instance_role(&test, &bob, "admin").await;
    let page = ann.get(root).await;
    let revoke = format!("{root}/invitations/revoke");
    let fields = page.form(&revoke);
    let (_, id) = fields.iter().find(|(name, _)| name == "invitation").unwrap();
    let invitation = [("invitation", id.as_str())];
    let bob = test.signed_in("bob").await;
    let page = bob.get(root).await;
    for path in [revoke.as_str(), "/console/invitations/revoke"] {
        let refused = bob.post_with_csrf(&page, path, &invitation).await;
        assert_eq!(refused.status, 403, "{path}");
    }
    assert_eq!(status_of(&test.browser(), &link).await, 200);
}

#[apply(on_both)]
async fn one_of_sixteen_concurrent_acceptances_succeeds(test: TestApp) {
    let link = link_for_bob(&test).await;
    let mut opened = Vec::new();
    for _ in 0..16 {
        let browser = test.browser();
        let page = browser.get(&link).await;
        opened.push((browser, page, link.clone()));
    }
    let mut statuses = sixteen_at_once(|turn| {
        let (browser, page, link) = opened.pop().unwrap();
        async move {
            let username = format!("bob{turn}");
            let filled = [("username", username.as_str()), ("password", PASSWORD)];
            browser.submit(&page, path(&link), &filled).await.status
        }
    })
    .await;
    statuses.sort_unstable();
    assert_eq!(statuses[0], 303);
    let refused = |status: &u16| [409, 410, 422].contains(status);
    assert!(statuses[1..].iter().all(refused), "{statuses:?}");
    let list = test.signed_in("ann").await.get("/console/users").await;
    assert!(list.body.contains("2 accounts"));
}

#[apply(on_both)]
async fn d10_an_admin_invites_nobody_to_the_root_team(test: TestApp) {
    with_role(&test, "adam", "admin").await;
    let admin = test.signed_in("adam").await;
    let root_team = "/console/teams/root-team";
    let page = admin.get(root_team).await;
    assert_eq!(page.status, 200);
    assert!(!page.body.contains("Invite people"));
    let path = format!("{root_team}/invitations");
    let refused = admin.post_with_csrf(&page, &path, &[("role", "member")]).await;
    assert_eq!(refused.status, 403);
    let ann = test.signed_in("ann").await;
    assert_eq!(links(&invite(&ann, root_team, "", "admin").await).len(), 1);
}

#[apply(on_both)]
async fn d10_a_link_for_a_first_password_ends_when_the_account_gains_permissions(test: TestApp) {
    with_role(&test, "adam", "admin").await;
    let admin = test.signed_in("adam").await;
    let link = admin.invite_person("bob").await;
    let browser = test.browser();
    let page = browser.get(&link).await;
    assert_eq!(page.status, 200);
    test.make_owner("bob").await;
    assert_eq!(status_of(&browser, &link).await, 410);
    let set = browser
        .submit(&page, path(&link), &[("password", PASSWORD)])
        .await;
    assert_eq!(set.status, 410);
}
