//! Apps are told when a session expires, and when somebody loses access to them.

use std::time::Duration;

use doorward::directory::Actor;
use doorward::directory::clients::{Entrant, FindAccessRule, Holder, ShareAppRole, ShutOut, UnshareAppRole};
use doorward::directory::groups::{
    AddGroupMember, AddInnerGroup, DeleteGroup, GroupRef, RemoveGroupMember, RemoveInnerGroup,
};
use doorward::directory::logouts::queue_expired;
use doorward::directory::teams::{DeleteTeam, MembershipEnd, RemoveTeamMember, SetTeamMember, TeamRef};
use doorward::model::access::AccessRule;
use doorward::model::{AccountId, ClientId};
use doorward::store::sweep::sweep;

use super::receiver::Receiver;
use super::told;
use crate::schemes::{add_to_team, apply_scheme, grant_instance_role, team};
use crate::support::{Rp, TestApp, apply, on_both};

#[apply(on_both)]
#[start(start_with_local_apps)]
async fn b44_an_app_is_told_once_that_a_session_has_expired(test: TestApp) {
    let receiver = Receiver::start().await;
    let rp = test.rp_with_backchannel_logout("wiki", &receiver).await;
    let quiet = test.rp_with("quiet", |_| ()).await;
    let browser = test.signed_in("ann").await;
    let claims = rp.silent_sign_in(&browser).await.claims();
    quiet.silent_sign_in(&browser).await;
    let queued = async || queue_expired(&test.app.db, test.clock.now()).await.unwrap();
    test.clock.advance(Duration::from_hours(24 * 29));
    assert_eq!(queued().await, 0);
    test.clock.advance(Duration::from_hours(24));
    // The job still finds the session after a sweep.
    sweep(&test.app.db, test.clock.now()).await.unwrap();
    assert_eq!(queued().await, 1, "the other app did not ask for it");
    assert_eq!(queued().await, 0);
    assert_eq!(test.deliver_logouts().await, told(1, 0));
    assert_eq!(receiver.sessions(), [claims["sid"].as_str().unwrap()]);
}

/// An app with this access rule that is told at the receiver.
async fn restricted(test: &TestApp, receiver: &Receiver, access: AccessRule) -> Rp {
    test.rp_with("wiki", |settings| {
        settings.backchannel_logout_uri = Some(receiver.address.clone());
        settings.access = access;
    })
    .await
}

async fn add_to_group(test: &TestApp, group: &str, account: &AccountId) {
    let add = AddGroupMember {
        group: GroupRef::Name(group.into()),
        account: account.clone().into(),
        create: true,
    };
    test.change(&Actor::HOST, add).await.unwrap();
}

async fn remove_from_group(test: &TestApp, group: &str, account: &AccountId) {
    let remove = RemoveGroupMember {
        group: GroupRef::Name(group.into()),
        account: account.clone().into(),
    };
    test.change(&Actor::HOST, remove).await.unwrap();
}

/// The rule that lets in the members of a group.
async fn members_of(test: &TestApp, group: &str) -> AccessRule {
    let find = FindAccessRule {
        everyone: false,
        groups: vec![GroupRef::Name(group.into())],
        teams: Vec::new(),
        roles: Vec::new(),
    };
    test.read(&Actor::HOST, find).await.unwrap()
}

#[apply(on_both)]
#[start(start_with_local_apps)]
async fn cl_36_somebody_who_leaves_a_group_is_signed_out_of_its_apps(test: TestApp) {
    let (receiver, other) = (Receiver::start().await, Receiver::start().await);
    let [ben, eve] = [test.add_person("ben").await, test.add_person("eve").await];
    for (group, account) in [("staff", &ben), ("staff", &eve), ("extra", &ben)] {
        add_to_group(&test, group, account).await;
    }
    let rp = restricted(&test, &receiver, members_of(&test, "staff").await).await;
    let open = test.rp_with_backchannel_logout("open", &other).await;
    let (browser, of_eve) = (test.signed_in("ben").await, test.signed_in("eve").await);
    let sid = rp.silent_sign_in(&browser).await.claims()["sid"].clone();
    open.silent_sign_in(&browser).await;
    rp.silent_sign_in(&of_eve).await;
    remove_from_group(&test, "extra", &ben).await;
    assert_eq!(test.deliver_logouts().await, told(0, 0));
    remove_from_group(&test, "staff", &ben).await;
    assert_eq!(test.deliver_logouts().await, told(1, 0));
    assert_eq!(receiver.sessions(), [sid.as_str().unwrap()]);
    assert!(browser.is_signed_in().await, "the session at this server stays");
    remove_from_group(&test, "staff", &ben).await;
    assert_eq!(test.deliver_logouts().await, told(0, 0), "once");
}

