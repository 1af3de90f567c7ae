//! Who is let in, and what the website learns about them.

use std::time::Duration;

use doorward::directory::Actor;
use doorward::directory::clients::{DisableClient, SetAccessRule, SetAppSecondFactor};
use doorward::directory::groups::{AddGroupMember, GroupRef, RemoveGroupMember};
use doorward::model::access::AccessRule;
use doorward::model::client::ClientSettings;
use doorward::model::{ClientId, Scopes};

use super::{Visitor, WIKI, at_the_wiki, register, set_wiki, suspend, websites};
use crate::schemes::{apply_scheme, grant_instance_role};
use crate::support::{Response, TestApp, apply, on_both, param};

fn header<'r>(response: &'r Response, name: &str) -> &'r str {
    let value = response.headers.get(name);
    let value = value.unwrap_or_else(|| panic!("no {name} in {:?}", response.headers));
    str::from_utf8(value.as_bytes()).unwrap()
}

fn group(name: &str) -> GroupRef {
    GroupRef::Name(name.into())
}

async fn set_rule(test: &TestApp, rule: AccessRule) {
    let id = ClientId("wiki".into());
    test.change(&Actor::HOST, SetAccessRule { id, rule })
        .await
        .unwrap();
}

#[apply(on_both)]
#[start(behind_proxy)]
async fn cl_4_a_website_behind_a_proxy_learns_who_visits_it(test: TestApp) {
    register(&test, "wiki", &[WIKI]).await;
    let visitor = Visitor::new(&test, WIKI);
    let started = visitor.visit("/page?a=b&c=d%20e").await;
    assert!(!started.headers.contains_key("remote-user"));
    let begun = header(&started, "set-cookie");
    assert!(begun.starts_with("__Host-doorward_sign_in="), "{begun}");
    let callback = visitor.sign_in_from(&started, "ann").await;
    assert!(callback.starts_with("/.doorward/callback?"), "{callback}");
    let ended = visitor.visit(&callback).await;
    assert_eq!(ended.location(), format!("{WIKI}/page?a=b&c=d%20e"));
    let cookie = header(&ended, "set-cookie");
    assert!(cookie.starts_with("__Host-doorward_proxied="), "{cookie}");
    assert!(
        cookie.ends_with("; HttpOnly; SameSite=Lax; Secure; Path=/"),
        "{cookie}"
    );
    let session = visitor.here.cookie("session");
    assert!(session.len() == 43 && !cookie.contains(&session));
    let let_in = visitor.visit("/page").await;
    assert_eq!((let_in.status, let_in.body.as_str()), (200, ""));
    for (name, value) in [
        ("remote-user", "ann"),
        ("remote-name", "Ann Lee"),
        ("remote-email", "ann@example.org"),
        ("remote-groups", "engineering"),
        ("remote-roles", "owner,member"),
    ] {
        assert_eq!(header(&let_in, name), value, "{name}");
    }
}

#[apply(on_both)]
#[start(behind_proxy)]
async fn a_signed_in_visitor_is_asked_for_nothing(test: TestApp) {
    register(&test, "wiki", &[WIKI]).await;
    register(&test, "logs", &["https://logs.example.org"]).await;
    let visitor = at_the_wiki(&test, "ann").await;
    let elsewhere = Visitor::of(visitor.here, &test, "https://logs.example.org");
    let started = elsewhere.visit("/").await;
    let back = elsewhere.here.get(started.location()).await;
    let callback = back.location().strip_prefix("https://logs.example.org").unwrap();
    assert_eq!(
        elsewhere.visit(callback).await.location(),
        "https://logs.example.org/"
    );
    assert!(elsewhere.is_in().await);
}

#[apply(on_both)]
#[start(behind_proxy)]
async fn nginx_asks_in_two_steps(test: TestApp) {
    register(&test, "wiki", &[WIKI]).await;
    let visitor = Visitor::new(&test, WIKI);
    let (check, pages) = ("/forward-auth/check", "/forward-auth/pages");
    let refused = visitor.ask(check, "/page").await;
    assert_eq!((refused.status, refused.body.as_str()), (401, ""));
    let started = visitor.ask(pages, "/page").await;
    let callback = visitor.sign_in_from(&started, "ann").await;
    assert_eq!(visitor.ask(check, &callback).await.status, 401);
    let ended = visitor.ask(pages, &callback).await;
    assert_eq!(ended.location(), format!("{WIKI}/page"));
    let let_in = visitor.ask(check, "/page").await;
    assert_eq!((let_in.status, header(&let_in, "remote-user")), (200, "ann"));
}

