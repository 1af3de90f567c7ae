//! Success messages name what was changed, and have a button that undoes it.

use crate::console_people::act_on;
use crate::support::{Browser, Response, TestApp, apply, on_both};

/// Presses the button of the success message.
async fn undo(browser: &Browser, page: &Response) -> Response {
    let of = |attribute| page.attributes(".notice form input", attribute);
    let fields: Vec<_> = of("name").into_iter().zip(of("value")).collect();
    let action = page.attribute(".notice form", "action");
    browser.post(&action, &fields).await
}

/// Submits a form about a team or a group on its page.
async fn submit(browser: &Browser, page: &str, form: &str, filled: &[(&str, &str)]) -> Response {
    let open = browser.get(page).await;
    let done = browser
        .post_with_csrf(&open, &format!("{page}/{form}"), filled)
        .await;
    browser.follow(done).await
}

/// Bob, in the team Ops until 31 December and in the group engineering; yields Ann's browser.
async fn bob_in_a_team_and_a_group(test: &TestApp) -> Browser {
    test.add_person("bob").await;
    let ann = test.signed_in("ann").await;
    let teams = ann.get("/console/teams").await;
    let new = [("slug", "ops"), ("name", "Ops")];
    let made = ann.post_with_csrf(&teams, "/console/teams", &new).await;
    assert!(
        ann.follow(made)
            .await
            .text("[role=status]")
            .contains("Ops is created")
    );
    let bob = [("username", "bob"), ("role", "member"), ("until", "2027-12-31")];
    submit(&ann, "/console/teams/ops", "members", &bob).await;
    submit(&ann, "/console/groups/engineering", "members", &bob).await;
    ann
}

#[apply(on_both)]
async fn what_can_be_undone_is_undone_by_a_button_of_its_message(test: TestApp) {
    let ann = bob_in_a_team_and_a_group(&test).await;
    let bob = [("username", "bob")];
    for (page, row) in [
        ("/console/teams/ops", "31"),
        ("/console/groups/engineering", "bob"),
    ] {
        let before = ann.get(page).await.texts("tbody td");
        let removed = submit(&ann, page, "members/remove", &bob).await;
        assert_ne!(removed.texts("tbody td"), before, "{page}");
        let back = ann.follow(undo(&ann, &removed).await).await;
        assert_eq!(back.texts("tbody td"), before, "{page}");
        assert!(back.body.contains(row), "{page}");
    }
    // Changes of the account, each with the state after it.
    let state = async || ann.get("/console/users/1").await.text(".head .badge");
    for (form, filled, after) in [
        ("suspend", &[("reason", "on leave")][..], "Suspended"),
        ("delete", &[("confirm", "bob")], "Deleted"),
    ] {
        let before = state().await;
        let done = ann.follow(act_on(&ann, 1, form, filled).await).await;
        assert_eq!(state().await, after);
        assert_eq!(undo(&ann, &done).await.status, 303, "{form}");
        assert_eq!(state().await, before);
    }
    // A suspension that comes back has its reason again.
    act_on(&ann, 1, "suspend", &[("reason", "on leave")]).await;
    let lifted = ann.follow(act_on(&ann, 1, "activate", &[]).await).await;
    let back = ann.follow(undo(&ann, &lifted).await).await;
    back.expect_text("Suspended: on leave");
}

#[apply(on_both)]
async fn undoing_asks_the_same_guards(test: TestApp) {
    test.add_person("bob").await;
    let ann = test.signed_in("ann").await;
    let auditor = [("role", "auditor"), ("until", "2027-12-31")];
    act_on(&ann, 1, "roles", &auditor).await;
    let roles = async || {
        ann.get("/console/users/1/access")
            .await
            .text("[aria-labelledby=roles] .list")
    };
    let before = roles().await;
    assert!(before.contains("auditor"), "{before}");
    let revoked = ann
        .follow(act_on(&ann, 1, "roles/revoke", &auditor[..1]).await)
        .await;
    assert!(!roles().await.contains("auditor"));
    assert_eq!(undo(&ann, &revoked).await.status, 303);
    assert_eq!(roles().await, before, "the end of the role is back too");
    // Granting a role whose holder can gain others asks first, also as an undo.
    let admin = [("role", "admin"), ("confirmed", "yes")];
    act_on(&ann, 1, "roles", &admin).await;
    let revoked = ann
        .follow(act_on(&ann, 1, "roles/revoke", &admin[..1]).await)
        .await;
    let asked = undo(&ann, &revoked).await;
    assert_eq!(asked.status, 200);
    asked.expect_text("Yes, grant Admin");
    // Whoever may no longer make a change cannot undo it either.
    test.make_owner("bob").await;
    let bob = test.signed_in("bob").await;
    test.add_person("carol").await;
    let suspended = bob.follow(act_on(&bob, 2, "suspend", &[]).await).await;
    test.sql("DELETE FROM role_grants WHERE role = 'owner'").await;
    assert_eq!(undo(&bob, &suspended).await.status, 403);
}

