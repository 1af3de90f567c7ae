//! Decides the next step of a sign-in attempt, and whether a session begins; nothing else does.

use std::time::Duration;

use super::authorize::ValidRequest;
use super::error::OAuthError;
use crate::clock::Time;
use crate::model::account::{Account, Status};
use crate::model::{Scopes, SessionId};

/// What the sign-in is for.
#[derive(Clone, Copy, Debug)]
pub enum Target<'a> {
    /// An app's authorization request.
    App(AppTarget<'a>),
    /// A page of our own.
    Own {
        /// The maximum age of the authentication.
        max_age: Option<Duration>,
    },
}

/// An authorization request with the facts about this app and user.
#[derive(Clone, Copy, Debug)]
pub struct AppTarget<'a> {
    /// The request.
    pub request: &'a ValidRequest,
    /// The `sub` of the signed-in user for this app.
    pub subject: Option<&'a str>,
    /// The scopes that the user has consented to before.
    pub remembered: &'a Scopes,
    /// Whether the app's settings require consent.
    pub consent_needed: bool,
    /// The `sub` of the `id_token_hint`; empty if the hint is invalid, so that it matches nobody.
    pub hinted_subject: Option<&'a str>,
    /// Whether anybody may create an account.
    pub registration_open: bool,
}

/// The facts about the session that the attempt continues with.
#[derive(Clone, Copy, Debug)]
pub struct SessionFacts<'a> {
    /// Its id.
    pub id: &'a SessionId,
    /// When its user authenticated.
    pub authenticated_at: Time,
    /// The authentication context that was reached.
    pub acr: Option<&'a str>,
}

/// The facts about the attempt.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// The session, if a user is signed in.
    pub session: Option<SessionFacts<'a>>,
    /// When the attempt began.
    pub started_at: Time,
    /// The session that the user has chosen.
    pub chosen: Option<&'a SessionId>,
    /// The session in which the user has consented.
    pub consented_by: Option<&'a SessionId>,
    /// Whether the user has denied the request.
    pub denied: bool,
}

/// The next step of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Show the sign-in page.
    SignIn,
    /// Show the registration page.
    Register,
    /// Show the choice of accounts.
    ChooseAccount,
    /// Show the consent page.
    Consent,
    /// Issue a code to the app.
    Issue,
    /// Redirect to our own page.
    Enter,
    /// Send an error to the app.
    Refuse(OAuthError),
}

/// Why no session begins for a user who has proven who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoSession {
    /// The registration is not approved yet.
    Pending,
    /// The account cannot be used.
    Unusable,
}

/// Decides whether a session begins for a user who has proven that this account is theirs.
///
/// # Errors
/// The reason why none begins.
pub fn ensure_session_may_begin(account: &Account, now: Time) -> Result<(), NoSession> {
    match account.status {
        Status::Pending => Err(NoSession::Pending),
        _ if account.is_usable(now) => Ok(()),
        _ => Err(NoSession::Unusable),
    }
}

/// Decides the next step.
#[must_use]
pub fn next_step(target: &Target<'_>, facts: &Facts<'_>, now: Time) -> Step {
    match (target, &facts.session) {
        (Target::App(app), _) => next_for_app(app, facts, now),
        (Target::Own { max_age }, Some(session)) if is_fresh(session, facts, *max_age, now) => Step::Enter,
        (Target::Own { .. }, _) => Step::SignIn,
    }
}

fn next_for_app(app: &AppTarget<'_>, facts: &Facts<'_>, now: Time) -> Step {
    let request = app.request;
    if facts.denied {
        return refuse("access_denied", "the user denied the request");
    }
    let sign_in = if request.prompt.create && app.registration_open {
        Step::Register
    } else {
        Step::SignIn
    };
    let Some(session) = &facts.session else {
        return show_or_refuse(request, sign_in, "login_required", "nobody is signed in");
    };
    if request.prompt.create && session.authenticated_at < facts.started_at {
        return sign_in;
    }
    let max_age = request
        .max_age
        .map(|seconds| Duration::from_secs(u64::from(seconds)));
    let is_new = session.authenticated_at >= facts.started_at;
    if !is_fresh(session, facts, max_age, now) || (request.prompt.login && !is_new) {
        let why = "the user must authenticate again";
        return show_or_refuse(request, sign_in, "login_required", why);
    }
    if let Some(error) = unmet_requirement(app, session) {
        return Step::Refuse(error);
    }
    if request.prompt.select_account && facts.chosen != Some(session.id) && !is_new {
        let why = "the user must choose an account";
        return show_or_refuse(request, Step::ChooseAccount, "account_selection_required", why);
    }
    if needs_consent(app) && facts.consented_by != Some(session.id) {
        let why = "the user has not consented yet";
        return show_or_refuse(request, Step::Consent, "consent_required", why);
    }
    Step::Issue
}

