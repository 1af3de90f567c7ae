//! Developer workspaces: roles that add up.

use super::*;
use doorward::model::permission::Permission;

on_both!(
    cr_1_cr_2_cr_3_cr_4_cr_5_cr_6_cr_7_cr_8_cr_9_the_matrix_of_coder,
    cr_16_only_user_admins_and_owners_lift_a_suspension,
);

async fn cr_1_cr_2_cr_3_cr_4_cr_5_cr_6_cr_7_cr_8_cr_9_the_matrix_of_coder(test: TestApp) {
    follow(&test, "coder").await;
    let mut people = vec![("owner", Actor::account(test.ann.clone(), ""))];
    for role in ["user-admin", "template-admin", "auditor", ""] {
        let name = if role.is_empty() { "plain" } else { role };
        people.push((name, with_role(&test, name, role).await));
    }
    let app = ClientId("coder".into());
    let bystander = with_role(&test, "bystander", "").await;
    for (name, actor) in &people {
        let held = authority(&test, actor).await;
        let is = |allowed: &[&str]| allowed.contains(name);
        let yes = |allowed: bool| if allowed { "yes" } else { "forbidden" };
        assert!(held.roles.contains(&"member".to_owned()), "CR-3: {name}");
        let created = create_as(&test, actor, &format!("by-{name}"), None).await;
        assert_eq!(created, yes(is(&["owner", "user-admin"])), "CR-4: {name}");
        let grouped = make_group(&test, actor, &format!("by-{name}")).await;
        assert_eq!(grouped, yes(is(&["owner", "user-admin"])), "CR-5: {name}");
        let granted = grant(&test, actor, &bystander, "auditor").await;
        assert_eq!(granted, yes(is(&["owner"])), "CR-6: {name}");
        let declared = held.declared_for(&app);
        for permission in ["template.manage", "workspace.read", "provisioner.run"] {
            let has = declared.contains(&permission.to_owned());
            assert_eq!(has, is(&["owner", "template-admin"]), "CR-7: {name} {permission}");
        }
        for permission in ["workspace.update", "workspace.execute"] {
            let has = declared.contains(&permission.to_owned());
            assert_eq!(has, is(&["owner"]), "CR-8: {name} {permission}");
        }
        assert_eq!(
            held.may(Permission::AuditRead),
            is(&["owner", "auditor"]),
            "CR-9: {name}"
        );
    }
    // CR-2: rights add up.
    let both = with_role(&test, "both", "auditor").await;
    assert_eq!(grant(&test, &people[0].1, &both, "user-admin").await, "yes");
    let held = authority(&test, &both).await;
    assert!(held.may(Permission::AuditRead) && held.may(Permission::AccountCreate));
    assert_eq!(held.roles, ["user-admin", "auditor", "member"]);
    assert_eq!(
        revoke(&test, &people[0].1, &both, "member").await,
        "refused",
        "CR-3"
    );
}

async fn cr_16_only_user_admins_and_owners_lift_a_suspension(test: TestApp) {
    follow(&test, "coder").await;
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
            let owner = Actor::account(test.ann.clone(), "");
            assert_eq!(activate(&test, &owner, &id_of(&plain)).await, "yes");
        }
    }
}
