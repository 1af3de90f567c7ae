//! The page that asks for the second factor of somebody whose password is proven.

use std::time::Duration;

use axum::http::StatusCode;
use axum::response::Response;

use super::attempt::{OpenAttempt, attempt_ended, resume_attempt, tile_of};
use super::half_proven::HalfProven;
use super::passkey_prompt::PasskeyPrompt;
use super::refused::Refused;
use super::session::{AwaitingSecondFactor, Continued};
use super::trust;
use crate::app::AppState;
use crate::auth::device::BrowserDevices;
use crate::auth::second_factor::Candidate;
use crate::auth::throttle::Subjects;
use crate::clock::Time;
use crate::model::AccountId;
use crate::oidc::session_start::{Missing, NoSession, Proven, Required};
use crate::store::audit::{self, NewEntry};
use crate::store::{Error, Tx, attempts, passkeys, second_factors, sessions};
use crate::web::error::PageError;
use crate::web::page::{AppTile, FieldError, Person, page};
use crate::web::submission::{PageRequest, Submission};
use crate::web::visit::{SafeForm, Visit};

page! {
    /// The page of the second factor.
    SecondFactorPage "signin/second_factor.html" {
        /// The app that the attempt is for, if it is for one.
        app: Option<AppTile>,
        /// Who is signing in.
        person: Person,
        /// Whether it asks for a recovery code instead of a code of an authenticator app.
        recovery: bool,
        /// Whether the user has an authenticator app.
        has_app: bool,
        /// What asks the browser for a passkey, if the user has one.
        passkey: Option<PasskeyPrompt>,
        /// For how many seconds the user can trust the browser, if they can.
        trusts_for: Option<u64>,
        /// Whether they have chosen to trust it.
        trusts: bool,
        /// The mistakes in the submitted form.
        errors: Vec<FieldError>,
        /// The sealed sign-in attempt.
        attempt: String,
    }
}

/// An attempt that lacks a second factor, with the accepted kinds that the user has.
struct Pending {
    half: HalfProven,
    has_app: bool,
    passkey: Option<PasskeyPrompt>,
    /// For how long the user can trust the browser, if they can.
    trusts_for: Option<Duration>,
}

impl Pending {
    /// Opens the attempt of a request.
    ///
    /// # Errors
    /// An error page if the attempt has ended or is at another step.
    async fn open(app: &AppState, visit: &Visit, sealed: Option<&str>) -> Result<Self, PageError> {
        let half = HalfProven::open(app, visit, sealed, Missing::SecondFactor).await?;
        let mut conn = app.db.read().await?;
        let apps = second_factors::authenticators(&mut conn, &half.account.id).await?;
        let passkeys = passkeys::of_account(&mut conn, &half.account.id).await?;
        let trusts_for = trust::lifetime(app, visit, Some(&half.open));
        Ok(Self {
            has_app: !apps.is_empty() && half.required != Required::Passkey { held: true },
            passkey: PasskeyPrompt::of(app, visit).filter(|_| !passkeys.is_empty()),
            trusts_for: trusts_for.filter(|_| !matches!(half.required, Required::Passkey { .. })),
            half,
        })
    }

    fn page(&self, recovery: bool, errors: Vec<FieldError>) -> SecondFactorPage {
        SecondFactorPage {
            app: tile_of(Some(&self.half.open)),
            person: self.half.person(),
            recovery,
            has_app: self.has_app,
            passkey: self.passkey.clone(),
            trusts_for: self.trusts_for.map(|lifetime| lifetime.as_secs()),
            trusts: false,
            errors,
            attempt: self.half.sealed.clone(),
        }
    }
}

/// Shows the page.
///
/// # Errors
/// An error page if the attempt has ended or is at another step.
pub async fn show(request: PageRequest<Visit>) -> Result<Response, PageError> {
    let (app, visit, params) = (request.app, request.user, request.params);
    let pending = Pending::open(&app, &visit, params.get("attempt")).await?;
    let page = pending.page(params.get("with") == Some("recovery"), Vec::new());
    Ok(visit.show_leading_to(&app, StatusCode::OK, &page, pending.half.redirect_uri()))
}