#[apply(on_both)]
#[start(behind_proxy)]
async fn headers_have_only_what_the_app_may_receive(test: TestApp) {
    register(&test, "wiki", &[WIKI]).await;
    let bob = test.add_person("bob").await;
    test.grant_app_role(&bob, "wiki", "operator").await;
    let add = doorward::directory::emails::AddEmail {
        id: bob.clone(),
        address: "bob@example.org".into(),
    };
    test.change(&Actor::HOST, add).await.unwrap();
    test.sql("UPDATE accounts SET name = 'Bob Åß' WHERE username = 'bob'")
        .await;
    let visitor = at_the_wiki(&test, "bob").await;
    let let_in = visitor.visit("/").await;
    assert_eq!(header(&let_in, "remote-name"), "Bob Åß");
    assert_eq!(header(&let_in, "remote-email"), "", "it is not verified");
    assert_eq!(header(&let_in, "remote-roles"), "operator");
    test.sql("UPDATE emails SET verified = TRUE WHERE address = 'bob@example.org'")
        .await;
    assert_eq!(
        header(&visitor.visit("/").await, "remote-email"),
        "bob@example.org"
    );
    let settings = ClientSettings {
        scopes: Scopes::parse("openid"),
        ..websites(&[WIKI])
    };
    set_wiki(&test, settings).await;
    let let_in = visitor.visit("/").await;
    assert_eq!(header(&let_in, "remote-user"), "bob");
    for name in ["remote-name", "remote-email", "remote-groups", "remote-roles"] {
        assert_eq!(header(&let_in, name), "", "{name}");
    }
}

#[apply(on_both)]
#[start(behind_proxy)]
async fn every_header_is_set_even_without_a_value(test: TestApp) {
    register(&test, "wiki", &[WIKI]).await;
    test.add_person("bob").await;
    test.sql("UPDATE accounts SET name = 'Bob\r\nRemote-User: ann' WHERE username = 'bob'")
        .await;
    let let_in = at_the_wiki(&test, "bob").await.visit("/").await;
    assert_eq!(header(&let_in, "remote-user"), "bob");
    assert_eq!(header(&let_in, "remote-name"), "BobRemote-User: ann");
    for name in ["remote-email", "remote-groups"] {
        assert_eq!(header(&let_in, name), "", "{name}");
    }
}

#[apply(on_both)]
#[start(behind_proxy)]
async fn a_suspended_visitor_is_refused_at_the_next_request(test: TestApp) {
    register(&test, "wiki", &[WIKI]).await;
    test.add_person("bob").await;
    let visitor = at_the_wiki(&test, "bob").await;
    suspend(&test, "bob").await;
    assert!(!visitor.is_in().await);
    // A session that nobody has ended does not count either once its account has expired.
    test.add_person("carol").await;
    let visitor = at_the_wiki(&test, "carol").await;
    test.sql("UPDATE accounts SET valid_until = 1 WHERE username = 'carol'")
        .await;
    assert!(!visitor.is_in().await);
}

const DAY: Duration = Duration::from_hours(24);

#[apply(on_both)]
#[start(behind_proxy)]
async fn a_visit_ends_with_the_session(test: TestApp) {
    register(&test, "wiki", &[WIKI]).await;
    let visitor = at_the_wiki(&test, "ann").await;
    let page = visitor.here.get("/account").await;
    let out = [page.csrf()];
    assert_eq!(visitor.here.post("/oauth2/logout", &out).await.status, 200);
    assert!(!visitor.is_in().await);
    // A visit outlives neither the idle timeout nor the lifetime of the session.
    test.add_person("bob").await;
    let visitor = at_the_wiki(&test, "bob").await;
    test.clock.advance(7 * DAY);
    assert!(!visitor.is_in().await, "it was idle");
    let visitor = at_the_wiki(&test, "bob").await;
    for _ in 0..9 {
        test.clock.advance(3 * DAY);
        assert!(visitor.is_in().await);
    }
    test.clock.advance(3 * DAY);
    assert!(!visitor.is_in().await, "it expired");
    let owner = at_the_wiki(&test, "ann").await;
    test.clock.advance(Duration::from_hours(1));
    assert!(!owner.is_in().await, "an administrator's session ends earlier");
    let visitor = at_the_wiki(&test, "ann").await;
    test.sql("UPDATE grants SET revoked_at = 1").await;
    assert!(!visitor.is_in().await, "the access was withdrawn");
}

#[apply(on_both)]
#[start(behind_proxy)]
async fn visits_keep_the_session_alive(test: TestApp) {
    register(&test, "wiki", &[WIKI]).await;
    test.add_person("bob").await;
    let visitor = at_the_wiki(&test, "bob").await;
    test.clock.advance(6 * DAY);
    assert!(visitor.is_in().await);
    test.clock.advance(6 * DAY);
    assert!(visitor.here.is_signed_in().await);
}

