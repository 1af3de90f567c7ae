//! What apps learn about an administrator who acts as somebody else.

use std::time::Duration;

use doorward::directory::Actor;
use doorward::directory::teams::{MembershipEnd, RemoveTeamMember, SetTeamMember, TeamRef};
use serde_json::json;

use super::acting_as_bob;
use crate::schemes::{apply_scheme, grant_instance_role, with_role};
use crate::support::{OFFLINE, Rp, TestApp, apply, on_both, param};

#[apply(on_both)]
async fn cl_25_tokens_say_who_acts_as_whom(test: TestApp) {
    let register = test.rp_with("api", |settings| {
        settings.resource_identifier = Some("https://api.example.org".into());
    });
    let api = register.await;
    let register = test.rp_with("rp", |settings| {
        settings.resources = vec!["https://api.example.org".into()];
    });
    let (rp, ann) = (register.await, acting_as_bob(&test).await);
    let bob = test.id("bob").await;
    let back = ann.get(&rp.authorize(OFFLINE)).await;
    let tokens = rp.redeem(&param(back.location(), "code")).await.tokens();
    let act = json!({ "sub": test.ann.as_str() });
    assert_eq!(tokens.claims()["sub"], bob.as_str());
    assert_eq!(tokens.claims()["act"], act);
    assert!(
        tokens.0.get("refresh_token").is_none(),
        "nothing outlives the session"
    );
    assert_eq!(crate::support::claims(tokens.access())["act"], act);
    assert_eq!(rp.userinfo(tokens.access()).await.json()["act"], act);
    assert_eq!(api.introspect(tokens.access()).await["act"], act);
    // When Bob signs in himself, there is no such claim.
    let own = rp.sign_in(&test.browser(), "bob", &[]).await;
    assert_eq!(own.claims().get("act"), None);
}

#[apply(on_both)]
async fn cl_23_tokens_end_when_the_time_is_up(test: TestApp) {
    let (rp, ann) = (test.rp().await, acting_as_bob(&test).await);
    test.clock.advance(Duration::from_mins(14));
    let back = ann.get(&rp.authorize(&[])).await;
    let tokens = rp.redeem(&param(back.location(), "code")).await.tokens();
    let until = test.clock.now().seconds() + 60;
    assert_eq!(tokens.claims()["exp"], until);
    assert_eq!(rp.userinfo(tokens.access()).await.status, 200);
    test.clock.advance(Duration::from_mins(1));
    assert_eq!(rp.userinfo(tokens.access()).await.status, 401);
    let ended = acting_again(&test).await;
    let back = ended.get(&rp.authorize(&[])).await;
    let tokens = rp.redeem(&param(back.location(), "code")).await.tokens();
    let page = ended.get("/account").await;
    ended.submit(&page, "/sign-in/stop-acting", &[]).await;
    assert_eq!(
        rp.userinfo(tokens.access()).await.status,
        401,
        "and when they stop"
    );
}

#[apply(on_both)]
async fn tokens_end_with_the_administrators_own_session(test: TestApp) {
    let rp = test.rp().await;
    test.add_person("bob").await;
    for one in [true, false] {
        let ann = acting_again(&test).await;
        let back = ann.get(&rp.authorize(&[])).await;
        let tokens = rp.redeem(&param(back.location(), "code")).await.tokens();
        assert_eq!(rp.userinfo(tokens.access()).await.status, 200);
        // Ann's own session ends elsewhere, and nobody opens a page as Bob.
        let elsewhere = test.signed_in("ann").await;
        let page = elsewhere.get("/account/security").await;
        let other = page.attribute("input[name=session]", "value");
        let form = [("session", other.as_str())];
        let form = if one { &form[..] } else { &[] };
        let ended = elsewhere
            .post_with_csrf(&page, "/account/sessions/end", form)
            .await;
        assert_eq!(ended.status, 303);
        assert_eq!(rp.userinfo(tokens.access()).await.status, 401, "{one}");
    }
}

async fn acting_again(test: &TestApp) -> crate::support::Browser {
    let ann = test.signed_in("ann").await;
    super::act(&ann, 1, "15").await;
    ann
}

