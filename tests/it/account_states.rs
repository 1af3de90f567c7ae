//! The states of an account, in the console and by command: dormant, suspended, and valid for a time.

use std::time::Duration;

use doorward::directory::Actor;
use doorward::directory::accounts::SetValidity;
use doorward::directory::teams::{CreateTeam, MembershipEnd, SetTeamMember, TeamRef};
use doorward::model::AccountId;

use crate::console_people::act_on;
use crate::registration::{BOB, register};
use crate::settings::set_registration;
use crate::support::{Browser, OFFLINE, PASSWORD, TestApp, apply, on_both};

#[apply(on_both)]
async fn cr_12_cr_13_cr_14_dormant_and_suspended_accounts_take_no_seat(test: TestApp) {
    for username in ["bob", "carol", "dan"] {
        test.add_person(username).await;
    }
    let seats = async |ann: &Browser| ann.get("/console/users").await.text(".title .meta");
    let ann = test.signed_in("ann").await;
    assert_eq!(seats(&ann).await, "1 seat in use");
    for username in ["bob", "carol"] {
        test.signed_in(username).await;
    }
    assert_eq!(seats(&ann).await, "3 seats in use");
    let suspended = act_on(&ann, 2, "suspend", &[("reason", "left")]).await;
    assert_eq!(suspended.status, 303);
    assert_eq!(seats(&ann).await, "2 seats in use");
    test.clock.advance(Duration::from_hours(24 * 90 - 1));
    let ann = test.signed_in("ann").await;
    assert_eq!(seats(&ann).await, "2 seats in use", "Bob is active on day 89");
    test.clock.advance(Duration::from_hours(1));
    let ann = test.signed_in("ann").await;
    let page = ann.get("/console/users?q=status:dormant").await;
    assert!(page.body.contains(">bob<"), "and dormant on day 90");
    test.signed_in("bob").await;
    assert_eq!(seats(&ann).await, "2 seats in use", "signing in makes him active");
}

/// Checks the state of account number 1 on its page.
async fn assert_state(test: &TestApp, expected: &str) {
    let page = test.signed_in("ann").await.get("/console/users/1").await;
    assert_eq!(page.text(".title .badge").to_lowercase(), expected);
}

#[apply(on_both)]
async fn cr_20_cr_21_no_command_changes_an_account_without_a_typed_yes(test: TestApp) {
    test.add_person("bob").await;
    for typed in ["", "no\n", "y\n"] {
        let ran = test.run(&["users", "suspend", "bob"], typed).await;
        assert!(!ran.succeeded, "{typed:?}");
        assert_state(&test, "dormant").await;
    }
    let suspend = ["users", "suspend", "bob", "--reason", "left"];
    assert!(test.run(&suspend, "yes\n").await.succeeded);
    assert_state(&test, "suspended").await;
    let again = test.run(&["users", "suspend", "bob", "--yes"], "").await;
    let printed = again.stdout + &again.stderr;
    assert!(
        !again.succeeded && printed.contains("status has changed"),
        "{printed}"
    );
    let refused = test.run(&["users", "activate", "bob"], "no\n").await;
    assert!(!refused.succeeded);
    assert_state(&test, "suspended").await;
    let activated = test.run(&["users", "activate", "bob", "--yes"], "").await;
    assert!(activated.succeeded);
    assert_state(&test, "dormant").await;
    let unknown = test.run(&["users", "suspend", "nobody-here", "--yes"], "").await;
    assert!(!unknown.succeeded);
}

#[apply(on_both)]
async fn cr_20_the_page_asks_before_it_suspends(test: TestApp) {
    test.add_person("bob").await;
    let page = test.signed_in("ann").await.get("/console/users/1").await;
    let asked = page.text("details.ask");
    assert!(asked.contains("Yes, suspend bob"), "{asked}");
    assert!(asked.contains("Nothing is deleted"), "{asked}");
}

/// Bob creates a shared team with this member.
async fn team_of_bob(test: &TestApp, bob: &AccountId, name: &str, member: Option<&AccountId>) {
    let create = CreateTeam {
        slug: None,
        name: name.into(),
    };
    let by = Actor::account(bob.clone(), "");
    let team = test.change(&by, create).await.unwrap().id;
    if let Some(member) = member {
        let set = SetTeamMember {
            team: team.into(),
            account: member.clone().into(),
            role: None,
            end: MembershipEnd::Set(None),
        };
        test.change(&Actor::HOST, set).await.unwrap();
    }
}