#[apply(on_both)]
#[start(behind_proxy)]
async fn the_access_rule_counts_at_the_next_request(test: TestApp) {
    register(&test, "wiki", &[WIKI]).await;
    let bob = test.add_person("bob").await;
    let add = AddGroupMember {
        group: group("staff"),
        account: bob.clone().into(),
        create: true,
    };
    test.change(&Actor::HOST, add).await.unwrap();
    let visitor = at_the_wiki(&test, "bob").await;
    set_rule(&test, AccessRule::default()).await;
    assert!(!visitor.is_in().await);
    let found = doorward::directory::clients::FindAccessRule {
        everyone: false,
        groups: vec![group("staff")],
        teams: Vec::new(),
        roles: Vec::new(),
    };
    let rule = test.read(&Actor::HOST, found).await.unwrap();
    set_rule(&test, rule).await;
    assert!(visitor.is_in().await);
    let remove = RemoveGroupMember {
        group: group("staff"),
        account: bob.into(),
    };
    test.change(&Actor::HOST, remove).await.unwrap();
    assert!(!visitor.is_in().await);
}

#[apply(on_both)]
#[start(behind_proxy)]
async fn a_visitor_who_is_refused_reads_why(test: TestApp) {
    register(&test, "wiki", &[WIKI]).await;
    let visitor = at_the_wiki(&test, "ann").await;
    set_rule(&test, AccessRule::default()).await;
    let started = visitor.visit("/").await;
    let back = visitor.here.get(started.location()).await;
    assert!(
        back.location().contains("/sign-in/no-entry?"),
        "{}",
        back.location()
    );
    assert_eq!(visitor.here.get(back.location()).await.status, 403);
}

#[apply(on_both)]
#[start(behind_proxy)]
async fn a_disabled_app_lets_in_nobody(test: TestApp) {
    register(&test, "wiki", &[WIKI]).await;
    let visitor = at_the_wiki(&test, "ann").await;
    let id = ClientId("wiki".into());
    test.change(&Actor::HOST, DisableClient { id }).await.unwrap();
    assert_eq!(visitor.visit("/").await.status, 403);
}

#[apply(on_both)]
#[start(behind_proxy)]
async fn an_override_is_recorded_at_the_sign_in_only(test: TestApp) {
    apply_scheme(&test, "cloudron").await;
    register(&test, "wiki", &[WIKI]).await;
    set_rule(&test, AccessRule::default()).await;
    let bob = test.add_person("bob").await;
    grant_instance_role(&test, &bob, "admin").await;
    let visitor = at_the_wiki(&test, "bob").await;
    assert!(visitor.is_in().await && visitor.is_in().await);
    let log = test
        .run(&["--json", "audit", "list", "--action", "access.override"], "")
        .await;
    assert_eq!(log.stdout.lines().count(), 1, "{}", log.stdout);
}

#[apply(on_both)]
#[start(behind_proxy)]
async fn the_sign_out_of_the_website_leads_to_ours(test: TestApp) {
    register(&test, "wiki", &[WIKI]).await;
    let visitor = at_the_wiki(&test, "ann").await;
    let redirect = visitor.visit("/.doorward/sign-out").await;
    assert!(
        redirect
            .location()
            .starts_with(&format!("{}/oauth2/logout?", test.base))
    );
    let page = visitor.here.get(redirect.location()).await;
    assert!(page.body.contains("Grafana"), "it names the app: {}", page.body);
    let out = visitor.here.submit(&page, "/oauth2/logout", &[]).await;
    assert_eq!(out.status, 200);
    assert!(!visitor.is_in().await);
    let redirect = visitor.ask("/forward-auth/pages", "/.doorward/sign-out").await;
    assert_eq!(param(redirect.location(), "client_id"), "wiki");
}

#[apply(on_both)]
#[start(behind_proxy)]
async fn a_website_can_let_in_only_people_who_act_for_themselves(test: TestApp) {
    register(&test, "wiki", &[WIKI]).await;
    let visitor = Visitor::of(crate::acting::acting_as_bob(&test).await, &test, WIKI);
    visitor.sign_in("bob").await;
    assert_eq!(header(&visitor.visit("/").await, "remote-user"), "bob");
    let settings = ClientSettings {
        refuse_impersonation: true,
        ..websites(&[WIKI])
    };
    set_wiki(&test, settings).await;
    assert!(!visitor.is_in().await);
    set_wiki(&test, websites(&[WIKI])).await;
    assert!(visitor.is_in().await);
    // The administrator's own account must stay active.
    suspend_the_actor(&test).await;
    assert!(!visitor.is_in().await);
}

async fn suspend_the_actor(test: &TestApp) {
    test.add_person("olga").await;
    test.make_owner("olga").await;
    test.sql("UPDATE accounts SET status = 'suspended' WHERE username = 'ann'")
        .await;
}

#[apply(on_both)]
#[start(behind_proxy)]
async fn a_required_second_factor_is_asked_for_at_the_next_request(test: TestApp) {
    register(&test, "wiki", &[WIKI]).await;
    let visitor = at_the_wiki(&test, "ann").await;
    assert!(visitor.is_in().await);
    for (required, is_in) in [(true, false), (false, true)] {
        let id = ClientId("wiki".into());
        test.change(&Actor::HOST, SetAppSecondFactor { id, required })
            .await
            .unwrap();
        assert_eq!(visitor.is_in().await, is_in);
    }
}
