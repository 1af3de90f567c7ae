//! The tabs of an account in the console.

use crate::console_people::act_on;
use crate::support::{TestApp, apply, on_both};

const TABS: [(&str, &str); 5] = [
    ("", "Profile"),
    ("/access", "Access"),
    ("/sign-in", "Sign-in"),
    ("/sessions", "Sessions"),
    ("/history", "History"),
];

#[apply(on_both)]
async fn every_tab_has_an_address_and_shows_the_head(test: TestApp) {
    test.add_person("bob").await;
    let ann = test.signed_in("ann").await;
    for (path, name) in TABS {
        let page = ann.get(&format!("/console/users/1{path}")).await;
        assert_eq!(page.status, 200, "{path}");
        assert_eq!(page.text(".tabs [aria-current=page]"), name);
        assert_eq!(
            (page.text("h1"), page.text(".head .badge")),
            ("bob".into(), "Dormant".into())
        );
        assert!(
            page.text(".head details.ask").contains("Yes, suspend bob"),
            "{path}"
        );
    }
}

#[apply(on_both)]
async fn a_change_leads_back_to_the_tab_of_its_form_and_names_the_person(test: TestApp) {
    test.add_person("bob").await;
    let ann = test.signed_in("ann").await;
    for (form, filled, tab, text) in [
        ("roles", &[("role", "auditor")][..], "/access", "bob has the role"),
        (
            "roles/revoke",
            &[("role", "auditor")],
            "/access",
            "bob no longer has the role",
        ),
        (
            "validity",
            &[("from", "2027-01-01")],
            "/sign-in",
            "validity of bob",
        ),
        ("sessions/end", &[], "/sessions", "bob is signed out"),
        ("suspend", &[("tab", "access")], "/access", "bob is suspended"),
        (
            "activate",
            &[("tab", "nonesuch")],
            "",
            "suspension of bob is lifted",
        ),
    ] {
        let done = act_on(&ann, 1, form, filled).await;
        let expected = format!("{}/console/users/1{tab}?done=", test.base);
        ann.expect_done(&done, &expected, text).await;
    }
    let forged = ann.get("/console/users/1?done=You+won").await;
    assert!(forged.texts("[role=status]").is_empty());
}

#[apply(on_both)]
async fn a_person_is_added_to_a_team_and_a_group_from_their_page(test: TestApp) {
    test.add_person("bob").await;
    let ann = test.signed_in("ann").await;
    let teams = ann.get("/console/teams").await;
    let made = ann
        .post_with_csrf(&teams, "/console/teams", &[("slug", "ops"), ("name", "Ops")])
        .await;
    assert_eq!(made.status, 303, "{}", made.body);
    for (form, field, existing) in [("teams", "team", "ops"), ("groups", "group", "engineering")] {
        let unknown = act_on(&ann, 1, form, &[(field, "nonesuch")]).await;
        assert_eq!(unknown.status, 422);
        assert!(
            unknown.text(&format!("#{field}-error")).contains("no such"),
            "{}",
            unknown.body
        );
        assert_eq!(act_on(&ann, 1, form, &[(field, existing)]).await.status, 303);
    }
    let access = ann.get("/console/users/1/access").await;
    assert!(access.text("[aria-labelledby=teams] .list").contains("Ops"));
    assert_eq!(access.attribute("a.chip", "href"), "/console/groups/engineering");
    // Adding a member again does not change the role.
    act_on(&ann, 0, "teams", &[("team", "ops")]).await;
    let own = ann.get("/console/users/0/access").await;
    let teams = own.texts("[aria-labelledby=teams] li");
    let ops = teams.iter().find(|team| team.contains("Ops")).unwrap();
    assert!(ops.contains("admin"), "{ops}");
}

#[apply(on_both)]
async fn the_history_needs_the_permission_to_read_the_audit_log(test: TestApp) {
    crate::schemes::apply_scheme(&test, "coder").await;
    crate::schemes::with_role(&test, "uma", "user-admin").await;
    let uma = test.signed_in("uma").await;
    let page = uma.get("/console/users/0").await;
    assert!(!page.texts(".tabs a").contains(&"History".to_owned()));
    assert_eq!(uma.get("/console/users/0/history").await.status, 403);
}

#[apply(on_both)]
async fn the_page_of_a_person_leads_back_to_the_filtered_list(test: TestApp) {
    test.add_person("bob").await;
    let ann = test.signed_in("ann").await;
    let list = "/console/users?q=bob&sort=name";
    let open = ann.get(list).await;
    let link = open.attribute("tbody .person a", "href");
    assert!(link.starts_with("/console/users/1?list="), "{link}");
    let page = ann.get(&link).await;
    assert_eq!(page.attribute(".crumbs a", "href"), list);
    // The tabs keep the way back, and so does a change, since the browser sends the address of the form's page with it.
    let tab = page.attributes(".tabs a", "href").remove(1);
    let access = ann.get(&tab).await;
    assert_eq!(access.attribute(".crumbs a", "href"), list);
    ann.always_send("referer", &format!("{}{tab}", test.base));
    for (form, filled) in [
        ("roles", &[("role", "auditor")][..]),
        ("teams", &[("team", "nonesuch")]),
    ] {
        let done = ann
            .post_with_csrf(&access, &format!("/console/users/1/{form}"), filled)
            .await;
        let after = match done.status {
            303 => ann.follow(done).await,
            _ => done,
        };
        assert_eq!(after.attribute(".crumbs a", "href"), list, "{form}");
    }
    let plain = ann.get("/console/users/1").await;
    assert_eq!(plain.attribute(".crumbs a", "href"), "/console/users");
    let forged = ann.get("/console/users/1?list=//evil.example").await;
    assert_eq!(forged.attribute(".crumbs a", "href"), "/console/users");
}
