//! Teams, groups and apps that require a second factor.

use std::time::Duration;

use doorward::directory::Actor;
use doorward::directory::clients::{SetAccessRule, SetAppSecondFactor};
use doorward::directory::groups::{AddGroupMember, AddInnerGroup, GroupRef};
use doorward::model::access::AccessRule;
use doorward::model::{AccountId, ClientId};
use serde_json::json;

use crate::acting::acting_as_bob;
use crate::schemes::{add_to_team, team};
use crate::support::{Authenticator, Browser, OFFLINE, PASSWORD, Response, TestApp, apply, on_both, param};

const ENROL: &str = "/sign-in/add-second-factor";
const REQUIRED: [(&str, &str); 1] = [("days", "0")];

/// Whether a password alone signs in; if it does not, the page that adds a second factor follows.
async fn enters(test: &TestApp, username: &str) -> bool {
    let browser = test.browser();
    let done = browser.try_sign_in(username, PASSWORD).await;
    let next = browser.follow(done).await;
    let signed_in = browser.is_signed_in().await;
    let enrols = next.status == 303 && next.location().contains(ENROL);
    assert_eq!(enrols, !signed_in);
    signed_in
}

/// Sets the rule about second factors on the page of a team or a group.
async fn require_on(browser: &Browser, page: &str, form: &[(&str, &str)]) -> Response {
    let shown = browser.get(page).await;
    browser
        .submit(&shown, &format!("{page}/second-factor"), form)
        .await
}

async fn require_by_app(test: &TestApp, required: bool) {
    let id = ClientId("rp".into());
    test.change(&Actor::HOST, SetAppSecondFactor { id, required })
        .await
        .unwrap();
}

fn actor(id: &AccountId) -> Actor {
    Actor::account(id.clone(), "127.0.0.1")
}

/// The team `ops` of Tess, in which Bob is a member.
async fn ops(test: &TestApp) {
    let (admin, bob) = (test.add_person("tess").await, test.add_person("bob").await);
    let team = team(test, &actor(&admin), "ops").await;
    add_to_team(test, &team, &actor(&bob), "member").await;
}

#[apply(on_both)]
async fn a_team_requires_a_second_factor_of_its_members_only(test: TestApp) {
    ops(&test).await;
    let ann = test.signed_in("ann").await;
    let done = require_on(&ann, "/console/teams/ops", &REQUIRED).await;
    ann.expect_done(&done, "", "next sign-in of each member").await;
    assert!(!enters(&test, "bob").await);
    assert!(enters(&test, "ann").await, "she is in no such team");
    let page = ann.get("/console/users/2/sign-in").await;
    page.expect_text("required by the team ops");
    let form = [("days", "")];
    assert_eq!(require_on(&ann, "/console/teams/ops", &form).await.status, 303);
    assert!(enters(&test, "bob").await);
}

#[apply(on_both)]
async fn the_admin_of_a_team_requires_it_and_members_do_not(test: TestApp) {
    ops(&test).await;
    let (admin, bob) = (test.signed_in("tess").await, test.signed_in("bob").await);
    let page = bob.get("/account/teams/ops").await;
    assert!(!page.body.contains("second-factor"), "{}", page.body);
    let sent = bob
        .post_with_csrf(&page, "/account/teams/ops/second-factor", &REQUIRED)
        .await;
    assert_eq!(sent.status, 403);
    let late = [("days", "91")];
    assert_eq!(require_on(&admin, "/account/teams/ops", &late).await.status, 422);
    assert!(enters(&test, "bob").await);
    assert_eq!(
        require_on(&admin, "/account/teams/ops", &REQUIRED).await.status,
        303
    );
    assert!(!enters(&test, "bob").await);
    let page = bob.get("/account/security").await;
    page.expect_text("required by the team ops");
}

#[apply(on_both)]
async fn a_group_requires_it_of_the_members_of_inner_groups_too(test: TestApp) {
    let (bob, group) = (test.add_person("bob").await, |name: &str| {
        GroupRef::Name(name.into())
    });
    for (name, account) in [("inner", &bob), ("outer", &test.ann)] {
        let add = AddGroupMember {
            group: group(name),
            account: account.clone().into(),
            create: true,
        };
        test.change(&Actor::HOST, add).await.unwrap();
    }
    let ann = test.signed_in("ann").await;
    let done = require_on(&ann, "/console/groups/outer", &REQUIRED).await;
    assert_eq!(done.status, 303);
    assert!(enters(&test, "bob").await, "not in it yet");
    let (group, inner) = (group("outer"), group("inner"));
    test.change(&Actor::HOST, AddInnerGroup { group, inner })
        .await
        .unwrap();
    assert!(!enters(&test, "bob").await);
    assert!(!enters(&test, "ann").await);
    let page = ann.get("/account/security").await;
    page.expect_text("required by the group outer");
}

