//! Signing in with a password.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;

use super::begin::BegunSession;
use super::context::{Context, go_on, person_of};
use super::invitation;
use super::pages::SignIn;
use crate::app::AppState;
use crate::auth::password::{PhcString, Verdict};
use crate::auth::throttle::Decision;
use crate::clock::Time;
use crate::crypto::Token;
use crate::directory::{names, registration};
use crate::model::account::{Account, Status};
use crate::paths;
use crate::store::accounts;
use crate::store::audit::{self, Event};
use crate::store::{Tx, passwords};
use crate::web::attempts::Subjects;
use crate::web::error::PageError;
use crate::web::page::{FieldError, Notice, Tone};
use crate::web::params::Received;
use crate::web::visit::{SafeForm, Visit, see_other};
use crate::words;

/// Shows the sign-in page, for an authorization request or on its own.
///
/// # Errors
/// A page when the request has ended.
pub async fn show(
    State(app): State<Arc<AppState>>,
    visit: Visit,
    Received(params): Received,
) -> Result<Response, PageError> {
    let params = params?;
    if app.set_up_code.is_some() && !accounts::any(&mut app.db.read().await?).await? {
        return Ok(see_other(&app.config.server.issuer.url(paths::SET_UP)));
    }
    let context = Context::find(&app, &visit, params.get("request")).await?;
    let session = visit.session()?;
    if context.is_none() && session.is_some() && params.get("add").is_none() {
        return Ok(go_on(&app, &visit, None));
    }
    let hint = context
        .as_ref()
        .and_then(|context| context.raw.get("login_hint"))
        .unwrap_or_default();
    let notice = visit
        .ended
        .and_then(words::session_end)
        .map(|why| Notice::new(Tone::Info, why));
    let again = context.is_some().then_some(session).flatten();
    let page = SignIn {
        app: context.as_ref().map(Context::tile),
        person: again.map(person_of),
        username: again.map_or(hint, |session| &session.username).to_owned(),
        errors: Vec::new(),
        notice,
        request: params.get("request").map(str::to_owned),
        invitation: params.get("invitation").map(str::to_owned),
        register: register_link(&app, &visit, params.get("request")),
    };
    let target = context.as_ref().and_then(Context::redirect_uri);
    Ok(visit.show_leading_to(&app, StatusCode::OK, &page, target))
}

/// Where an account can be made, while registration is open.
fn register_link(app: &AppState, visit: &Visit, request: Option<&str>) -> Option<String> {
    let url = app.config.server.issuer.url(paths::REGISTER);
    registration::is_open(&visit.instance).then(|| match request {
        Some(id) => format!("{url}?request={id}"),
        None => url,
    })
}

/// What came of an attempt, decided in one transaction.
enum Outcome {
    SignedIn(Token),
    Wrong,
    Wait(Time),
    Disabled,
    /// The password is right, and the account is not approved yet.
    Pending,
}

/// Takes the sign-in form.
///
/// # Errors
/// A page when the form is not ours, the request has ended, or the server is too busy to hash.
pub async fn verify(
    State(app): State<Arc<AppState>>,
    visit: Visit,
    Received(params): Received,
) -> Result<Response, PageError> {
    let form = visit.form(&app, params)?;
    let context = Context::find(&app, &visit, form.get("request")).await?;
    match attempt(&app, &visit, &form).await? {
        Outcome::SignedIn(token) => {
            let mut response = match form.get("invitation").and_then(Token::parse) {
                Some(token) => visit.go(&app, &invitation::address(&app, &token)),
                None => go_on(&app, &visit, form.get("request")),
            };
            visit.remember(&app, &token, &mut response);
            Ok(response)
        }
        Outcome::Wrong => {
            let error = FieldError::at(
                "password",
                "The username or password is wrong. Check both and try again.",
            );
            Ok(refused(
                &app,
                &visit,
                &form,
                context.as_ref(),
                StatusCode::UNPROCESSABLE_ENTITY,
                error,
            ))
        }
        Outcome::Wait(until) => {
            let seconds = until.since(app.clock.now()).as_secs() + 1;
            let error = FieldError::form(format!(
                "Too many wrong passwords. Wait {seconds} seconds and try again."
            ));
            let mut response = refused(
                &app,
                &visit,
                &form,
                context.as_ref(),
                StatusCode::TOO_MANY_REQUESTS,
                error,
            );
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
            Ok(response)
        }
        Outcome::Pending => {
            let error = FieldError::form(
                "Your registration waits for approval. You can sign in once an administrator has approved it.",
            );
            let status = StatusCode::FORBIDDEN;
            Ok(refused(&app, &visit, &form, context.as_ref(), status, error))
        }
        Outcome::Disabled => {
            let error = FieldError::form(
                "There were too many wrong passwords in a row, so this one no longer opens anything. \
                 Ask an administrator for a new password.",
            );
            let status = StatusCode::FORBIDDEN;
            Ok(refused(&app, &visit, &form, context.as_ref(), status, error))
        }
    }
}

