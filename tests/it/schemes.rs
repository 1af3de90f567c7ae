//! The rows of the product contract that speak of roles: each scheme alone on an instance, as matrices of who may do
//! what through the functions of `directory`.

use doorward::directory::account_state::{self, Change};
use doorward::directory::accounts::{self, NewAccount};
use doorward::directory::authority::Authority;
use doorward::directory::groups::{self, Change as GroupChange};
use doorward::directory::{Actor, ChangeError, roles, scheme_change, schemes, teams};
use doorward::store::{AccountId, AppId, TeamId};

use crate::support::{PASSWORD, TestApp, on_both};

on_both!(
    cf_2_cf_20_cf_21_team_roles_allow_what_they_say,
    cf_8_what_is_not_yours_is_not_there,
    cf_14_everybody_has_a_team_of_their_own,
    cf_16_anybody_makes_any_number_of_teams,
    cf_22_the_root_team_stays,
    cf_23_the_root_team_gives_the_top_role_and_takes_it,
    hb_1_hb_2_hb_3_an_admin_is_made_and_unmade,
    hb_7_cl_8_cl_9_cl_11_names_are_checked_and_unique,
    hb_15_cl_35_cl_37_deleted_and_suspended_accounts_come_back_as_they_were,
    cl_16_a_user_manager_adds_users_and_changes_no_roles,
    cl_20_only_the_superadmin_has_billing_and_backups,
    cr_1_to_cr_9_the_matrix_of_coder,
    cr_16_only_user_admins_and_owners_lift_a_suspension,
    pp_1_everybody_has_exactly_one_of_three_levels,
    pp_9_who_adds_whom,
    a_scheme_is_applied_with_an_owner_at_all_times,
    nested_groups_are_resolved_and_never_circular,
);

/// Applies a scheme, so that Ann holds its top role.
async fn follow(test: &TestApp, name: &str) {
    let scheme = schemes::built_in().iter().find(|scheme| scheme.name == name);
    let scheme = scheme.unwrap().clone();
    scheme_change::apply(&test.app.db, Actor::Host, scheme, test.clock.now())
        .await
        .unwrap();
}

/// A person with one instance role, or with none but the default one.
async fn with_role(test: &TestApp, username: &str, role: &str) -> Actor {
    let id = test.person(username).await;
    if !role.is_empty() {
        let (db, now) = (&test.app.db, test.clock.now());
        roles::grant(db, Actor::Host, id.clone(), role.into(), None, now)
            .await
            .unwrap();
    }
    Actor::Account(id)
}

async fn authority(test: &TestApp, actor: &Actor) -> Authority {
    let Actor::Account(id) = actor else {
        panic!("an account")
    };
    let scheme = schemes::active(&test.app.db).await.unwrap();
    let mut conn = test.app.db.read().await.unwrap();
    Authority::load(&mut conn, scheme, id, test.clock.now())
        .await
        .unwrap()
}

fn id_of(actor: &Actor) -> AccountId {
    match actor {
        Actor::Account(id) => id.clone(),
        _ => panic!("an account"),
    }
}

/// "yes", or the kind of refusal.
fn answer<T>(outcome: Result<T, ChangeError>) -> &'static str {
    match outcome {
        Ok(_) => "yes",
        Err(ChangeError::Forbidden(_)) => "forbidden",
        Err(ChangeError::NotFound(_)) => "not found",
        Err(ChangeError::Refused(_)) => "refused",
        Err(ChangeError::Invalid(_)) => "invalid",
        Err(error) => panic!("{error}"),
    }
}

async fn create_as(test: &TestApp, actor: &Actor, username: &str, role: Option<&str>) -> &'static str {
    let new = NewAccount {
        username: username.into(),
        password: Some(PASSWORD.into()),
        role: role.map(str::to_owned),
        ..NewAccount::default()
    };
    let (app, now) = (&test.app, test.clock.now());
    answer(accounts::create(&app.db, &app.passwords, actor.clone(), new, now).await)
}

