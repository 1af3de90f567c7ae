//! Claims that the rules of an app make.

mod adapters;

use doorward::directory::Actor;
use doorward::directory::clients::{CreateClient, SetClaimRules};
use doorward::model::claim_rules::{ClaimRule, ClaimRules, ClaimTarget};
use doorward::model::client::ClientSettings;
use doorward::model::refusal::Code;
use doorward::model::{ClientId, Scopes};
use serde_json::{Value, json};

use crate::schemes::{add_to_team, team};
use crate::support::{OFFLINE, Rp, TestApp, apply, claims, new_app, on_both, param};

const API: &str = "https://api.example.org";

fn rule(claim: &str, value: &str) -> ClaimRule {
    ClaimRule {
        claim: claim.into(),
        value: value.into(),
        ..ClaimRule::default()
    }
}

fn rules(all: &[(&str, &str)]) -> ClaimRules {
    ClaimRules::new(all.iter().map(|(claim, value)| rule(claim, value)).collect())
}

/// An app with these rules.
async fn app(test: &TestApp, all: &[(&str, &str)]) -> Rp {
    test.rp_with("rp", |settings| settings.claim_rules = rules(all))
        .await
}

/// The claims of a new ID token for Ann.
async fn id_token(rp: &Rp, test: &TestApp, scope: &str) -> Value {
    let tokens = rp.sign_in(&test.browser(), "ann", &[("scope", scope)]).await;
    tokens.claims()
}

const RESHAPING: &[(&str, &str)] = &[
    ("memberOf", "groups"),
    ("groups", "none"),
    ("team_names", "teams | map(attribute='name')"),
    ("resource_access.myapp.roles", "app_roles"),
    ("tier", "'gold'"),
    ("level", "'admin' if 'engineering' in groups else 'viewer'"),
    ("shift", "'night' if 'night-shift' in groups else 'day'"),
    ("prefixed", "groups | prefix('ldap:')"),
    (
        r"https://aws\.amazon\.com/tags.principal",
        "{'user': [user.username]}",
    ),
];

#[apply(on_both)]
async fn rules_reshape_the_claims_of_real_tokens(test: TestApp) {
    let rp = app(&test, RESHAPING).await;
    test.grant_app_role(&test.ann, "rp", "operator").await;
    let plain = test.rp_with("plain", |_| ()).await;
    let every = "openid profile email groups teams roles";
    let standard = id_token(&plain, &test, every).await;
    let teams = standard["teams"].as_array().unwrap();
    let names: Vec<_> = teams.iter().map(|team| team["name"].clone()).collect();
    assert!(!names.is_empty(), "{standard}");
    let expected = json!({
        "memberOf": ["engineering"],
        "groups": null,
        "team_names": names,
        "resource_access": { "myapp": { "roles": ["operator"] } },
        "tier": "gold",
        "level": "admin",
        "shift": "day",
        "prefixed": ["ldap:engineering"],
        "https://aws.amazon.com/tags": { "principal": { "user": ["ann"] } },
        "email": standard["email"],
    });
    let tokens = rp.sign_in(&test.browser(), "ann", &[("scope", every)]).await;
    for received in [tokens.claims(), rp.userinfo(tokens.access()).await.json()] {
        for (claim, value) in expected.as_object().unwrap() {
            assert_eq!(received[claim], *value, "{claim}");
        }
        assert_eq!(received.get("groups"), None, "it is left out");
    }
}