/// Handles the submitted code.
///
/// # Errors
/// An error page if the CSRF token is wrong, or the attempt has ended or is at another step.
pub async fn verify(sent: Submission<Visit>) -> Result<Response, PageError> {
    let (app, visit, form) = (sent.app, sent.user, sent.form);
    let pending = Pending::open(&app, &visit, form.get("attempt")).await?;
    let half = &pending.half;
    match check(&app, &visit, &pending, &form).await? {
        Ok(continued) => {
            let next = resume_attempt(&app, &visit, Some(&half.sealed));
            Ok(continued.respond(&app, &visit, next))
        }
        Err(refused) => Ok(refused.respond(app.clock.now(), |status, error| {
            let page = SecondFactorPage {
                trusts: form.get("trust").is_some(),
                ..pending.page(form.get("with") == Some("recovery"), vec![error])
            };
            visit.show_leading_to(&app, status, &page, half.redirect_uri())
        })),
    }
}

/// Starts the sign-in over, for another user.
///
/// # Errors
/// An error page if the CSRF token is wrong or the attempt has ended.
pub async fn start_over(sent: Submission<Visit>) -> Result<Response, PageError> {
    let (app, visit, form) = (sent.app, sent.user, sent.form);
    let sealed = form.get("attempt").ok_or_else(attempt_ended)?;
    let id = OpenAttempt::open(&app, &visit, sealed).await?.attempt.id;
    let forget = app
        .db
        .write::<_, Error, _>(move |tx| Box::pin(async move { attempts::forget_proof(tx, &id).await }));
    forget.await?;
    Ok(resume_attempt(&app, &visit, Some(sealed)))
}

/// Checks a typed code, and begins the session if it is right.
async fn check(
    app: &AppState,
    visit: &Visit,
    pending: &Pending,
    form: &SafeForm,
) -> Result<Result<Continued, Refused>, PageError> {
    let (half, typed) = (&pending.half, form.get("code").unwrap_or_default());
    let (now, account) = (app.clock.now(), &half.account.id);
    let mut conn = app.db.read().await?;
    let browser = BrowserDevices::find(&mut conn, &visit.devices).await?;
    let subjects = Subjects::of(account, &visit.network()).in_browser(browser.of(account));
    subjects
        .repair_after_clock_change(&mut conn, &app.db, now)
        .await?;
    let candidate = Candidate::find(&mut conn, &app.master, account, typed, now).await?;
    drop(conn);
    // Where only passkeys count, a user who has one cannot use a code of an authenticator app.
    let candidate = candidate.filter(|candidate| pending.has_app || candidate.is_recovery_code());
    let proven = match &candidate {
        Some(candidate) if candidate.is_recovery_code() => Proven::PasswordAndRecoveryCode,
        _ => Proven::PasswordAndCode,
    };
    let trusts_for = pending.trusts_for.filter(|_| form.get("trust").is_some());
    let start = AwaitingSecondFactor::new(app, visit, half, proven);
    let checked = Checked {
        start: start.map(|start| start.trusted_until(trusts_for.map(|lifetime| now + lifetime))),
        account: account.clone(),
        address: visit.address.to_string(),
        subjects,
        candidate,
    };
    let decided = app
        .db
        .write::<_, Error, _>(move |tx| Box::pin(async move { checked.decide(tx, now).await }));
    Ok(decided.await?)
}

/// The data that a check writes.
struct Checked {
    /// The session that begins if the code is right, or why none does.
    start: Result<AwaitingSecondFactor, NoSession>,
    account: AccountId,
    address: String,
    subjects: Subjects,
    candidate: Option<Candidate>,
}

impl Checked {
    async fn decide(self, tx: &mut Tx, now: Time) -> Result<Result<Continued, Refused>, Error> {
        if let Some(throttled) = Refused::of(self.subjects.decide(tx, now).await?) {
            return Ok(Err(throttled));
        }
        let start = match self.start {
            Ok(start) => start,
            Err(why) => return Ok(Err(Refused::NoSession(why))),
        };
        sessions::lock_account(tx, &self.account, now).await?;
        let proven = match self.candidate {
            Some(candidate) => candidate.spend(tx, now).await?,
            None => None,
        };
        if let Some(second) = proven
            && let Some(continued) = start.store(tx, second).await?
        {
            self.subjects.clear_account(tx).await?;
            return Ok(Ok(continued));
        }
        let throttled = Refused::of(self.subjects.count_failure(tx, now).await?);
        let event = NewEntry {
            address: &self.address,
            outcome: "wrong_code",
            ..NewEntry::new("visitor", "session.refuse", self.account.as_str())
        };
        audit::record(tx, &event, now).await?;
        Ok(Err(throttled.unwrap_or(Refused::WrongCode)))
    }
}
