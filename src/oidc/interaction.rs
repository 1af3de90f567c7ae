//! Decides the next step of a sign-in attempt. No other code does.

use std::time::Duration;

use super::authorize::ValidRequest;
use super::error::OAuthError;
use super::session_start::Missing;
use crate::clock::Time;
use crate::model::access::Obstacle;
use crate::model::acr::{ACR_PASSWORD, ACR_TWO_FACTORS, ACR_VALUES};
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

/// An authorization request, with the facts about the app and the user that the decision needs.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a setting of its own")]
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
    /// Whether the app keeps out whoever acts as somebody else.
    pub refuses_acting: bool,
    /// Whether the app requires a second factor, and the session began without one that counts.
    pub lacks_second_factor: bool,
    /// Why the app does not let in the signed-in user, if it does not.
    pub obstacle: Option<Obstacle>,
}

/// The session that the attempt continues with.
#[derive(Clone, Copy, Debug)]
pub struct SessionFacts<'a> {
    /// Its id.
    pub id: &'a SessionId,
    /// When its user authenticated.
    pub authenticated_at: Time,
    /// The authentication contexts that it reached.
    pub acrs: &'a [&'a str],
    /// Whether its user can prove a second factor.
    pub has_second_factor: bool,
    /// Whether a trusted device stood in for the second factor.
    pub by_trust: bool,
    /// Whether somebody else acts as its user.
    pub is_impersonated: bool,
}

/// What has happened in the attempt so far.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// The session, if a user is signed in.
    pub session: Option<SessionFacts<'a>>,
    /// When the attempt began.
    pub started_at: Time,
    /// What is still missing, if what was proven in the attempt is not enough for a session.
    pub missing: Option<Missing>,
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
    /// Show the page of the second factor.
    SecondFactor,
    /// Show the page on which the user adds a second factor.
    Enrol,
    /// Show the page on which the user replaces their temporary password.
    ChangePassword,
    /// Show the registration page.
    Register,
    /// Show the account chooser.
    ChooseAccount,
    /// Show the consent page.
    Consent,
    /// Show the page that says why the user may not sign in to the app.
    NoEntry,
    /// Issue a code to the app.
    Issue,
    /// Redirect to our own page.
    Enter,
    /// Send an error to the app.
    Refuse(OAuthError),
}

/// Decides the next step.
#[must_use]
pub fn next_step(target: &Target<'_>, facts: &Facts<'_>, now: Time) -> Step {
    match (target, &facts.session) {
        (Target::App(app), _) => next_for_app(app, facts, now),
        (Target::Own { .. }, _) if let Some(missing) = facts.missing => page_of(missing),
        // A page that needs a recent sign-in needs the second factor too.
        (Target::Own { max_age: Some(_) }, Some(session)) if session.by_trust => Step::SignIn,
        (Target::Own { max_age }, Some(session)) if is_fresh(session, facts, *max_age, now) => Step::Enter,
        (Target::Own { .. }, _) => Step::SignIn,
    }
}

/// The page that asks for what is missing.
const fn page_of(missing: Missing) -> Step {
    match missing {
        Missing::SecondFactor => Step::SecondFactor,
        Missing::Enrolment => Step::Enrol,
        Missing::NewPassword => Step::ChangePassword,
    }
}

