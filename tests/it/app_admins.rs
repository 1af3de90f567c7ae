//! Who manages an app besides the administrators of the instance: its operators, and the team that owns it.

use doorward::directory::Actor;
use doorward::directory::clients::{CreateClient, GetClient};
use doorward::directory::teams::{RemoveTeamMember, TeamRef};
use doorward::model::access::AccessRule;
use doorward::model::client::{ClientSettings, Login};
use doorward::model::refusal::Code;
use doorward::model::{AccountId, ClientId, Scopes, TeamId};

use crate::schemes::{add_to_team, apply_scheme, team};
use crate::support::{Browser, OFFLINE, REDIRECT_URI, Rp, TestApp, apply, new_settings, on_both, param};

const MOVED: &str = "https://moved.example.org/callback";

/// Bob, who operates the app `rp`, in a browser.
async fn operator(test: &TestApp) -> Browser {
    let bob = test.add_person("bob").await;
    test.grant_app_role(&bob, "rp", "operator").await;
    test.signed_in("bob").await
}

#[apply(on_both)]
async fn cl_15_an_operator_edits_their_app_and_no_other(test: TestApp) {
    test.rp().await;
    test.rp_with("other", |_| ()).await;
    let bob = operator(&test).await;
    let list = bob.get("/console/apps").await;
    assert_eq!(list.texts("tbody code"), ["rp"]);
    let tab = "/console/apps/rp/settings";
    let page = bob.get(tab).await;
    let fields = [("name", "Metrics"), ("redirect_uris", MOVED)];
    assert_eq!(bob.submit(&page, tab, &fields).await.status, 303);
    let ann = test.signed_in("ann").await;
    let changed = ann.get(tab).await;
    assert_eq!(
        (changed.text("h1"), changed.text("#redirect_uris")),
        ("Metrics".into(), MOVED.into())
    );
    for other in ["", "/access", "/settings"] {
        assert_eq!(
            bob.get(&format!("/console/apps/other{other}")).await.status,
            403,
            "{other}"
        );
    }
    let refused = bob
        .post_with_csrf(&page, "/console/apps/other/settings", &fields)
        .await;
    assert_eq!(refused.status, 403);
    assert_eq!(ann.get("/console/apps/other").await.text("h1"), "Grafana");
    // The rest of the console stays closed.
    for page in [
        "/console",
        "/console/users",
        "/console/apps/new",
        "/console/apps/connect",
    ] {
        assert_eq!(bob.get(page).await.status, 403, "{page}");
    }
}

