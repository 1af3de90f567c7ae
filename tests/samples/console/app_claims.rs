//! Examples of the pages about the claims of an app.

use doorward::console::app_claims::AppClaims;
use doorward::console::app_preview::{AppPreview, Shown as ShownPreview};
use doorward::console::shell::NavItem;
use doorward::directory::clients::{ClaimSource, RuleResult};
use doorward::model::claim_rules::{ClaimRule, ClaimRules, ClaimTarget};
use doorward::web::page::{FieldError, PageState};

use super::apps::detail;
use super::parts::shell;
use super::{Sample, of};

pub fn all() -> Vec<Sample> {
    [
        of([claim_rules(), no_claim_rules(), refused_claim_rule()]),
        of([nobody_chosen(), preview(), long_preview()]),
    ]
    .concat()
}

fn claim_rules() -> AppClaims {
    let rule = |claim: &str, value: &str| ClaimRule {
        claim: claim.into(),
        value: value.into(),
        ..ClaimRule::default()
    };
    let mut app = detail();
    app.settings.claim_rules = ClaimRules::new(vec![
        rule("memberOf", "groups | prefix('ldap:')"),
        ClaimRule {
            targets: vec![ClaimTarget::IdToken],
            scope: Some("groups".into()),
            ..rule("realm_access.roles", "app_roles")
        },
    ]);
    AppClaims {
        shell: shell(NavItem::Apps),
        draft: rule("", ""),
        app,
        editing: None,
        may_try: true,
        person: "ben".into(),
        results: rule_results(),
        state: PageState::default(),
    }
}

fn rule_results() -> Vec<RuleResult> {
    let result = |number, claim: &str, value: Option<&str>, why: Option<&str>| RuleResult {
        number,
        claim: claim.into(),
        value: value.map(str::to_owned),
        why: why.map(str::to_owned),
    };
    vec![
        result(1, "memberOf", Some("[\"ldap:ops\"]"), None),
        result(
            2,
            "realm_access.roles",
            None,
            Some("the app is not allowed the scope groups"),
        ),
    ]
}

fn no_claim_rules() -> AppClaims {
    let mut page = AppClaims {
        app: detail(),
        results: Vec::new(),
        person: String::new(),
        may_try: false,
        ..claim_rules()
    };
    page.app.may_manage = false;
    page
}

fn refused_claim_rule() -> AppClaims {
    AppClaims {
        draft: ClaimRule {
            claim: "sub".into(),
            value: "grops".into(),
            ..ClaimRule::default()
        },
        editing: Some(2),
        state: PageState::with_errors(vec![
            FieldError::at("claim", "sub belongs to the protocol, so no rule can change it."),
            FieldError::at("value", "There is no grops."),
            FieldError::at("person", "There is no account ben."),
        ]),
        ..claim_rules()
    }
}

fn nobody_chosen() -> AppPreview {
    AppPreview {
        shell: shell(NavItem::Apps),
        app: detail(),
        person: String::new(),
        preview: None,
        errors: vec![FieldError::at("person", "There is no account ben.")],
    }
}

fn preview() -> AppPreview {
    let source = |claim: &str, scope, why: &[&str]| ClaimSource {
        claim: claim.into(),
        scope: Some(scope),
        rule: None,
        places: vec!["ID token", "userinfo response"],
        why: why.iter().map(|&why| why.to_owned()).collect(),
    };
    AppPreview {
        person: "ben".into(),
        preview: Some(ShownPreview {
            id_token: "{\n  \"sub\": \"0198c3a0\",\n  \"roles\": [\"operator\"]\n}".into(),
            bytes: 812,
            is_long: false,
            access_token: None,
            userinfo: "{\n  \"sub\": \"0198c3a0\"\n}".into(),
            sources: vec![
                source("name", "profile", &[]),
                source("roles", "roles", &["operator: granted for this app"]),
                ClaimSource {
                    scope: None,
                    rule: Some(1),
                    ..source("memberOf", "", &[])
                },
            ],
            rules: rule_results(),
        }),
        errors: Vec::new(),
        ..nobody_chosen()
    }
}

fn long_preview() -> AppPreview {
    let mut page = preview();
    if let Some(preview) = &mut page.preview {
        (preview.bytes, preview.is_long) = (5_120, true);
        preview.access_token = Some("{\n  \"aud\": \"https://api.example.org\"\n}".into());
    }
    page
}
