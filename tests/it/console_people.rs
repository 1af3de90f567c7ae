//! Managing accounts in the console.

use std::time::Duration;

use crate::schemes::{apply_scheme, grant_instance_role};
use crate::support::{Browser, On, PASSWORD, Response, TestApp, apply, on_both, param};

/// Submits a form on the page of the account with this number.
pub async fn act_on(browser: &Browser, number: u32, form: &str, filled: &[(&str, &str)]) -> Response {
    let path = format!("/console/users/{number}");
    let page = browser.get(&path).await;
    browser
        .post_with_csrf(&page, &format!("{path}/{form}"), filled)
        .await
}

#[apply(on_both)]
async fn hb_4_the_password_of_an_external_account_cannot_be_changed_here(test: TestApp) {
    test.add_person("bob").await;
    test.sql("UPDATE accounts SET source = 'ldap' WHERE username = 'bob'")
        .await;
    let ann = test.signed_in("ann").await;
    let page = ann.get("/console/users/1").await;
    assert!(page.body.contains("The directory ldap manages this account"));
    assert!(!page.body.contains("Delete account"));
    let refused = act_on(&ann, 1, "delete", &[("confirm", "bob")]).await;
    assert_eq!(refused.status, 409);
    assert!(refused.body.contains("Another directory manages this account"));
    let bob = test.signed_in("bob").await;
    let page = bob.get("/account/security").await;
    assert!(page.body.contains("Another directory manages your password"));
    let filled = [
        ("current", PASSWORD),
        ("new", "another good and long passphrase 7"),
    ];
    let refused = bob.post_with_csrf(&page, "/account/password", &filled).await;
    assert_eq!(refused.status, 409);
    // Local accounts are not affected.
    test.add_person("carol").await;
    let deleted = act_on(&ann, 2, "delete", &[("confirm", "carol")]).await;
    assert_eq!(deleted.status, 303);
}

#[apply(on_both)]
async fn hb_5_cr_18_an_added_user_is_in_the_list_and_their_roles_are_changed_there(test: TestApp) {
    apply_scheme(&test, "coder").await;
    let ann = test.signed_in("ann").await;
    let form = ann.get("/console/users/new").await;
    let filled = [
        ("username", "bob"),
        ("name", "Bob Ray"),
        ("email", "bob@example.org"),
        ("password", PASSWORD),
    ];
    let add = async || ann.submit(&form, "/console/users/new", &filled).await;
    assert_eq!(add().await.status, 303);
    let again = add().await;
    assert_eq!(again.status, 422);
    assert!(again.text("#username-error").contains("taken"));
    assert_eq!(again.attribute("#name", "value"), "Bob Ray");
    let list = ann.get("/console/users").await;
    assert!(list.body.contains("Bob Ray") && list.body.contains("bob@example.org"));
    let role = [("role", "user-admin"), ("confirmed", "yes")];
    assert_eq!(act_on(&ann, 1, "roles", &role).await.status, 303);
    let listed = ann.get("/console/users?q=role:user-admin").await;
    assert!(listed.body.contains("Bob Ray"));
    let bob = test.signed_in("bob").await;
    assert_eq!(bob.get("/console/users/1").await.status, 200);
    // Accounts with more permissions cannot be changed, and only the owner grants roles.
    assert!(!bob.get("/console/users/0").await.body.contains("Suspend account"));
    let refused = act_on(&bob, 0, "roles", &[("role", "owner")]).await;
    assert_eq!(refused.status, 403);
    assert_eq!(act_on(&ann, 1, "roles/revoke", &role).await.status, 303);
    assert_eq!(bob.get("/console/users/1").await.status, 403);
}