#[apply(on_both)]
async fn a_rule_names_the_tokens_and_the_scope_that_it_needs(test: TestApp) {
    let sent_in = |claim: &str, target| ClaimRule {
        targets: vec![target],
        ..rule(claim, "'x'")
    };
    let all = vec![
        sent_in("a", ClaimTarget::IdToken),
        sent_in("b", ClaimTarget::UserInfo),
        sent_in("c", ClaimTarget::AccessToken),
        rule("everywhere", "'x'"),
        ClaimRule {
            scope: Some("phone".into()),
            ..rule("with_phone", "'x'")
        },
    ];
    let api = test
        .rp_with("api", |settings| settings.resource_identifier = Some(API.into()))
        .await;
    let rp = test
        .rp_with("rp", |settings| {
            settings.claim_rules = ClaimRules::new(all);
            settings.resources = vec![API.into()];
        })
        .await;
    let made = |received: &Value| {
        let names = ["a", "b", "c", "everywhere", "with_phone"];
        let has = names.into_iter().filter(|name| received.get(*name).is_some());
        has.collect::<Vec<_>>().join(" ")
    };
    let tokens = rp.sign_in(&test.browser(), "ann", &[("scope", "openid")]).await;
    assert_eq!(made(&tokens.claims()), "a everywhere");
    assert_eq!(made(&rp.userinfo(tokens.access()).await.json()), "b everywhere");
    assert_eq!(made(&claims(tokens.access())), "c everywhere");
    assert_eq!(made(&api.introspect(tokens.access()).await), "c everywhere");
    let with_phone = id_token(&rp, &test, "openid phone").await;
    assert_eq!(made(&with_phone), "a everywhere with_phone");
}

#[apply(on_both)]
async fn a_rule_that_fails_leaves_its_claim_out(test: TestApp) {
    let rp = app(
        &test,
        &[
            ("groups", "groups[0].name.first | upper"),
            ("name.first", "'x'"),
            (
                "long",
                "'a' ~ (groups | join('x')) | prefix(user.name) | replace('a', user.email)",
            ),
            ("fine", "'x'"),
        ],
    )
    .await;
    let received = id_token(&rp, &test, "openid profile groups").await;
    assert_eq!(received.get("groups"), None, "{received}");
    assert!(received["name"].is_string(), "{received}");
    assert_eq!(received["fine"], "x");
    let ann = test.signed_in("ann").await;
    let preview = ann.get("/console/apps/rp/preview?person=ann").await;
    preview.expect_text("Rule 1, <code>groups</code>:");
}

#[apply(on_both)]
async fn rules_use_only_what_the_app_may_see(test: TestApp) {
    let all = [
        ("memberOf", "groups"),
        ("mail", "user.email"),
        ("login", "user.username"),
    ];
    let rp = test
        .rp_with("rp", |settings| {
            settings.claim_rules = rules(&all);
            settings.scopes = Scopes::parse("openid profile groups");
        })
        .await;
    // Rules see the data of all scopes that the app may request, whether it requests them or not.
    let tokens = rp.sign_in(&test.browser(), "ann", &[("scope", "openid")]).await;
    for received in [tokens.claims(), rp.userinfo(tokens.access()).await.json()] {
        assert_eq!(received["memberOf"], json!(["engineering"]), "{received}");
        assert_eq!(received["login"], "ann");
        assert_eq!(received.get("mail"), None, "the scope email is not allowed");
        assert_eq!(received.get("groups"), None);
    }
}

#[apply(on_both)]
async fn rules_use_only_what_people_consented_to(test: TestApp) {
    let rp = test
        .rp_with("rp", |settings| {
            settings.claim_rules = rules(&[("memberOf", "groups"), ("login", "user.username")]);
            settings.require_consent = true;
        })
        .await;
    let browser = test.signed_in("ann").await;
    for (scope, expected) in [
        ("openid profile", Value::Null),
        ("openid groups", json!(["engineering"])),
    ] {
        let asked = browser.get(&rp.authorize(&[("scope", scope)])).await;
        let consent = browser.get(asked.location()).await;
        let back = browser.decide(&consent, "allow").await;
        let tokens = rp.redeem(&param(back.location(), "code")).await.tokens();
        assert_eq!(tokens.claims()["memberOf"], expected, "{scope}");
        let userinfo = rp.userinfo(tokens.access()).await.json();
        assert_eq!(userinfo["memberOf"], expected, "{scope}");
        assert_eq!(
            userinfo.get("login").is_some(),
            scope.contains("profile"),
            "{scope}"
        );
    }
}

#[apply(on_both)]
async fn a_new_rule_applies_to_earlier_grants(test: TestApp) {
    let rp = app(&test, &[]).await;
    let tokens = rp.sign_in(&test.browser(), "ann", OFFLINE).await;
    let set = SetClaimRules {
        id: ClientId("rp".into()),
        rules: rules(&[("shift", "'night' if 'night-shift' in groups else 'day'")]),
        expected: None,
    };
    test.change(&Actor::HOST, set).await.unwrap();
    // The groups were not loaded for this token, so the rule has no value.
    let before = rp.userinfo(tokens.access()).await.json();
    assert_eq!(before.get("shift"), None, "{before}");
    let tokens = rp.refresh(tokens.refresh()).await.tokens();
    assert_eq!(tokens.claims()["shift"], "day");
    assert_eq!(rp.userinfo(tokens.access()).await.json()["shift"], "day");
}