/// The first requirement of the request that the signed-in user does not meet.
fn unmet_requirement(app: &AppTarget<'_>, session: &SessionFacts<'_>) -> Option<OAuthError> {
    let is_another = |subject: &str| app.subject != Some(subject);
    if app.hinted_subject.is_some_and(is_another) {
        let why = "the signed-in user is not the one that id_token_hint names";
        return Some(OAuthError::new("login_required", why));
    }
    let claims = &app.request.claims;
    if claims.subject.as_deref().is_some_and(is_another) {
        let why = "the signed-in user is not the one that the claims parameter names";
        return Some(OAuthError::new("login_required", why));
    }
    // OIDC Core section 5.5.1.1, with the error of Unmet Authentication Requirements 1.0.
    let reached = |acr: &String| session.acr == Some(acr.as_str());
    if !claims.essential_acr.is_empty() && !claims.essential_acr.iter().any(reached) {
        let why = "the essential acr cannot be satisfied";
        return Some(OAuthError::new("unmet_authentication_requirements", why));
    }
    None
}

/// Whether the authentication is recent enough. One within this attempt satisfies every `max_age`, however
/// long the user then took for the other pages.
fn is_fresh(session: &SessionFacts<'_>, facts: &Facts<'_>, max_age: Option<Duration>, now: Time) -> bool {
    session.authenticated_at >= facts.started_at
        || max_age.is_none_or(|max| now.since(session.authenticated_at) <= max && !max.is_zero())
}

fn needs_consent(app: &AppTarget<'_>) -> bool {
    app.request.prompt.consent || (app.consent_needed && !app.request.scopes.is_subset(app.remembered))
}

fn show_or_refuse(request: &ValidRequest, step: Step, code: &'static str, why: &'static str) -> Step {
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
    use crate::model::account::{LOCAL, Profile};
    use crate::model::client::{Client, ClientSettings};
    use crate::model::{AccountId, ClientId};
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
        };
        let mut facts = facts(authenticated_at);
        change(&mut app, &mut facts);
        next_step(&Target::App(app), &facts, Time::from_seconds(STEP))
    }

    fn facts(authenticated_at: Option<i64>) -> Facts<'static> {
        let id = leaked(SessionId("s".into()));
        Facts {
            session: authenticated_at.map(|at| SessionFacts {
                id,
                authenticated_at: Time::from_seconds(at),
                acr: Some("urn:doorward:acr:password"),
            }),
            started_at: Time::from_seconds(STEP),
            chosen: None,
            consented_by: None,
            denied: false,
        }
    }

    fn step(
        extra: &str,
        authenticated_at: Option<i64>,
        change: impl FnOnce(&mut AppTarget<'static>),
    ) -> Step {
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
        let denied = step_of("", Some(0), |_, f| f.denied = true);
        assert_eq!(code(&denied), "access_denied");
    }

    #[test]
    fn select_account_needs_a_choice_or_a_sign_in() {
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
        assert_eq!(step("prompt=create", Some(0), |_| ()), Step::SignIn);
        assert_eq!(step("prompt=create", Some(STEP), |_| ()), Step::Issue);
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
    fn a_page_of_our_own_needs_a_session_that_is_young_enough() {
        let enter = |max_age: Option<u64>, authenticated_at| {
            let max_age = max_age.map(Duration::from_secs);
            let now = Time::from_seconds(STEP + 10);
            next_step(&Target::Own { max_age }, &facts(authenticated_at), now)
        };
        assert_eq!(enter(None, None), Step::SignIn);
        assert_eq!(enter(None, Some(0)), Step::Enter);
        assert_eq!(enter(Some(1_000), Some(0)), Step::SignIn);
        assert_eq!(enter(Some(1_010), Some(0)), Step::Enter);
        assert_eq!(enter(Some(0), Some(STEP - 1)), Step::SignIn);
        assert_eq!(
            enter(Some(1), Some(STEP)),
            Step::Enter,
            "signed in for this very page"
        );
    }

    #[test]
    fn a_session_begins_for_a_usable_account_only() {
        let account = |status| Account {
            id: AccountId("ann".into()),
            number: 0,
            username: "ann".into(),
            status,
            status_reason: None,
            name: String::new(),
            profile: Profile::default(),
            created_at: Time(0),
            updated_at: Time(0),
            last_seen_at: None,
            deleted_at: None,
            valid_from: Some(Time::from_seconds(10)),
            valid_until: Some(Time::from_seconds(20)),
            source: LOCAL.to_owned(),
        };
        let unusable = Err(NoSession::Unusable);
        for (status, now, expected) in [
            (Status::Active, 10, Ok(())),
            (Status::Active, 9, unusable),
            (Status::Active, 20, unusable),
            (Status::Pending, 10, Err(NoSession::Pending)),
            (Status::Invited, 10, unusable),
            (Status::Suspended, 10, unusable),
            (Status::Deleted, 10, unusable),
        ] {
            let decided = ensure_session_may_begin(&account(status), Time::from_seconds(now));
            assert_eq!(decided, expected, "{status} at {now}");
        }
    }
}