fn refused(
    app: &AppState,
    visit: &Visit,
    form: &SafeForm,
    context: Option<&Context>,
    status: StatusCode,
    error: FieldError,
) -> Response {
    let page = SignIn {
        app: context.map(Context::tile),
        person: None,
        username: form.get("username").unwrap_or_default().to_owned(),
        errors: vec![error],
        notice: None,
        request: form.get("request").map(str::to_owned),
        invitation: form.get("invitation").map(str::to_owned),
        register: register_link(app, visit, form.get("request")),
    };
    visit.show_leading_to(app, status, &page, context.and_then(Context::redirect_uri))
}

async fn attempt(app: &Arc<AppState>, visit: &Visit, form: &SafeForm) -> Result<Outcome, PageError> {
    let key = names::key(form.get("username").unwrap_or_default());
    let password = form.get("password").unwrap_or_default();
    let now = app.clock.now();
    let mut conn = app.db.read().await?;
    let account = accounts::by_sign_in_name(&mut conn, &key).await?;
    let subjects = Subjects::of(&key, account.as_ref().map(|account| &account.id), visit);
    subjects.follow_clock(&mut conn, app, now).await?;
    if let Some(held_up) = held_up(subjects.judge(&mut conn, now).await?) {
        return Ok(held_up);
    }
    let stored = match &account {
        Some(account) => passwords::of_account(&mut conn, &account.id).await?,
        None => None,
    };
    drop(conn);
    let verdict = match &stored {
        Some(phc) => {
            app.passwords
                .verify(password, &PhcString::from(phc.clone()))
                .await
        }
        None => app.passwords.verify_nothing(password).await,
    };
    let verdict = verdict.map_err(|_| PageError::busy())?;
    let renewed = match verdict {
        Verdict::RightButOld => app
            .passwords
            .hash(password)
            .await
            .ok()
            .map(PhcString::into_string),
        Verdict::Right | Verdict::Wrong => None,
    };
    let refused = Refusal::of(visit, account.as_ref(), verdict);
    let is_pending = verdict != Verdict::Wrong
        && account
            .as_ref()
            .is_some_and(|account| account.status == Status::Pending);
    let right = account.filter(|account| verdict != Verdict::Wrong && account.is_usable(now));
    let begun = right.map(|account| (BegunSession::new(app, visit, &account.id, now), account.id));
    let done = app.db.write::<_, crate::store::Error, _>(move |tx| {
        Box::pin(async move {
            // Judged again here, so that guesses sent all at once gain nothing.
            if let Some(held_up) = held_up(subjects.judge(tx, now).await?) {
                return Ok(held_up);
            }
            let Some((begun, account)) = begun else {
                refused.record(tx, now).await?;
                if is_pending {
                    return Ok(Outcome::Pending);
                }
                subjects.fail(tx, now).await?;
                return Ok(Outcome::Wrong);
            };
            subjects.succeed(tx).await?;
            if let (Some(old), Some(new)) = (stored, renewed) {
                passwords::renew(tx, &account, &old, &new).await?;
            }
            let token = begun.token.clone();
            begun.store(tx).await?;
            Ok(Outcome::SignedIn(token))
        })
    });
    Ok(done.await?)
}

/// What an attempt ends with before the password counts.
fn held_up(decision: Decision) -> Option<Outcome> {
    match decision {
        Decision::Allow => None,
        Decision::Wait(until) => Some(Outcome::Wait(until)),
        Decision::Disabled => Some(Outcome::Disabled),
    }
}

/// A sign-in that is not to be, for the audit record. A name that is nobody's is not kept: it may be a password.
struct Refusal {
    account: String,
    address: String,
    outcome: &'static str,
}

impl Refusal {
    fn of(visit: &Visit, account: Option<&Account>, verdict: Verdict) -> Self {
        let outcome = match account {
            None => "unknown",
            Some(_) if verdict == Verdict::Wrong => "wrong_password",
            Some(account) if account.status == Status::Active => "not_valid_now",
            Some(account) => account.status.as_str(),
        };
        Self {
            account: account.map(|account| account.id.0.clone()).unwrap_or_default(),
            address: visit.address.to_string(),
            outcome,
        }
    }

    async fn record(&self, tx: &mut Tx, now: Time) -> Result<(), crate::store::Error> {
        let event = Event {
            address: &self.address,
            outcome: self.outcome,
            ..Event::new("visitor", "session.refuse", &self.account)
        };
        audit::record(tx, &event, now).await
    }
}