async fn suspend(test: &TestApp, actor: &Actor, over: &AccountId) -> &'static str {
    let reason = String::new();
    let change = Change::Suspend { reason };
    answer(
        account_state::change(
            &test.app.db,
            actor.clone(),
            over.clone(),
            change,
            test.clock.now(),
        )
        .await,
    )
}

async fn activate(test: &TestApp, actor: &Actor, over: &AccountId) -> &'static str {
    let (db, now) = (&test.app.db, test.clock.now());
    answer(account_state::change(db, actor.clone(), over.clone(), Change::Activate, now).await)
}

async fn team(test: &TestApp, actor: &Actor, slug: &str) -> TeamId {
    let (db, now) = (&test.app.db, test.clock.now());
    teams::create(db, actor.clone(), slug.into(), slug.into(), now)
        .await
        .unwrap()
}

async fn join(test: &TestApp, by: &Actor, team: &TeamId, who: &Actor, role: &str) -> &'static str {
    let (db, now) = (&test.app.db, test.clock.now());
    let (team, who) = (team.clone(), id_of(who));
    answer(teams::set_member(db, by.clone(), team, who, role.into(), None, now).await)
}

async fn leave(test: &TestApp, by: &Actor, team: &TeamId, who: &Actor) -> &'static str {
    let (db, now) = (&test.app.db, test.clock.now());
    answer(teams::remove_member(db, by.clone(), team.clone(), id_of(who), now).await)
}

async fn rename(test: &TestApp, by: &Actor, team: &TeamId) -> &'static str {
    let (db, now) = (&test.app.db, test.clock.now());
    answer(teams::rename(db, by.clone(), team.clone(), "Other".into(), now).await)
}

async fn delete_team(test: &TestApp, by: &Actor, team: &TeamId) -> &'static str {
    let (db, now) = (&test.app.db, test.clock.now());
    answer(teams::delete(db, by.clone(), team.clone(), now).await)
}

async fn grant(test: &TestApp, by: &Actor, to: &Actor, role: &str) -> &'static str {
    let (db, now) = (&test.app.db, test.clock.now());
    answer(roles::grant(db, by.clone(), id_of(to), role.into(), None, now).await)
}

async fn revoke(test: &TestApp, by: &Actor, from: &Actor, role: &str) -> &'static str {
    let (db, now) = (&test.app.db, test.clock.now());
    answer(roles::revoke(db, by.clone(), id_of(from), role.into(), now).await)
}

async fn make_group(test: &TestApp, by: &Actor, name: &str) -> &'static str {
    let (db, now) = (&test.app.db, test.clock.now());
    answer(groups::create(db, by.clone(), name.into(), now).await)
}

async fn cf_2_cf_20_cf_21_team_roles_allow_what_they_say(test: TestApp) {
    follow(&test, "coolify").await;
    let (root, bob) = (
        Actor::Account(test.ann.clone()),
        with_role(&test, "bob", "").await,
    );
    let (reader, outsider) = (
        with_role(&test, "reader", "").await,
        with_role(&test, "outsider", "").await,
    );
    let ops = team(&test, &bob, "ops").await;
    assert_eq!(join(&test, &bob, &ops, &reader, "read").await, "yes");
    for (who, expected) in [
        (&root, "yes"),
        (&bob, "yes"),
        (&reader, "forbidden"),
        (&outsider, "not found"),
    ] {
        assert_eq!(rename(&test, who, &ops).await, expected);
        assert_eq!(join(&test, who, &ops, &reader, "read").await, expected);
        assert_eq!(
            leave(&test, who, &ops, &outsider).await,
            if expected == "yes" { "refused" } else { expected }
        );
    }
    assert_eq!(delete_team(&test, &reader, &ops).await, "forbidden");
    assert_eq!(delete_team(&test, &root, &ops).await, "yes");
    assert_eq!(join(&test, &bob, &ops, &reader, "king").await, "not found");
}