#[apply(on_both)]
async fn suspending_the_only_admin_of_a_team_says_so_and_offers_a_successor(test: TestApp) {
    let (bob, carol) = (test.add_person("bob").await, test.add_person("carol").await);
    team_of_bob(&test, &bob, "Ops", Some(&carol)).await;
    team_of_bob(&test, &bob, "Web", None).await;
    let ann = test.signed_in("ann").await;
    let page = ann.get("/console/users/1").await;
    let asked = page.text("details.ask");
    for part in [
        "manages the team Ops.",
        "manages the team Web. Nobody manages it afterwards.",
    ] {
        assert!(
            asked.contains(&format!("bob is the only one who {part}")),
            "{asked}"
        );
    }
    assert_eq!(page.texts("#suspend-ops option"), ["Nobody", "carol"]);
    let asked = test.run(&["users", "suspend", "bob"], "no\n").await.stdout;
    assert!(
        asked.contains("Nobody else manages the teams Ops, Web"),
        "{asked}"
    );
    let successor = [("successor-ops", "carol")];
    let suspended = ann.submit(&page, "/console/users/1/suspend", &successor).await;
    assert_eq!(suspended.status, 303, "{}", suspended.body);
    assert_state(&test, "suspended").await;
    let team = test.signed_in("carol").await.get("/account/teams/ops").await;
    assert!(team.body.contains("Invite people"), "Carol manages it now");
    let asked = async || ann.get("/console/users/2").await.text("details.ask");
    assert!(
        asked()
            .await
            .contains("carol is the only one who manages the team Ops")
    );
    assert_eq!(act_on(&ann, 1, "activate", &[]).await.status, 303);
    assert!(!asked().await.contains("the only one"), "Bob manages it too");
}

#[apply(on_both)]
async fn an_invited_account_is_invited_again_once_its_suspension_is_lifted(test: TestApp) {
    let ann = test.signed_in("ann").await;
    let link = ann.invite_person("bob").await;
    for (act, state) in [("suspend", "suspended"), ("activate", "invited")] {
        assert_eq!(act_on(&ann, 1, act, &[]).await.status, 303);
        assert_state(&test, state).await;
    }
    let browser = test.browser();
    let page = browser.get(&link).await;
    let path = &link[link.find("/invitation/").unwrap()..];
    let set = browser.submit(&page, path, &[("password", PASSWORD)]).await;
    assert_eq!(set.status, 303, "{}", set.body);
    assert!(browser.is_signed_in().await);
}

#[apply(on_both)]
async fn a_restored_account_has_the_state_that_it_had_before(test: TestApp) {
    let ann = test.signed_in("ann").await;
    set_registration(&test, "approval", "").await;
    assert_eq!(register(&test.browser(), &BOB).await.status, 200);
    assert_eq!(act_on(&ann, 1, "reject", &[]).await.status, 303);
    assert_eq!(act_on(&ann, 1, "restore", &[]).await.status, 303);
    assert_state(&test, "pending").await;
    assert_eq!(test.browser().try_sign_in("bob", PASSWORD).await.status, 403);
    assert_eq!(act_on(&ann, 1, "approve", &[]).await.status, 303);
    let reason = [("reason", "left the team")];
    assert_eq!(act_on(&ann, 1, "suspend", &reason).await.status, 303);
    assert_eq!(act_on(&ann, 1, "delete", &[("confirm", "bob")]).await.status, 303);
    assert_eq!(act_on(&ann, 1, "restore", &[]).await.status, 303);
    assert_state(&test, "suspended").await;
    let page = ann.get("/console/users/1").await;
    assert!(page.body.contains("left the team"), "the reason comes back too");
    assert_eq!(act_on(&ann, 1, "activate", &[]).await.status, 303);
    test.signed_in("bob").await;
}

async fn set_validity(ann: &Browser, filled: &[(&str, &str)]) -> u16 {
    act_on(ann, 1, "validity", filled).await.status
}

#[apply(on_both)]
async fn the_dates_of_validity_are_checked(test: TestApp) {
    test.add_person("bob").await;
    let ann = test.signed_in("ann").await;
    let reversed = [("from", "2027-02-01"), ("valid-until", "2027-01-01")];
    let refused = act_on(&ann, 1, "validity", &reversed).await;
    assert_eq!(refused.status, 422);
    assert!(refused.text("#valid-until-error").contains("after the start"));
    assert_eq!(set_validity(&ann, &[("from", "x")]).await, 422);
}

/// The form field with today's date: the test's clock starts at 2027-01-15T08:00:00Z.
const TODAY: &[(&str, &str)] = &[("valid-until", "2027-01-15")];