#[apply(on_both)]
async fn the_first_rule_to_begin_counts(test: TestApp) {
    ops(&test).await;
    let ann = test.signed_in("ann").await;
    let in_days = |days| [("days", days)];
    require_on(&ann, "/console/teams/ops", &in_days("7")).await;
    let page = ann.get("/console/settings").await;
    let form = [("second_factor", "everybody"), ("days", "30")];
    let done = ann.submit(&page, "/console/settings/sign-in", &form).await;
    assert_eq!(done.status, 303);
    let bob = test.signed_in("bob").await;
    let page = bob.get("/account").await;
    page.expect_text("you need a second factor");
    test.clock.advance(Duration::from_hours(7 * 24));
    assert!(!enters(&test, "bob").await);
    assert!(enters(&test, "ann").await);
    test.clock.advance(Duration::from_hours(23 * 24));
    assert!(!enters(&test, "ann").await);
}

#[apply(on_both)]
async fn the_last_second_factor_stays_while_a_team_requires_it(test: TestApp) {
    ops(&test).await;
    let bob = test.signed_in("bob").await;
    test.add_authenticator(&bob).await;
    let ann = test.signed_in("ann").await;
    require_on(&ann, "/console/teams/ops", &REQUIRED).await;
    let list = bob.get("/account/second-factors").await;
    let refused = bob.submit(&list, "/account/second-factors/remove", &[]).await;
    assert_eq!(refused.status, 409);
    assert_eq!(test.count("authenticators").await, 1);
}

#[apply(on_both)]
async fn an_app_asks_for_the_second_factor_although_a_session_stands(test: TestApp) {
    let rp = test.rp().await;
    let browser = test.signed_in("ann").await;
    rp.silent_sign_in(&browser).await;
    let page = browser.get("/console/apps/rp/access").await;
    let form = [("second_factor", "required")];
    let done = browser
        .submit(&page, "/console/apps/rp/access/second-factor", &form)
        .await;
    assert_eq!(done.status, 303);
    let page = browser.get("/console/apps/rp/access").await;
    page.expect_text("Everybody must use a second factor");
    assert_eq!(rp.silent_error(&browser).await, "login_required");
    let other = test.rp_with("other", |_| {}).await;
    other.silent_sign_in(&browser).await;
    let (authenticator, _) = test.add_authenticator(&browser).await;
    // The earlier session still rests on a password alone.
    let start = browser.get(&rp.authorize(&[])).await;
    let page = browser.begin_sign_in(start.location(), "ann").await;
    let done = browser
        .submit_code(&page, &authenticator.code(test.clock.now()))
        .await;
    let back = browser.follow(done).await;
    let tokens = rp.redeem(&param(back.location(), "code")).await.tokens();
    assert_eq!(tokens.claims()["amr"], json!(["pwd", "otp", "mfa"]));
    assert_eq!(tokens.claims()["acr"], "urn:doorward:acr:2fa");
    rp.silent_sign_in(&browser).await;
}

#[apply(on_both)]
async fn whoever_has_none_adds_one_on_the_way_to_the_app(test: TestApp) {
    let rp = test.rp().await;
    require_by_app(&test, true).await;
    let browser = test.browser();
    let start = browser.get(&rp.authorize(&[])).await;
    let page = browser.follow(start).await;
    let done = browser.submit_password(&page, "ann", PASSWORD).await;
    let next = browser.follow(done).await;
    assert!(next.location().contains(ENROL), "{}", next.location());
    assert!(!browser.is_signed_in().await);
    let page = browser.get(next.location()).await;
    let code = Authenticator::scan(&page).code(test.clock.now());
    let added = browser.submit(&page, ENROL, &[("code", &code)]).await;
    assert_eq!(added.status, 200, "{}", added.body);
    let back = browser.get(&added.attribute("main a.primary", "href")).await;
    let tokens = rp.redeem(&param(back.location(), "code")).await.tokens();
    assert_eq!(tokens.claims()["amr"], json!(["pwd", "otp", "mfa"]));
}

#[apply(on_both)]
async fn a_grant_without_a_second_factor_ends_at_its_next_refresh(test: TestApp) {
    let rp = test.rp().await;
    let tokens = rp.sign_in(&test.browser(), "ann", OFFLINE).await;
    let code = rp.code(&test.browser(), "ann", &[]).await;
    require_by_app(&test, true).await;
    assert_eq!(rp.refresh(tokens.refresh()).await.error(), "invalid_grant");
    assert_eq!(rp.redeem(&code).await.error(), "invalid_grant");
    require_by_app(&test, false).await;
    assert_eq!(rp.refresh(tokens.refresh()).await.status, 200);
}