#[apply(on_both)]
#[start(start_with_local_apps)]
async fn cl_36_somebody_who_leaves_a_team_or_loses_a_role_is_signed_out_too(test: TestApp) {
    let receiver = Receiver::start().await;
    let ben = test.add_person("ben").await;
    let ops = team(&test, &Actor::HOST, "ops").await;
    let access = AccessRule {
        teams: vec![ops.clone()],
        roles: vec!["app:operator".into()],
        ..AccessRule::default()
    };
    let rp = restricted(&test, &receiver, access).await;
    add_to_team(&test, &ops, &Actor::account(ben.clone(), ""), "member").await;
    test.grant_app_role(&ben, "wiki", "operator").await;
    let browser = test.signed_in("ben").await;
    rp.silent_sign_in(&browser).await;
    let revoke = ["roles", "revoke", "ben", "operator", "--app", "wiki"];
    assert!(test.run(&revoke, "").await.succeeded);
    assert_eq!(test.deliver_logouts().await, told(0, 0), "the team lets them in");
    test.grant_app_role(&ben, "wiki", "operator").await;
    let leave = || RemoveTeamMember {
        team: ops.clone().into(),
        account: ben.clone().into(),
    };
    test.change(&Actor::HOST, leave()).await.unwrap();
    assert_eq!(test.deliver_logouts().await, told(0, 0), "the role lets them in");
    assert!(test.run(&revoke, "").await.succeeded);
    assert_eq!(test.deliver_logouts().await, told(1, 0));
    add_to_team(&test, &ops, &Actor::account(ben.clone(), ""), "member").await;
    rp.silent_sign_in(&browser).await;
    test.change(&Actor::HOST, leave()).await.unwrap();
    assert_eq!(test.deliver_logouts().await, told(1, 0));
}

#[apply(on_both)]
#[start(start_with_local_apps)]
async fn cl_36_somebody_whom_a_rule_shuts_out_is_signed_out_of_the_app(test: TestApp) {
    let receiver = Receiver::start().await;
    let ben = test.add_person("ben").await;
    add_to_group(&test, "staff", &ben).await;
    let access = AccessRule {
        everyone: true,
        ..members_of(&test, "staff").await
    };
    let rp = restricted(&test, &receiver, access).await;
    rp.silent_sign_in(&test.signed_in("ben").await).await;
    let of_ann = rp.silent_sign_in(&test.signed_in("ann").await).await;
    let shut_out = |who| ShutOut {
        id: ClientId("wiki".into()),
        who,
    };
    let everyone = shut_out(Entrant::Everyone);
    test.change(&Actor::HOST, everyone).await.unwrap();
    assert_eq!(test.deliver_logouts().await, told(1, 0));
    assert_eq!(receiver.sessions(), [of_ann.claims()["sid"].as_str().unwrap()]);
    let staff = shut_out(Entrant::Group(GroupRef::Name("staff".into())));
    test.change(&Actor::HOST, staff).await.unwrap();
    assert_eq!(test.deliver_logouts().await, told(1, 0));
}

#[apply(on_both)]
#[start(start_with_local_apps)]
async fn cl_36_an_app_whose_access_is_withdrawn_is_told(test: TestApp) {
    let receiver = Receiver::start().await;
    let rp = test.rp_with_backchannel_logout("wiki", &receiver).await;
    let (browser, elsewhere) = (test.signed_in("ann").await, test.signed_in("ann").await);
    for browser in [&browser, &elsewhere] {
        rp.silent_sign_in(browser).await;
    }
    let page = browser.get("/account/apps").await;
    let removed = browser.submit(&page, "/account/apps/remove", &[]).await;
    assert_eq!(removed.status, 303, "{}", removed.body);
    assert_eq!(test.deliver_logouts().await, told(2, 0));
    assert!(browser.is_signed_in().await);
}

/// An app at which only its operators sign in.
async fn for_operators(test: &TestApp, receiver: &Receiver) -> Rp {
    let access = AccessRule {
        roles: vec!["app:operator".into()],
        ..AccessRule::default()
    };
    restricted(test, receiver, access).await
}