fn next_for_app(app: &AppTarget<'_>, facts: &Facts<'_>, now: Time) -> Step {
    let request = app.request;
    if facts.denied {
        return refuse("access_denied", "the user denied the request");
    }
    if let Some(missing) = facts.missing {
        return page_of(missing);
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
    if session.is_impersonated && app.refuses_acting {
        return refuse("access_denied", "the app keeps out whoever acts as somebody else");
    }
    if let Some(step) = unmet_requirement(app, session) {
        return step;
    }
    if app.obstacle.is_some() {
        let why = "the user may not sign in to this app";
        return show_or_refuse(request, Step::NoEntry, "access_denied", why);
    }
    choice_or_consent(app, facts, session).unwrap_or(Step::Issue)
}

/// The page on which the user still chooses an account or consents, if one is needed.
fn choice_or_consent(app: &AppTarget<'_>, facts: &Facts<'_>, session: &SessionFacts<'_>) -> Option<Step> {
    let request = app.request;
    let is_new = session.authenticated_at >= facts.started_at;
    if request.prompt.select_account && facts.chosen != Some(session.id) && !is_new {
        let why = "the user must choose an account";
        return Some(show_or_refuse(
            request,
            Step::ChooseAccount,
            "account_selection_required",
            why,
        ));
    }
    if needs_consent(app) && facts.consented_by != Some(session.id) {
        if session.is_impersonated {
            let why = "somebody who acts as the user cannot consent for them";
            return Some(refuse("access_denied", why));
        }
        let why = "the user has not consented yet";
        return Some(show_or_refuse(request, Step::Consent, "consent_required", why));
    }
    None
}

/// The step for the first requirement of the request that the signed-in user does not meet.
fn unmet_requirement(app: &AppTarget<'_>, session: &SessionFacts<'_>) -> Option<Step> {
    let is_another = |subject: &str| app.subject != Some(subject);
    if app.hinted_subject.is_some_and(is_another) {
        let why = "the signed-in user is not the one that id_token_hint names";
        return Some(refuse("login_required", why));
    }
    let claims = &app.request.claims;
    if claims.subject.as_deref().is_some_and(is_another) {
        let why = "the signed-in user is not the one that the claims parameter names";
        return Some(refuse("login_required", why));
    }
    if app.lacks_second_factor {
        if session.is_impersonated {
            let why = "the app requires a second factor, which somebody who acts as the user cannot prove";
            return Some(refuse("access_denied", why));
        }
        let why = "the app requires a second factor";
        return Some(show_or_refuse(app.request, Step::SignIn, "login_required", why));
    }
    if needs_second_factor(app, session) {
        let why = "the user must prove a second factor";
        return Some(show_or_refuse(app.request, Step::SignIn, "login_required", why));
    }
    // OIDC Core section 5.5.1.1, with the error of Unmet Authentication Requirements 1.0.
    if !reaches_essential_acr(app, session.acrs) {
        let why = "the essential acr cannot be satisfied";
        return Some(refuse("unmet_authentication_requirements", why));
    }
    (prefers_second_factor(app, session) && !app.request.prompt.none).then_some(Step::SignIn)
}

/// Whether a request asks for two factors that are proven now, for which a trusted device is not enough.
#[must_use]
pub fn asks_for_two_factors(request: &ValidRequest) -> bool {
    let essential = &request.claims.essential_acr;
    preferred_acr(request) == Some(ACR_TWO_FACTORS)
        || !(essential.is_empty() || essential.iter().any(|acr| acr == ACR_PASSWORD))
}

/// The first of the request's `acr_values` that this server knows.
fn preferred_acr(request: &ValidRequest) -> Option<&str> {
    let mut known = request.acr_values.iter().map(String::as_str);
    known.find(|acr| ACR_VALUES.contains(acr))
}

/// Whether the session reaches the request's preferred `acr` only once its user has proven their second factor too.
/// The request is voluntary (OIDC Core section 3.1.2.1), so whoever has none, or may not be asked, goes on without.
fn prefers_second_factor(app: &AppTarget<'_>, session: &SessionFacts<'_>) -> bool {
    session.has_second_factor && preferred_acr(app.request).is_some_and(|acr| !session.acrs.contains(&acr))
}

/// Whether the session reaches an essential `acr` of the request only once its user has proven their second factor too.
fn needs_second_factor(app: &AppTarget<'_>, session: &SessionFacts<'_>) -> bool {
    session.has_second_factor
        && !reaches_essential_acr(app, session.acrs)
        && reaches_essential_acr(app, ACR_VALUES)
}

fn reaches_essential_acr(app: &AppTarget<'_>, reached: &[&str]) -> bool {
    let wanted = &app.request.claims.essential_acr;
    wanted.is_empty() || wanted.iter().any(|acr| reached.contains(&acr.as_str()))
}

/// Whether the authentication is recent enough. One within this attempt satisfies every `max_age`, however
/// long the user then took for the other pages.
fn is_fresh(session: &SessionFacts<'_>, facts: &Facts<'_>, max_age: Option<Duration>, now: Time) -> bool {
    session.authenticated_at >= facts.started_at
        || max_age.is_none_or(|max| now.since(session.authenticated_at) <= max && !max.is_zero())
}

fn needs_consent(app: &AppTarget<'_>) -> bool {
    app.request.prompt.consent || (app.consent_needed && !app.request.shared().is_subset(app.remembered))
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
mod tests;
