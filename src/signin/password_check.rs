//! Checks a password: throttling, hashing, and one transaction that begins the session or counts the failure.

use axum::http::StatusCode;

use super::session::SessionStart;
use crate::app::AppState;
use crate::auth::password::{PhcString, Verdict};
use crate::auth::proof::Proof;
use crate::auth::throttle::{Decision, Subjects};
use crate::clock::Time;
use crate::crypto::Token;
use crate::directory::names;
use crate::model::account::{Account, Status};
use crate::model::attempt::Attempt;
use crate::model::{AccountId, PasswordVersion};
use crate::oidc::interaction::NoSession;
use crate::store::audit::{self, Event};
use crate::store::{Error, Tx, accounts, passwords};
use crate::web::error::PageError;
use crate::web::page::FieldError;
use crate::web::visit::{SafeForm, Visit};
use crate::words;

/// The result of a check, which one transaction decides.
pub(super) enum Outcome {
    SignedIn(Token),
    Refused(Refused),
}

/// Why the user was not signed in.
pub(super) enum Refused {
    Wrong,
    Wait(Time),
    Disabled,
    /// The password is right, but the account is not approved yet.
    Pending,
}

impl Refused {
    /// The refusal of a throttled attempt, for which the password is not checked.
    const fn of(decision: Decision) -> Option<Self> {
        match decision {
            Decision::Allow => None,
            Decision::Wait(until) => Some(Self::Wait(until)),
            Decision::Disabled => Some(Self::Disabled),
        }
    }

    /// The status of the page, the message, and the number of seconds to wait.
    pub(super) fn response(&self, now: Time) -> (StatusCode, FieldError, Option<u64>) {
        match self {
            Self::Wrong => {
                let error = FieldError::at("password", words::SIGN_IN_WRONG);
                (StatusCode::UNPROCESSABLE_ENTITY, error, None)
            }
            Self::Wait(until) => {
                let seconds = until.since(now).as_secs() + 1;
                let error = FieldError::form(words::sign_in_throttled(seconds));
                (StatusCode::TOO_MANY_REQUESTS, error, Some(seconds))
            }
            Self::Pending => {
                let error = FieldError::form(words::SIGN_IN_PENDING);
                (StatusCode::FORBIDDEN, error, None)
            }
            Self::Disabled => {
                let error = FieldError::form(words::SIGN_IN_LOCKED);
                (StatusCode::FORBIDDEN, error, None)
            }
        }
    }
}

/// Checks the username and the password of the form, and begins a session with which the attempt continues.
pub(super) async fn check(
    app: &AppState,
    visit: &Visit,
    form: &SafeForm,
    attempt: Option<Attempt>,
) -> Result<Outcome, PageError> {
    let key = names::key(form.get("username").unwrap_or_default());
    let now = app.clock.now();
    let mut conn = app.db.read().await?;
    let account = accounts::by_sign_in_name(&mut conn, &key).await?;
    let network = visit.network();
    let subjects = account.as_ref().map_or_else(
        || Subjects::of_unknown(&key, &app.master, &network),
        |account| Subjects::of(&account.id, &network),
    );
    subjects
        .repair_after_clock_change(&mut conn, &app.db, now)
        .await?;
    if let Some(throttled) = Refused::of(subjects.decide(&mut conn, now).await?) {
        return Ok(Outcome::Refused(throttled));
    }
    let stored = match &account {
        Some(account) => passwords::of_account(&mut conn, &account.id).await?,
        None => None,
    };
    drop(conn);
    let typed = form.get("password").unwrap_or_default();
    let verdict = verdict(app, typed, stored.as_ref()).await?;
    let renewal = Renewal::of(app, typed, verdict, stored.as_ref()).await;
    let checked = Checked {
        refusal: RefusedSignIn::of(visit, account.as_ref(), verdict),
        start: account.zip(stored).and_then(|(account, (_, version))| {
            let proof = Proof::password(verdict, account.id.clone(), version)?;
            Some(SessionStart::new(app, visit, &account, proof, now))
        }),
        attempt,
        subjects,
        renewal,
    };
    let decided = app
        .db
        .write::<_, Error, _>(move |tx| Box::pin(async move { checked.decide(tx, now).await }));
    Ok(decided.await?)
}

/// Compares the password with the stored hash or, without one, does work that takes as long.
async fn verdict(
    app: &AppState,
    typed: &str,
    stored: Option<&(String, PasswordVersion)>,
) -> Result<Verdict, PageError> {
    let verdict = match stored {
        Some((phc, _)) => app.passwords.verify(typed, &PhcString::from(phc.clone())).await,
        None => app.passwords.verify_dummy(typed).await,
    };
    verdict.map_err(|_| PageError::busy())
}

/// A new hash of the same password, with the current parameters.
struct Renewal {
    old: String,
    new: String,
}

impl Renewal {
    /// Hashes a right password again if its stored hash has other parameters.
    async fn of(
        app: &AppState,
        password: &str,
        verdict: Verdict,
        stored: Option<&(String, PasswordVersion)>,
    ) -> Option<Self> {
        let (old, _) = stored.filter(|_| verdict == Verdict::RightButOld)?;
        let new = app.passwords.hash(password).await.ok()?.into_string();
        let old = old.clone();
        Some(Self { old, new })
    }
}

/// The data that a check writes.
struct Checked {
    attempt: Option<Attempt>,
    subjects: Subjects,
    refusal: RefusedSignIn,
    /// The session that begins, if anything is proven.
    start: Option<Result<SessionStart, NoSession>>,
    renewal: Option<Renewal>,
}

impl Checked {
    async fn decide(self, tx: &mut Tx, now: Time) -> Result<Outcome, Error> {
        // The throttle is checked again here, so that concurrent attempts are counted too.
        if let Some(throttled) = Refused::of(self.subjects.decide(tx, now).await?) {
            return Ok(Outcome::Refused(throttled));
        }
        match self.start {
            Some(Ok(start)) => {
                let (account, token) = (start.account().clone(), start.token.clone());
                if start.store(tx, self.attempt.as_ref()).await? {
                    self.subjects.clear_account(tx).await?;
                    renew(tx, &account, self.renewal).await?;
                    return Ok(Outcome::SignedIn(token));
                }
            }
            Some(Err(NoSession::Pending)) => {
                self.refusal.record(tx, now).await?;
                return Ok(Outcome::Refused(Refused::Pending));
            }
            Some(Err(NoSession::Unusable)) | None => {}
        }
        self.refusal.record(tx, now).await?;
        self.subjects.count_failure(tx, now).await?;
        Ok(Outcome::Refused(Refused::Wrong))
    }
}

async fn renew(tx: &mut Tx, account: &AccountId, renewal: Option<Renewal>) -> Result<(), Error> {
    match renewal {
        Some(Renewal { old, new }) => passwords::replace_hash(tx, account, &old, &new).await,
        None => Ok(()),
    }
}

/// The audit entry of a refused sign-in. An unknown username is not stored, since it may be a password.
struct RefusedSignIn {
    account: String,
    address: String,
    outcome: &'static str,
}

impl RefusedSignIn {
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

    async fn record(&self, tx: &mut Tx, now: Time) -> Result<(), Error> {
        let event = Event {
            address: &self.address,
            outcome: self.outcome,
            ..Event::new("visitor", "session.refuse", &self.account)
        };
        audit::record(tx, &event, now).await
    }
}