async fn cf_8_what_is_not_yours_is_not_there(test: TestApp) {
    let (bob, carol) = (
        with_role(&test, "bob", "").await,
        with_role(&test, "carol", "").await,
    );
    let ops = team(&test, &bob, "ops").await;
    let guessed = TeamId("01990000-0000-7000-8000-000000000000".into());
    for id in [&ops, &guessed] {
        assert_eq!(rename(&test, &carol, id).await, "not found");
        assert_eq!(delete_team(&test, &carol, id).await, "not found");
        assert_eq!(join(&test, &carol, id, &carol, "admin").await, "not found");
        assert_eq!(leave(&test, &carol, id, &bob).await, "not found");
    }
    let scheme = schemes::active(&test.app.db).await.unwrap();
    let mut conn = test.app.db.read().await.unwrap();
    let now = test.clock.now();
    assert_eq!(
        answer(teams::visible(&mut conn, &carol, &scheme, "ops", now).await),
        "not found"
    );
    assert_eq!(
        answer(teams::visible(&mut conn, &bob, &scheme, "OPS", now).await),
        "yes"
    );
}

async fn cf_14_everybody_has_a_team_of_their_own(test: TestApp) {
    let bob = with_role(&test, "bob", "").await;
    // A team has the name already that the personal one would get.
    team(&test, &bob, "carol").await;
    let carol = with_role(&test, "carol", "").await;
    let mut conn = test.app.db.read().await.unwrap();
    let now = test.clock.now();
    for (who, slug) in [(&bob, "bob"), (&carol, "carol-2")] {
        let own = doorward::store::teams::of_account(&mut conn, &id_of(who), now)
            .await
            .unwrap();
        let personal: Vec<_> = own
            .iter()
            .filter(|team| team.kind == doorward::store::teams::TeamKind::Personal)
            .collect();
        assert_eq!(personal.len(), 1);
        assert_eq!(
            (personal[0].slug.as_str(), personal[0].role.as_str()),
            (slug, "admin")
        );
        drop(own);
    }
    let own = doorward::store::teams::by_slug(&mut conn, "bob")
        .await
        .unwrap()
        .unwrap();
    drop(conn);
    assert_eq!(delete_team(&test, &bob, &own.id).await, "refused");
    assert_eq!(leave(&test, &bob, &own.id, &bob).await, "refused");
}

async fn cf_16_anybody_makes_any_number_of_teams(test: TestApp) {
    let bob = with_role(&test, "bob", "").await;
    for number in 0..50 {
        team(&test, &bob, &format!("team-{number}")).await;
    }
    let held = authority(&test, &bob).await;
    let mut conn = test.app.db.read().await.unwrap();
    let listed = doorward::store::teams::of_account(&mut conn, &held.account, test.clock.now())
        .await
        .unwrap();
    assert_eq!(listed.len(), 51, "with the personal one");
}

async fn root_team(test: &TestApp) -> TeamId {
    let mut conn = test.app.db.read().await.unwrap();
    doorward::store::teams::by_slug(&mut conn, "root-team")
        .await
        .unwrap()
        .unwrap()
        .id
}

async fn cf_22_the_root_team_stays(test: TestApp) {
    let root = Actor::Account(test.ann.clone());
    let team = root_team(&test).await;
    assert_eq!(delete_team(&test, &root, &team).await, "refused");
    assert_eq!(delete_team(&test, &Actor::Host, &team).await, "refused");
    assert_eq!(
        leave(&test, &root, &team, &root).await,
        "refused",
        "the last owner stays"
    );
}

async fn cf_23_the_root_team_gives_the_top_role_and_takes_it(test: TestApp) {
    follow(&test, "coolify").await;
    let (root, bob) = (
        Actor::Account(test.ann.clone()),
        with_role(&test, "bob", "").await,
    );
    let team = root_team(&test).await;
    assert_eq!(join(&test, &bob, &team, &bob, "admin").await, "not found");
    assert_eq!(join(&test, &root, &team, &bob, "read").await, "yes");
    let held = authority(&test, &bob).await;
    assert_eq!(held.roles, ["root", "user"]);
    assert!(held.may("settings.write"));
    assert_eq!(leave(&test, &root, &team, &bob).await, "yes");
    assert!(!authority(&test, &bob).await.may("settings.write"));
    assert_eq!(authority(&test, &bob).await.roles, ["user"]);
}

