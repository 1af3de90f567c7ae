//! Begins sessions, and only with a proof of authentication. No other code creates sessions.

use axum::response::Response;
use serde_json::json;

use super::attempt::resume_attempt;
use super::half_proven::HalfProven;
use super::required::required;
use crate::app::AppState;
use crate::auth::proof::{Proof, ProvenFactor};
use crate::clock::Time;
use crate::crypto::Token;
use crate::directory::devices::{BrowserHistory, DeviceToken};
use crate::directory::resets::ReplacedPassword;
use crate::directory::revocation;
use crate::model::account::Account;
use crate::model::attempt::{Attempt, Target};
use crate::model::one_time::{Acting, OneTimeKind, OneTimeSecret};
use crate::model::own_path::OwnPath;
use crate::model::{AccountId, SessionId};
use crate::oidc::session_start::{Missing, NoSession, Proven, Required, ensure_session_may_begin};
use crate::store::audit::{self, NewEntry};
use crate::store::devices::SignIn;
use crate::store::sessions::{self, NewSession};
use crate::store::{Error, Tx, accounts, attempts, one_time, passwords};
use crate::web::error::PageError;
use crate::web::sealed_attempt;
use crate::web::visit::Visit;

/// How a sign-in continues after a proof.
pub(super) enum Progress {
    /// With a session.
    Session(Box<SessionStart>),
    /// With the page for what is missing; meanwhile the attempt keeps the proof.
    Incomplete(Proof, Attempt),
}

impl Progress {
    /// How a sign-in to this account continues.
    pub(super) fn of(
        app: &AppState,
        visit: &Visit,
        (account, required): (&Account, Required),
        proof: Proof,
        attempt: Option<Attempt>,
    ) -> Result<Self, NoSession> {
        let proven = match proof.trusted_device() {
            Some(_) => Proven::PasswordOnTrustedDevice,
            None => Proven::of(proof.methods(), proof.version()),
        };
        match ensure_session_may_begin(account, proven, required, app.clock.now()) {
            Ok(()) => Ok(Self::Session(Box::new(SessionStart::new(
                app, visit, proof, attempt,
            )))),
            Err(NoSession::Missing(_)) => {
                let attempt = attempt.unwrap_or_else(|| sealed_attempt::begin(app, home_page()));
                Ok(Self::Incomplete(proof, attempt))
            }
            Err(why) => Err(why),
        }
    }

    /// The account.
    pub(super) const fn account(&self) -> &AccountId {
        match self {
            Self::Session(start) => start.proof.account(),
            Self::Incomplete(proof, _) => proof.account(),
        }
    }

    /// Stores the session or the proof. Does nothing and yields `None` if the account has changed since the proof was
    /// checked, or the attempt has ended.
    pub(super) async fn store(self, tx: &mut Tx) -> Result<Option<Continued>, Error> {
        match self {
            Self::Session(start) => Ok(start.store(tx).await?.map(Continued::Session)),
            Self::Incomplete(proof, attempt) => keep(tx, &proof, attempt).await,
        }
    }
}

/// Keeps a proof in the attempt until the rest is proven.
async fn keep(tx: &mut Tx, proof: &Proof, attempt: Attempt) -> Result<Option<Continued>, Error> {
    let (account, methods) = (proof.account(), proof.methods());
    let kept = attempts::prove(tx, &attempt, account, methods, proof.version()).await?;
    Ok(kept.then_some(Continued::Incomplete(attempt)))
}

fn home_page() -> Target {
    Target::Own {
        path: OwnPath::home(),
        max_age: None,
    }
}

/// A session that has begun, with what the browser keeps.
pub(super) struct Begun {
    token: Token,
    /// The token by which the account recognises the browser from now on, if it is a new one.
    device: Option<DeviceToken>,
}

impl Begun {
    /// Sets the cookies of the session and of the device.
    pub(super) fn set_cookies(&self, app: &AppState, visit: &Visit, response: &mut Response) {
        visit.add_session(app, &self.token, response);
        if let Some(device) = &self.device {
            visit.add_device(app, device, response);
        }
    }
}

/// How a sign-in has continued.
pub(super) enum Continued {
    /// A session has begun.
    Session(Begun),
    /// Something is still missing in the attempt.
    Incomplete(Attempt),
}

impl Continued {
    /// Whether a session has begun.
    pub(super) const fn is_signed_in(&self) -> bool {
        matches!(self, Self::Session(_))
    }

    /// Sets the session's cookie, if a session has begun.
    pub(super) fn add_session(&self, app: &AppState, visit: &Visit, response: &mut Response) {
        if let Self::Session(begun) = self {
            begun.set_cookies(app, visit, response);
        }
    }

