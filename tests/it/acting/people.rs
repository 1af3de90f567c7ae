//! Acting as somebody else: who may, what they may do, and when it ends.

use std::time::Duration;

use doorward::clock::Clock;
use doorward::directory::Actor;
use doorward::directory::accounts::SuspendAccount;
use doorward::directory::acting::ActAs;
use doorward::directory::roles::RevokeRole;
use doorward::directory::schemes::{ApplyScheme, built_in};

use super::{act, acting_as_bob};
use crate::schemes::{ann, apply_scheme, grant_instance_role, id_of, outcome_of, with_role};
use crate::support::{On, PASSWORD, TestApp, apply, on_both};

#[apply(on_both)]
async fn an_administrator_acts_as_a_person_in_their_own_browser(test: TestApp) {
    let ann = acting_as_bob(&test).await;
    let page = ann.get("/account").await;
    assert!(
        page.text("aside.acting").contains("You are acting as bob"),
        "{}",
        page.body
    );
    assert!(page.text("main").contains("bob"));
    let done = ann.submit(&page, "/sign-in/stop-acting", &[]).await;
    assert_eq!(done.location(), format!("{}/console/users/1", test.base));
    let own = ann.get("/account").await;
    assert!(own.text("aside.acting").is_empty());
    assert_eq!(ann.get("/console").await.status, 200, "their own session goes on");
    assert_eq!(test.count("sessions WHERE end_reason = 'acting_ended'").await, 1);
}

#[apply(on_both)]
async fn acting_needs_a_recent_sign_in(test: TestApp) {
    test.add_person("bob").await;
    let ann = test.signed_in("ann").await;
    test.clock.advance(Duration::from_mins(16));
    let asked = act(&ann, 1, "15").await;
    assert!(
        asked.location().contains("/sign-in?attempt="),
        "{}",
        asked.location()
    );
    assert_eq!(test.count("sessions WHERE acted_by IS NOT NULL").await, 0);
    let tab = ann.get("/console/users/1/sign-in").await;
    let form = [("why", "ticket 7"), ("minutes", "15")];
    let asked_too = ann
        .post_with_csrf(&tab, "/console/users/1/act/password", &form)
        .await;
    assert!(asked_too.location().contains("/sign-in?attempt="));
    assert_eq!(test.count("one_time_secrets").await, 0);
    let back = ann.sign_in(asked.location(), "ann").await;
    let page = ann.get(back.location()).await;
    assert!(page.body.contains("Act as bob") || page.location().contains("/console/users/1/sign-in"));
}

#[apply(on_both)]
async fn cl_22_a_password_to_act_is_shown_and_signs_in_once(test: TestApp) {
    test.add_person("bob").await;
    let ann = test.signed_in("ann").await;
    let tab = ann.get("/console/users/1/sign-in").await;
    let form = [("why", "ticket 7"), ("minutes", "30")];
    let done = ann
        .post_with_csrf(&tab, "/console/users/1/act/password", &form)
        .await;
    let page = ann.follow(done).await;
    let secret = page.text("#reset-secret");
    assert_eq!(secret.len(), 29, "{}", page.body);
    let browser = test.browser();
    browser.try_sign_in("bob", &secret).await;
    assert!(browser.get("/account").await.text("aside.acting").contains("bob"));
    assert_eq!(test.browser().try_sign_in("bob", &secret).await.status, 422);
}

#[apply(on_both)]
async fn cl_23_acting_ends_in_time(test: TestApp) {
    let ann = acting_as_bob(&test).await;
    test.clock
        .advance(Duration::from_mins(15) - Duration::from_secs(1));
    assert!(!ann.get("/account").await.text("aside.acting").is_empty());
    test.clock.advance(Duration::from_secs(1));
    assert!(ann.get("/account").await.text("aside.acting").is_empty());
    // No longer than an hour, whatever is asked for.
    test.clock.advance(Duration::from_mins(1));
    let ann = test.signed_in("ann").await;
    act(&ann, 1, "1000").await;
    test.clock.advance(Duration::from_mins(59));
    assert!(!ann.get("/account").await.text("aside.acting").is_empty());
    test.clock.advance(Duration::from_mins(1));
    assert!(ann.get("/account").await.text("aside.acting").is_empty());
}

#[apply(on_both)]
async fn cl_24_the_persons_own_password_stays(test: TestApp) {
    test.add_person("bob").await;
    let bob = test.signed_in("bob").await;
    // Ann's browser has a session of Bob's too.
    let ann = test.signed_in("bob").await;
    ann.sign_in("/sign-in?add=1", "ann").await;
    act(&ann, 1, "15").await;
    assert!(!ann.get("/account").await.text("aside.acting").is_empty());
    let own = "sessions s JOIN accounts a ON a.id = s.account_id WHERE a.username = 'bob' \
               AND s.acted_by IS NULL AND s.ended_at IS NULL";
    assert_eq!(test.count(own).await, 2);
    assert!(bob.is_signed_in().await);
    let elsewhere = test.browser();
    elsewhere.try_sign_in("bob", PASSWORD).await;
    assert!(elsewhere.is_signed_in().await);
}