async fn hb_1_hb_2_hb_3_an_admin_is_made_and_unmade(test: TestApp) {
    let (ann, bob) = (
        Actor::Account(test.ann.clone()),
        with_role(&test, "bob", "").await,
    );
    let carol = with_role(&test, "carol", "").await;
    follow(&test, "harbor").await;
    assert_eq!(grant(&test, &bob, &bob, "system-admin").await, "forbidden");
    assert_eq!(grant(&test, &ann, &bob, "system-admin").await, "yes");
    let (one, other) = (authority(&test, &ann).await, authority(&test, &bob).await);
    assert!(one.covers(&other) && other.covers(&one), "both may do the same");
    assert_eq!(grant(&test, &bob, &carol, "system-admin").await, "yes");
    assert_eq!(revoke(&test, &carol, &bob, "system-admin").await, "yes");
    assert_eq!(suspend(&test, &bob, &id_of(&carol)).await, "forbidden");
    assert_eq!(
        revoke(&test, &carol, &ann, "system-admin").await,
        "yes",
        "with the root team"
    );
    assert_eq!(
        revoke(&test, &carol, &carol, "system-admin").await,
        "refused",
        "the last one stays"
    );
}

async fn hb_7_cl_8_cl_9_cl_11_names_are_checked_and_unique(test: TestApp) {
    let ann = Actor::Account(test.ann.clone());
    assert_eq!(create_as(&test, &ann, "a.b-c9", None).await, "yes");
    for taken in ["A.B-C9", "ann", "ANN"] {
        assert_eq!(create_as(&test, &ann, taken, None).await, "invalid", "{taken}");
    }
    for bad in ["a_b", "a b", "é", "", "error", "Pull", "404"] {
        assert_eq!(create_as(&test, &ann, bad, None).await, "invalid", "{bad}");
    }
    assert_eq!(make_group(&test, &ann, "a.b-c9").await, "yes");
    for bad in ["a_b", "a b", "é", "", "A.B-C9"] {
        assert_eq!(make_group(&test, &ann, bad).await, "invalid", "{bad}");
    }
}

async fn hb_15_cl_35_cl_37_deleted_and_suspended_accounts_come_back_as_they_were(test: TestApp) {
    let (rp, browser, ann) = (test.rp().await, test.browser(), Actor::Account(test.ann.clone()));
    let bob = with_role(&test, "bob", "auditor").await;
    let (db, now) = (&test.app.db, test.clock.now());
    groups::add_member(db, Actor::Host, "engineering".into(), id_of(&bob), now)
        .await
        .unwrap();
    let page = browser
        .get(&rp.authorize(&[("scope", "openid offline_access groups roles")]))
        .await;
    let back = browser.sign_in(page.location(), "bob").await;
    let tokens = rp
        .redeem(&crate::support::param(back.location(), "code"))
        .await
        .json();
    let before = crate::support::claims(tokens["id_token"].as_str().unwrap());
    for (end, begin) in [
        (
            Change::Suspend {
                reason: "left".into(),
            },
            Change::Activate,
        ),
        (Change::Delete, Change::Restore),
    ] {
        let change = async |change: Change| {
            let (actor, id, now) = (ann.clone(), id_of(&bob), test.clock.now());
            account_state::change(&test.app.db, actor, id, change, now).await
        };
        change(end.clone()).await.unwrap();
        assert_eq!(
            rp.userinfo(tokens["access_token"].as_str().unwrap()).await.status,
            401
        );
        let refresh = tokens["refresh_token"].as_str().unwrap();
        assert_eq!(rp.refresh(refresh).await.json()["error"], "invalid_grant");
        assert!(browser.get("/account").await.location().ends_with("/login"));
        assert_eq!(answer(change(end).await), "refused", "only once");
        change(begin).await.unwrap();
        test.clock.advance(std::time::Duration::from_secs(1));
        let page = browser
            .get(&rp.authorize(&[("scope", "openid offline_access groups roles")]))
            .await;
        let back = browser.sign_in(page.location(), "bob").await;
        let again = rp
            .redeem(&crate::support::param(back.location(), "code"))
            .await
            .json();
        let after = crate::support::claims(again["id_token"].as_str().unwrap());
        for same in ["sub", "groups", "roles"] {
            assert_eq!(before[same], after[same], "{same}");
        }
    }
    // A name that is free again can be another person's, who gets another subject.
    account_state::change(db, ann.clone(), id_of(&bob), Change::Delete, test.clock.now())
        .await
        .unwrap();
    let other = test.person("bob").await;
    assert_ne!(other, id_of(&bob), "b21: a subject is never given again");
    let restored =
        account_state::change(db, ann.clone(), id_of(&bob), Change::Restore, test.clock.now()).await;
    assert_eq!(answer(restored), "refused", "its name is another person's now");
    account_state::change(db, ann.clone(), other, Change::Delete, test.clock.now())
        .await
        .unwrap();
    test.clock.advance(account_state::RETENTION);
    let restored = account_state::change(db, ann, id_of(&bob), Change::Restore, test.clock.now()).await;
    assert_eq!(answer(restored), "refused", "its time is over");
}

