//! The dispatcher: determines the next step of a sign-in attempt and redirects to its page.

use std::sync::Arc;
use std::time::Duration;

use axum::response::Response;

use super::attempt::{AppRequest, CheckedTarget, OpenAttempt, attempt_ended, with_attempt};
use super::half_proven;
use super::issue::{issue, refuse};
use crate::app::AppState;
use crate::auth::{acrs_for, factors_suffice_for};
use crate::directory::{access, claim_facts, registration, schemes};
use crate::model::Scopes;
use crate::model::access::Decision;
use crate::model::client::Client;
use crate::model::session::Session;
use crate::oidc::hint::IdTokenHint;
use crate::oidc::interaction::{AppTarget, Facts, SessionFacts, Step, Target, next_step};
use crate::oidc::session_start::Missing;
use crate::paths;
use crate::store::consents;
use crate::web::error::PageError;
use crate::web::submission::PageRequest;
use crate::web::visit::Visit;

/// Continues an attempt after the user has submitted the form of a page.
///
/// # Errors
/// An error page if the attempt has ended or belongs to another browser.
pub async fn resume(request: PageRequest<Visit>) -> Result<Response, PageError> {
    let (app, visit, params) = (request.app, request.user, request.params);
    let sealed = params.get("attempt").ok_or_else(attempt_ended)?;
    let open = OpenAttempt::open(&app, &visit, sealed).await?;
    dispatch(&app, &visit, open).await
}

/// Performs the next step of an attempt.
pub(super) async fn dispatch(
    app: &Arc<AppState>,
    visit: &Visit,
    open: OpenAttempt,
) -> Result<Response, PageError> {
    let session = visit.session()?;
    let Next { step, access } = decide(app, visit, &open, session).await?;
    let page = match (step, session, &open.target) {
        (Step::Issue, Some(session), CheckedTarget::App(request)) => {
            return issue(app, visit, &open, request, session, access.as_ref()).await;
        }
        (Step::Refuse(error), _, CheckedTarget::App(request)) => {
            return refuse(app, visit, &open, request, &error).await;
        }
        (Step::Enter, _, CheckedTarget::Own { path, .. }) => {
            return Ok(visit.redirect(app, &app.config.server.issuer.url(path.as_str())));
        }
        (Step::ChooseAccount, ..) => paths::ACCOUNTS,
        (Step::Consent, ..) => paths::CONSENT,
        (Step::NoEntry, ..) => paths::NO_ENTRY,
        (Step::SecondFactor, ..) => paths::SECOND_FACTOR,
        (Step::Enrol, ..) => paths::ENROL,
        (Step::ChangePassword, ..) => paths::NEW_PASSWORD,
        (Step::Register, ..) => paths::REGISTER,
        (Step::SignIn | Step::Issue | Step::Refuse(_) | Step::Enter, ..) => paths::SIGN_IN,
    };
    let sealed = open.to_sealed(app, visit);
    let address = app.config.server.issuer.url(page);
    Ok(visit.redirect(app, &with_attempt(&address, Some(&sealed))))
}

/// The next step, and whether the app lets in the signed-in user.
pub(super) struct Next {
    pub(super) step: Step,
    access: Option<Decision>,
}

/// Collects the facts and determines the next step.
pub(super) async fn decide(
    app: &AppState,
    visit: &Visit,
    open: &OpenAttempt,
    session: Option<&Session>,
) -> Result<Next, PageError> {
    let missing = half_proven::missing_in(app, open).await?;
    let facts = facts_of(open, session, missing);
    let now = app.clock.now();
    let request = match &open.target {
        CheckedTarget::App(request) => request,
        CheckedTarget::Own { max_age, .. } => {
            let max_age = max_age.map(|seconds| Duration::from_secs(u64::from(seconds)));
            let step = next_step(&Target::Own { max_age }, &facts, now);
            return Ok(Next { step, access: None });
        }
    };
    let access = match session {
        Some(session) => Some(access(app, &request.client, session).await?),
        None => None,
    };
    let subject =
        session.map(|session| claim_facts::subject(&app.master, &request.client, &session.account_id));
    let remembered = match session {
        Some(session) if request.client.asks_for_consent() => {
            consents::of(&mut app.db.read().await?, &session.account_id, &request.client.id).await?
        }
        _ => Scopes::default(),
    };
    let hinted = hinted_subject(app, request);
    let target = AppTarget {
        request: &request.valid,
        subject: subject.as_deref(),
        remembered: &remembered,
        consent_needed: request.client.asks_for_consent(),
        hinted_subject: hinted.as_deref(),
        registration_open: registration::is_open(&visit.instance),
        refuses_acting: request.client.settings.refuse_impersonation,
        lacks_second_factor: session.is_some_and(|session| lacks_second_factor(visit, request, session)),
        obstacle: access.as_ref().and_then(Decision::obstacle),
    };
    let step = next_step(&Target::App(target), &facts, now);
    Ok(Next { step, access })
}

/// Whether the app requires a second factor, and the session began without one that counts.
fn lacks_second_factor(visit: &Visit, request: &AppRequest, session: &Session) -> bool {
    !factors_suffice_for(&request.client, visit.instance.second_factor_kinds, &session.amr)
}

/// Decides whether the user of a session may sign in to an app.
pub(super) async fn access(
    app: &AppState,
    client: &Client,
    session: &Session,
) -> Result<Decision, PageError> {
    let scheme = schemes::active(&app.db).await?;
    let (account, now) = (&session.account_id, app.clock.now());
    access::of_account(&app.db, client, scheme, account, now)
        .await
        .map_err(Into::into)
}

/// What has happened in the attempt, and the session to continue with.
fn facts_of<'a>(open: &'a OpenAttempt, session: Option<&'a Session>, missing: Option<Missing>) -> Facts<'a> {
    Facts {
        session: session.map(|session| SessionFacts {
            id: &session.id,
            authenticated_at: session.authenticated_at,
            acrs: acrs_for(&session.amr),
            has_second_factor: session.has_second_factor,
            by_trust: session.trusted_device.is_some(),
            is_impersonated: session.acted_by.is_some(),
        }),
        started_at: open.attempt.started_at,
        missing,
        chosen: open.facts.chosen_session.as_ref(),
        consented_by: open.facts.consented_by.as_ref(),
        denied: open.facts.denied_at.is_some(),
    }
}

/// The subject of the request's `id_token_hint`; empty, and so matching nobody, if the hint was not issued to this app.
fn hinted_subject(app: &AppState, request: &AppRequest) -> Option<String> {
    let token = request.valid.id_token_hint.as_deref()?;
    let hint = IdTokenHint::read(token, &app.keyring(), app.config.server.issuer.as_str())
        .filter(|hint| hint.audiences.contains(&request.client.id.0));
    Some(hint.and_then(|hint| hint.subject).unwrap_or_default())
}