async fn share(test: &TestApp, with: Holder) {
    let share = ShareAppRole {
        app: ClientId("wiki".into()),
        role: "operator".into(),
        with,
        until: None,
    };
    test.change(&Actor::HOST, share).await.unwrap();
}

fn group(name: &str) -> GroupRef {
    GroupRef::Name(name.into())
}

#[apply(on_both)]
#[start(start_with_local_apps)]
async fn cl_36_whoever_loses_a_shared_role_is_signed_out_too(test: TestApp) {
    let receiver = Receiver::start().await;
    let ben = test.add_person("ben").await;
    add_to_group(&test, "staff", &ben).await;
    let rp = for_operators(&test, &receiver).await;
    let browser = test.signed_in("ben").await;
    let staff = || Holder::Group(group("staff"));
    share(&test, staff()).await;
    rp.silent_sign_in(&browser).await;
    let unshare = UnshareAppRole {
        app: ClientId("wiki".into()),
        role: "operator".into(),
        with: staff(),
    };
    test.change(&Actor::HOST, unshare).await.unwrap();
    assert_eq!(test.deliver_logouts().await, told(1, 0));
    // With the group or the team, the role ends too.
    share(&test, staff()).await;
    rp.silent_sign_in(&browser).await;
    let delete = DeleteGroup {
        group: group("staff"),
    };
    test.change(&Actor::HOST, delete).await.unwrap();
    assert_eq!(test.deliver_logouts().await, told(1, 0));
    let ops = team(&test, &Actor::HOST, "ops").await;
    add_to_team(&test, &ops, &Actor::account(ben, ""), "member").await;
    share(&test, Holder::Team(ops.clone().into())).await;
    rp.silent_sign_in(&browser).await;
    let team = ops.into();
    test.change(&Actor::HOST, DeleteTeam { team }).await.unwrap();
    assert_eq!(test.deliver_logouts().await, told(1, 0));
}

#[apply(on_both)]
#[start(start_with_local_apps)]
async fn cl_36_members_of_a_group_that_leaves_another_are_signed_out(test: TestApp) {
    let receiver = Receiver::start().await;
    let [ben, eve] = [test.add_person("ben").await, test.add_person("eve").await];
    for (name, account) in [("staff", &eve), ("night-shift", &eve), ("interns", &ben)] {
        add_to_group(&test, name, account).await;
    }
    let add = |outer, inner| AddInnerGroup {
        group: group(outer),
        inner: group(inner),
    };
    for (outer, inner) in [("staff", "night-shift"), ("night-shift", "interns")] {
        test.change(&Actor::HOST, add(outer, inner)).await.unwrap();
    }
    let rp = restricted(&test, &receiver, members_of(&test, "staff").await).await;
    let sid = rp.silent_sign_in(&test.signed_in("ben").await).await.claims()["sid"].clone();
    rp.silent_sign_in(&test.signed_in("eve").await).await;
    let remove = RemoveInnerGroup {
        group: group("staff"),
        inner: group("night-shift"),
    };
    test.change(&Actor::HOST, remove).await.unwrap();
    assert_eq!(test.deliver_logouts().await, told(1, 0), "Eve is in it herself");
    assert_eq!(receiver.sessions(), [sid.as_str().unwrap()]);
}

#[apply(on_both)]
#[start(start_with_local_apps)]
async fn cl_36_whoever_gets_another_exclusive_role_is_signed_out_too(test: TestApp) {
    apply_scheme(&test, "pipeline").await;
    let receiver = Receiver::start().await;
    let ben = test.add_person("ben").await;
    let access = AccessRule {
        roles: vec!["admin".into()],
        ..AccessRule::default()
    };
    let rp = restricted(&test, &receiver, access).await;
    grant_instance_role(&test, &ben, "admin").await;
    let browser = test.signed_in("ben").await;
    rp.silent_sign_in(&browser).await;
    grant_instance_role(&test, &ben, "developer").await;
    assert_eq!(test.deliver_logouts().await, told(1, 0));
    grant_instance_role(&test, &ben, "admin").await;
    rp.silent_sign_in(&browser).await;
    let join = SetTeamMember {
        team: TeamRef::Slug("root-team".into()),
        account: ben.into(),
        role: None,
        end: MembershipEnd::Set(None),
    };
    test.change(&Actor::HOST, join).await.unwrap();
    assert_eq!(test.deliver_logouts().await, told(1, 0));
}