async fn cl_16_a_user_manager_adds_users_and_changes_no_roles(test: TestApp) {
    follow(&test, "cloudron").await;
    let manager = with_role(&test, "manager", "user-manager").await;
    let (user, admin) = (
        with_role(&test, "user", "").await,
        with_role(&test, "boss", "admin").await,
    );
    assert_eq!(create_as(&test, &manager, "new-one", None).await, "yes");
    for role in ["user-manager", "mail-manager", "admin", "superadmin"] {
        assert_eq!(
            create_as(&test, &manager, &format!("new-{role}"), Some(role)).await,
            "forbidden"
        );
        assert_eq!(grant(&test, &manager, &user, role).await, "forbidden", "{role}");
    }
    assert_eq!(suspend(&test, &manager, &id_of(&user)).await, "yes");
    assert_eq!(suspend(&test, &manager, &id_of(&admin)).await, "forbidden");
    assert_eq!(suspend(&test, &manager, &test.ann).await, "forbidden");
    assert_eq!(make_group(&test, &manager, "staff").await, "yes");
    assert_eq!(make_group(&test, &user, "staff2").await, "forbidden");
}

async fn cl_20_only_the_superadmin_has_billing_and_backups(test: TestApp) {
    follow(&test, "cloudron").await;
    let superadmin = Actor::Account(test.ann.clone());
    let admin = with_role(&test, "boss", "admin").await;
    for permission in ["billing.manage", "backup.manage", "support.ticket"] {
        assert!(
            authority(&test, &superadmin).await.may(permission),
            "{permission}"
        );
        assert!(!authority(&test, &admin).await.may(permission), "{permission}");
    }
    for permission in ["branding.write", "settings.write", "app.login_any"] {
        assert!(authority(&test, &admin).await.may(permission), "{permission}");
    }
    assert_eq!(suspend(&test, &admin, &test.ann).await, "forbidden");
    assert_eq!(grant(&test, &admin, &admin, "superadmin").await, "forbidden");
}

async fn cr_1_to_cr_9_the_matrix_of_coder(test: TestApp) {
    follow(&test, "coder").await;
    let mut people = vec![("owner", Actor::Account(test.ann.clone()))];
    for role in ["user-admin", "template-admin", "auditor", ""] {
        let name = if role.is_empty() { "plain" } else { role };
        people.push((name, with_role(&test, name, role).await));
    }
    let app = AppId("coder".into());
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
        assert_eq!(held.may("audit.read"), is(&["owner", "auditor"]), "CR-9: {name}");
    }
    // CR-2: rights add up.
    let both = with_role(&test, "both", "auditor").await;
    assert_eq!(grant(&test, &people[0].1, &both, "user-admin").await, "yes");
    let held = authority(&test, &both).await;
    assert!(held.may("audit.read") && held.may("account.create"));
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
        assert_eq!(suspend(&test, &Actor::Host, &id_of(&plain)).await, "yes");
        assert_eq!(activate(&test, &by, &id_of(&plain)).await, expected, "{role}");
        if expected != "yes" {
            let owner = Actor::Account(test.ann.clone());
            assert_eq!(activate(&test, &owner, &id_of(&plain)).await, "yes");
        }
    }
}

