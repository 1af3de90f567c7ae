//! Who may sign in to an app: the access rule at every step, the page for whoever is refused, and the explanation.

mod agreement;

use doorward::directory::Actor;
use doorward::directory::clients::SetAccessRule;
use doorward::directory::groups::{AddGroupMember, AddInnerGroup, GroupRef, RemoveGroupMember};
use doorward::model::access::AccessRule;
use doorward::model::client::Login;
use doorward::model::{AccountId, ClientId};

use crate::schemes::{apply_scheme, grant_instance_role};
use crate::support::{Browser, OFFLINE, Rp, TestApp, apply, on_both, param};

/// The app `rp`, which lets in nobody yet.
async fn closed(test: &TestApp) -> Rp {
    test.rp_with("rp", |settings| settings.access = AccessRule::default())
        .await
}

/// Runs `doorward apps access rp` with these arguments.
async fn open_to(test: &TestApp, arguments: &[&str]) {
    let set = test
        .run(&[&["apps", "access", "rp"], arguments].concat(), "")
        .await;
    assert!(set.succeeded, "{}", set.stderr);
    // The command ran in another process, whose change this node has to notice.
    test.app.db.poll_cache_version().await.unwrap();
}

fn group(name: &str) -> GroupRef {
    GroupRef::Name(name.into())
}

/// Adds a person to a group, which is created if it does not exist.
async fn add_to_group(test: &TestApp, name: &str, account: &AccountId) {
    let add = AddGroupMember {
        group: group(name),
        account: account.clone().into(),
        create: true,
    };
    test.change(&Actor::HOST, add).await.unwrap();
}

/// What an authorization request leads to: "code", "denied" for the page, or the error that the app receives.
async fn outcome(rp: &Rp, browser: &Browser) -> String {
    let back = browser.get(&rp.authorize(&[])).await;
    let location = back.location();
    if location.contains("/sign-in/no-entry") {
        return "denied".into();
    }
    if param(location, "code").is_empty() {
        return param(location, "error");
    }
    "code".into()
}

#[apply(on_both)]
async fn a_new_app_lets_in_nobody(test: TestApp) {
    let redirect = ["--redirect-uri", "https://app.example.org/callback"];
    let created = test
        .run(&[&["apps", "create", "rp"], &redirect[..]].concat(), "")
        .await;
    let hint = "doorward apps access rp --everyone";
    assert!(created.stdout.contains(hint), "{}", created.stdout);
    let (rp, browser) = (Rp::new(&test, "rp", ""), test.signed_in("ann").await);
    assert_eq!(outcome(&rp, &browser).await, "denied", "not even an owner");
    open_to(&test, &["--everyone"]).await;
    assert_eq!(outcome(&rp, &browser).await, "code");
    open_to(&test, &["--nobody"]).await;
    assert_eq!(outcome(&rp, &browser).await, "denied");
}

#[apply(on_both)]
async fn cl_10_members_of_any_chosen_group_sign_in_and_others_read_why_not(test: TestApp) {
    let rp = closed(&test).await;
    for (person, groups) in [
        ("bob", ["staff"]),
        ("carol", ["contractors"]),
        ("dan", ["guests"]),
    ] {
        let id = test.add_person(person).await;
        for name in groups {
            add_to_group(&test, name, &id).await;
        }
    }
    // Bob's group is inside one that the rule names.
    add_to_group(&test, "everybody", &test.ann).await;
    let inside = AddInnerGroup {
        group: group("everybody"),
        inner: group("staff"),
    };
    test.change(&Actor::HOST, inside).await.unwrap();
    open_to(&test, &["--group", "everybody", "--group", "contractors"]).await;
    for person in ["ann", "bob", "carol"] {
        let browser = test.signed_in(person).await;
        assert_eq!(outcome(&rp, &browser).await, "code", "{person}");
    }
    let browser = test.browser();
    let page = browser.get(&rp.authorize(&[])).await;
    let asked = browser.sign_in(page.location(), "dan").await;
    let denied = browser.get(asked.location()).await;
    assert_eq!(denied.status, 403);
    assert_eq!(denied.text("h1"), "You cannot sign in to Grafana");
    let why = "This app is only for certain groups";
    assert!(denied.text("p.lead").starts_with(why), "{}", denied.body);
    assert!(
        !denied.body.contains("contractors"),
        "names no group: {}",
        denied.body
    );
    let back = browser.decide(&denied, "deny").await;
    assert_eq!(param(back.location(), "error"), "access_denied");
}