#[apply(on_both)]
async fn an_app_asks_in_a_trusted_browser_too(test: TestApp) {
    let rp = test.rp().await;
    let first = test.signed_in("ann").await;
    let (authenticator, _) = test.add_authenticator(&first).await;
    let browser = test.browser();
    let page = browser.begin_sign_in("/sign-in", "ann").await;
    let code = authenticator.code(test.clock.now());
    let form = [("code", &*code), ("trust", "1")];
    let done = browser.submit(&page, "/sign-in/second-factor", &form).await;
    browser.get(done.location()).await;
    test.clock.advance(Duration::from_mins(1));
    require_by_app(&test, true).await;
    browser.set_cookie("session", "");
    let done = browser.try_sign_in("ann", PASSWORD).await;
    browser.get(done.location()).await;
    assert!(browser.is_signed_in().await, "the browser is trusted");
    assert_eq!(rp.silent_error(&browser).await, "login_required");
    let start = browser.get(&rp.authorize(&[])).await;
    let page = browser.begin_sign_in(start.location(), "ann").await;
    page.expect_text("authenticator app");
}

#[apply(on_both)]
async fn nobody_enters_such_an_app_while_acting_as_somebody_else(test: TestApp) {
    let rp = test.rp().await;
    let browser = acting_as_bob(&test).await;
    assert_eq!(
        rp.silent_sign_in(&browser).await.claims()["sub"],
        test.id("bob").await.0
    );
    require_by_app(&test, true).await;
    assert_eq!(rp.silent_error(&browser).await, "access_denied");
}

#[apply(on_both)]
async fn a_new_rule_about_who_may_sign_in_leaves_the_second_factor_required(test: TestApp) {
    let rp = test.rp().await;
    let browser = test.signed_in("ann").await;
    require_by_app(&test, true).await;
    let (id, rule) = (ClientId("rp".into()), AccessRule::for_everyone());
    test.change(&Actor::HOST, SetAccessRule { id, rule })
        .await
        .unwrap();
    assert_eq!(rp.silent_error(&browser).await, "login_required");
}

#[apply(on_both)]
async fn the_commands_require_a_second_factor(test: TestApp) {
    ops(&test).await;
    test.rp().await;
    let run = async |arguments: &[&str]| {
        let ran = test.run(arguments, "").await;
        assert!(ran.succeeded, "{}", ran.stderr);
        ran.stdout
    };
    let said = run(&["teams", "second-factor", "ops", "required"]).await;
    assert_eq!(said, "The members of ops need a second factor.\n");
    assert!(!enters(&test, "bob").await);
    run(&["teams", "second-factor", "ops", "optional"]).await;
    assert!(enters(&test, "bob").await);
    run(&["groups", "create", "staff"]).await;
    let said = run(&["groups", "second-factor", "staff", "optional"]).await;
    assert_eq!(said, "staff requires no second factor of its members.\n");
    let said = run(&["apps", "second-factor", "rp", "required"]).await;
    assert_eq!(said, "Whoever signs in to rp needs a second factor.\n");
    let refused = test
        .run(&["teams", "second-factor", "ops", "required", "--days", "91"], "")
        .await;
    assert!(!refused.succeeded);
}

#[apply(on_both)]
async fn saving_without_a_change_keeps_the_day_of_a_rule(test: TestApp) {
    ops(&test).await;
    let ann = test.signed_in("ann").await;
    let page = ann.get("/console/groups").await;
    ann.post_with_csrf(&page, "/console/groups", &[("name", "staff")])
        .await;
    for (page, table) in [
        ("/console/teams/ops", "teams"),
        ("/console/groups/staff", "groups"),
    ] {
        let ann = test.signed_in("ann").await;
        let form = [("days", "14")];
        assert_eq!(require_on(&ann, page, &form).await.status, 303);
        let begins = test.clock.now() + Duration::from_hours(14 * 24);
        let kept = format!("{table} WHERE second_factor_from = {}", begins.0);
        // While it is pending, and once it applies.
        for days in [1, 14] {
            test.clock.advance(Duration::from_hours(days * 24));
            let ann = test.signed_in("ann").await;
            assert_eq!(require_on(&ann, page, &[]).await.status, 303);
            assert_eq!(test.count(&kept).await, 1, "{page} after {days} days");
        }
        let none = [("days", "")];
        assert_eq!(
            require_on(&test.signed_in("ann").await, page, &none).await.status,
            303
        );
        assert_eq!(test.count(&kept).await, 0);
    }
}
