//! Checks a password: throttling, hashing, and one transaction that begins the session or counts the failure.

use super::attempt::OpenAttempt;
use super::refused::Refused;
use super::required::required;
use super::session::{Continued, Progress};
use super::trust;
use crate::app::AppState;
use crate::auth::device::BrowserDevices;
use crate::auth::password::{PhcString, Verdict};
use crate::auth::pool::Caller;
use crate::auth::proof::Proof;
use crate::auth::throttle::Subjects;
use crate::clock::Time;
use crate::directory::names;
use crate::model::account::{Account, Status};
use crate::model::{AccountId, PasswordVersion};
use crate::oidc::session_start::{NoSession, Required};
use crate::store::audit::{self, NewEntry};
use crate::store::{Conn, Error, Tx, accounts, passwords, resets};
use crate::web::error::PageError;
use crate::web::visit::{SafeForm, Visit};

/// The result of a check, which one transaction decides.
pub(super) enum Outcome {
    Continued(Continued),
    Refused(Refused),
}

/// Checks the username and the password of the form, and begins a session with which the attempt continues, or stores
/// the proof in the attempt if a second factor is missing.
pub(super) async fn check(
    app: &AppState,
    visit: &Visit,
    form: &SafeForm,
    open: Option<&OpenAttempt>,
) -> Result<Outcome, PageError> {
    let key = names::folded(form.get("username").unwrap_or_default());
    let now = app.clock.now();
    let mut conn = app.db.read().await?;
    let account = accounts::by_sign_in_name(&mut conn, &key).await?;
    let browser = BrowserDevices::find(&mut conn, &visit.devices).await?;
    let subjects = subjects_of(app, visit, account.as_ref(), &key, &browser);
    subjects
        .repair_after_clock_change(&mut conn, &app.db, now)
        .await?;
    if let Some(throttled) = Refused::of(subjects.decide(&mut conn, now).await?) {
        return Ok(Outcome::Refused(throttled));
    }
    let (stored, reset) = stored_password(&mut conn, account.as_ref(), now).await?;
    drop(conn);
    let typed = form.get("password").unwrap_or_default();
    let verdict = verdict(app, caller_of(account.as_ref(), &browser), typed, stored.as_ref()).await?;
    let required = required_of(app, account.as_ref(), verdict, open).await?;
    let rehash = Rehash::of(app, typed, verdict, stored.as_ref()).await;
    let checked = Checked {
        refusal: RefusedSignIn::of(visit, account.as_ref(), verdict),
        progress: account.zip(stored).and_then(|(account, (_, version))| {
            let mut proof = Proof::password(verdict, account.id.clone(), version)?;
            if trust::lifetime(app, visit, open).is_some() {
                proof = proof.in_browser(&browser, now);
            }
            let attempt = open.map(|open| open.attempt.clone());
            Some(reset.and_then(|()| Progress::of(app, visit, (&account, required), proof, attempt)))
        }),
        subjects,
        rehash,
    };
    let decided = app
        .db
        .write::<_, Error, _>(move |tx| Box::pin(async move { checked.decide(tx, now).await }));
    Ok(decided.await?)
}

/// The queue in which the password waits to be checked.
fn caller_of(account: Option<&Account>, browser: &BrowserDevices) -> Caller {
    match account.and_then(|account| browser.of(&account.id)) {
        Some(_) => Caller::Known,
        None => Caller::Unknown,
    }
}

/// The throttling counters of a username, whether or not an account has it.
fn subjects_of(
    app: &AppState,
    visit: &Visit,
    account: Option<&Account>,
    key: &str,
    browser: &BrowserDevices,
) -> Subjects {
    let network = visit.network();
    match account {
        Some(account) => Subjects::of(&account.id, &network).in_browser(browser.of(&account.id)),
        None => Subjects::of_unknown(key, &app.master, &network),
    }
}

/// What the policy requires of whoever has typed the right password.
async fn required_of(
    app: &AppState,
    account: Option<&Account>,
    verdict: Verdict,
    open: Option<&OpenAttempt>,
) -> Result<Required, Error> {
    match account {
        Some(account) if verdict != Verdict::Wrong => {
            required(app, &account.id, open.map(|open| &open.attempt)).await
        }
        _ => Ok(Required::Nothing),
    }
}