#[apply(on_both)]
async fn teams_and_roles_let_in_as_groups_do(test: TestApp) {
    let rp = closed(&test).await;
    let team = crate::schemes::team(&test, &Actor::account(test.ann.clone(), ""), "ops").await;
    let (bob, carol) = (test.add_person("bob").await, test.add_person("carol").await);
    let dan = test.add_person("dan").await;
    crate::schemes::add_to_team(&test, &team, &Actor::account(bob.clone(), ""), "member").await;
    grant_instance_role(&test, &carol, "auditor").await;
    test.grant_app_role(&dan, "rp", "operator").await;
    for (rule, admitted) in [
        (&["--team", "ops"][..], &["ann", "bob"][..]),
        (&["--role", "auditor"], &["carol"]),
        (&["--role", "app:operator"], &["dan"]),
        (&["--role", "auditor", "--team", "ops"], &["ann", "bob", "carol"]),
        // Everybody holds the default role.
        (&["--role", "member"], &["ann", "bob", "carol", "dan"]),
    ] {
        open_to(&test, rule).await;
        for person in ["ann", "bob", "carol", "dan"] {
            let browser = test.signed_in(person).await;
            let expected = if admitted.contains(&person) {
                "code"
            } else {
                "denied"
            };
            assert_eq!(outcome(&rp, &browser).await, expected, "{person} {rule:?}");
        }
    }
}

#[apply(on_both)]
async fn cl_12_a_change_counts_from_the_next_sign_in_and_refresh(test: TestApp) {
    let (rp, browser) = (closed(&test).await, test.signed_in("ann").await);
    open_to(&test, &["--group", "engineering"]).await;
    let tokens = rp.sign_in(&browser, "ann", OFFLINE).await;
    let refreshed = rp.refresh(tokens.refresh()).await.tokens();
    open_to(&test, &["--nobody"]).await;
    assert_eq!(rp.refresh(tokens.refresh()).await.error(), "invalid_grant");
    assert_eq!(outcome(&rp, &browser).await, "denied", "with a session");
    assert_eq!(rp.silent_error(&browser).await, "access_denied");
    // Access tokens that were already issued stay valid until they expire, and access can come back.
    assert_eq!(rp.userinfo(refreshed.access()).await.status, 200);
    open_to(&test, &["--group", "engineering"]).await;
    assert_eq!(rp.refresh(tokens.refresh()).await.status, 200);
    let remove = RemoveGroupMember {
        group: group("engineering"),
        account: test.ann.clone().into(),
    };
    test.change(&Actor::HOST, remove).await.unwrap();
    assert_eq!(rp.refresh(tokens.refresh()).await.error(), "invalid_grant");
    assert_eq!(outcome(&rp, &browser).await, "denied");
}

#[apply(on_both)]
async fn a_code_is_not_redeemed_after_the_access_ended(test: TestApp) {
    let rp = test.rp().await;
    let code = rp.code(&test.browser(), "ann", &[]).await;
    let set = SetAccessRule {
        id: ClientId("rp".into()),
        rule: AccessRule::default(),
    };
    test.change(&Actor::HOST, set).await.unwrap();
    assert_eq!(rp.redeem(&code).await.error(), "invalid_grant");
}

#[apply(on_both)]
async fn cl_18_an_administrator_signs_in_to_every_app_and_leaves_an_entry(test: TestApp) {
    apply_scheme(&test, "cloudron").await;
    let rp = closed(&test).await;
    let bob = test.add_person("bob").await;
    grant_instance_role(&test, &bob, "admin").await;
    let entries = async || {
        let log = test
            .run(&["--json", "audit", "list", "--action", "access.override"], "")
            .await;
        log.stdout.lines().filter(|line| line.contains("\"rp\"")).count()
    };
    let admin = test.signed_in("bob").await;
    let tokens = rp.sign_in(&admin, "bob", OFFLINE).await;
    assert_eq!(entries().await, 1);
    assert_eq!(rp.refresh(tokens.refresh()).await.status, 200);
    test.add_person("carol").await;
    assert_eq!(outcome(&rp, &test.signed_in("carol").await).await, "denied");
    // Somebody whom the rule lets in overrides nothing.
    open_to(&test, &["--everyone"]).await;
    assert_eq!(outcome(&rp, &admin).await, "code");
    assert_eq!(entries().await, 1);
}