#[apply(on_both)]
async fn cl_15_an_operator_changes_nothing_reserved_in_the_console(test: TestApp) {
    test.rp().await;
    let bob = operator(&test).await;
    let page = bob.get("/console/apps/rp/settings").await;
    for hidden in ["login", "scopes", "require_consent", "redirects_need_approval"] {
        assert!(
            page.attributes(&format!("[name={hidden}]"), "name").is_empty(),
            "{hidden}"
        );
    }
    let tokens = bob.get("/console/apps/rp/tokens").await;
    for hidden in ["scopes", "client_credentials"] {
        let found = tokens.attributes(&format!("[name={hidden}]"), "name");
        assert!(found.is_empty(), "{hidden}");
    }
    let sent = [("scopes", "openid"), ("id_token_alg", "ES256")];
    bob.submit(&tokens, "/console/apps/rp/tokens", &sent).await;
    let sent = [("login", "link"), ("scopes", "openid"), ("name", "Grafana")];
    bob.submit(&page, "/console/apps/rp/settings", &sent).await;
    let shown = test.run(&["--json", "apps", "show", "rp"], "").await.stdout;
    assert!(
        shown.contains(r#""login":"directory""#) && shown.contains("offline_access"),
        "{shown}"
    );
    for action in ["access", "access/remove", "disable", "enable", "delete"] {
        let address = format!("/console/apps/rp/{action}");
        let refused = bob.post_with_csrf(&page, &address, &[("kind", "everyone"), ("confirm", "rp")]);
        assert_eq!(refused.await.status, 403, "{action}");
    }
    assert_eq!(test.count("clients").await, 1);
    let secret = bob.post_with_csrf(&page, "/console/apps/rp/secrets", &[]).await;
    assert_eq!(secret.status, 303, "an operator rotates the secret");
}

const TAB: &str = "/console/apps/rp/settings";
const APPROVE: &str = "/console/apps/rp/redirects/approve";
const REJECT: &str = "/console/apps/rp/redirects/reject";

/// The app `rp`, whose redirect URIs need approval.
async fn guarded(test: &TestApp) -> Rp {
    test.rp_with("rp", |settings| settings.redirects_need_approval = true)
        .await
}

/// Saves another redirect URI.
async fn propose(browser: &Browser, uri: &str) {
    let page = browser.get(TAB).await;
    let saved = browser.submit(&page, TAB, &[("redirect_uris", uri)]).await;
    assert_eq!(saved.status, 303, "{}", saved.body);
}

/// Whether an app's request may name this redirect URI.
async fn accepts(rp: &Rp, browser: &Browser, uri: &str) -> bool {
    let back = browser.get(&rp.authorize(&[("redirect_uri", uri)])).await;
    back.status != 400
}

#[apply(on_both)]
async fn cl_15_redirect_uris_of_an_operator_wait_for_approval(test: TestApp) {
    let rp = guarded(&test).await;
    let (bob, ann) = (operator(&test).await, test.signed_in("ann").await);
    propose(&bob, MOVED).await;
    assert!(
        accepts(&rp, &ann, REDIRECT_URI).await && !accepts(&rp, &ann, MOVED).await,
        "it is pending"
    );
    let overview = bob.get("/console/apps/rp").await;
    overview.expect_text("Proposed redirect URIs");
    let seen = ann.get("/console/apps/rp").await;
    let at = seen.attribute("input[name=at]", "value");
    let by_bob = bob.post_with_csrf(&overview, APPROVE, &[("at", &at)]).await;
    assert_eq!(by_bob.status, 403, "nobody approves their own");
    assert_eq!(ann.submit(&seen, APPROVE, &[]).await.status, 303);
    assert!(accepts(&rp, &ann, MOVED).await && !accepts(&rp, &ann, REDIRECT_URI).await);
    // An administrator needs no approval.
    propose(&ann, REDIRECT_URI).await;
    assert!(accepts(&rp, &ann, REDIRECT_URI).await);
}

#[apply(on_both)]
async fn cl_15_only_redirect_uris_that_the_approver_saw_are_approved(test: TestApp) {
    let rp = guarded(&test).await;
    let (bob, ann) = (operator(&test).await, test.signed_in("ann").await);
    propose(&bob, MOVED).await;
    let seen = ann.get("/console/apps/rp").await;
    test.clock.advance(std::time::Duration::from_secs(1));
    let evil = "https://evil.example.net/callback";
    propose(&bob, evil).await;
    assert_eq!(ann.submit(&seen, APPROVE, &[]).await.status, 409);
    let seen = ann.get("/console/apps/rp").await;
    assert_eq!(seen.texts("[aria-labelledby=proposal] code"), [evil]);
    assert_eq!(ann.submit(&seen, REJECT, &[]).await.status, 303);
    assert!(!accepts(&rp, &ann, evil).await && accepts(&rp, &ann, REDIRECT_URI).await);
}

/// An app that a team owns and that lets in everyone in it.
async fn app_of(test: &TestApp, id: &str, team: &TeamId) -> Rp {
    let create = CreateClient {
        id: ClientId(id.into()),
        name: format!("App of {id}"),
        settings: ClientSettings {
            redirect_uris: vec![REDIRECT_URI.into()],
            access: AccessRule::for_everyone(),
            ..ClientSettings::default()
        },
        team: Some(TeamRef::Id(team.clone())),
    };
    let secret = test.change(&Actor::HOST, create).await.unwrap().unwrap();
    Rp::new(test, id, secret.as_str())
}

/// A team with this member.
async fn team_of(test: &TestApp, slug: &str, member: &AccountId, role: &str) -> TeamId {
    let made = team(test, &Actor::HOST, slug).await;
    add_to_team(test, &made, &Actor::account(member.clone(), ""), role).await;
    made
}

/// Signs in to an app and allows what it asks for; yields the tokens.
async fn consenting(rp: &Rp, browser: &Browser) -> crate::support::Tokens {
    let asked = browser.get(&rp.authorize(OFFLINE)).await;
    let consent = browser.get(asked.location()).await;
    let back = browser.decide(&consent, "allow").await;
    rp.redeem(&param(back.location(), "code")).await.tokens()
}

#[apply(on_both)]
async fn cf_15_only_members_sign_in_to_an_app_of_a_team(test: TestApp) {
    let (bob, carol) = (test.add_person("bob").await, test.add_person("carol").await);
    let red = team_of(&test, "red", &bob, "member").await;
    let blue = team_of(&test, "blue", &carol, "member").await;
    let (of_red, of_blue) = (
        app_of(&test, "app-red", &red).await,
        app_of(&test, "app-blue", &blue).await,
    );
    let (bob, carol) = (test.signed_in("bob").await, test.signed_in("carol").await);
    let tokens = consenting(&of_red, &bob).await;
    let teams = of_red.userinfo(tokens.access()).await.json();
    assert!(teams["sub"].is_string());
    assert_eq!(of_blue.silent_error(&bob).await, "access_denied");
    assert_eq!(of_red.silent_error(&carol).await, "access_denied");
    // An owner of the instance is in neither team.
    let ann = test.signed_in("ann").await;
    let denied = ann.get(&of_red.authorize(&[])).await;
    let page = ann.get(denied.location()).await;
    assert!(page.text("p.lead").contains("members of a team"), "{}", page.body);
    // One team's app cannot introspect a token of another team's app.
    assert_eq!(of_blue.introspect(tokens.access()).await["active"], false);
    assert_eq!(of_red.introspect(tokens.access()).await["active"], true);
}

#[apply(on_both)]
async fn cf_15_membership_of_the_owning_team_is_checked_at_every_refresh(test: TestApp) {
    let bob = test.add_person("bob").await;
    let red = team_of(&test, "red", &bob, "member").await;
    let rp = app_of(&test, "app-red", &red).await;
    let tokens = consenting(&rp, &test.signed_in("bob").await).await;
    assert_eq!(rp.refresh(tokens.refresh()).await.status, 200);
    let remove = RemoveTeamMember {
        team: red.into(),
        account: bob.into(),
    };
    test.change(&Actor::HOST, remove).await.unwrap();
    assert_eq!(rp.refresh(tokens.refresh()).await.error(), "invalid_grant");
}

#[apply(on_both)]
async fn a_team_is_deleted_only_after_its_apps(test: TestApp) {
    let bob = test.add_person("bob").await;
    let red = team_of(&test, "red", &bob, "admin").await;
    app_of(&test, "first", &red).await;
    app_of(&test, "second", &red).await;
    let both = "Delete the apps of the team first: App of first, App of second.";
    for (username, there) in [("ann", "/console/teams/red"), ("bob", "/account/teams/red")] {
        let browser = test.signed_in(username).await;
        let page = browser.get(there).await;
        let delete = format!("{there}/delete");
        let refused = browser.submit(&page, &delete, &[("confirm", "red")]).await;
        assert_eq!(refused.status, 409, "{there}");
        refused.expect_text(both);
    }
    let command = ["teams", "delete", "red", "--yes"];
    let refused = test.run(&command, "").await;
    assert!(
        !refused.succeeded && refused.stderr.contains(both),
        "{}",
        refused.stderr
    );
    for id in ["third", "fourth"] {
        app_of(&test, id, &red).await;
    }
    let refused = test.run(&command, "").await.stderr;
    assert!(
        refused.contains("Delete the 4 apps of the team first."),
        "{refused}"
    );
    for id in ["first", "second", "third", "fourth"] {
        assert!(
            test.run(&["apps", "delete", id, "--yes"], "").await.succeeded,
            "{id}"
        );
    }
    assert!(test.run(&command, "").await.succeeded);
}

#[apply(on_both)]
async fn cf_2_cf_20_the_root_user_and_team_admins_edit_and_delete_apps_of_a_team(test: TestApp) {
    apply_scheme(&test, "coolify").await;
    let (bob, dan) = (test.add_person("bob").await, test.add_person("dan").await);
    test.add_person("carol").await;
    let red = team_of(&test, "red", &bob, "admin").await;
    add_to_team(&test, &red, &Actor::account(dan, ""), "read").await;
    app_of(&test, "first", &red).await;
    app_of(&test, "second", &red).await;
    let (ann, bob) = (test.signed_in("ann").await, test.signed_in("bob").await);
    for (browser, app) in [(&ann, "first"), (&bob, "second")] {
        let listed = browser.get("/console/apps").await;
        listed.expect_text(app);
        let tab = format!("/console/apps/{app}/settings");
        let page = browser.get(&tab).await;
        assert_eq!(
            browser.submit(&page, &tab, &[("name", "Changed")]).await.status,
            303
        );
        let page = browser.get(&format!("/console/apps/{app}")).await;
        assert_eq!(page.text("h1"), "Changed");
        for other in ["dan", "carol"] {
            let browser = test.signed_in(other).await;
            let there = format!("/console/apps/{app}");
            assert!([403, 404].contains(&browser.get(&there).await.status), "{other}");
            let post = browser.get("/account").await;
            let delete = format!("{there}/delete");
            let refused = browser.post_with_csrf(&post, &delete, &[("confirm", app)]).await;
            assert!([403, 404].contains(&refused.status), "{other}");
        }
        let delete = format!("/console/apps/{app}/delete");
        assert_eq!(
            browser.submit(&page, &delete, &[("confirm", app)]).await.status,
            303
        );
    }
    assert_eq!(test.count("clients").await, 0);
}

#[apply(on_both)]
async fn an_app_of_a_team_asks_for_consent(test: TestApp) {
    let bob = test.add_person("bob").await;
    let red = team_of(&test, "red", &bob, "member").await;
    let (rp, bob) = (app_of(&test, "app-red", &red).await, test.signed_in("bob").await);
    assert_eq!(rp.silent_error(&bob).await, "consent_required");
    consenting(&rp, &bob).await;
    assert_eq!(rp.silent_error(&bob).await, "consent_required", "for more scopes");
}

#[apply(on_both)]
async fn a_team_admin_adds_an_app_to_the_team_only(test: TestApp) {
    let bob = test.add_person("bob").await;
    team_of(&test, "red", &bob, "admin").await;
    team(&test, &Actor::HOST, "blue").await;
    let bob = test.signed_in("bob").await;
    let new = "/console/apps/new";
    let page = bob.get(&format!("{new}?kind=web&team=red")).await;
    page.expect_text("It will belong to the team");
    let fields = [
        ("name", "Wiki"),
        ("redirect_uris", REDIRECT_URI),
        ("access", "everyone"),
    ];
    let created = bob.submit(&page, new, &fields).await;
    assert_eq!(created.status, 303, "{}", created.body);
    let shown = test.run(&["--json", "apps", "show", "wiki"], "").await.stdout;
    assert!(shown.contains(r#""slug":"red""#), "{shown}");
    for (team, status) in [("", 403), ("blue", 404), ("bob", 403), ("nosuch", 404)] {
        let sent = [&fields[..], &[("team", team), ("client_id", "stray")]].concat();
        assert_eq!(bob.submit(&page, new, &sent).await.status, status, "{team}");
    }
    // What concerns resource servers is not theirs to decide.
    let tab = "/console/apps/wiki/settings";
    let page = bob.get(tab).await;
    assert_eq!(bob.submit(&page, tab, &[("name", "Our wiki")]).await.status, 303);
    let create = CreateClient {
        id: ClientId("stray".into()),
        name: "Stray".into(),
        settings: ClientSettings {
            resource_identifier: Some("https://api.example.org".into()),
            ..ClientSettings::default()
        },
        team: Some(TeamRef::Slug("red".into())),
    };
    let actor = Actor::account(test.id("bob").await, "");
    assert!(test.change(&actor, create).await.is_err());
    assert_eq!(test.count("clients").await, 1);
}

#[apply(on_both)]
async fn pages_of_teams_groups_and_people_name_their_apps(test: TestApp) {
    let bob = test.add_person("bob").await;
    let red = team_of(&test, "red", &bob, "admin").await;
    app_of(&test, "wiki", &red).await;
    test.rp_with("rp", |settings| {
        settings.access = AccessRule {
            teams: vec![red.clone()],
            ..AccessRule::default()
        };
    })
    .await;
    let set = ["apps", "access", "rp", "--team", "red", "--group", "engineering"];
    assert!(test.run(&set, "").await.succeeded);
    test.app.db.poll_cache_version().await.unwrap();
    let apps = "section[aria-labelledby=apps] li";
    let (ann, bob) = (test.signed_in("ann").await, test.signed_in("bob").await);
    let of_team = bob.get("/account/teams/red").await.texts(apps);
    assert_eq!(of_team.len(), 2, "{of_team:?}");
    assert!(
        of_team[0].contains("App of wiki") && of_team[1].contains("Grafana"),
        "{of_team:?}"
    );
    let of_group = ann.get("/console/groups/engineering").await.texts(apps);
    assert_eq!(of_group.len(), 1, "{of_group:?}");
    let page = ann.get("/console/users/1/access").await;
    let of_bob = page.texts(apps);
    assert_eq!(of_bob.len(), 2, "{of_bob:?}");
}

#[apply(on_both)]
async fn the_page_of_a_person_names_apps_that_have_tokens_but_no_longer_let_them_in(test: TestApp) {
    test.add_person("bob").await;
    let (ann, bob) = (test.signed_in("ann").await, test.signed_in("bob").await);
    let rp = test.rp_with("closed", |_| ()).await;
    rp.sign_in(&bob, "bob", OFFLINE).await;
    assert!(
        test.run(&["apps", "access", "closed", "--nobody"], "")
            .await
            .succeeded
    );
    let apps = "section[aria-labelledby=apps] li";
    let of_bob = ann.get("/console/users/1/access").await.texts(apps);
    assert!(
        of_bob
            .iter()
            .any(|text| text.contains("may not sign in any more")),
        "{of_bob:?}"
    );
}

#[apply(on_both)]
async fn cl_15_an_operator_changes_no_reserved_setting_by_an_operation(test: TestApp) {
    test.rp().await;
    let bob = test.add_person("bob").await;
    test.grant_app_role(&bob, "rp", "operator").await;
    let actor = Actor::account(bob, "");
    let id = ClientId("rp".into());
    let seen = test.read(&actor, GetClient { id }).await.unwrap();
    let changes: [fn(&mut ClientSettings); 5] = [
        |settings| settings.access = AccessRule::default(),
        |settings| settings.login = Login::Link,
        |settings| settings.scopes = Scopes::parse("openid"),
        |settings| settings.redirects_need_approval = true,
        |settings| settings.resource_identifier = Some("https://api.example.org".into()),
    ];
    for change in changes {
        let mut settings = seen.settings.clone();
        change(&mut settings);
        let refused = test
            .change(&actor, new_settings("rp", settings))
            .await
            .unwrap_err();
        assert!(refused.is(Code::AppSettingReserved), "{refused}");
    }
}

#[apply(on_both)]
async fn cf_2_nobody_learns_of_the_apps_of_other_teams(test: TestApp) {
    let (bob, carol) = (test.add_person("bob").await, test.add_person("carol").await);
    let red = team_of(&test, "red", &bob, "member").await;
    app_of(&test, "wiki", &red).await;
    let get = || GetClient {
        id: ClientId("wiki".into()),
    };
    let outsider = test.read(&Actor::account(carol, ""), get()).await.unwrap_err();
    assert!(outsider.is(Code::ClientNotFound), "{outsider}");
    let member = test.read(&Actor::account(bob, ""), get()).await.unwrap_err();
    assert!(member.is(Code::PermissionMissing), "{member}");
}