/// The stored password of an account, and whether a reset of it is pending. Without an account the same queries run, so
/// that the response time does not tell whether one exists.
async fn stored_password(
    conn: &mut Conn,
    account: Option<&Account>,
    now: Time,
) -> Result<(Option<(String, PasswordVersion)>, Result<(), NoSession>), Error> {
    let nobody = AccountId(String::new());
    let account = account.map_or(&nobody, |account| &account.id);
    let stored = passwords::of_account(conn, account).await?;
    let reset = match resets::code_pending_until(conn, account, now).await? {
        Some(_) => Err(NoSession::ResetPending),
        None => Ok(()),
    };
    Ok((stored, reset))
}

/// Compares the password with the stored hash or, without one, does work that takes as long.
async fn verdict(
    app: &AppState,
    caller: Caller,
    typed: &str,
    stored: Option<&(String, PasswordVersion)>,
) -> Result<Verdict, PageError> {
    let verdict = match stored {
        Some((phc, _)) => {
            app.passwords
                .verify_for(caller, typed, &PhcString::from(phc.clone()))
                .await
        }
        None => app.passwords.verify_dummy(typed).await,
    };
    verdict.map_err(|_| PageError::busy())
}

/// A new hash of the same password, with the current parameters.
struct Rehash {
    old: String,
    new: String,
}

impl Rehash {
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
    subjects: Subjects,
    refusal: RefusedSignIn,
    /// How the sign-in continues if the password is right, or why it does not.
    progress: Option<Result<Progress, NoSession>>,
    rehash: Option<Rehash>,
}

impl Checked {
    async fn decide(self, tx: &mut Tx, now: Time) -> Result<Outcome, Error> {
        // The throttle is checked again here, so that concurrent attempts are counted too.
        if let Some(throttled) = Refused::of(self.subjects.decide(tx, now).await?) {
            return Ok(Outcome::Refused(throttled));
        }
        match self.progress {
            Some(Ok(progress)) => {
                let account = progress.account().clone();
                if let Some(continued) = progress.store(tx).await? {
                    if continued.is_signed_in() {
                        self.subjects.clear_account(tx).await?;
                    }
                    replace_hash(tx, &account, self.rehash).await?;
                    return Ok(Outcome::Continued(continued));
                }
            }
            Some(Err(NoSession::Unusable)) | None => {}
            Some(Err(why)) => {
                self.refusal.record(tx, now).await?;
                return Ok(Outcome::Refused(Refused::NoSession(why)));
            }
        }
        self.refusal.record(tx, now).await?;
        let throttled = Refused::of(self.subjects.count_failure(tx, now).await?);
        Ok(Outcome::Refused(throttled.unwrap_or(Refused::WrongPassword)))
    }
}

async fn replace_hash(tx: &mut Tx, account: &AccountId, rehash: Option<Rehash>) -> Result<(), Error> {
    match rehash {
        Some(Rehash { old, new }) => passwords::replace_hash(tx, account, &old, &new).await,
        None => Ok(()),
    }
}

/// The audit entry of a refused sign-in. An unknown username is not stored, since it may be a password.
pub(super) struct RefusedSignIn {
    account: String,
    address: String,
    outcome: &'static str,
}

impl RefusedSignIn {
    fn of(visit: &Visit, account: Option<&Account>, verdict: Verdict) -> Self {
        let wrong = (verdict == Verdict::Wrong).then_some("wrong_password");
        match account {
            Some(account) => Self::of_account(visit, account, wrong),
            None => Self {
                account: String::new(),
                address: visit.address.to_string(),
                outcome: "unknown",
            },
        }
    }

    /// The entry of a sign-in to a known account, with what was wrong about the proof, if anything was.
    pub(super) fn of_account(visit: &Visit, account: &Account, wrong: Option<&'static str>) -> Self {
        let state = match account.status {
            Status::Active => "not_valid_now",
            status => status.as_str(),
        };
        Self {
            account: account.id.0.clone(),
            address: visit.address.to_string(),
            outcome: wrong.unwrap_or(state),
        }
    }

    pub(super) async fn record(&self, tx: &mut Tx, now: Time) -> Result<(), Error> {
        let event = NewEntry {
            address: &self.address,
            outcome: self.outcome,
            ..NewEntry::new("visitor", "session.refuse", &self.account)
        };
        audit::record(tx, &event, now).await
    }
}