#[apply(on_both)]
async fn no_operation_stores_a_rule_that_is_wrong(test: TestApp) {
    app(&test, &[]).await;
    let many = vec![rule("x", "'x'"); 21];
    for (wrong, code) in [
        (vec![rule("sub", "user.username")], Code::ClaimReserved),
        (vec![rule("a..b", "'x'")], Code::ClaimNameInvalid),
        (vec![rule("x", "groups |")], Code::ClaimExpressionInvalid),
        (vec![rule("x", "grops")], Code::ClaimFactUnknown),
        (many, Code::TooMany),
    ] {
        let rules = ClaimRules::new(wrong);
        let settings = ClientSettings {
            claim_rules: rules.clone(),
            ..ClientSettings::default()
        };
        let set = SetClaimRules {
            id: ClientId("rp".into()),
            rules,
            expected: None,
        };
        let refused = test.change(&Actor::HOST, set).await.unwrap_err();
        assert!(refused.is(code), "{refused}");
        let create = new_app("new", settings);
        let refused = test.change(&Actor::HOST, create).await.unwrap_err();
        assert!(refused.is(code), "{refused}");
    }
}

fn set(id: &str, all: Vec<ClaimRule>) -> SetClaimRules {
    SetClaimRules {
        id: ClientId(id.into()),
        rules: ClaimRules::new(all),
        expected: None,
    }
}

#[apply(on_both)]
async fn cl_15_an_operator_changes_no_rule(test: TestApp) {
    app(&test, &[]).await;
    let bob = test.add_person("bob").await;
    test.grant_app_role(&bob, "rp", "operator").await;
    let actor = Actor::account(bob, "");
    let refused = test.change(&actor, set("rp", vec![rule("x", "'x'")])).await;
    assert!(refused.unwrap_err().is(Code::PermissionMissing));
    let browser = test.signed_in("bob").await;
    let page = browser.get("/console/apps/rp/claims").await;
    assert_eq!((page.status, page.body.contains("Add a rule")), (200, false));
    for action in ["claims", "claims/remove", "claims/up"] {
        let fields = [("claim", "x"), ("value", "'x'"), ("rule", "")];
        let action = format!("/console/apps/rp/{action}");
        let sent = browser.post_with_csrf(&page, &action, &fields).await;
        assert_eq!(sent.status, 403, "{action}");
    }
}

#[apply(on_both)]
async fn cl_15_a_team_changes_no_rule_for_access_tokens(test: TestApp) {
    let bob = test.add_person("bob").await;
    let red = team(&test, &Actor::HOST, "red").await;
    let actor = Actor::account(bob, "");
    add_to_team(&test, &red, &actor, "admin").await;
    let create = CreateClient {
        id: ClientId("wiki".into()),
        name: "Wiki".into(),
        settings: ClientSettings {
            resources: vec![API.into()],
            claim_rules: ClaimRules::new(vec![rule("kept", "'x'")]),
            ..ClientSettings::default()
        },
        team: Some(red.into()),
    };
    test.change(&Actor::HOST, create).await.unwrap();
    let (kept, forged) = (rule("kept", "'x'"), rule("roles", "['root']"));
    let in_access_token = ClaimRule {
        targets: vec![ClaimTarget::AccessToken],
        ..forged.clone()
    };
    for wrong in [
        vec![kept.clone(), forged.clone()],
        vec![kept.clone(), in_access_token],
        vec![rule("kept", "'y'")],
        vec![],
    ] {
        let refused = test.change(&actor, set("wiki", wrong)).await.unwrap_err();
        assert!(refused.is(Code::AppSettingReserved), "{refused}");
    }
    let own = ClaimRule {
        targets: vec![ClaimTarget::IdToken, ClaimTarget::UserInfo],
        ..forged
    };
    test.change(&actor, set("wiki", vec![kept, own])).await.unwrap();
}
