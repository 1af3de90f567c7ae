//! The next step for every kind of request and session.

use super::*;
use crate::model::ClientId;
use crate::model::acr::{ACR_PASSWORD, ACR_TWO_FACTORS};
use crate::model::client::{Client, ClientSettings};
use crate::oidc::authorize::{RawRequest, validate};

const STARTED_AT: i64 = 1_000;

fn leaked<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}

fn request(extra: &str) -> ValidRequest {
    let app = Client {
        id: ClientId("app".into()),
        name: "App".into(),
        settings: ClientSettings {
            redirect_uris: vec!["https://app.example.org/cb".into()],
            require_pkce: false,
            ..ClientSettings::default()
        },
        team: None,
        proposal: None,
        disabled: false,
        updated_at: Time::from_seconds(0),
        logo: None,
        secrets: Vec::new(),
    };
    let query = format!("redirect_uri=https://app.example.org/cb&response_type=code&scope=openid&{extra}");
    validate(&RawRequest::decode(&query), Some(&app)).expect("a valid request")
}

fn step_of(
    extra: &str,
    authenticated_at: Option<i64>,
    change: impl FnOnce(&mut AppTarget<'static>, &mut Facts<'static>),
) -> Step {
    let mut app = AppTarget {
        request: leaked(request(extra)),
        subject: authenticated_at.map(|_| "ann"),
        remembered: leaked(Scopes::default()),
        consent_needed: false,
        hinted_subject: None,
        registration_open: false,
        refuses_acting: false,
        lacks_second_factor: false,
        obstacle: None,
    };
    let mut facts = facts(authenticated_at);
    change(&mut app, &mut facts);
    next_step(&Target::App(app), &facts, Time::from_seconds(STARTED_AT))
}

fn facts(authenticated_at: Option<i64>) -> Facts<'static> {
    let id = leaked(SessionId("s".into()));
    Facts {
        session: authenticated_at.map(|at| SessionFacts {
            id,
            authenticated_at: Time::from_seconds(at),
            acrs: &[ACR_PASSWORD],
            has_second_factor: false,
            by_trust: false,
            is_impersonated: false,
        }),
        started_at: Time::from_seconds(STARTED_AT),
        missing: None,
        chosen: None,
        consented_by: None,
        denied: false,
    }
}

fn step(extra: &str, authenticated_at: Option<i64>, change: impl FnOnce(&mut AppTarget<'static>)) -> Step {
    step_of(extra, authenticated_at, |app, _| change(app))
}

fn code(step: &Step) -> &'static str {
    match step {
        Step::Refuse(error) => error.code,
        _ => "",
    }
}

#[test]
fn oidc_core_3_1_2_a_live_session_is_enough() {
    assert_eq!(step("", Some(0), |_| ()), Step::Issue);
    assert_eq!(step("", None, |_| ()), Step::SignIn);
}

#[test]
fn b19_prompt_login_and_max_age_need_a_sign_in_after_the_request() {
    for extra in ["prompt=login", "max_age=0", "max_age=999"] {
        assert_eq!(step(extra, Some(0), |_| ()), Step::SignIn, "{extra}");
        assert_eq!(step(extra, Some(STARTED_AT), |_| ()), Step::Issue, "{extra}");
    }
    assert_eq!(step("max_age=1000", Some(0), |_| ()), Step::Issue);
}

#[test]
fn oidc_core_3_1_2_6_prompt_none_never_shows_a_page() {
    assert_eq!(code(&step("prompt=none", None, |_| ())), "login_required");
    assert_eq!(
        code(&step("prompt=none&max_age=1", Some(0), |_| ())),
        "login_required"
    );
    assert_eq!(
        code(&step("prompt=none", Some(0), |f| f.consent_needed = true)),
        "consent_required"
    );
    assert_eq!(step("prompt=none", Some(0), |_| ()), Step::Issue);
}

#[test]
fn b20_an_id_token_hint_of_another_person_is_login_required() {
    assert_eq!(
        code(&step("", Some(0), |f| f.hinted_subject = Some("bob"))),
        "login_required"
    );
    assert_eq!(step("", Some(0), |f| f.hinted_subject = Some("ann")), Step::Issue);
}

#[test]
fn consent_is_remembered_but_asked_again_by_prompt() {
    let openid = leaked(Scopes::parse("openid"));
    assert_eq!(step("", Some(0), |f| f.consent_needed = true), Step::Consent);
    let remembered = step("", Some(0), |f| {
        f.consent_needed = true;
        f.remembered = openid;
    });
    assert_eq!(remembered, Step::Issue);
    assert_eq!(
        step("prompt=consent", Some(0), |f| f.remembered = openid),
        Step::Consent
    );
    let denied = step_of("", Some(0), |_, f| f.denied = true);
    assert_eq!(code(&denied), "access_denied");
}

#[test]
fn select_account_requires_a_choice_or_a_sign_in() {
    assert_eq!(
        step("prompt=select_account", Some(0), |_| ()),
        Step::ChooseAccount
    );
    let id = leaked(SessionId("s".into()));
    assert_eq!(
        step_of("prompt=select_account", Some(0), |_, f| f.chosen = Some(id)),
        Step::Issue
    );
}

