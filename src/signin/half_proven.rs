//! A sign-in attempt in which somebody has proven who they are while something else is missing.

use super::attempt::{OpenAttempt, attempt_ended, redirect_uri_of};
use super::required::required;
use crate::app::AppState;
use crate::auth::proof::Proof;
use crate::model::account::Account;
use crate::model::attempt::Facts;
use crate::oidc::session_start::{Missing, NoSession, Proven, Required, ensure_session_may_begin};
use crate::store::accounts;
use crate::web::error::PageError;
use crate::web::page::Person;
use crate::web::visit::Visit;

/// The attempt, with who has proven what.
pub(super) struct HalfProven {
    pub(super) open: OpenAttempt,
    pub(super) sealed: String,
    pub(super) account: Account,
    pub(super) proof: Proof,
    /// What the attempt needs besides a password.
    pub(super) required: Required,
}

/// The proof that an attempt has stored.
fn proof_of(facts: &Facts) -> Option<Proof> {
    let account = facts.proven_account.clone()?;
    Some(Proof::stored(
        account,
        facts.proven_methods.clone()?,
        facts.proven_password,
    ))
}

/// What is missing for a session after a proof; `None` if none can begin with it.
fn missing(app: &AppState, account: &Account, proof: &Proof, required: Required) -> Option<Missing> {
    let proven = Proven::of(proof.methods(), proof.version());
    match ensure_session_may_begin(account, proven, required, app.clock.now()) {
        Err(NoSession::Missing(missing)) => Some(missing),
        // The user added a passkey after a recovery code, and has yet to sign in with it.
        Ok(()) if proven == Proven::PasswordAndRecoveryCode && account.has_second_factor => {
            Some(Missing::SecondFactor)
        }
        Ok(()) | Err(_) => None,
    }
}

/// What is missing in an attempt; `None` if nobody has proven anything in it that could become a session.
pub(super) async fn missing_in(app: &AppState, open: &OpenAttempt) -> Result<Option<Missing>, PageError> {
    let Some(proof) = proof_of(&open.facts) else {
        return Ok(None);
    };
    let account = accounts::by_id(&mut app.db.read().await?, proof.account()).await?;
    let Some(account) = account else {
        return Ok(None);
    };
    let required = required(app, &account.id, Some(&open.attempt)).await?;
    Ok(missing(app, &account, &proof, required))
}

impl HalfProven {
    /// Opens the attempt of a request.
    ///
    /// # Errors
    /// An error page if the attempt has ended, or something else is missing in it.
    pub(super) async fn open(
        app: &AppState,
        visit: &Visit,
        sealed: Option<&str>,
        wanted: Missing,
    ) -> Result<Self, PageError> {
        let sealed = sealed.ok_or_else(attempt_ended)?;
        let open = OpenAttempt::open(app, visit, sealed).await?;
        let proof = proof_of(&open.facts).ok_or_else(attempt_ended)?;
        let account = accounts::by_id(&mut app.db.read().await?, proof.account()).await?;
        let account = account.ok_or_else(attempt_ended)?;
        let required = required(app, &account.id, Some(&open.attempt)).await?;
        let missing = missing(app, &account, &proof, required);
        if missing.is_some_and(|other| other != wanted) {
            return Err(attempt_ended());
        }
        Ok(Self {
            open,
            sealed: sealed.to_owned(),
            account,
            proof,
            required,
        })
    }

    /// Who is signing in.
    pub(super) fn person(&self) -> Person {
        let account = &self.account;
        Person {
            name: account.shown_name().to_owned(),
            username: account.username.clone(),
            email: None,
        }
    }

    pub(super) fn redirect_uri(&self) -> Option<&str> {
        redirect_uri_of(Some(&self.open))
    }
}