#[apply(on_both)]
async fn sessions_and_tokens_end_with_the_last_day_of_an_account(test: TestApp) {
    test.add_person("bob").await;
    let (rp, browser) = (test.rp().await, test.browser());
    let ann = test.signed_in("ann").await;
    let end = test.clock.now() + Duration::from_hours(16);
    assert_eq!(set_validity(&ann, TODAY).await, 303);
    let tokens = rp.sign_in(&browser, "bob", OFFLINE).await;
    let refresh = tokens.refresh();
    // Two minutes before the end of the day, tokens are valid for two minutes.
    test.clock.advance(Duration::from_mins(16 * 60 - 2));
    let tokens = rp.refresh(refresh).await.tokens();
    assert_eq!(tokens["expires_in"], 120);
    assert_eq!(tokens.claims()["exp"], end.seconds());
    assert_eq!(rp.userinfo(tokens.access()).await.status, 200);
    assert!(browser.is_signed_in().await);
    test.clock.advance(Duration::from_mins(2));
    assert_eq!(rp.userinfo(tokens.access()).await.status, 401);
    assert_eq!(rp.refresh(refresh).await.error(), "invalid_grant");
    assert!(!browser.is_signed_in().await);
}

#[apply(on_both)]
async fn an_account_that_has_expired_cannot_sign_in(test: TestApp) {
    let bob = test.add_person("bob").await;
    let ann = test.signed_in("ann").await;
    assert_eq!(set_validity(&ann, TODAY).await, 303);
    test.clock.advance(Duration::from_hours(16));
    let refused = test.browser().try_sign_in("bob", PASSWORD).await;
    assert_eq!(refused.status, 403);
    refused.expect_text("Your account has expired");
    let entries = test.audit_of(&bob).await;
    assert!(entries.iter().any(|entry| entry.outcome == "not_valid_now"));
}

#[apply(on_both)]
async fn an_account_outside_its_dates_is_marked_and_takes_no_seat(test: TestApp) {
    for username in ["bob", "carol"] {
        test.add_person(username).await;
        test.signed_in(username).await;
    }
    let ann = test.signed_in("ann").await;
    assert_eq!(act_on(&ann, 1, "validity", TODAY).await.status, 303);
    let later = [("from", "2027-02-01")];
    assert_eq!(act_on(&ann, 2, "validity", &later).await.status, 303);
    test.clock.advance(Duration::from_hours(16));
    let ann = test.signed_in("ann").await;
    assert_state(&test, "expired").await;
    for (state, usernames) in [
        ("active", ["Ann Lee"]),
        ("expired", ["bob"]),
        ("upcoming", ["carol"]),
    ] {
        let page = ann.get(&format!("/console/users?q=status:{state}")).await;
        assert_eq!(page.texts("tbody .person a"), usernames, "{state}");
        assert_eq!(page.texts("tbody .badge").len(), 1);
    }
    let users = ann.get("/console/users").await;
    assert_eq!(users.text(".title .meta"), "1 seat in use");
    let overview = ann.get("/console").await;
    let bar = overview.attribute(".statebar", "aria-label");
    assert_eq!(bar, "1 active, 1 expired, 1 upcoming");
    let seats = overview.text(".numbers .card");
    assert_eq!(seats.replace("seat", " seat"), "1 seat in use");
}

#[apply(on_both)]
async fn only_the_right_password_reveals_why_an_account_cannot_be_used(test: TestApp) {
    test.add_person("bob").await;
    let ann = test.signed_in("ann").await;
    assert_eq!(act_on(&ann, 1, "suspend", &[]).await.status, 303);
    let refused = test.browser().try_sign_in("bob", PASSWORD).await;
    assert_eq!(refused.status, 403);
    refused.expect_text("Your account is suspended");
    let wrong = test.browser().try_sign_in("bob", "not bobs password").await;
    assert_eq!(wrong.status, 422);
    assert!(
        !wrong.body.contains("suspended"),
        "only somebody who knows the password learns it"
    );
}

#[apply(on_both)]
async fn roles_with_an_end_and_app_roles_are_shown(test: TestApp) {
    let bob = test.add_person("bob").await;
    test.register("rp", |_| ()).await;
    test.grant_app_role(&bob, "rp", "operator").await;
    let ann = test.signed_in("ann").await;
    let until = [("role", "auditor"), ("until", "2027-03-20")];
    assert_eq!(act_on(&ann, 1, "roles", &until).await.status, 303);
    let page = ann.get("/console/users/1/access").await;
    let bob = test.signed_in("bob").await;
    for shown in [
        page.text("[aria-labelledby=roles] .list"),
        bob.get("/account/teams").await.text("[aria-labelledby=access]"),
    ] {
        assert!(shown.contains("auditor until 21 March 2027"), "{shown}");
        assert!(shown.contains("operator for"), "{shown}");
    }
}

