//! A pipeline product: three levels, of which every account has one.

use super::*;
use doorward::model::permission::Permission;

on_both!(
    pp_1_pp_2_pp_3_pp_4_everybody_has_exactly_one_of_three_levels,
    pp_9_each_level_adds_accounts_of_its_own_and_lower_levels,
);

async fn pp_1_pp_2_pp_3_pp_4_everybody_has_exactly_one_of_three_levels(test: TestApp) {
    apply_scheme(&test, "pipeline").await;
    let root = ann(&test);
    let bob = with_role(&test, "bob", "").await;
    assert_eq!(authority(&test, &root).await.roles, ["root"]);
    assert_eq!(authority(&test, &bob).await.roles, ["developer"]);
    assert_eq!(grant(&test, &root, &bob, "admin").await, "yes");
    assert_eq!(authority(&test, &bob).await.roles, ["admin"]);
    assert_eq!(grant(&test, &root, &bob, "developer").await, "yes");
    assert_eq!(authority(&test, &bob).await.roles, ["developer"]);
    // PP-2 to PP-4.
    let admin = with_role(&test, "boss", "admin").await;
    let app = ClientId("pipeline".into());
    for (who, invoices, billing, reads, edits) in [
        (&root, true, true, true, true),
        (&admin, true, false, true, false),
        (&bob, false, false, false, false),
    ] {
        let held = authority(&test, who).await;
        assert_eq!(held.may(Permission::BillingView), invoices);
        assert_eq!(held.may(Permission::BillingManage), billing);
        assert_eq!(held.may(Permission::AccountRead), reads);
        assert_eq!(held.may(Permission::AccountUpdate), edits);
        assert!(held.declared_for(&app).contains(&"pipeline.*".to_owned()));
    }
}

async fn pp_9_each_level_adds_accounts_of_its_own_and_lower_levels(test: TestApp) {
    apply_scheme(&test, "pipeline").await;
    let root = ann(&test);
    let admin = with_role(&test, "boss", "admin").await;
    let developer = with_role(&test, "dev", "").await;
    for (by, name, role, expected) in [
        (&root, "a1", "admin", "yes"),
        (&root, "a2", "developer", "yes"),
        (&admin, "a3", "admin", "forbidden"),
        (&admin, "a4", "developer", "yes"),
        (&admin, "a5", "root", "forbidden"),
        (&developer, "a6", "developer", "forbidden"),
    ] {
        assert_eq!(create_as(&test, by, name, Some(role)).await, expected, "{name}");
    }
    // The page offers exactly these.
    for (username, expected) in [("ann", &["Root", "Admin"][..]), ("boss", &[])] {
        let browser = test.signed_in(username).await;
        let page = browser.get("/console/users/new").await;
        assert_eq!(page.status, 200);
        let mut offered = page.texts("#role option");
        offered.retain(|title| title != "Default role");
        assert_eq!(offered, expected, "{username}");
    }
    let browser = test.signed_in("dev").await;
    assert_eq!(browser.get("/console/users/new").await.status, 403);
}