#[apply(on_both)]
async fn cl_13_a_role_is_granted_on_the_page_of_a_user_and_recorded(test: TestApp) {
    let bob = test.add_person("bob").await;
    let ann = test.signed_in("ann").await;
    let granted = act_on(&ann, 1, "roles", &[("role", "admin"), ("confirmed", "yes")]).await;
    assert_eq!(granted.status, 303);
    let entries = test.audit_of(&bob).await;
    let mut entries = entries.into_iter();
    let entry = entries.find(|entry| entry.action == "role.grant").unwrap();
    assert_eq!(entry.actor, test.ann.as_str());
    assert_eq!(entry.address, "127.0.0.1");
    assert!(entry.detail.contains(r#""role":"admin""#));
    let page = ann.get("/console/users/1/history").await;
    assert!(
        page.text("[aria-labelledby=history]")
            .contains("ann granted bob the role")
    );
    let unknown = act_on(&ann, 1, "roles", &[("role", "king")]).await;
    assert_eq!(unknown.status, 422);
}

#[apply(on_both)]
async fn no_role_is_preselected_and_an_escalating_one_needs_a_confirmation(test: TestApp) {
    test.add_person("bob").await;
    test.sql("UPDATE accounts SET status = 'pending' WHERE number = 1")
        .await;
    let ann = test.signed_in("ann").await;
    let page = ann.get("/console/users/1/access").await;
    assert_eq!(page.texts("#role option")[0], "Choose a role");
    let action = "/console/users/1/roles";
    assert_eq!(
        ann.submit(&page, action, &[]).await.status,
        422,
        "nothing is chosen"
    );
    let chosen = [("role", "owner"), ("until", "2027-01-20")];
    let question = ann.submit(&page, action, &chosen).await;
    assert_eq!(question.status, 200);
    let asked = question.text("[aria-labelledby=asked]");
    assert!(
        asked.contains("Grant Owner to bob?") && asked.contains("waiting for approval"),
        "{asked}"
    );
    let roles = async || {
        ann.get("/console/users/1/access")
            .await
            .text("[aria-labelledby=roles] .list")
    };
    assert!(!roles().await.contains("owner"), "not before the answer");
    let done = ann
        .post(action, &question.form_with(action, "confirmed", "yes"))
        .await;
    assert_eq!(done.status, 303, "{}", done.body);
    assert!(roles().await.contains("owner"));
    // A role that adds no permissions is granted at once.
    assert_eq!(act_on(&ann, 1, "roles", &[("role", "auditor")]).await.status, 303);
}

#[apply(on_both)]
async fn the_default_role_is_neither_granted_nor_revoked(test: TestApp) {
    test.add_person("bob").await;
    let ann = test.signed_in("ann").await;
    let member = [("role", "member")];
    let refused = act_on(&ann, 1, "roles", &member).await;
    assert_eq!(refused.status, 422);
    let why = refused.text("#role-error");
    assert!(
        refused.body.contains("Everybody holds this role by default"),
        "{why}"
    );
    assert_eq!(act_on(&ann, 1, "roles/revoke", &member).await.status, 409);
}

#[apply(on_both)]
async fn cr_18_cl_13_roles_are_changed_in_the_list_itself(test: TestApp) {
    let (bob, carol) = (test.add_person("bob").await, test.add_person("carol").await);
    grant_instance_role(&test, &carol, "admin").await;
    let ann = test.signed_in("ann").await;
    let list = ann.get("/console/users?q=bob").await;
    let open = list.attribute("tbody a[aria-label='Change the roles of bob']", "href");
    let role = [("role", "auditor")];
    let granted = ann
        .submit(&ann.get(&open).await, "/console/users/1/roles", &role)
        .await;
    assert_eq!(granted.status, 303, "{}", granted.body);
    let list = ann.get(granted.location()).await;
    assert!(list.text("tbody").contains("auditor"), "{}", list.text("tbody"));
    assert_eq!(list.texts("tbody tr").len(), 1, "the filter is kept");
    // A role that escalates privileges needs a confirmation, which returns to the list too.
    let action = "/console/users/1/roles";
    let question = ann.submit(&list, action, &[("role", "admin")]).await;
    question.expect_text("Yes, grant Admin");
    let answer = question.form_with(action, "confirmed", "yes");
    let list = ann.get(ann.post(action, &answer).await.location()).await;
    assert!(list.text("tbody").contains("admin"), "{}", list.text("tbody"));
    let revoked = ann.submit(&list, "/console/users/1/roles/revoke", &role).await;
    let list = ann.get(revoked.location()).await;
    assert!(!list.text("tbody .chip").contains("auditor"));
    let bob = test.audit_of(&bob).await;
    assert!(bob.iter().any(|entry| entry.action == "role.revoke"));
    // Somebody who may not change roles sees no controls for it.
    let carol = test.signed_in("carol").await;
    let list = carol.get("/console/users?roles=1").await;
    assert!(!list.body.contains("Change the roles") && !list.body.contains("Grant</button>"));
}

#[apply(on_both)]
async fn a_role_is_granted_until_a_day(test: TestApp) {
    test.add_person("bob").await;
    let ann = test.signed_in("ann").await;
    let until = [("role", "auditor"), ("until", "2027-01-20")];
    assert_eq!(act_on(&ann, 1, "roles", &until).await.status, 303);
    let page = ann.get("/console/users/1/access").await;
    assert!(page.text("[aria-labelledby=roles]").contains("auditor"));
    test.clock.advance(Duration::from_hours(24 * 10));
    let page = test.signed_in("ann").await.get("/console/users/1/access").await;
    let roles = page.text("[aria-labelledby=roles] .list");
    assert!(!roles.contains("auditor"), "{roles}");
}

#[apply(on_both)]
async fn cr_28_a_chip_sets_the_query(test: TestApp) {
    let ann = test.signed_in("ann").await;
    let page = ann.get("/console/users").await;
    let hrefs = page.attributes(".chipbar a", "href");
    assert!(hrefs.len() >= 4, "{hrefs:?}");
    for href in hrefs {
        let page = ann.get(&href).await;
        assert_eq!(page.status, 200, "{href}");
        let query = param(&href, "q");
        assert_eq!(page.attribute("form.filter input[name=q]", "value"), query);
        assert_eq!(page.texts(".chipbar a[aria-current]").len(), 1, "{href}");
    }
}

#[apply(on_both)]
async fn a_conflicting_change_is_refused(test: TestApp) {
    test.add_person("bob").await;
    let ann = test.signed_in("ann").await;
    let old = ann.get("/console/users/1").await;
    let bob = test.signed_in("bob").await;
    test.clock.advance(Duration::from_secs(1));
    let page = bob.get("/account").await;
    let filled = [("name", "Bob Ray"), ("zoneinfo", "Europe/Paris")];
    assert_eq!(bob.submit(&page, "/account/profile", &filled).await.status, 303);
    let refused = ann.submit(&old, "/console/users/1/profile", &[("name", "Robert")]);
    let refused = refused.await;
    assert_eq!(refused.status, 409);
    assert!(refused.body.contains("Somebody has changed this account"));
    assert!(ann.get("/console/users/1").await.body.contains("Bob Ray"));
}

#[apply(on_both)]
async fn a_locale_and_a_time_zone_are_checked(test: TestApp) {
    let ann = test.signed_in("ann").await;
    for (field, wrong) in [
        ("locale", "english!"),
        ("zoneinfo", "../etc/passwd"),
        ("locale", "e"),
    ] {
        let page = ann.get("/account").await;
        let refused = ann.submit(&page, "/account/profile", &[(field, wrong)]).await;
        assert_eq!(refused.status, 422, "{field} {wrong}");
    }
}

#[apply(on_both)]
async fn sessions_are_ended_by_an_admin(test: TestApp) {
    test.add_person("bob").await;
    let bob = test.signed_in("bob").await;
    let ann = test.signed_in("ann").await;
    assert_eq!(act_on(&ann, 1, "sessions/end", &[]).await.status, 303);
    assert!(!bob.is_signed_in().await);
    let page = bob.get("/sign-in").await;
    assert!(page.body.contains("An administrator signed you out."));
    bob.sign_in("/sign-in", "bob").await;
}

#[apply(on_both)]
async fn d7_nobody_chooses_a_password_for_others_unless_the_scheme_says_so(test: TestApp) {
    let ann = test.signed_in("ann").await;
    let form = ann.get("/console/users/new").await;
    assert!(!form.body.contains("type=\"password\""));
    let filled = [("username", "bob"), ("password", PASSWORD)];
    let refused = ann.submit(&form, "/console/users/new", &filled).await;
    assert_eq!(refused.status, 422);
    assert!(
        refused
            .body
            .contains("Administrators do not set passwords for others here")
    );
    apply_scheme(&test, "harbor").await;
    let form = ann.get("/console/users/new").await;
    assert!(form.body.contains("type=\"password\""));
    assert_eq!(ann.submit(&form, "/console/users/new", &filled).await.status, 303);
}

/// Every node applies a change of an account from the next request on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cl_35_a_suspension_is_seen_on_every_node() {
    let test = TestApp::start(On::Postgres).await;
    let other = test.another_node().await;
    test.add_person("bob").await;
    let bob = Browser::new(&other.base);
    assert_eq!(bob.try_sign_in("bob", PASSWORD).await.status, 303);
    assert_eq!(bob.get("/account").await.status, 200);
    let ann = test.signed_in("ann").await;
    assert_eq!(act_on(&ann, 1, "suspend", &[]).await.status, 303);
    assert_eq!(bob.get("/account").await.status, 303);
}
