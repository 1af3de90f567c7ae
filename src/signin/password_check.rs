//! Checking a password: throttle, hash, and one transaction that begins the session or counts the failure.

use std::sync::Arc;

use super::session::SessionStart;
use crate::app::AppState;
use crate::auth::password::{PhcString, Verdict};
use crate::auth::proof::Proof;
use crate::auth::throttle::{Decision, Subjects};
use crate::clock::Time;
use crate::crypto::Token;
use crate::directory::names;
use crate::model::account::{Account, Status};
use crate::model::{AccountId, PasswordVersion};
use crate::store::audit::{self, Event};
use crate::store::{Error, Tx, accounts, passwords};
use crate::web::error::PageError;
use crate::web::visit::{SafeForm, Visit};

/// What came of a password, decided in one transaction.
pub(super) enum Outcome {
    SignedIn(Token),
    Wrong,
    Wait(Time),
    Disabled,
    /// The password is right, and the account is not approved yet.
    Pending,
}

impl Outcome {
    /// What a throttled try ends with before the password counts.
    const fn of(decision: Decision) -> Option<Self> {
        match decision {
            Decision::Allow => None,
            Decision::Wait(until) => Some(Self::Wait(until)),
            Decision::Disabled => Some(Self::Disabled),
        }
    }
}

/// Checks what the form says.
pub(super) async fn check(app: &Arc<AppState>, visit: &Visit, form: &SafeForm) -> Result<Outcome, PageError> {
    let key = names::key(form.get("username").unwrap_or_default());
    let now = app.clock.now();
    let mut conn = app.db.read().await?;
    let account = accounts::by_sign_in_name(&mut conn, &key).await?;
    let subjects = Subjects::of(
        &key,
        account.as_ref().map(|account| &account.id),
        &visit.network(),
    );
    subjects.follow_clock(&mut conn, &app.db, now).await?;
    if let Some(throttled) = Outcome::of(subjects.judge(&mut conn, now).await?) {
        return Ok(throttled);
    }
    let stored = match &account {
        Some(account) => passwords::of_account(&mut conn, &account.id).await?,
        None => None,
    };
    drop(conn);
    let typed = form.get("password").unwrap_or_default();
    let verdict = verdict(app, typed, stored.as_ref()).await?;
    let renewal = match (verdict, &stored) {
        (Verdict::RightButOld, Some((old, _))) => Renewal::of(app, typed, old).await,
        _ => None,
    };
    let checked = Checked {
        refusal: Refusal::of(visit, account.as_ref(), verdict),
        is_pending: verdict != Verdict::Wrong
            && account
                .as_ref()
                .is_some_and(|account| account.status == Status::Pending),
        start: account
            .filter(|account| account.is_usable(now))
            .zip(stored)
            .and_then(|(account, (_, version))| Proof::password(verdict, account.id, version))
            .map(|proof| SessionStart::new(app, visit, proof, now)),
        subjects,
        renewal,
    };
    let decided = app
        .db
        .write::<_, Error, _>(move |tx| Box::pin(async move { checked.decide(tx, now).await }));
    Ok(decided.await?)
}

/// Compares with the stored hash; without one, something that takes as long.
async fn verdict(
    app: &AppState,
    typed: &str,
    stored: Option<&(String, PasswordVersion)>,
) -> Result<Verdict, PageError> {
    let verdict = match stored {
        Some((phc, _)) => app.passwords.verify(typed, &PhcString::from(phc.clone())).await,
        None => app.passwords.verify_nothing(typed).await,
    };
    verdict.map_err(|_| PageError::busy())
}

/// A hash of the same password with the parameters of today.
struct Renewal {
    old: String,
    new: String,
}

impl Renewal {
    async fn of(app: &AppState, password: &str, old: &str) -> Option<Self> {
        let new = app.passwords.hash(password).await.ok()?.into_string();
        let old = old.to_owned();
        Some(Self { old, new })
    }
}

/// A password that was compared, before anything is written.
struct Checked {
    subjects: Subjects,
    refusal: Refusal,
    is_pending: bool,
    start: Option<SessionStart>,
    renewal: Option<Renewal>,
}

impl Checked {
    async fn decide(self, tx: &mut Tx, now: Time) -> Result<Outcome, Error> {
        // Judged again here, so that guesses sent all at once gain nothing.
        if let Some(throttled) = Outcome::of(self.subjects.judge(tx, now).await?) {
            return Ok(throttled);
        }
        if let Some(start) = self.start {
            let (account, token) = (start.account().clone(), start.token.clone());
            if start.store(tx).await? {
                self.subjects.succeed(tx).await?;
                renew(tx, &account, self.renewal).await?;
                return Ok(Outcome::SignedIn(token));
            }
        }
        self.refusal.record(tx, now).await?;
        if self.is_pending {
            return Ok(Outcome::Pending);
        }
        self.subjects.fail(tx, now).await?;
        Ok(Outcome::Wrong)
    }
}

async fn renew(tx: &mut Tx, account: &AccountId, renewal: Option<Renewal>) -> Result<(), Error> {
    match renewal {
        Some(Renewal { old, new }) => passwords::renew(tx, account, &old, &new).await,
        None => Ok(()),
    }
}

/// A sign-in that is not to be, for the audit log. A name that is nobody's is not kept: it may be a password.
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

    async fn record(&self, tx: &mut Tx, now: Time) -> Result<(), Error> {
        let event = Event {
            address: &self.address,
            outcome: self.outcome,
            ..Event::new("visitor", "session.refuse", &self.account)
        };
        audit::record(tx, &event, now).await
    }
}