    /// The response `next` with the session's cookie, or a redirect to what is missing.
    pub(super) fn respond(self, app: &AppState, visit: &Visit, mut next: Response) -> Response {
        match self {
            Self::Session(begun) => {
                begun.set_cookies(app, visit, &mut next);
                next
            }
            Self::Incomplete(attempt) => {
                let sealed = sealed_attempt::seal(app, visit, &attempt);
                resume_attempt(app, visit, Some(&sealed))
            }
        }
    }
}

/// A new session that is not stored yet. It replaces the sessions of the same account in this browser.
pub(super) struct SessionStart {
    token: Token,
    id: SessionId,
    proof: Proof,
    attempt: Option<Attempt>,
    replaced: Vec<SessionId>,
    /// The tokens by which accounts recognise the browser.
    devices: Vec<Token>,
    /// Until when the user trusts the browser, if they have just chosen to.
    trusted_until: Option<Time>,
    /// The one-time secret that it spends, and who acts as the user with it.
    one_time: Option<(OneTimeSecret, Option<Acting>)>,
    address: String,
    user_agent: String,
    now: Time,
    expires_at: Time,
}

impl SessionStart {
    fn new(app: &AppState, visit: &Visit, proof: Proof, attempt: Option<Attempt>) -> Self {
        let now = app.clock.now();
        let same_account = visit
            .sessions
            .iter()
            .filter(|(_, session)| &session.account_id == proof.account());
        Self {
            token: Token::random(),
            id: SessionId::new(now),
            replaced: same_account.map(|(_, session)| session.id.clone()).collect(),
            devices: visit.devices.clone(),
            trusted_until: None,
            proof,
            attempt,
            one_time: None,
            address: visit.address.to_string(),
            user_agent: visit.user_agent.clone(),
            now,
            expires_at: now + app.config.lifetimes.session,
        }
    }

    /// A session that begins with a one-time secret. If it is for acting as the user, it replaces no session, and ends
    /// when the secret expires at the latest.
    pub(super) fn once(
        app: &AppState,
        visit: &Visit,
        one_time: OneTimeSecret,
        attempt: Option<Attempt>,
    ) -> Self {
        let proof = Proof::one_time(one_time.account_id.clone());
        let mut start = Self::new(app, visit, proof, attempt);
        let acting = (one_time.kind == OneTimeKind::Act).then(|| Acting {
            by: one_time.made_by.clone(),
            since: one_time.made_in.clone(),
        });
        if acting.is_some() {
            start.replaced.clear();
            start.expires_at = start.expires_at.min(one_time.expires_at);
        }
        start.one_time = Some((one_time, acting));
        start
    }

    /// Stores the session, ends those it replaces and continues the attempt with it; yields `None` if it may not begin.
    pub(super) async fn store(self, tx: &mut Tx) -> Result<Option<Begun>, Error> {
        let recognised = BrowserHistory::find(tx, self.proof.account(), &self.devices).await?;
        if !self.insert(tx).await? {
            return Ok(None);
        }
        for id in &self.replaced {
            revocation::replace_session((tx, self.now), id, &self.id).await?;
        }
        if let Some(attempt) = &self.attempt {
            attempts::choose_session(tx, attempt, &self.id).await?;
        }
        self.record(tx).await?;
        let device = self.note_device(tx, recognised).await?;
        Ok(Some(Begun {
            token: self.token,
            device,
        }))
    }

    /// Inserts the session, and spends the secret that it begins with; yields false if it may not begin.
    async fn insert(&self, tx: &mut Tx) -> Result<bool, Error> {
        if let Some((one_time, _)) = &self.one_time
            && !one_time::spend(tx, &one_time.id, self.now).await?
        {
            return Ok(false);
        }
        let new = NewSession {
            id: &self.id,
            token_hash: &self.token.hash(),
            account_id: self.proof.account(),
            amr: self.proof.methods(),
            password: self.proof.version(),
            second_factor: self.proof.has_two_factors(),
            trusted_device: self.proof.trusted_device(),
            one_time: self.one_time.is_some(),
            acting: self.acting(),
            authenticated_at: self.now,
            expires_at: self.expires_at,
            client_address: &self.address,
            user_agent: &self.user_agent,
        };
        sessions::begin(tx, &new).await
    }

    /// Who acts as the user in the session.
    fn acting(&self) -> Option<&Acting> {
        self.one_time.as_ref()?.1.as_ref()
    }

    /// Records the sign-in for the device; yields the token of a new one. Acting as the user does not make the browser
    /// one of the user's devices.
    async fn note_device(
        &self,
        tx: &mut Tx,
        recognised: BrowserHistory,
    ) -> Result<Option<DeviceToken>, Error> {
        if self.acting().is_some() {
            return Ok(None);
        }
        let sign_in = SignIn {
            account_id: self.proof.account(),
            client_address: &self.address,
            user_agent: &self.user_agent,
            at: self.now,
            trusted_until: self.trusted_until,
        };
        recognised.note(tx, &sign_in).await
    }

