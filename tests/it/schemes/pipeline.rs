//! A pipeline product: three levels, of which every account has one.

use super::*;
use crate::support::{Rp, apply, on_both};

#[apply(on_both)]
#[start(pipeline)]
async fn pp_1_everybody_has_exactly_one_of_three_levels(test: TestApp) {
    let root = ann(&test);
    let bob = with_role(&test, "bob", "").await;
    assert_eq!(authority(&test, &root).await.roles, ["root"]);
    assert_eq!(authority(&test, &bob).await.roles, ["developer"]);
    assert_eq!(grant(&test, &root, &bob, "admin").await, "yes");
    assert_eq!(authority(&test, &bob).await.roles, ["admin"]);
    assert_eq!(grant(&test, &root, &bob, "developer").await, "yes");
    assert_eq!(authority(&test, &bob).await.roles, ["developer"]);
}

#[apply(on_both)]
async fn pp_1_who_is_in_the_root_team_has_no_other_level(test: TestApp) {
    // Ann holds two roles that become levels.
    grant_instance_role(&test, &test.ann, "admin").await;
    apply_scheme(&test, "pipeline").await;
    with_role(&test, "boss", "admin").await;
    let ann = test.signed_in("ann").await;
    let team = "/console/teams/root-team";
    let page = ann.get(team).await;
    let member = [("username", "boss"), ("role", "admin")];
    let joined = ann
        .post_with_csrf(&page, &format!("{team}/members"), &member)
        .await;
    assert_eq!(joined.status, 303, "{}", joined.body);
    let rp = test.rp().await;
    let roles = async |username: &str| {
        let tokens = rp
            .sign_in(&test.browser(), username, &[("scope", "openid roles")])
            .await;
        tokens.claims()["roles"].clone()
    };
    for username in ["ann", "boss"] {
        assert_eq!(roles(username).await, serde_json::json!(["root"]), "{username}");
    }
    let left = [("username", "boss")];
    let left = ann
        .post_with_csrf(&page, &format!("{team}/members/remove"), &left)
        .await;
    assert_eq!(left.status, 303);
    assert_eq!(roles("boss").await, serde_json::json!(["developer"]));
}

/// The declared permissions in the token of this person for the pipeline app.
async fn permissions(test: &TestApp, rp: &Rp, username: &str) -> Vec<String> {
    let tokens = rp
        .sign_in(&test.browser(), username, &[("scope", "openid roles")])
        .await;
    let claims = tokens.claims();
    let held = claims["permissions"].as_array().into_iter().flatten();
    held.map(|name| name.as_str().unwrap().to_owned()).collect()
}

#[apply(on_both)]
#[start(pipeline)]
async fn pp_2_pp_3_pp_4_the_token_has_the_permissions_of_the_level(test: TestApp) {
    with_role(&test, "boss", "admin").await;
    with_role(&test, "dev", "").await;
    let rp = test.rp().await;
    for (username, has, lacks) in [
        (
            "ann",
            &["billing.view", "billing.manage", "pipeline.run"][..],
            &[][..],
        ),
        (
            "boss",
            &["billing.view", "pipeline.run", "pipeline.delete"],
            &["billing.manage"],
        ),
        (
            "dev",
            &["pipeline.run", "pipeline.delete"],
            &["billing.view", "billing.manage"],
        ),
    ] {
        let held = permissions(&test, &rp, username).await;
        assert!(
            has.iter().all(|name| held.contains(&(*name).to_owned())),
            "{username}: {held:?}"
        );
        assert!(
            !lacks.iter().any(|name| held.contains(&(*name).to_owned())),
            "{username}: {held:?}"
        );
        assert!(
            !held.iter().any(|name| name.contains('*')),
            "no pattern is sent: {held:?}"
        );
    }
}

/// A page, a form on it and what is typed, with whether an admin may do it too.
type Act = (
    &'static str,
    &'static str,
    &'static [(&'static str, &'static str)],
    bool,
);

/// What root does on the pages.
const ACTS: [Act; 12] = [
    ("/console/teams", "/console/teams", &[("slug", "ops")], true),
    (
        "/console/teams/ops",
        "/console/teams/ops/rename",
        &[("name", "Operations")],
        true,
    ),
    (
        "/console/teams/ops",
        "/console/teams/ops/members",
        &[("username", "dev"), ("role", "member")],
        true,
    ),
    (
        "/console/teams/ops",
        "/console/teams/ops/members/remove",
        &[("username", "dev")],
        true,
    ),
    (
        "/console/teams/ops",
        "/console/teams/ops/delete",
        &[("confirm", "ops")],
        true,
    ),
    ("/console/groups", "/console/groups", &[("name", "staff")], true),
    (
        "/console/groups/staff",
        "/console/groups/staff/delete",
        &[("confirm", "staff")],
        true,
    ),
    (
        "/console/settings",
        "/console/settings/branding",
        &[("organisation", "Example")],
        true,
    ),
    (
        "/console/users/2",
        "/console/users/2/profile",
        &[("name", "Dev")],
        false,
    ),
    ("/console/users/2", "/console/users/2/suspend", &[], false),
    ("/console/users/2", "/console/users/2/activate", &[], false),
    (
        "/console/users/2/access",
        "/console/users/2/roles",
        &[("role", "admin"), ("confirmed", "yes")],
        false,
    ),
];

#[apply(on_both)]
#[start(pipeline)]
async fn pp_2_pp_3_pp_4_root_does_everything_and_an_admin_all_but_managing_people(test: TestApp) {
    with_role(&test, "boss", "admin").await;
    with_role(&test, "dev", "").await;
    // Root comes last, since the developer becomes an admin.
    for (username, level) in [("dev", 0), ("boss", 1), ("ann", 2)] {
        let browser = test.signed_in(username).await;
        for page in [
            "users",
            "users/2",
            "teams",
            "groups",
            "audit",
            "settings",
            "roles",
            "invitations",
        ] {
            let seen = browser.get(&format!("/console/{page}")).await.status;
            assert_eq!(seen, if level > 0 { 200 } else { 403 }, "{username} {page}");
        }
        let home = browser.get("/account").await;
        for (page, path, filled, admin_may) in ACTS {
            let shown = browser.get(page).await;
            let may = level == 2 || (level == 1 && admin_may);
            let has_form = shown.body.contains(&format!("method=\"post\" action=\"{path}\""));
            assert_eq!(has_form, may, "{username} {path}");
            // These forms send the version of the values that they change.
            let has_version = path.ends_with("/branding") || path.ends_with("/profile");
            let done = if has_form && has_version {
                browser.submit(&shown, path, filled).await
            } else {
                browser.post_with_csrf(&home, path, filled).await
            };
            assert_eq!(done.status, if may { 303 } else { 403 }, "{username} {path}");
        }
    }
}

#[apply(on_both)]
#[start(pipeline)]
async fn pp_9_each_level_adds_accounts_of_its_own_and_lower_levels(test: TestApp) {
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
