//! The subset guard on the pages: who may manage an account with roles on the instance, in teams or for apps.

use doorward::directory::Actor;
use doorward::directory::schemes::{ApplyScheme, built_in, parse};
use doorward::directory::teams::{MembershipEnd, SetTeamMember};
use doorward::model::AccountId;

use crate::console_people::act_on;
use crate::schemes::{apply_scheme, outcome_of, team, with_role};
use crate::support::{Browser, PASSWORD, TestApp, apply, on_both};

/// Adds an invited account with number 2.
async fn invited(test: &TestApp, username: &str, role: &str) -> AccountId {
    let actor = with_role(test, username, role).await;
    test.sql(&format!(
        "UPDATE accounts SET status = 'invited' WHERE username = '{username}'"
    ))
    .await;
    actor.account_id().unwrap().clone()
}

/// The statuses of a new link for the first password, a suspension and a deletion of account number 2.
async fn manage(browser: &Browser) -> [u16; 3] {
    let link = act_on(browser, 2, "invite", &[]).await.status;
    let suspended = act_on(browser, 2, "suspend", &[]).await.status;
    let deleted = act_on(browser, 2, "delete", &[("confirm", "wendy")]).await;
    [link, suspended, deleted.status]
}

const REFUSED: [u16; 3] = [403; 3];
const DONE: [u16; 3] = [303; 3];

#[apply(on_both)]
async fn d10_a_declared_permission_keeps_others_from_the_account(test: TestApp) {
    apply_scheme(&test, "coder").await;
    with_role(&test, "uma", "user-admin").await;
    invited(&test, "wendy", "template-admin").await;
    assert_eq!(manage(&test.signed_in("uma").await).await, REFUSED);
    apply_scheme(&test, "cloudron").await;
    test.sql("UPDATE role_grants SET role = 'user-manager' WHERE account_id IN (SELECT id FROM accounts WHERE number = 1)")
        .await;
    with_role(&test, "mia", "user-manager").await;
    test.sql("INSERT INTO role_grants (account_id, level, role, target, created_at) SELECT id, 'instance', 'mail-manager', '', 0 FROM accounts WHERE number = 2")
        .await;
    let manager = test.signed_in("mia").await;
    assert_eq!(manage(&manager).await, REFUSED);
    let page = manager.get("/console/users/2").await;
    assert!(!page.body.contains("Create a new link"), "nor is it offered");
    assert_eq!(manage(&test.signed_in("ann").await).await, DONE);
}

#[apply(on_both)]
async fn d10_cr_4_cr_16_a_user_admin_manages_an_auditor(test: TestApp) {
    with_role(&test, "uma", "admin").await;
    with_role(&test, "wendy", "auditor").await;
    for (scheme, manager) in [("default", "uma"), ("coder", "una")] {
        apply_scheme(&test, scheme).await;
        if scheme == "coder" {
            with_role(&test, manager, "user-admin").await;
        }
        let browser = test.signed_in(manager).await;
        for (form, filled) in [
            ("suspend", &[][..]),
            ("activate", &[]),
            ("delete", &[("confirm", "wendy")]),
            ("restore", &[]),
        ] {
            let done = act_on(&browser, 2, form, filled).await.status;
            assert_eq!(done, 303, "{scheme} {form}");
        }
    }
    // Only roles that the scheme lists may be managed.
    let mut scheme = built_in()[0].clone();
    let roles = scheme.roles.iter_mut();
    roles.for_each(|role| role.may_manage.clear());
    test.change(&Actor::HOST, ApplyScheme { scheme }).await.unwrap();
    test.sql("INSERT INTO role_grants (account_id, level, role, target, created_at) SELECT id, 'instance', 'admin', '', 0 FROM accounts WHERE number = 1")
        .await;
    let browser = test.signed_in("uma").await;
    assert_eq!(act_on(&browser, 2, "suspend", &[]).await.status, 403);
}

