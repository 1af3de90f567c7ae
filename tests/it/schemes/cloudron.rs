//! An app platform: superadmin, admin, user manager, mail manager and users.

use super::*;
use doorward::model::permission::Permission;

#[apply(on_both)]
#[start(cloudron)]
async fn cl_16_a_user_manager_adds_users_and_changes_no_roles(test: TestApp) {
    let manager = with_role(&test, "manager", "user-manager").await;
    let user = with_role(&test, "user", "").await;
    let admin = with_role(&test, "boss", "admin").await;
    assert_eq!(create_as(&test, &manager, "new-one", None).await, "yes");
    for role in ["user-manager", "mail-manager", "admin", "superadmin"] {
        let created = create_as(&test, &manager, &format!("new-{role}"), Some(role)).await;
        assert_eq!(created, "forbidden", "{role}");
        assert_eq!(grant(&test, &manager, &user, role).await, "forbidden", "{role}");
    }
    assert_eq!(suspend(&test, &manager, &id_of(&user)).await, "yes");
    assert_eq!(suspend(&test, &manager, &id_of(&admin)).await, "forbidden");
    assert_eq!(suspend(&test, &manager, &test.ann).await, "forbidden");
    assert_eq!(make_group(&test, &manager, "staff").await, "yes");
    assert_eq!(make_group(&test, &user, "staff2").await, "forbidden");
}

#[apply(on_both)]
#[start(cloudron)]
async fn cl_20_only_the_superadmin_has_billing_and_backups(test: TestApp) {
    let admin = with_role(&test, "boss", "admin").await;
    let rp = test.rp().await;
    for (username, has) in [("ann", true), ("boss", false)] {
        let tokens = rp
            .sign_in(&test.browser(), username, &[("scope", "openid roles")])
            .await;
        let claims = tokens.claims();
        let held = claims["permissions"].as_array().unwrap();
        for name in ["billing.manage", "backup.manage", "support.ticket"] {
            assert_eq!(held.contains(&name.into()), has, "{username} {name}: {held:?}");
        }
    }
    let of_admin = authority(&test, &admin).await;
    for permission in [
        Permission::BrandingWrite,
        Permission::SettingsWrite,
        Permission::AppLoginAny,
    ] {
        assert!(of_admin.may(permission), "{permission}");
    }
    assert_eq!(suspend(&test, &admin, &test.ann).await, "forbidden");
    assert_eq!(grant(&test, &admin, &admin, "superadmin").await, "forbidden");
}

#[apply(on_both)]
#[start(cloudron)]
async fn cl_17_a_mail_manager_gets_the_permissions_of_the_mail_app_and_no_logs(test: TestApp) {
    let (rp, browser) = (test.rp().await, test.browser());
    with_role(&test, "mel", "mail-manager").await;
    let tokens = rp.sign_in(&browser, "mel", &[("scope", "openid roles")]);
    let claims = tokens.await.claims();
    let held = claims["permissions"].as_array().unwrap();
    assert!(held.contains(&"mailbox.manage".into()), "{held:?}");
    assert!(held.contains(&"maillist.manage".into()), "{held:?}");
    assert!(!held.contains(&"mail.logs".into()), "{held:?}");
    let roles = claims["roles"].as_array().unwrap();
    assert!(roles.contains(&"user-manager".into()), "users too: {roles:?}");
}
