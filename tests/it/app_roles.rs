//! App roles that every member of a group or a team holds.

use std::time::Duration;

use doorward::directory::Actor;
use doorward::directory::accounts::SuspendAccount;
use doorward::directory::clients::{Holder, ShareAppRole};
use doorward::directory::groups::{AddGroupMember, AddInnerGroup, DeleteGroup, GroupRef, RemoveGroupMember};
use doorward::directory::teams::{DeleteTeam, RemoveTeamMember};
use doorward::model::{AccountId, ClientId};
use serde_json::{Value, json};

use crate::schemes::{add_to_team, apply_scheme, team, with_role};
use crate::support::{OFFLINE, Rp, TestApp, apply, on_both};

/// The roles in a new ID token.
async fn roles(rp: &Rp, test: &TestApp, username: &str) -> Value {
    let claims = rp.sign_in(&test.browser(), username, &[]).await.claims();
    claims["roles"].clone()
}

async fn add_to_group(test: &TestApp, name: &str, account: &AccountId) {
    let add = AddGroupMember {
        group: GroupRef::Name(name.into()),
        account: account.clone().into(),
        create: true,
    };
    test.change(&Actor::HOST, add).await.unwrap();
}

/// Runs a command, which must succeed.
async fn run(test: &TestApp, arguments: &[&str]) {
    let ran = test.run(arguments, "").await;
    assert!(ran.succeeded, "{arguments:?}: {}", ran.stderr);
    test.app.db.poll_cache_version().await.unwrap();
}

const SHARE: [&str; 5] = ["roles", "share", "operator", "--app", "rp"];

/// Bob is in the group `staff`, and Carol in `night-shift`, which is inside it.
async fn staff(test: &TestApp) -> [AccountId; 2] {
    let (bob, carol) = (test.add_person("bob").await, test.add_person("carol").await);
    add_to_group(test, "staff", &bob).await;
    add_to_group(test, "night-shift", &carol).await;
    let inside = AddInnerGroup {
        group: GroupRef::Name("staff".into()),
        inner: GroupRef::Name("night-shift".into()),
    };
    test.change(&Actor::HOST, inside).await.unwrap();
    [bob, carol]
}

const STAFF: [&str; 2] = ["--group", "staff"];

#[apply(on_both)]
async fn members_of_a_group_and_of_groups_inside_hold_its_role(test: TestApp) {
    let (rp, other) = (test.rp().await, test.rp_with("other", |_| ()).await);
    let [bob, _] = staff(&test).await;
    test.add_person("dan").await;
    run(&test, &[&SHARE[..], &STAFF].concat()).await;
    let operator = json!(["operator"]);
    for (person, expected) in [("bob", &operator), ("carol", &operator), ("dan", &json!([]))] {
        assert_eq!(roles(&rp, &test, person).await, *expected, "{person}");
    }
    assert_eq!(
        roles(&other, &test, "bob").await,
        json!(["member"]),
        "another app"
    );
    // A role that Bob also holds himself appears once.
    test.grant_app_role(&bob, "rp", "operator").await;
    assert_eq!(roles(&rp, &test, "bob").await, operator);
}

#[apply(on_both)]
async fn a_shared_role_ends_with_the_next_refresh(test: TestApp) {
    let rp = test.rp().await;
    let [_, carol] = staff(&test).await;
    run(&test, &[&SHARE[..], &STAFF].concat()).await;
    let scope = [("scope", "openid roles offline_access")];
    let tokens = rp.sign_in(&test.browser(), "carol", &scope).await;
    let remove = RemoveGroupMember {
        group: GroupRef::Name("night-shift".into()),
        account: carol.into(),
    };
    test.change(&Actor::HOST, remove).await.unwrap();
    let refreshed = rp.refresh(tokens.refresh()).await.tokens();
    assert_eq!(refreshed.claims()["roles"], json!([]));
    assert_eq!(roles(&rp, &test, "bob").await, json!(["operator"]));
    let unshare = [&["roles", "unshare"], &SHARE[2..], &STAFF].concat();
    run(&test, &unshare).await;
    assert_eq!(roles(&rp, &test, "bob").await, json!([]));
    assert!(
        !test.run(&unshare, "").await.succeeded,
        "it is not shared any more"
    );
}

#[apply(on_both)]
async fn a_shared_role_ends_at_its_date_and_no_token_outlives_it(test: TestApp) {
    let rp = test.rp().await;
    staff(&test).await;
    let end = test.clock.now() + Duration::from_mins(2);
    let share = ShareAppRole {
        app: ClientId("rp".into()),
        role: "operator".into(),
        with: Holder::Group(GroupRef::Name("staff".into())),
        until: Some(end),
    };
    test.change(&Actor::HOST, share).await.unwrap();
    let scope = [("scope", "openid roles offline_access")];
    let tokens = rp.sign_in(&test.browser(), "bob", &scope).await;
    let claims = tokens.claims();
    assert_eq!(claims["roles"], json!(["operator"]));
    assert!(claims["exp"].as_i64().unwrap() <= end.seconds(), "{claims}");
    let found = rp.introspect(tokens.access()).await;
    assert!(found["exp"].as_i64().unwrap() <= end.seconds(), "{found}");
    let ann = test.signed_in("ann").await;
    let listed = ann.get("/console/apps/rp/roles").await;
    listed.expect_text("Every member of the group, until");
    test.clock.advance(Duration::from_mins(3));
    let refreshed = rp.refresh(tokens.refresh()).await.tokens();
    assert_eq!(refreshed.claims()["roles"], json!([]));
    let page = ann.get("/console/apps/rp/roles").await;
    assert!(!page.body.contains("Every member"), "{}", page.body);
    let fields = [
        ("kind", "group"),
        ("name", "staff"),
        ("role", "operator"),
        ("until", "2020-01-01"),
    ];
    let past = ann.submit(&page, "/console/apps/rp/roles", &fields).await;
    assert!(past.text("#until-error").contains("future"), "{}", past.body);
}

