//! What happens next with an authorization request: the one place that decides it.

use std::time::Duration;

use super::authorize::ValidRequest;
use super::error::OAuthError;
use crate::clock::Time;
use crate::model::{Scopes, SessionId};

/// What is known of the session that goes on with the request.
#[derive(Clone, Copy, Debug)]
pub struct SessionFacts<'a> {
    /// Which it is.
    pub id: &'a SessionId,
    /// When its person was authenticated.
    pub authenticated_at: Time,
    /// The `sub` that the app sees.
    pub subject: &'a str,
    /// The authentication context that was reached.
    pub acr: Option<&'a str>,
}

/// What is known of the request besides its parameters.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// The session, if a person is signed in.
    pub session: Option<SessionFacts<'a>>,
    /// When the request came.
    pub created_at: Time,
    /// The session that the person has chosen for it.
    pub chosen: Option<&'a SessionId>,
    /// The session in which the person has agreed to it.
    pub consented_by: Option<&'a SessionId>,
    /// Whether the person has refused it.
    pub denied: bool,
    /// What the person has agreed to before.
    pub remembered: &'a Scopes,
    /// Whether the app asks for consent at all.
    pub consent_needed: bool,
    /// The `sub` of a verified `id_token_hint`.
    pub hinted_subject: Option<&'a str>,
}

/// The next step of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// The person signs in.
    Login,
    /// The person chooses an account.
    ChooseAccount,
    /// The person agrees or refuses.
    Consent,
    /// The app gets its code.
    Issue,
    /// The app gets an error.
    Refuse(OAuthError),
}

/// Decides the next step.
#[must_use]
pub fn next_step(request: &ValidRequest, facts: &Facts<'_>, now: Time) -> Step {
    if facts.denied {
        return refuse("access_denied", "the person refused");
    }
    let Some(session) = facts.session else {
        return page(request, Step::Login, "login_required", "nobody is signed in");
    };
    if request.prompt.create && session.authenticated_at < facts.created_at {
        return Step::Login;
    }
    if !is_fresh(request, &session, facts.created_at, now) {
        return page(
            request,
            Step::Login,
            "login_required",
            "the person must be authenticated again",
        );
    }
    if facts
        .hinted_subject
        .is_some_and(|subject| subject != session.subject)
    {
        return refuse(
            "login_required",
            "another person is signed in than id_token_hint names",
        );
    }
    if let Some(subject) = &request.claims.subject
        && subject != session.subject
    {
        return refuse(
            "login_required",
            "another person is signed in than the claims parameter names",
        );
    }
    // OIDC Core section 5.5.1.1, with the error of Unmet Authentication Requirements 1.0.
    let reached = |acr: &String| session.acr == Some(acr.as_str());
    if !request.claims.essential_acr.is_empty() && !request.claims.essential_acr.iter().any(reached) {
        return refuse(
            "unmet_authentication_requirements",
            "the essential acr cannot be reached here",
        );
    }
    let chose = facts.chosen == Some(session.id) || session.authenticated_at >= facts.created_at;
    if request.prompt.select_account && !chose {
        return page(
            request,
            Step::ChooseAccount,
            "account_selection_required",
            "an account must be chosen",
        );
    }
    if needs_consent(request, facts) && facts.consented_by != Some(session.id) {
        return page(
            request,
            Step::Consent,
            "consent_required",
            "the person has not agreed yet",
        );
    }
    Step::Issue
}

fn is_fresh(request: &ValidRequest, session: &SessionFacts<'_>, created_at: Time, now: Time) -> bool {
    // A sign-in for this very request satisfies every age, also when the person then took their time.
    if session.authenticated_at >= created_at {
        return true;
    }
    let young = request.max_age.is_none_or(|max| {
        now.since(session.authenticated_at) <= Duration::from_secs(u64::from(max)) && max > 0
    });
    young && !request.prompt.login
}

fn needs_consent(request: &ValidRequest, facts: &Facts<'_>) -> bool {
    request.prompt.consent || (facts.consent_needed && !request.scopes.is_subset(facts.remembered))
}

fn page(request: &ValidRequest, step: Step, code: &'static str, why: &'static str) -> Step {
    if request.prompt.none {
        refuse(code, why)
    } else {
        step
    }
}

fn refuse(code: &'static str, why: &'static str) -> Step {
    Step::Refuse(OAuthError::new(code, why))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ClientId;
    use crate::model::client::{Client, ClientSettings};
    use crate::oidc::authorize::{RawRequest, validate};

    const STEP: i64 = 1_000;

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
            disabled: false,
            secrets: Vec::new(),
        };
        let query =
            format!("redirect_uri=https://app.example.org/cb&response_type=code&scope=openid&{extra}");
        validate(&RawRequest::decode(&query), Some(&app)).expect("a valid request")
    }

    fn step(extra: &str, authenticated_at: Option<i64>, change: impl FnOnce(&mut Facts<'static>)) -> Step {
        let (id, remembered) = (leaked(SessionId("s".into())), leaked(Scopes::default()));
        let session = authenticated_at.map(|at| SessionFacts {
            id,
            authenticated_at: Time::from_seconds(at),
            subject: "ann",
            acr: Some("urn:doorward:acr:password"),
        });
        let mut facts = Facts {
            session,
            created_at: Time::from_seconds(STEP),
            chosen: None,
            consented_by: None,
            denied: false,
            remembered,
            consent_needed: false,
            hinted_subject: None,
        };
        change(&mut facts);
        next_step(&request(extra), &facts, Time::from_seconds(STEP))
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
        assert_eq!(step("", None, |_| ()), Step::Login);
    }

    #[test]
    fn b19_prompt_login_and_max_age_need_a_sign_in_after_the_request() {
        for extra in ["prompt=login", "max_age=0", "max_age=999"] {
            assert_eq!(step(extra, Some(0), |_| ()), Step::Login, "{extra}");
            assert_eq!(step(extra, Some(STEP), |_| ()), Step::Issue, "{extra}");
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
        assert_eq!(code(&step("", Some(0), |f| f.denied = true)), "access_denied");
    }

    #[test]
    fn select_account_needs_a_choice_or_a_sign_in() {
        assert_eq!(
            step("prompt=select_account", Some(0), |_| ()),
            Step::ChooseAccount
        );
        let id = leaked(SessionId("s".into()));
        assert_eq!(
            step("prompt=select_account", Some(0), |f| f.chosen = Some(id)),
            Step::Issue
        );
    }

    #[test]
    fn oidc_core_5_5_1_a_sub_that_is_asked_for_by_value_answers_or_nobody() {
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
    fn oidc_core_5_5_1_1_an_essential_acr_is_reached_or_refused() {
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
            "acr_values are a wish"
        );
    }

    #[test]
    fn prompt_create_does_not_go_on_with_a_session_that_was_there_before() {
        assert_eq!(step("prompt=create", Some(0), |_| ()), Step::Login);
        assert_eq!(step("prompt=create", Some(STEP), |_| ()), Step::Issue);
    }
}
