//! Developer workspaces: roles that are combined.

use super::*;
use doorward::model::permission::Permission;

use crate::support::{Rp, apply, on_both};

/// The owner and an account with each other role, each with the role's name.
async fn one_of_each_role(test: &TestApp) -> Vec<(&'static str, Actor)> {
    apply_scheme(test, "coder").await;
    let mut actors = vec![("owner", ann(test))];
    for role in ["user-admin", "template-admin", "auditor"] {
        actors.push((role, with_role(test, role, role).await));
    }
    actors.push(("plain", with_role(test, "plain", "").await));
    actors
}

fn yes_if(allowed: bool) -> &'static str {
    if allowed { "yes" } else { "forbidden" }
}

#[apply(on_both)]
async fn cr_1_cr_3_cr_4_cr_5_cr_6_cr_9_what_each_role_may_do(test: TestApp) {
    let actors = one_of_each_role(&test).await;
    let bystander = with_role(&test, "bystander", "").await;
    for (name, actor) in &actors {
        let authority = authority(&test, actor).await;
        let is = |allowed: &[&str]| allowed.contains(name);
        assert!(authority.roles.contains(&"member".to_owned()), "CR-3: {name}");
        let created = create_as(&test, actor, &format!("by-{name}"), None).await;
        assert_eq!(created, yes_if(is(&["owner", "user-admin"])), "CR-4: {name}");
        let grouped = make_group(&test, actor, &format!("by-{name}")).await;
        assert_eq!(grouped, yes_if(is(&["owner", "user-admin"])), "CR-5: {name}");
        let granted = grant(&test, actor, &bystander, "auditor").await;
        assert_eq!(granted, yes_if(is(&["owner"])), "CR-6: {name}");
        let audits = authority.may(Permission::AuditRead);
        assert_eq!(audits, is(&["owner", "auditor"]), "CR-9: {name}");
    }
}

/// The declared permissions in the token of a person for an app.
async fn permissions_in_token(rp: &Rp, username: &str, test: &TestApp) -> Vec<String> {
    let claims = rp.sign_in(&test.browser(), username, &[]).await.claims();
    let listed = claims["permissions"].as_array().cloned().unwrap_or_default();
    listed
        .iter()
        .map(|one| one.as_str().unwrap().to_owned())
        .collect()
}

#[apply(on_both)]
async fn cr_7_cr_8_what_each_role_may_do_in_the_app(test: TestApp) {
    one_of_each_role(&test).await;
    let for_app = test.add_person("for-this-app").await;
    let (rp, other) = (test.rp().await, test.rp_with("other", |_| ()).await);
    test.grant_app_role(&for_app, "rp", "template-admin").await;
    let admins = ["ann", "template-admin", "for-this-app"];
    for person in [
        "ann",
        "user-admin",
        "template-admin",
        "auditor",
        "plain",
        "for-this-app",
    ] {
        let held = permissions_in_token(&rp, person, &test).await;
        for (permission, people) in [
            ("template.manage", &admins[..]),
            ("workspace.read", &admins),
            ("provisioner.run", &admins),
            ("workspace.update", &["ann"]),
            ("workspace.execute", &["ann"]),
        ] {
            let has = held.iter().any(|one| one == permission);
            assert_eq!(has, people.contains(&person), "{person} {permission}");
        }
    }
    // A role for one app means nothing for another.
    assert!(
        permissions_in_token(&other, "for-this-app", &test)
            .await
            .is_empty()
    );
}

#[apply(on_both)]
async fn cr_10_roles_that_escalate_are_marked_and_their_holders_listed(test: TestApp) {
    one_of_each_role(&test).await;
    let ben = test.add_person("ben").await;
    test.rp().await;
    test.grant_app_role(&ben, "rp", "template-admin").await;
    let owner = test.signed_in("ann").await;
    let heads = owner.get("/console/roles").await.texts(".matrix thead th");
    for (title, marked) in [
        ("Owner", true),
        ("User admin", true),
        ("Template admin", true),
        ("Auditor", false),
        ("Member", false),
    ] {
        let head = heads.iter().find(|head| head.starts_with(title)).unwrap();
        assert_eq!(head.contains("Escalates"), marked, "{title}");
    }
    // Granting one asks first.
    let page = owner.get("/console/users/5/access").await;
    let roles = "/console/users/5/roles";
    let asked = owner.submit(&page, roles, &[("role", "template-admin")]).await;
    asked.expect_text("can gain other permissions");
    let risky = test.run(&["roles", "risky"], "").await.stdout;
    assert_eq!(
        risky.lines().collect::<Vec<_>>(),
        [
            "ann  owner",
            "ben  template-admin  for rp",
            "template-admin  template-admin",
            "user-admin  user-admin",
        ]
    );
}

#[apply(on_both)]
async fn cr_2_cr_3_roles_are_combined_and_everybody_stays_a_member(test: TestApp) {
    apply_scheme(&test, "coder").await;
    let both = with_role(&test, "both", "auditor").await;
    let owner = ann(&test);
    assert_eq!(grant(&test, &owner, &both, "user-admin").await, "yes");
    let authority = authority(&test, &both).await;
    assert!(authority.may(Permission::AuditRead) && authority.may(Permission::AccountCreate));
    assert_eq!(authority.roles, ["user-admin", "auditor", "member"]);
    assert_eq!(revoke(&test, &owner, &both, "member").await, "refused");
}

#[apply(on_both)]
async fn cr_16_only_user_admins_and_owners_lift_a_suspension(test: TestApp) {
    apply_scheme(&test, "coder").await;
    let plain = with_role(&test, "plain", "").await;
    for (role, expected) in [
        ("user-admin", "yes"),
        ("template-admin", "forbidden"),
        ("auditor", "forbidden"),
        ("", "forbidden"),
    ] {
        let by = with_role(&test, &format!("by-{role}x"), role).await;
        assert_eq!(suspend(&test, &Actor::HOST, &id_of(&plain)).await, "yes");
        assert_eq!(activate(&test, &by, &id_of(&plain)).await, expected, "{role}");
        if expected != "yes" {
            assert_eq!(activate(&test, &ann(&test), &id_of(&plain)).await, "yes");
        }
    }
}