    /// Writes the audit entry, which also names whoever acts as the user.
    async fn record(&self, tx: &mut Tx) -> Result<(), Error> {
        let (account, acting) = (self.proof.account(), self.acting());
        let detail =
            json!({ "trusted_device": self.proof.trusted_device(), "trusted_until": self.trusted_until });
        let detail = detail.to_string();
        let is_about_trust = self.proof.trusted_device().is_some() || self.trusted_until.is_some();
        let event = NewEntry {
            detail: if is_about_trust { &detail } else { "{}" },
            address: &self.address,
            on_behalf: acting.map_or("", |_| account.as_str()),
            ..NewEntry::new(
                acting.map_or(account.as_str(), |acting| &acting.by),
                "session.begin",
                account.as_str(),
            )
        };
        audit::record(tx, &event, self.now).await
    }
}

/// A session that begins once the second factor is proven too, unless something else is missing then.
pub(super) struct AwaitingSecondFactor {
    start: SessionStart,
    attempt: Attempt,
    then_missing: Option<Missing>,
}

impl AwaitingSecondFactor {
    /// The session that the attempt begins once all of `proven` is proven.
    pub(super) fn new(
        app: &AppState,
        visit: &Visit,
        half: &HalfProven,
        proven: Proven,
    ) -> Result<Self, NoSession> {
        let (proof, attempt) = (half.proof.clone(), &half.open.attempt);
        let then = ensure_session_may_begin(&half.account, proven, half.required, app.clock.now());
        let then_missing = match then {
            Ok(()) => None,
            Err(NoSession::Missing(missing)) => Some(missing),
            Err(why) => return Err(why),
        };
        Ok(Self {
            start: SessionStart::new(app, visit, proof, Some(attempt.clone())),
            attempt: attempt.clone(),
            then_missing,
        })
    }

    /// As `self`, in a browser that the user trusts from now on until this time.
    pub(super) fn trusted_until(mut self, until: Option<Time>) -> Self {
        self.start.trusted_until = until;
        self
    }

    /// Stores the session in exchange for the proof of the attempt. Does nothing and yields `None` if the attempt no
    /// longer has that proof, or the account has changed since it was proven.
    pub(super) async fn store(self, tx: &mut Tx, second: ProvenFactor) -> Result<Option<Continued>, Error> {
        let account = self.start.proof.account();
        if !attempts::use_proof(tx, &self.attempt.id, account).await? {
            return Ok(None);
        }
        let start = SessionStart {
            proof: self.start.proof.with(second),
            ..self.start
        };
        if self.then_missing.is_some() {
            return keep(tx, &start.proof, self.attempt).await;
        }
        Ok(start.store(tx).await?.map(Continued::Session))
    }
}

/// Signs in the user who has just set the password of this account; yields `next` with the session's cookie.
pub(super) async fn sign_in_with_new_password(
    app: &AppState,
    visit: &Visit,
    account: AccountId,
    attempt: Option<Attempt>,
    next: Response,
) -> Result<Response, PageError> {
    let mut conn = app.db.read().await?;
    let stored = passwords::of_account(&mut conn, &account).await?;
    let account = accounts::by_id(&mut conn, &account).await?;
    drop(conn);
    let (Some(account), Some((_, version))) = (account, stored) else {
        return Ok(next);
    };
    let proof = Proof::password_just_set(account.id.clone(), version);
    let required = required(app, &account.id, attempt.as_ref()).await?;
    let Ok(progress) = Progress::of(app, visit, (&account, required), proof, attempt) else {
        return Ok(next);
    };
    let continued = app
        .db
        .write::<_, Error, _>(move |tx| Box::pin(async move { progress.store(tx).await }));
    Ok(match continued.await? {
        Some(continued) => continued.respond(app, visit, next),
        None => next,
    })
}

/// Begins the session of somebody who has replaced their temporary password, and continues the attempt with it.
pub(super) async fn begin_with_new_password(
    app: &AppState,
    visit: &Visit,
    replaced: ReplacedPassword,
    attempt: Attempt,
    next: Response,
) -> Result<Response, PageError> {
    let proof = Proof::stored(replaced.account, replaced.methods, Some(replaced.version));
    let start = SessionStart::new(app, visit, proof, Some(attempt));
    let begun = app
        .db
        .write::<_, Error, _>(move |tx| Box::pin(async move { start.store(tx).await }));
    let mut next = next;
    if let Some(begun) = begun.await? {
        begun.set_cookies(app, visit, &mut next);
    }
    Ok(next)
}
