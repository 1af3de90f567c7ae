//! Signing in with a passkey, from the sign-in page or in place of a code.

use axum::response::Response;

use super::attempt::{OpenAttempt, resume_attempt};
use super::password_check::RefusedSignIn;
use super::refused::Refused;
use super::session::{Continued, Progress};
use super::sign_in_page::show_refusal;
use crate::app::AppState;
use crate::auth::passkey::{Answer, Ceremony, RelyingParty, SignIn, Signature, WrongAnswer};
use crate::auth::proof::Proof;
use crate::auth::throttle::Subjects;
use crate::clock::Time;
use crate::model::account::Account;
use crate::model::attempt::Attempt;
use crate::oidc::session_start::{NoSession, Required};
use crate::store::passkeys::StoredPasskey;
use crate::store::{Error, Tx, accounts, attempts, passkeys, sessions};
use crate::web::error::PageError;
use crate::web::sealed_attempt::browser;
use crate::web::submission::Submission;
use crate::web::visit::{SafeForm, Visit};

/// Handles the answer of a browser to the challenge of a page.
///
/// # Errors
/// An error page if the CSRF token is wrong or the attempt has ended.
pub async fn verify(sent: Submission<Visit>) -> Result<Response, PageError> {
    let (app, visit, form) = (sent.app, sent.user, sent.form);
    let sealed = form.get("attempt");
    let open = OpenAttempt::find(&app, &visit, sealed).await?;
    let attempt = open.as_ref().map(|open| open.attempt.clone());
    match check(&app, &visit, &form, attempt).await? {
        Ok(continued) => Ok(continued.respond(&app, &visit, resume_attempt(&app, &visit, sealed))),
        Err(refused) => show_refusal(&app, &visit, &form, open.as_ref(), &refused).await,
    }
}

/// A stored passkey that has signed a challenge, with its account.
struct Signed {
    passkey: StoredPasskey,
    account: Account,
    signature: Result<Signature, WrongAnswer>,
}

impl Signed {
    /// Finds the passkey of an answer and verifies the signature; `None` if the passkey is unknown or not of the
    /// account that the answer names.
    async fn of(
        app: &AppState,
        server: &RelyingParty,
        ceremony: &SignIn,
        answer: &Answer,
    ) -> Result<Option<Self>, PageError> {
        let mut conn = app.db.read().await?;
        let passkey = passkeys::by_credential_id(&mut conn, answer.credential_id()).await?;
        let Some(passkey) = passkey.filter(|passkey| answer.is_of(&passkey.account_id)) else {
            return Ok(None);
        };
        let account = accounts::by_id(&mut conn, &passkey.account_id).await?;
        Ok(account.map(|account| Self {
            signature: server.verify(ceremony, answer, &passkey.credential),
            account,
            passkey,
        }))
    }
}

/// Checks an answer, and begins the session if it is right.
async fn check(
    app: &AppState,
    visit: &Visit,
    form: &SafeForm,
    attempt: Option<Attempt>,
) -> Result<Result<Continued, Refused>, PageError> {
    let now = app.clock.now();
    let sealed = form.get("challenge").unwrap_or_default();
    let ceremony: Option<SignIn> = Ceremony::open(&app.master, &browser(visit), sealed, now);
    let (Some(server), Some(ceremony)) = (&app.passkeys, ceremony) else {
        return Ok(Err(Refused::WrongPasskey));
    };
    let signed = match Answer::parse(form.get("credential").unwrap_or_default()) {
        Some(answer) => Signed::of(app, server, &ceremony, &answer).await?,
        None => None,
    };
    let checked = Checked {
        ceremony,
        attempt: attempt.clone(),
        result: signed.map(|signed| SignedIn::of(app, visit, signed, attempt)),
    };
    let decided = app
        .db
        .write::<_, Error, _>(move |tx| Box::pin(async move { checked.decide(tx, now).await }));
    Ok(decided.await?)
}

/// How a sign-in with a known passkey continues.
struct SignedIn {
    passkey: StoredPasskey,
    subjects: Subjects,
    refusal: RefusedSignIn,
    /// The progress with the credential to store, or the refusal.
    progress: Result<(Progress, String), Refused>,
}

impl SignedIn {
    fn of(app: &AppState, visit: &Visit, signed: Signed, attempt: Option<Attempt>) -> Self {
        let account = &signed.account;
        let outcome = match signed.signature {
            Ok(_) => None,
            Err(WrongAnswer::Wrong) => Some("wrong_passkey"),
            Err(WrongAnswer::Copied) => Some("copied_passkey"),
        };
        let progress = match &signed.signature {
            Ok(signature) => {
                let proof = Proof::passkey(account.id.clone(), signature);
                Progress::of(app, visit, (account, Required::SecondFactor), proof, attempt)
                    .map(|progress| (progress, signature.credential().to_owned()))
                    .map_err(Refused::NoSession)
            }
            Err(_) => Err(Refused::WrongPasskey),
        };
        Self {
            subjects: Subjects::of(&account.id, &visit.network()),
            refusal: RefusedSignIn::of_account(visit, account, outcome),
            passkey: signed.passkey,
            progress,
        }
    }
}

/// The data that a check writes.
struct Checked {
    ceremony: SignIn,
    attempt: Option<Attempt>,
    /// `None` if the passkey is unknown.
    result: Option<SignedIn>,
}

impl Checked {
    async fn decide(self, tx: &mut Tx, now: Time) -> Result<Result<Continued, Refused>, Error> {
        let is_first_answer = self.ceremony.spend(tx).await?;
        let Some(signed) = self.result.filter(|_| is_first_answer) else {
            return Ok(Err(Refused::WrongPasskey));
        };
        let (progress, credential) = match signed.progress {
            Ok(progress) => progress,
            Err(refused) => {
                signed.refusal.record(tx, now).await?;
                return Ok(Err(refused));
            }
        };
        sessions::lock_account(tx, progress.account(), now).await?;
        if !passkeys::mark_used(tx, &signed.passkey, &credential, now).await? {
            return Ok(Err(Refused::WrongPasskey));
        }
        if let Some(attempt) = &self.attempt {
            attempts::forget_proof(tx, &attempt.id).await?;
        }
        match progress.store(tx).await? {
            Some(continued) => {
                signed.subjects.clear_account(tx).await?;
                Ok(Ok(continued))
            }
            None => Ok(Err(Refused::NoSession(NoSession::Unusable))),
        }
    }
}