async fn pp_1_everybody_has_exactly_one_of_three_levels(test: TestApp) {
    follow(&test, "pipeline").await;
    let root = Actor::Account(test.ann.clone());
    let bob = with_role(&test, "bob", "").await;
    assert_eq!(authority(&test, &root).await.roles, ["root"]);
    assert_eq!(authority(&test, &bob).await.roles, ["developer"]);
    assert_eq!(grant(&test, &root, &bob, "admin").await, "yes");
    assert_eq!(authority(&test, &bob).await.roles, ["admin"]);
    assert_eq!(grant(&test, &root, &bob, "developer").await, "yes");
    assert_eq!(authority(&test, &bob).await.roles, ["developer"]);
    // PP-2 to PP-4.
    let admin = with_role(&test, "boss", "admin").await;
    let app = AppId("pipeline".into());
    for (who, invoices, billing, reads, edits) in [
        (&root, true, true, true, true),
        (&admin, true, false, true, false),
        (&bob, false, false, false, false),
    ] {
        let held = authority(&test, who).await;
        assert_eq!(held.may("billing.view"), invoices);
        assert_eq!(held.may("billing.manage"), billing);
        assert_eq!(held.may("account.read"), reads);
        assert_eq!(held.may("account.update"), edits);
        assert!(held.declared_for(&app).contains(&"pipeline.*".to_owned()));
    }
}

async fn pp_9_who_adds_whom(test: TestApp) {
    follow(&test, "pipeline").await;
    let root = Actor::Account(test.ann.clone());
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
}

async fn a_scheme_is_applied_with_an_owner_at_all_times(test: TestApp) {
    let bob = with_role(&test, "bob", "owner").await;
    let carol = with_role(&test, "carol", "auditor").await;
    let (db, now) = (&test.app.db, test.clock.now());
    for scheme in schemes::built_in().iter().chain(schemes::built_in()) {
        let plan = scheme_change::plan(db, scheme, now).await.unwrap();
        scheme_change::apply(db, Actor::Host, scheme.clone(), now)
            .await
            .unwrap();
        let held = authority(&test, &bob).await;
        assert!(held.may("system.update"), "{}: {plan:?}", scheme.name);
        assert!(
            !authority(&test, &carol).await.may("system.update"),
            "{}",
            scheme.name
        );
        let again = scheme_change::plan(db, scheme, now).await.unwrap();
        assert_eq!(again, [], "{}", scheme.name);
    }
    let denied = scheme_change::apply(db, carol, schemes::built_in()[0].clone(), now).await;
    assert_eq!(answer(denied), "forbidden");
}

async fn nested_groups_are_resolved_and_never_circular(test: TestApp) {
    let (db, now) = (&test.app.db, test.clock.now());
    let mut ids = Vec::new();
    for name in ["a", "b", "c"] {
        ids.push(groups::create(db, Actor::Host, name.into(), now).await.unwrap());
    }
    let nest = async |outer: usize, inner: usize| {
        let change = GroupChange::AddGroup(ids[inner].clone());
        answer(groups::change(db, Actor::Host, ids[outer].clone(), change, now).await)
    };
    assert_eq!(nest(0, 1).await, "yes");
    assert_eq!(nest(1, 2).await, "yes");
    assert_eq!(nest(2, 0).await, "invalid");
    assert_eq!(nest(1, 1).await, "invalid");
    let add = GroupChange::Add(test.ann.clone());
    groups::change(db, Actor::Host, ids[2].clone(), add, now)
        .await
        .unwrap();
    let mut conn = test.app.db.read().await.unwrap();
    let held = doorward::store::groups::of_account(&mut conn, &test.ann)
        .await
        .unwrap();
    assert_eq!(held, ["a", "b", "c", "engineering"]);
}