#[apply(on_both)]
async fn a_message_with_its_button_is_for_the_session_that_made_the_change(test: TestApp) {
    test.add_person("bob").await;
    let ann = test.signed_in("ann").await;
    let done = act_on(&ann, 1, "suspend", &[]).await;
    let location = done.location().to_owned();
    let page = ann.get(&location).await;
    assert_eq!(page.texts(".notice form button"), ["Undo"]);
    let elsewhere = test.signed_in("ann").await;
    assert!(elsewhere.get(&location).await.texts(".notice form").is_empty());
    let (_, note) = location.split_once("note=").unwrap();
    let forged = format!("/console/teams?note={}", note.to_lowercase());
    assert!(ann.get(&forged).await.texts("[role=status]").is_empty());
    test.clock.advance(std::time::Duration::from_mins(10));
    assert!(ann.get(&location).await.texts(".notice form").is_empty());
}

#[apply(on_both)]
async fn a_bulk_action_is_undone_at_once(test: TestApp) {
    for username in ["bob", "carol"] {
        test.add_person(username).await;
    }
    let ann = test.signed_in("ann").await;
    let list = ann.get("/console/users").await;
    let fields = [("action", "delete"), ("confirmed", "yes"), ("number", "0")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
    let mut fields = [vec![list.csrf()], fields.to_vec()].concat();
    fields.extend(["1", "2"].map(|number| ("number".to_owned(), number.to_owned())));
    let done = ann.post("/console/users/bulk", &fields).await;
    assert_eq!(done.text("h1"), "Deleted 2 of 3 accounts");
    let inverse = done.form_with("/console/users/bulk", "action", "restore");
    let undone = ann.post("/console/users/bulk", &inverse).await;
    assert_eq!(undone.text("h1"), "Restored 2 accounts");
    assert!(ann.get("/console/users").await.body.contains(">carol<"));
}

const OPS: &str = "/console/teams/ops";
const GROUP: &str = "/console/groups/engineering";
const BOB: (&str, &str) = ("username", "bob");

/// A page, the end of the path of a form on it, what is typed, and the message.
type Message = (
    &'static str,
    &'static str,
    &'static [(&'static str, &'static str)],
    &'static str,
);

const MESSAGES: &[Message] = &[
    (
        OPS,
        "members",
        &[BOB, ("role", "admin")],
        "bob has the role admin in Ops",
    ),
    (OPS, "members/remove", &[BOB], "bob is no longer in Ops"),
    (
        OPS,
        "rename",
        &[("name", "Night watch")],
        "Ops is called Night watch now",
    ),
    (OPS, "delete", &[("confirm", "ops")], "Night watch is deleted"),
    (GROUP, "members/remove", &[BOB], "bob is no longer in engineering"),
    (GROUP, "members", &[BOB], "bob is in engineering"),
    (
        GROUP,
        "rename",
        &[("name", "builders")],
        "engineering is called builders now",
    ),
    (
        "/console/groups/builders",
        "delete",
        &[("confirm", "builders")],
        "builders is deleted",
    ),
];

#[apply(on_both)]
async fn messages_name_what_was_changed(test: TestApp) {
    let ann = bob_in_a_team_and_a_group(&test).await;
    for (page, form, filled, says) in MESSAGES {
        let page = submit(&ann, page, form, filled).await;
        assert!(page.text("[role=status]").contains(says), "{form}: {}", page.body);
    }
    let granted = ann
        .follow(act_on(&ann, 1, "roles", &[("role", "auditor")]).await)
        .await;
    assert!(granted.text("[role=status]").contains("bob has the role auditor"));
    let invited = ann.get("/console/invitations").await;
    let addresses = [("addresses", "cleo@example.org")];
    ann.submit(&invited, "/console/invitations", &addresses).await;
    let open = ann.get("/console/invitations").await;
    let revoked = ann.submit(&open, "/console/invitations/revoke", &[]).await;
    let revoked = ann.follow(revoked).await;
    assert!(
        revoked
            .text("[role=status]")
            .contains("The invitation for cleo@example.org is revoked")
    );
}