#[apply(on_both)]
async fn cl_25_only_downwards_and_with_the_permission(test: TestApp) {
    apply_scheme(&test, "cloudron").await;
    let admin = with_role(&test, "adam", "admin").await;
    let manager = with_role(&test, "mona", "user-manager").await;
    let user = with_role(&test, "ulla", "").await;
    let outcome = async |by: &Actor, who: &Actor| {
        let act = ActAs {
            account: id_of(who).into(),
            reason: "help".into(),
            lifetime: Duration::from_mins(15),
        };
        outcome_of(test.change(by, act).await)
    };
    assert_eq!(outcome(&admin, &user).await, "yes");
    assert_eq!(outcome(&ann(&test), &admin).await, "yes");
    assert_eq!(outcome(&admin, &ann(&test)).await, "forbidden");
    assert_eq!(outcome(&manager, &user).await, "forbidden");
    assert_eq!(outcome(&user, &manager).await, "forbidden");
    assert_eq!(outcome(&admin, &admin).await, "refused");
    let unreasoned = test.signed_in("adam").await;
    let tab = unreasoned.get("/console/users/3/sign-in").await;
    let path = "/console/users/3/act/password";
    let refused = unreasoned.post_with_csrf(&tab, path, &[]).await;
    assert_eq!(refused.status, 422);
    assert!(!refused.text("#why-error").is_empty());
}

#[apply(on_both)]
async fn somebody_who_acts_as_somebody_else_changes_no_credentials(test: TestApp) {
    test.add_person("bob").await;
    let bob = test.signed_in("bob").await;
    test.add_authenticator(&bob).await;
    let ann = test.signed_in("ann").await;
    act(&ann, 1, "15").await;
    let security = ann.get("/account/security").await;
    let factors = ann.get("/account/second-factors").await;
    let emails = ann.get("/account/emails").await;
    for (page, action, form) in [
        (
            &security,
            "/account/password",
            &[("current", PASSWORD), ("new", "another long passphrase")][..],
        ),
        (&factors, "/account/second-factors/remove", &[]),
        (&factors, "/account/recovery-codes", &[]),
        (&emails, "/account/emails", &[("email", "eve@example.org")]),
        (&security, "/account/sessions/end", &[("session", "others")]),
        (&security, "/console/users/0/act", &[("why", "chain")]),
    ] {
        let refused = ann.post_with_csrf(page, action, form).await;
        assert!(
            [403, 404].contains(&refused.status),
            "{action}: {}",
            refused.status
        );
    }
    assert!(bob.is_signed_in().await);
    assert_eq!(test.count("authenticators").await, 1);
    assert_eq!(
        test.count("emails WHERE address_key = 'eve@example.org'").await,
        0
    );
}

#[apply(on_both)]
async fn nobody_reaches_the_console_by_acting_as_somebody_else(test: TestApp) {
    with_role(&test, "audrey", "auditor").await;
    let ann = test.signed_in("ann").await;
    act(&ann, 1, "15").await;
    // Audrey's own role opens it, but not for Ann.
    for path in ["/console", "/console/users", "/console/audit"] {
        assert_eq!(ann.get(path).await.status, 403, "{path}");
    }
    assert_eq!(test.signed_in("audrey").await.get("/console").await.status, 200);
}

#[apply(on_both)]
async fn the_audit_log_names_both(test: TestApp) {
    let ann = acting_as_bob(&test).await;
    let saved = ann.get("/account").await;
    let form = [("name", "Bob Best")];
    assert_eq!(ann.submit(&saved, "/account/profile", &form).await.status, 303);
    let entry = format!(
        "audit WHERE action = 'account.update' AND actor = '{}' AND on_behalf = '{}'",
        test.ann,
        test.id("bob").await
    );
    assert_eq!(test.count(&entry).await, 1);
}

#[apply(on_both)]
async fn acting_ends_with_the_administrators_own_session(test: TestApp) {
    let ann = acting_as_bob(&test).await;
    let elsewhere = test.signed_in("ann").await;
    let security = elsewhere.get("/account/security").await;
    assert_eq!(
        elsewhere
            .submit(&security, "/account/sessions/end", &[])
            .await
            .status,
        303
    );
    assert!(!ann.is_signed_in().await);
    assert_eq!(
        test.count("sessions WHERE acted_by IS NOT NULL AND ended_at IS NULL")
            .await,
        0
    );
}