#[apply(on_both)]
async fn the_role_of_the_root_team_shows_when_it_ends(test: TestApp) {
    let bob = test.add_person("bob").await;
    let set = SetTeamMember {
        team: TeamRef::Slug("root-team".into()),
        account: bob.into(),
        role: None,
        end: MembershipEnd::Set(Some(test.clock.now() + Duration::from_hours(24 * 30))),
    };
    test.change(&Actor::HOST, set).await.unwrap();
    let (ann, bob) = (test.signed_in("ann").await, test.signed_in("bob").await);
    let shown = async || {
        [
            ann.get("/console/users/1/access")
                .await
                .text("[aria-labelledby=roles] .list"),
            bob.get("/account/teams").await.text("[aria-labelledby=access]"),
        ]
    };
    for roles in shown().await {
        assert!(roles.contains("owner until "), "{roles}");
    }
    test.make_owner("bob").await;
    for roles in shown().await {
        assert!(roles.contains("owner"), "{roles}");
        assert!(!roles.contains("until"), "the grant has no end: {roles}");
    }
}

#[apply(on_both)]
async fn the_last_owner_is_always_valid(test: TestApp) {
    let ann = test.signed_in("ann").await;
    let refused = act_on(&ann, 0, "validity", &[("valid-until", "2028-01-01")]).await;
    assert_eq!(refused.status, 409);
}

#[apply(on_both)]
async fn d10_an_owner_counts_only_if_they_can_sign_in_now_and_indefinitely(test: TestApp) {
    let later = act_on(
        &test.signed_in("ann").await,
        0,
        "validity",
        &[("from", "2030-01-01")],
    )
    .await;
    assert_eq!(later.status, 409);
    assert!(
        later.text(".notice").contains("without an owner"),
        "{}",
        later.text(".notice")
    );
    // Bob never chose a password, and Carol's account will start in the future.
    test.add_person_without_password("bob").await;
    test.add_person("carol").await;
    test.make_owner("bob").await;
    test.make_owner("carol").await;
    let ann = test.signed_in("ann").await;
    assert_eq!(
        act_on(&ann, 2, "validity", &[("from", "2030-01-01")])
            .await
            .status,
        303
    );
    for (form, filled) in [
        ("validity", &[("from", "2030-01-01")][..]),
        ("suspend", &[]),
        ("delete", &[("confirm", "ann")]),
        ("roles/revoke", &[("role", "owner")]),
    ] {
        assert_eq!(act_on(&ann, 0, form, filled).await.status, 409, "{form}");
    }
    // Once Carol can sign in, Ann may go.
    assert_eq!(act_on(&ann, 2, "validity", &[]).await.status, 303);
    assert_eq!(act_on(&ann, 0, "suspend", &[]).await.status, 303);
}

#[apply(on_both)]
async fn a_link_for_a_first_password_opens_no_account_before_its_first_day(test: TestApp) {
    let ann = test.signed_in("ann").await;
    let link = ann.invite_person("bob").await;
    assert_eq!(set_validity(&ann, &[("from", "2027-01-16")]).await, 303);
    let browser = test.browser();
    let page = browser.get(&link).await;
    let path = &link[link.find("/invitation/").unwrap()..];
    let set = browser.submit(&page, path, &[("password", PASSWORD)]).await;
    assert_eq!(set.status, 303, "{}", set.body);
    assert!(!browser.is_signed_in().await);
    assert_eq!(test.count("sessions").await, 1, "only Ann's");
    let early = test.browser().try_sign_in("bob", PASSWORD).await;
    assert_eq!(early.status, 403);
    early.expect_text("starts on 16 January 2027");
    test.clock.advance(Duration::from_hours(16));
    assert_eq!(test.browser().try_sign_in("bob", PASSWORD).await.status, 303);
}

#[apply(on_both)]
async fn shortening_the_validity_ends_sessions_and_tokens(test: TestApp) {
    let bob = test.add_person("bob").await;
    let (rp, browser) = (test.rp().await, test.browser());
    let tokens = rp.sign_in(&browser, "bob", OFFLINE).await;
    let change = SetValidity {
        id: bob,
        from: None,
        until: Some(test.clock.now() + Duration::from_mins(1)),
    };
    test.change(&Actor::HOST, change).await.unwrap();
    assert_eq!(rp.userinfo(tokens.access()).await.status, 200);
    assert_eq!(rp.introspect(tokens.access()).await["active"], true);
    test.clock.advance(Duration::from_mins(1));
    assert_eq!(rp.userinfo(tokens.access()).await.status, 401);
    for token in [tokens.access(), tokens.refresh()] {
        assert_eq!(rp.introspect(token).await["active"], false);
    }
    assert_eq!(rp.refresh(tokens.refresh()).await.error(), "invalid_grant");
    assert!(!browser.is_signed_in().await);
}