#[apply(on_both)]
async fn an_app_can_let_in_only_people_who_act_for_themselves(test: TestApp) {
    let register = test.rp_with("rp", |settings| settings.refuse_impersonation = true);
    let (rp, ann) = (register.await, acting_as_bob(&test).await);
    let back = ann.get(&rp.authorize(&[])).await;
    assert_eq!(param(back.location(), "error"), "access_denied");
    rp.sign_in(&test.browser(), "bob", &[]).await;
}

#[apply(on_both)]
async fn nobody_consents_for_somebody_else(test: TestApp) {
    let register = test.rp_with("rp", |settings| settings.require_consent = true);
    let rp = register.await;
    // Ann opens the page as herself and submits its form as Bob.
    let own = test.signed_in("ann").await;
    let page = own.get(&rp.authorize(&[])).await;
    let page = own.get(page.location()).await;
    test.add_person("bob").await;
    super::act(&own, 1, "15").await;
    let plain = test.rp_with("plain", |_| ()).await;
    let back = own.get(&plain.authorize(&[])).await;
    let tokens = plain.redeem(&param(back.location(), "code")).await.tokens();
    let session = tokens.claims()["sid"].as_str().unwrap().to_owned();
    let form = [("decision", "allow"), ("session", session.as_str())];
    let sent = own.submit(&page, "/sign-in/consent", &form).await;
    let back = own.follow(sent).await;
    assert_eq!(
        param(back.location(), "error"),
        "access_denied",
        "{}",
        back.location()
    );
    assert_eq!(test.count("consents").await, 0);
}

/// The access token of the app that somebody gets while they act as Bob, who is account 1.
async fn token_as_bob(rp: &Rp, username: &str, test: &TestApp) -> String {
    let browser = test.signed_in(username).await;
    super::act(&browser, 1, "15").await;
    let back = browser.get(&rp.authorize(&[])).await;
    let tokens = rp.redeem(&param(back.location(), "code")).await.tokens();
    assert_eq!(rp.userinfo(tokens.access()).await.status, 200);
    tokens.access().to_owned()
}

#[apply(on_both)]
async fn tokens_end_with_the_rights_of_the_administrator(test: TestApp) {
    apply_scheme(&test, "pipeline").await;
    let rp = test.rp().await;
    test.add_person("bob").await;
    let rita = test.add_person("rita").await;
    grant_instance_role(&test, &rita, "root").await;
    let token = token_as_bob(&rp, "rita", &test).await;
    // An exclusive role replaces the one that let her act as Bob.
    grant_instance_role(&test, &rita, "admin").await;
    assert_eq!(rp.userinfo(&token).await.status, 401);
    let root = || TeamRef::Slug("root-team".into());
    let join = SetTeamMember {
        team: root(),
        account: rita.clone().into(),
        role: None,
        end: MembershipEnd::Set(None),
    };
    test.change(&Actor::HOST, join).await.unwrap();
    let token = token_as_bob(&rp, "rita", &test).await;
    let (team, account) = (root(), rita.into());
    let leave = RemoveTeamMember { team, account };
    test.change(&Actor::HOST, leave).await.unwrap();
    assert_eq!(rp.userinfo(&token).await.status, 401);
}

#[apply(on_both)]
async fn tokens_end_with_the_scheme_that_let_the_administrator_act(test: TestApp) {
    apply_scheme(&test, "cloudron").await;
    let rp = test.rp().await;
    test.add_person("bob").await;
    with_role(&test, "adam", "admin").await;
    let token = token_as_bob(&rp, "adam", &test).await;
    apply_scheme(&test, "coder").await;
    assert_eq!(rp.userinfo(&token).await.status, 401);
}

#[apply(on_both)]
async fn tokens_end_when_the_person_gets_more_rights(test: TestApp) {
    apply_scheme(&test, "cloudron").await;
    let rp = test.rp().await;
    let bob = test.add_person("bob").await;
    with_role(&test, "adam", "admin").await;
    let token = token_as_bob(&rp, "adam", &test).await;
    let own = rp.sign_in(&test.browser(), "bob", &[]).await;
    grant_instance_role(&test, &bob, "superadmin").await;
    assert_eq!(rp.userinfo(&token).await.status, 401);
    assert_eq!(rp.userinfo(own.access()).await.status, 200, "Bob's own");
}