#[apply(on_both)]
async fn cl_18_the_permission_counts_only_in_a_scheme_that_lets_it(test: TestApp) {
    let (rp, browser) = (closed(&test).await, test.signed_in("ann").await);
    assert_eq!(outcome(&rp, &browser).await, "denied");
    apply_scheme(&test, "coder").await;
    assert_eq!(outcome(&rp, &browser).await, "code");
    apply_scheme(&test, "harbor").await;
    assert_eq!(outcome(&rp, &browser).await, "denied");
}

#[apply(on_both)]
async fn cl_2_cl_3_nobody_signs_in_to_an_app_that_manages_its_own_users(test: TestApp) {
    let (rp, browser) = (test.rp().await, test.browser());
    let tokens = rp.sign_in(&browser, "ann", OFFLINE).await;
    for login in [Login::AppManaged, Login::Link] {
        let set = format!("login={login}");
        assert!(test.run(&["apps", "set", "rp", &set], "").await.succeeded);
        test.app.db.poll_cache_version().await.unwrap();
        let page = browser.get(&rp.authorize(&[])).await;
        assert_eq!(page.status, 400);
        assert_eq!(page.text("h1"), "This app manages its own users");
        assert_eq!(rp.refresh(tokens.refresh()).await.error(), "invalid_grant");
    }
    assert!(
        test.run(&["apps", "set", "rp", "login=directory"], "")
            .await
            .succeeded
    );
    test.app.db.poll_cache_version().await.unwrap();
    assert_eq!(outcome(&rp, &browser).await, "code");
}

#[apply(on_both)]
async fn a_refusal_has_a_reference_number_in_the_audit_log(test: TestApp) {
    let (rp, browser) = (closed(&test).await, test.signed_in("ann").await);
    let page = browser.get(&rp.authorize(&[])).await;
    let denied = browser.get(page.location()).await;
    let why = "This app is not open to anybody yet.";
    assert_eq!(denied.text("p.lead"), why);
    let reference = denied.text("#reference");
    let log = test.run(&["--json", "audit", "list"], "").await;
    let entry = log.stdout.lines().find(|line| line.contains(&reference));
    let entry = entry.unwrap_or_else(|| panic!("no entry in {}", log.stdout));
    for part in ["app_entry_refused", "rp", test.ann.as_str()] {
        assert!(entry.contains(part), "{part}: {entry}");
    }
    // Once Ann may sign in, the same page continues.
    open_to(&test, &["--everyone"]).await;
    let again = browser.get(page.location()).await;
    let back = browser.get(again.location()).await;
    assert!(!param(back.location(), "code").is_empty());
}

#[apply(on_both)]
async fn the_commands_set_and_explain_the_rule(test: TestApp) {
    closed(&test).await;
    let explain = async || test.run(&["explain", "ann", "rp"], "").await.stdout;
    assert_eq!(
        explain().await.trim_end(),
        "ann may not sign in to Grafana, since nobody may yet."
    );
    test.add_person("bob").await;
    add_to_group(&test, "staff", &test.id("bob").await).await;
    open_to(&test, &["--group", "staff", "--role", "auditor"]).await;
    assert_eq!(
        explain().await.trim_end(),
        "ann may not sign in to Grafana, since they have none of these: the group staff or the role auditor."
    );
    open_to(&test, &["--group", "engineering", "--role", "owner"]).await;
    assert_eq!(
        explain().await.trim_end(),
        "ann may sign in to Grafana, since they are in the group engineering, and they have the role owner."
    );
    assert!(
        test.run(&["users", "suspend", "bob", "--yes"], "")
            .await
            .succeeded
    );
    let suspended = test.run(&["explain", "bob", "rp"], "").await.stdout;
    assert!(suspended.contains("their account is not active"), "{suspended}");
}

#[apply(on_both)]
async fn a_rule_names_only_what_exists(test: TestApp) {
    closed(&test).await;
    open_to(&test, &["--group", "engineering", "--role", "owner"]).await;
    let shown = test.run(&["apps", "access", "rp"], "").await.stdout;
    assert_eq!(
        shown.trim_end(),
        "Grafana lets in the group engineering or the role owner."
    );
    for (wrong, says) in [
        (&["--group", "nosuch"][..], "There is no group nosuch."),
        (&["--role", "nosuch"], "There is no such role."),
        (&["--team", "nosuch"], "There is no team nosuch."),
        (&["--everyone", "--nobody"], "cannot be used with"),
    ] {
        let refused = test.run(&[&["apps", "access", "rp"], wrong].concat(), "").await;
        assert!(!refused.succeeded);
        assert!(refused.stderr.contains(says), "{says}: {}", refused.stderr);
    }
    assert_eq!(test.run(&["apps", "access", "rp"], "").await.stdout, shown);
}
