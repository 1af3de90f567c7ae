//! Tests of claim rules.

use serde_json::{Map, Value, json};

use super::path::ClaimPath;
use super::{ClaimRule, Facts};
use crate::model::refusal::Code;

fn rule(claim: &str, value: &str) -> ClaimRule {
    ClaimRule {
        claim: claim.into(),
        value: value.into(),
        ..ClaimRule::default()
    }
}

fn facts() -> Facts {
    Facts::new(json!({
        "user": { "username": "ann", "name": "Ann", "email": "ann@example.org", "nickname": null },
        "groups": ["ops", "app-staff"],
        "roles": ["member"], "app_roles": ["operator"], "permissions": [], "scopes": ["openid"],
        "teams": [
            { "number": 1, "slug": "a", "name": "Alpha", "kind": "shared", "roles": ["owner"] },
            { "number": 2, "slug": "b", "name": "Beta", "kind": "personal", "roles": ["member"] },
        ],
    }))
}

fn value(expression: &str) -> Result<Value, String> {
    rule("x", expression).compile().unwrap().value(&facts())
}

#[test]
fn expressions_reshape_what_the_app_may_see() {
    for (expression, expected) in [
        ("groups", json!(["ops", "app-staff"])),
        ("teams | map(attribute='name')", json!(["Alpha", "Beta"])),
        (
            "teams | rejectattr('kind', 'eq', 'personal') | map(attribute='slug')",
            json!(["a"]),
        ),
        ("'admin' if 'ops' in groups else 'viewer'", json!("admin")),
        ("'admin' if 'no' in groups else 'viewer'", json!("viewer")),
        ("groups | prefix('g:')", json!(["g:ops", "g:app-staff"])),
        (
            "groups | select('startingwith', 'app-') | replace('app-', '')",
            json!(["staff"]),
        ),
        ("groups | join(' ')", json!("ops app-staff")),
        ("user.username | upper", json!("ANN")),
        ("user.nickname or user.name", json!("Ann")),
        ("user.email | split('@') | last", json!("example.org")),
        ("{'a': [1, true, none]}", json!({ "a": [1, true, null] })),
        ("'two * three'", json!("two * three")),
        ("none", Value::Null),
    ] {
        assert_eq!(value(expression), Ok(expected), "{expression}");
    }
}

#[test]
fn a_mistake_is_named_with_its_place() {
    let sentence = |expression: &str| {
        let refusal = rule("x", expression).compile().err().expect(expression);
        let arg = |name| {
            refusal
                .args
                .iter()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| value.clone())
        };
        (
            refusal.code,
            arg("column").or_else(|| arg("name")).unwrap_or_default(),
        )
    };
    for (expression, code, place) in [
        ("groups |", Code::ClaimExpressionInvalid, "8"),
        ("groups groups", Code::ClaimExpressionInvalid, "8"),
        ("", Code::ClaimExpressionInvalid, "1"),
        ("'a' * 9", Code::ClaimExpressionInvalid, "5"),
        ("grops", Code::ClaimFactUnknown, "grops"),
        ("user.mail", Code::ClaimFactUnknown, "user.mail"),
        ("range(9)", Code::ClaimFactUnknown, "range"),
    ] {
        assert_eq!(sentence(expression), (code, place.to_owned()), "{expression}");
    }
    let unknown = rule("x", "groups | tojson").compile().err().unwrap();
    assert_eq!(unknown.code, Code::ClaimExpressionInvalid);
}

#[test]
fn no_expression_grows_without_limit() {
    let grows = format!("'aaaa'{}", "|replace('a','aaaaaaaaaa')".repeat(30));
    assert!(value(&grows).unwrap_err().contains("too long"));

    let long = format!("[{}]", vec!["groups"; 120].join(","));
    let many = format!("({long} | map('join', '{}'))", "x".repeat(100));
    assert!(value(&many).unwrap_err().contains("more than"), "{many}");
    assert_eq!(
        rule("x", &"a".repeat(1001)).compile().err().unwrap().code,
        Code::TooLong
    );
}

#[test]
fn paths_lead_into_objects_and_may_hold_dots() {
    let mut claims = Map::new();
    let aws = r"https://aws\.amazon\.com/tags.principal";
    for (path, value) in [
        ("a.b", json!(1)),
        ("a.c.d", json!(2)),
        (aws, json!(3)),
        ("e", json!(4)),
    ] {
        assert!(ClaimPath::parse(path).unwrap().set(&mut claims, value), "{path}");
    }
    let expected = json!({
        "a": { "b": 1, "c": { "d": 2 } }, "https://aws.amazon.com/tags": { "principal": 3 }, "e": 4,
    });
    assert_eq!(Value::Object(claims.clone()), expected);
    assert!(!ClaimPath::parse("e.f").unwrap().set(&mut claims, json!(5)));
    ClaimPath::parse("a.c.d").unwrap().remove(&mut claims);
    assert_eq!(claims["a"], json!({ "b": 1, "c": {} }));
    for wrong in ["", ".", "a.", "a..b", " a", r"a\b", "a\n", &"a.".repeat(9)] {
        assert_eq!(ClaimPath::parse(wrong), None, "{wrong:?}");
    }
}

#[test]
fn no_rule_touches_a_claim_of_the_protocol() {
    for claim in [
        "iss",
        "sub",
        "aud",
        "exp",
        "nonce",
        "act",
        "act.sub",
        "cnf.jkt",
        "scope",
        "client_id",
    ] {
        let refused = rule(claim, "none").compile().err().expect(claim);
        assert_eq!(refused.code, Code::ClaimReserved, "{claim}");
    }
}