#[apply(on_both)]
async fn members_of_a_team_hold_its_role_while_they_are_in_it(test: TestApp) {
    let rp = test.rp().await;
    let bob = test.add_person("bob").await;
    let ops = team(&test, &Actor::HOST, "ops").await;
    add_to_team(&test, &ops, &Actor::account(bob.clone(), ""), "member").await;
    run(&test, &[&SHARE[..], &["--team", "ops"]].concat()).await;
    assert_eq!(roles(&rp, &test, "bob").await, json!(["operator"]));
    let remove = RemoveTeamMember {
        team: ops.into(),
        account: bob.into(),
    };
    test.change(&Actor::HOST, remove).await.unwrap();
    assert_eq!(roles(&rp, &test, "bob").await, json!([]));
    for (wrong, says) in [
        (&["--team", "nosuch"][..], "There is no team nosuch"),
        (&["--group", "nosuch"], "There is no group nosuch"),
        (&[], "required"),
    ] {
        let refused = test.run(&[&SHARE[..], wrong].concat(), "").await;
        assert!(refused.stderr.contains(says), "{}", refused.stderr);
    }
}

#[apply(on_both)]
async fn a_role_is_shared_and_revoked_in_the_console(test: TestApp) {
    let rp = test.rp().await;
    test.add_person("bob").await;
    let ann = test.signed_in("ann").await;
    let (tab, revoke) = ("/console/apps/rp/roles", "/console/apps/rp/roles/revoke");
    let page = ann.get(tab).await;
    page.expect_text("Nobody.");
    let group = [("kind", "group"), ("name", "engineering"), ("role", "operator")];
    let done = ann.submit(&page, tab, &group).await;
    assert_eq!(done.status, 303, "{}", done.body);
    assert_eq!(roles(&rp, &test, "ann").await, json!(["operator"]));
    let person = [("kind", "person"), ("name", "bob"), ("role", "operator")];
    assert_eq!(ann.submit(&page, tab, &person).await.status, 303);
    assert_eq!(roles(&rp, &test, "bob").await, json!(["operator"]));
    let listed = ann.get(tab).await;
    listed.expect_text("Every member of the group");
    assert_eq!(ann.submit(&listed, revoke, &[]).await.status, 303);
    assert_eq!(roles(&rp, &test, "ann").await, json!([]));
    let listed = ann.get(tab).await;
    assert_eq!(ann.submit(&listed, revoke, &[]).await.status, 303);
    assert_eq!(roles(&rp, &test, "bob").await, json!([]));
    let wrong = ann
        .submit(
            &page,
            tab,
            &[("kind", "person"), ("name", "nosuch"), ("role", "operator")],
        )
        .await;
    assert_eq!(wrong.status, 422);
}

#[apply(on_both)]
async fn d10_roles_held_through_groups_count_for_the_subset_guard(test: TestApp) {
    apply_scheme(&test, "coder").await;
    test.rp().await;
    let admin = with_role(&test, "uma", "user-admin").await;
    let [bob, _] = staff(&test).await;
    let suspend = || SuspendAccount {
        id: bob.clone(),
        reason: String::new(),
    };
    let change = async |verb: &str| {
        let role = ["template-admin", "--app", "rp"];
        run(&test, &[&["roles", verb], &role[..], &STAFF].concat()).await;
    };
    change("share").await;
    let refused = test.change(&admin, suspend()).await;
    assert!(
        refused.is_err(),
        "Bob has more permissions than the administrator"
    );
    change("unshare").await;
    test.change(&admin, suspend()).await.unwrap();
}

#[apply(on_both)]
async fn a_deleted_group_ends_its_shared_roles(test: TestApp) {
    let rp = test.rp().await;
    run(&test, &[&SHARE[..], &["--group", "engineering"]].concat()).await;
    let tokens = rp.sign_in(&test.browser(), "ann", OFFLINE).await;
    let group = GroupRef::Name("engineering".into());
    test.change(&Actor::HOST, DeleteGroup { group }).await.unwrap();
    assert_eq!(test.count("shared_roles").await, 0);
    assert_eq!(rp.refresh(tokens.refresh()).await.status, 200);
    // A new group of the same name does not inherit them.
    add_to_group(&test, "engineering", &test.ann).await;
    assert_eq!(roles(&rp, &test, "ann").await, json!([]));
}

#[apply(on_both)]
async fn a_deleted_team_ends_its_shared_roles(test: TestApp) {
    let rp = test.rp().await;
    let ops = team(&test, &Actor::HOST, "ops").await;
    add_to_team(&test, &ops, &Actor::account(test.ann.clone(), ""), "member").await;
    run(&test, &[&SHARE[..], &["--team", "ops"]].concat()).await;
    assert_eq!(roles(&rp, &test, "ann").await, json!(["operator"]));
    let team = ops.into();
    test.change(&Actor::HOST, DeleteTeam { team }).await.unwrap();
    assert_eq!(test.count("shared_roles").await, 0);
    assert_eq!(roles(&rp, &test, "ann").await, json!([]));
}