#[test]
fn oidc_core_5_5_1_a_sub_requested_by_value_must_be_the_signed_in_user() {
    for (claims, error) in [
        (r#"{"id_token":{"sub":{"value":"bob"}}}"#, "login_required"),
        (r#"{"userinfo":{"sub":{"value":"bob"}}}"#, "login_required"),
        (r#"{"id_token":{"sub":{"value":"ann"}}}"#, ""),
        (r#"{"id_token":{"sub":null}}"#, ""),
    ] {
        assert_eq!(
            code(&step(&format!("claims={claims}"), Some(0), |_| ())),
            error,
            "{claims}"
        );
    }
}

#[test]
fn oidc_core_5_5_1_1_an_essential_acr_that_is_not_reached_is_refused() {
    let unmet = "unmet_authentication_requirements";
    for (claims, error) in [
        (
            r#"{"id_token":{"acr":{"essential":true,"values":["gold"]}}}"#,
            unmet,
        ),
        (r#"{"id_token":{"acr":{"essential":true,"value":"gold"}}}"#, unmet),
        (r#"{"id_token":{"acr":{"values":["gold"]}}}"#, ""),
        (
            r#"{"id_token":{"acr":{"essential":true,"values":["gold","urn:doorward:acr:password"]}}}"#,
            "",
        ),
        (r#"{"id_token":{"acr":{"essential":true}}}"#, ""),
    ] {
        assert_eq!(
            code(&step(&format!("claims={claims}"), Some(0), |_| ())),
            error,
            "{claims}"
        );
    }
    assert_eq!(
        step("acr_values=gold", Some(0), |_| ()),
        Step::Issue,
        "acr_values is voluntary"
    );
}

#[test]
fn b22_an_essential_acr_of_two_factors_is_reached_by_whoever_has_a_second_one() {
    let request = |prompt: &str| {
        format!(r#"{prompt}claims={{"id_token":{{"acr":{{"essential":true,"value":"{ACR_TWO_FACTORS}"}}}}}}"#)
    };
    let step = |prompt: &str, has_second_factor, acrs| {
        step_of(&request(prompt), Some(0), |_, facts| {
            let session = facts.session.as_mut().unwrap();
            (session.has_second_factor, session.acrs) = (has_second_factor, acrs);
        })
    };
    assert_eq!(step("", true, &ACR_VALUES[..1]), Step::SignIn);
    assert_eq!(step("", true, ACR_VALUES), Step::Issue);
    assert_eq!(
        code(&step("prompt=none&", true, &ACR_VALUES[..1])),
        "login_required"
    );
    assert_eq!(
        code(&step("", false, &ACR_VALUES[..1])),
        "unmet_authentication_requirements"
    );
}

#[test]
fn acr_values_are_separated_by_spaces() {
    for (extra, expected) in [
        ("", &[][..]),
        ("acr_values=", &[]),
        ("acr_values=gold++silver+", &["gold", "silver"]),
    ] {
        assert_eq!(request(extra).acr_values, expected, "{extra}");
    }
}

#[test]
fn oidc_core_3_1_2_1_acr_values_are_satisfied_where_they_can_be() {
    let step = |values: &str, has_second_factor, prompt: &str| {
        step_of(&format!("{prompt}acr_values={values}"), Some(0), |_, facts| {
            facts.session.as_mut().unwrap().has_second_factor = has_second_factor;
        })
    };
    let (both, lower_first) = (
        format!("gold%20{ACR_TWO_FACTORS}%20{ACR_PASSWORD}"),
        format!("{ACR_PASSWORD}%20{ACR_TWO_FACTORS}"),
    );
    assert_eq!(step(&both, true, ""), Step::SignIn);
    assert_eq!(step(&both, false, ""), Step::Issue, "there is no second factor");
    assert_eq!(step(&both, true, "prompt=none&"), Step::Issue);
    assert_eq!(
        step(&lower_first, true, ""),
        Step::Issue,
        "the preferred one is reached"
    );
}

#[test]
fn what_is_missing_is_asked_for_before_anything_else_but_may_be_refused() {
    for (missing, expected) in [
        (Missing::SecondFactor, Step::SecondFactor),
        (Missing::Enrolment, Step::Enrol),
        (Missing::NewPassword, Step::ChangePassword),
    ] {
        let half = |denied| {
            step_of("prompt=consent", Some(0), |_, facts| {
                (facts.missing, facts.denied) = (Some(missing), denied);
            })
        };
        assert_eq!(half(false), expected);
        assert_eq!(code(&half(true)), "access_denied");
        let facts = Facts {
            missing: Some(missing),
            ..facts(Some(0))
        };
        let own = Target::Own { max_age: None };
        assert_eq!(next_step(&own, &facts, Time::from_seconds(STARTED_AT)), expected);
    }
}

#[test]
fn prompt_create_does_not_continue_with_an_earlier_session() {
    assert_eq!(step("prompt=create", Some(0), |_| ()), Step::SignIn);
    assert_eq!(step("prompt=create", Some(STARTED_AT), |_| ()), Step::Issue);
}

#[test]
fn prompt_create_leads_to_registration_while_it_is_open() {
    for (authenticated_at, open, expected) in [
        (None, true, Step::Register),
        (Some(0), true, Step::Register),
        (None, false, Step::SignIn),
    ] {
        let step = step("prompt=create", authenticated_at, |app| {
            app.registration_open = open;
        });
        assert_eq!(step, expected);
    }
}

#[test]
fn a_page_of_our_own_needs_a_recent_enough_session() {
    let enter = |max_age: Option<u64>, authenticated_at| {
        let max_age = max_age.map(Duration::from_secs);
        let now = Time::from_seconds(STARTED_AT + 10);
        next_step(&Target::Own { max_age }, &facts(authenticated_at), now)
    };
    assert_eq!(enter(None, None), Step::SignIn);
    assert_eq!(enter(None, Some(0)), Step::Enter);
    assert_eq!(enter(Some(1_000), Some(0)), Step::SignIn);
    assert_eq!(enter(Some(1_010), Some(0)), Step::Enter);
    assert_eq!(enter(Some(0), Some(STARTED_AT - 1)), Step::SignIn);
    assert_eq!(
        enter(Some(1), Some(STARTED_AT)),
        Step::Enter,
        "signed in for this very page"
    );
}
