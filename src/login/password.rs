//! Signing in with a password.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;

use super::context::{Context, go_on, person_of};
use super::pages::SignIn;
use crate::app::App;
use crate::auth::Amr as Method;
use crate::auth::password::{PhcString, Verdict};
use crate::auth::throttle::{AccountRule, AddressRule, Counter, Decision};
use crate::clock::Time;
use crate::crypto::Token;
use crate::directory::names;
use crate::http::client_ip::throttle_key;
use crate::http::error::PageError;
use crate::http::page::{FieldError, Notice, Tone};
use crate::http::params::Received;
use crate::http::visit::{SafeForm, Visit, see_other};
use crate::paths;
use crate::store::accounts::{self, Account, Status};
use crate::store::sessions::{self, NewSession};
use crate::store::throttles::{self, Throttle};
use crate::store::{Amr, Conn, SessionId, Tx, audit, passwords};

/// Shows the sign-in page, for an authorization request or on its own.
///
/// # Errors
/// A page when the request has ended.
pub async fn show(
    State(app): State<Arc<App>>,
    visit: Visit,
    Received(params): Received,
) -> Result<Response, PageError> {
    let params = params?;
    if app.set_up_code.is_some() && !accounts::any(&mut app.db.read().await?).await? {
        return Ok(see_other(&app.config.server.issuer.url(paths::SETUP)));
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
        .clone()
        .filter(|why| !why.is_empty())
        .map(|why| Notice::new(Tone::Info, why));
    let again = context.is_some().then_some(session).flatten();
    let page = SignIn {
        app: context.as_ref().map(Context::tile),
        person: again.map(person_of),
        username: again.map_or(hint, |session| &session.username).to_owned(),
        errors: Vec::new(),
        notice,
        request: params.get("request").map(str::to_owned),
        register: None,
    };
    let target = context.as_ref().and_then(Context::redirect_uri);
    Ok(visit.show_leading_to(&app, StatusCode::OK, &page, target))
}

/// What came of an attempt, decided in one transaction.
enum Outcome {
    SignedIn(Token),
    Wrong,
    Wait(Time),
}

/// Takes the sign-in form.
///
/// # Errors
/// A page when the form is not ours, the request has ended, or the server is too busy to hash.
pub async fn verify(
    State(app): State<Arc<App>>,
    visit: Visit,
    Received(params): Received,
) -> Result<Response, PageError> {
    let form = visit.form(&app, params)?;
    let context = Context::find(&app, &visit, form.get("request")).await?;
    match attempt(&app, &visit, &form).await? {
        Outcome::SignedIn(token) => {
            let mut response = go_on(&app, &visit, form.get("request"));
            let others = visit.sessions.iter().map(|(token, _)| token.as_str());
            let all = std::iter::once(token.as_str()).chain(others);
            if let Ok(cookie) = app.cookies.set_sessions(all) {
                response.headers_mut().append(header::SET_COOKIE, cookie);
            }
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
    }
}

fn refused(
    app: &App,
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
        register: None,
    };
    visit.show_leading_to(app, status, &page, context.and_then(Context::redirect_uri))
}

/// The counters that an attempt is judged by. An account that does not exist has one all the same, so that answers
/// do not tell it apart.
struct Subjects {
    account: String,
    address: String,
}

impl Subjects {
    fn of(key: &str, account: Option<&Account>, visit: &Visit) -> Self {
        let account = account.map_or_else(
            || format!("name:{key}"),
            |account| format!("account:{}", account.id),
        );
        Self {
            account,
            address: format!("address:{}", throttle_key(visit.client.address)),
        }
    }

    async fn judge(&self, conn: &mut Conn, now: Time) -> Result<Option<Time>, crate::store::Error> {
        let account = counter(throttles::get(conn, &self.account).await?);
        let address = counter(throttles::get(conn, &self.address).await?);
        let decisions = [
            AccountRule::default().judge(account, now),
            AddressRule::default().judge(address, now),
        ];
        let until = decisions.into_iter().filter_map(|decision| match decision {
            Decision::Allow => None,
            Decision::Wait(until) => Some(until),
            Decision::Disabled => Some(now + std::time::Duration::from_hours(1)),
        });
        Ok(until.max())
    }

    async fn fail(&self, tx: &mut Tx, now: Time) -> Result<(), crate::store::Error> {
        let account = AccountRule::default().fail(counter(throttles::get(tx, &self.account).await?), now);
        throttles::set(tx, &self.account, row(account)).await?;
        let address = AddressRule::default().fail(counter(throttles::get(tx, &self.address).await?), now);
        throttles::set(tx, &self.address, row(address)).await
    }
}

fn counter(row: Option<Throttle>) -> Option<Counter> {
    row.map(|row| Counter {
        failures: row.failures,
        window_started_at: row.window_started_at,
        last_failure_at: row.last_failure_at,
    })
}

fn row(counter: Counter) -> Throttle {
    Throttle {
        failures: counter.failures,
        window_started_at: counter.window_started_at,
        last_failure_at: counter.last_failure_at,
    }
}

async fn attempt(app: &Arc<App>, visit: &Visit, form: &SafeForm) -> Result<Outcome, PageError> {
    let key = names::key(form.get("username").unwrap_or_default());
    let password = form.get("password").unwrap_or_default();
    let now = app.clock.now();
    let mut conn = app.db.read().await?;
    let account = accounts::by_sign_in_name(&mut conn, &key).await?;
    let subjects = Subjects::of(&key, account.as_ref(), visit);
    if let Some(until) = subjects.judge(&mut conn, now).await? {
        return Ok(Outcome::Wait(until));
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
    let right = account.filter(|account| verdict != Verdict::Wrong && account.status == Status::Active);
    let token = Token::random();
    let (hash, visit) = (token.hash(), visit.clone());
    let expires_at = now + app.config.lifetimes.session;
    let replaced: Vec<SessionId> = visit
        .sessions
        .iter()
        .filter(|(_, session)| {
            right
                .as_ref()
                .is_some_and(|account| account.id == session.account_id)
        })
        .map(|(_, session)| session.id.clone())
        .collect();
    let done = app.db.write::<_, crate::store::Error, _>(move |tx| {
        Box::pin(async move {
            // Judged again here, so that guesses sent all at once gain nothing.
            if let Some(until) = subjects.judge(tx, now).await? {
                return Ok(Err(Some(until)));
            }
            let Some(account) = right else {
                subjects.fail(tx, now).await?;
                return Ok(Err(None));
            };
            throttles::clear(tx, &subjects.account).await?;
            if let (Some(old), Some(new)) = (stored, renewed) {
                passwords::renew(tx, &account.id, &old, &new).await?;
            }
            for id in &replaced {
                sessions::end(tx, id, "", now).await?;
            }
            let (id, amr) = (SessionId::new(now), Amr::parse(Method::Password.as_str()));
            let new = NewSession {
                id: &id,
                token_hash: &hash,
                account_id: &account.id,
                amr: &amr,
                authenticated_at: now,
                expires_at,
                client_address: &visit.client.address.to_string(),
                user_agent: &visit.user_agent,
            };
            sessions::insert(tx, &new).await?;
            audit::insert(tx, account.id.as_str(), "session.begin", id.as_str(), "{}", now).await?;
            Ok(Ok(()))
        })
    });
    Ok(match done.await? {
        Ok(()) => Outcome::SignedIn(token),
        Err(None) => Outcome::Wrong,
        Err(Some(until)) => Outcome::Wait(until),
    })
}