/// Gives an account a role in a shared team.
async fn join(test: &TestApp, account: &AccountId, role: &str) {
    let set = SetTeamMember {
        team: team(test, &Actor::HOST, "ops").await.into(),
        account: account.clone().into(),
        role: Some(role.into()),
        end: MembershipEnd::Set(None),
    };
    test.change(&Actor::HOST, set).await.unwrap();
}

#[apply(on_both)]
async fn d10_a_role_in_a_team_keeps_others_from_the_account(test: TestApp) {
    apply_scheme(&test, "coder").await;
    with_role(&test, "uma", "user-admin").await;
    let wendy = invited(&test, "wendy", "").await;
    join(&test, &wendy, "admin").await;
    assert_eq!(manage(&test.signed_in("uma").await).await, REFUSED);
    test.sql(
        "UPDATE memberships SET role = 'member' WHERE team_id IN (SELECT id FROM teams WHERE slug = 'ops')",
    )
    .await;
    assert_eq!(manage(&test.signed_in("uma").await).await, DONE);
}

#[apply(on_both)]
async fn d10_a_role_for_an_app_keeps_others_from_the_account(test: TestApp) {
    apply_scheme(&test, "coder").await;
    with_role(&test, "uma", "user-admin").await;
    let wendy = invited(&test, "wendy", "").await;
    test.register("coder", |_| ()).await;
    test.grant_app_role(&wendy, "coder", "template-admin").await;
    assert_eq!(manage(&test.signed_in("uma").await).await, REFUSED);
    assert_eq!(manage(&test.signed_in("ann").await).await, DONE);
}

#[apply(on_both)]
async fn d10_a_link_for_a_first_password_ends_when_the_account_gets_a_role_in_a_team(test: TestApp) {
    apply_scheme(&test, "coder").await;
    with_role(&test, "uma", "user-admin").await;
    let wendy = invited(&test, "wendy", "").await;
    let uma = test.signed_in("uma").await;
    let made = act_on(&uma, 2, "invite", &[]).await;
    let link = uma.follow(made).await.texts("code.secret").remove(0);
    let browser = test.browser();
    let page = browser.get(&link).await;
    assert_eq!(page.status, 200);
    join(&test, &wendy, "admin").await;
    assert_eq!(browser.get(&link).await.status, 410);
    let path = &link[link.find("/invitation/").unwrap()..];
    let set = browser.submit(&page, path, &[("password", PASSWORD)]).await;
    assert_eq!(set.status, 410);
}

#[apply(on_both)]
async fn d10_who_has_a_team_of_their_own_or_a_group_can_still_be_managed(test: TestApp) {
    apply_scheme(&test, "coder").await;
    with_role(&test, "uma", "user-admin").await;
    let wendy = invited(&test, "wendy", "").await;
    assert_eq!(
        test.count("memberships").await,
        4,
        "each in a personal team, Ann in the root team"
    );
    test.sql(&format!(
        "INSERT INTO group_members (group_id, account_id, created_at) SELECT id, '{}', 0 FROM groups",
        wendy.as_str()
    ))
    .await;
    assert_eq!(manage(&test.signed_in("uma").await).await, DONE);
}

/// The top role is managed by nobody else, even if the scheme lists it.
#[test]
fn d10_no_scheme_lets_others_manage_the_top_role() {
    let text = toml_of("owner");
    assert_eq!(outcome_of(parse(&text)), "invalid");
    assert_eq!(outcome_of(parse(&toml_of("team:king"))), "invalid");
    assert_eq!(outcome_of(parse(&toml_of("team:member"))), "yes");
}

/// The default scheme, whose admins may manage this role.
fn toml_of(managed: &str) -> String {
    let text = include_str!("../../schemes/default.toml");
    text.replace(
        "may_manage = [\"auditor\"]",
        &format!("may_manage = [\"{managed}\"]"),
    )
}