#[apply(on_both)]
async fn acting_ends_with_the_administrators_status_and_role(test: TestApp) {
    apply_scheme(&test, "cloudron").await;
    test.add_person("bob").await;
    let adam = with_role(&test, "adam", "admin").await;
    let browser = test.signed_in("adam").await;
    act(&browser, 1, "15").await;
    assert!(!browser.get("/account").await.text("aside.acting").is_empty());
    let (account, role) = (id_of(&adam).into(), "admin".to_owned());
    test.change(&Actor::HOST, RevokeRole { account, role })
        .await
        .unwrap();
    assert!(browser.get("/account").await.text("aside.acting").is_empty());
    grant_instance_role(&test, &id_of(&adam), "admin").await;
    act(&browser, 1, "15").await;
    // Bob gets more rights than Adam has.
    grant_instance_role(&test, &test.id("bob").await, "superadmin").await;
    assert!(browser.get("/account").await.text("aside.acting").is_empty());
    let (account, role) = (test.id("bob").await.into(), "superadmin".to_owned());
    test.change(&Actor::HOST, RevokeRole { account, role })
        .await
        .unwrap();
    act(&browser, 1, "15").await;
    assert!(!browser.get("/account").await.text("aside.acting").is_empty());
    let (id, reason) = (id_of(&adam), String::new());
    test.change(&Actor::HOST, SuspendAccount { id, reason })
        .await
        .unwrap();
    assert!(!browser.is_signed_in().await);
}

#[apply(on_both)]
async fn acting_ends_when_the_scheme_takes_the_permission_away(test: TestApp) {
    apply_scheme(&test, "cloudron").await;
    test.add_person("bob").await;
    with_role(&test, "adam", "admin").await;
    let browser = test.signed_in("adam").await;
    act(&browser, 1, "15").await;
    let mut scheme = built_in()
        .iter()
        .find(|scheme| scheme.name == "cloudron")
        .unwrap()
        .clone();
    let admin = scheme.roles.iter_mut().find(|role| role.name == "admin").unwrap();
    admin.permissions = vec!["account.read".into()];
    test.change(&Actor::HOST, ApplyScheme { scheme }).await.unwrap();
    assert!(browser.get("/account").await.text("aside.acting").is_empty());
}

#[apply(on_both)]
async fn nobody_acts_as_somebody_who_cannot_sign_in(test: TestApp) {
    let bob = test.add_person("bob").await;
    let (id, reason) = (bob.clone(), String::new());
    test.change(&Actor::HOST, SuspendAccount { id, reason })
        .await
        .unwrap();
    let act = ActAs {
        account: bob.into(),
        reason: "help".into(),
        lifetime: Duration::from_mins(15),
    };
    assert_eq!(outcome_of(test.change(&ann(&test), act).await), "refused");
}

#[apply(on_both)]
async fn cl_38_a_command_on_the_host_acts_as_a_person(test: TestApp) {
    test.add_person("bob").await;
    let act = ["impersonate", "bob", "--ttl", "30", "--reason", "ticket 7"];
    let printed = test.run_json(&act).await;
    test.clock.set(Clock::system().now());
    let browser = test.browser();
    browser
        .try_sign_in("bob", printed["password"].as_str().unwrap())
        .await;
    assert!(browser.get("/account").await.text("aside.acting").contains("bob"));
    test.clock.advance(Duration::from_mins(30));
    assert!(!browser.is_signed_in().await);
    let unknown = test.run(&["impersonate", "nobody", "--reason", "x"], "").await;
    assert!(!unknown.succeeded && unknown.stderr.contains("no account nobody"));
}

#[apply(on_both)]
async fn whoever_may_not_see_the_person_stops_acting_on_the_home_page(test: TestApp) {
    test.add_person("bob").await;
    let act = ["impersonate", "bob", "--reason", "ticket 7"];
    let printed = test.run_json(&act).await;
    test.clock.set(Clock::system().now());
    let browser = test.browser();
    let password = printed["password"].as_str().unwrap();
    browser.try_sign_in("bob", password).await;
    let page = browser.get("/account").await;
    let done = browser.submit(&page, "/sign-in/stop-acting", &[]).await;
    assert_eq!(done.location(), format!("{}/", test.base));
    assert!(!browser.is_signed_in().await);
}

/// The lengths of time for which the page of a person offers to act as them.
async fn offered(longest: &str) -> Vec<String> {
    let test = TestApp::start_with(On::Sqlite, &[("DOORWARD__LIFETIMES__IMPERSONATION", longest)]).await;
    test.add_person("bob").await;
    let page = test.signed_in("ann").await.get("/console/users/1/sign-in").await;
    page.texts("#minutes option")
}

#[tokio::test]
async fn there_is_always_a_time_for_which_somebody_can_act() {
    assert_eq!(offered("5m").await, ["5 minutes"]);
    assert_eq!(offered("30m").await, ["15 minutes", "30 minutes"]);
}

#[apply(on_both)]
async fn the_person_sees_who_acted_as_them(test: TestApp) {
    let server = test.with_mail().await;
    let (id, address) = (test.add_person("bob").await, "bob@example.org".to_owned());
    test.add_verified_address(&id, &address).await;
    let bob = test.signed_in("bob").await;
    test.deliver().await;
    let before = server.received().len();
    let ann = test.signed_in("ann").await;
    act(&ann, 1, "15").await;
    let history = bob.get("/account/history").await;
    assert!(history.text("main").contains("ticket 7"), "{}", history.body);
    test.deliver().await;
    let mails = server.received();
    assert_eq!(mails.len(), before + 1);
    let mail = &mails[before];
    assert_eq!(mail["to"][0], address.as_str());
    assert!(mail["text"].as_str().unwrap().contains("ticket 7"), "{mail}");
}
