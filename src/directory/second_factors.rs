//! The second factors of accounts: authenticator apps and the recovery codes that stand in for them.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde_json::json;

use super::{Change, ChangeContext, Failure, names, operation, revocation};
use crate::auth::proof::ProvenFactor;
use crate::auth::second_factor::{seal_seed, use_step};
use crate::auth::totp::Seed;
use crate::clock::Time;
use crate::crypto::{Aad, HumanCode, MasterKey};
use crate::directory::second_factor_policy::required_in;
use crate::events::emit;
use crate::model::account::Account;
use crate::model::action::Action;
use crate::model::mail::Event;
use crate::model::refusal::Code;
use crate::model::second_factor::{Authenticator, Passkey};
use crate::model::session::EndReason;
use crate::model::settings::SecondFactorKinds;
use crate::model::{AccountId, AuthenticatorId, PasskeyId};
use crate::oidc::session_start::Required;
use crate::store::{Conn, Error, accounts, devices, passkeys, second_factors};

/// The maximum number of authenticator apps of an account.
const MAX_AUTHENTICATORS: usize = 5;

/// The maximum length of an authenticator app's name.
const MAX_NAME: usize = 50;

/// How many recovery codes an account has.
const RECOVERY_CODES: usize = 10;

/// The second factors of an account, as its owner and administrators see them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SecondFactors {
    /// The passkeys, the oldest first.
    pub passkeys: Vec<PasskeyView>,
    /// The authenticator apps, the oldest first.
    pub authenticators: Vec<AuthenticatorView>,
    /// How many recovery codes are not used yet.
    pub recovery_codes_left: i64,
}

/// An authenticator app.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AuthenticatorView {
    /// Its id.
    pub id: AuthenticatorId,
    /// The name that its owner gave it.
    pub name: String,
    /// When it was added.
    pub created_at: Time,
    /// When one of its codes was last used.
    pub last_used_at: Option<Time>,
}

/// A passkey.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PasskeyView {
    /// Its id.
    pub id: PasskeyId,
    /// The name that its owner gave it.
    pub name: String,
    /// When it was added.
    pub created_at: Time,
    /// When it last signed in.
    pub last_used_at: Option<Time>,
    /// Its id in browsers and authenticators.
    #[serde(skip)]
    pub credential_id: Vec<u8>,
}

impl From<Passkey> for PasskeyView {
    fn from(passkey: Passkey) -> Self {
        Self {
            id: passkey.id,
            name: passkey.name,
            created_at: passkey.created_at,
            last_used_at: passkey.last_used_at,
            credential_id: passkey.credential_id,
        }
    }
}

impl SecondFactors {
    /// The second factors of an account.
    pub(super) async fn of(conn: &mut Conn, account: &AccountId) -> Result<Self, Error> {
        let authenticators = second_factors::authenticators(conn, account).await?;
        let views = authenticators.into_iter().map(|one| AuthenticatorView {
            id: one.id,
            name: one.name,
            created_at: one.created_at,
            last_used_at: one.last_used_at,
        });
        let passkeys = passkeys::of_account(conn, account).await?;
        Ok(Self {
            passkeys: passkeys.into_iter().map(PasskeyView::from).collect(),
            authenticators: views.collect(),
            recovery_codes_left: second_factors::recovery_codes_left(conn, account).await?,
        })
    }
}

/// How long somebody may take to add an authenticator app.
const ENROLMENT_LASTS: Duration = Duration::from_mins(15);

/// An authenticator app that is not added yet. The page keeps it, sealed for one account, so that nothing is stored
/// before its first code is right.
#[derive(Clone, Debug)]
pub struct Enrolment {
    id: AuthenticatorId,
    seed: Seed,
    expires_at: Time,
}

impl Enrolment {
    /// Begins to add an authenticator app.
    #[must_use]
    pub fn begin(now: Time) -> Self {
        Self {
            id: AuthenticatorId::new(now),
            seed: Seed::random(),
            expires_at: now + ENROLMENT_LASTS,
        }
    }

    /// The secret, for an app that cannot scan.
    #[must_use]
    pub fn secret(&self) -> String {
        self.seed.text()
    }

    /// The address that the app scans, with the names under which it lists the account.
    #[must_use]
    pub fn uri(&self, organisation: &str, username: &str) -> String {
        self.seed.uri(organisation, username)
    }

    /// The sealed form, for the page of this account.
    #[must_use]
    pub fn seal(&self, master: &MasterKey, account: &AccountId) -> String {
        let mut record = self.expires_at.0.to_be_bytes().to_vec();
        record.extend_from_slice(self.seed.as_bytes());
        record.extend_from_slice(self.id.as_str().as_bytes());
        URL_SAFE_NO_PAD.encode(master.seal(&record, place(account)))
    }

    /// Opens a sealed form of this account.
    ///
    /// # Errors
    /// [`Code::EnrolmentEnded`] if it has expired or belongs to another account.
    pub fn open(master: &MasterKey, account: &AccountId, sealed: &str, now: Time) -> Result<Self, Failure> {
        let opened = Self::parse(master, account, sealed).filter(|enrolment| enrolment.expires_at > now);
        opened.ok_or(Code::EnrolmentEnded.into())
    }

    fn parse(master: &MasterKey, account: &AccountId, sealed: &str) -> Option<Self> {
        let record = URL_SAFE_NO_PAD.decode(sealed).ok()?;
        let record = master.open(&record, place(account)).ok()?;
        let (expires_at, rest) = record.expose().split_first_chunk::<8>()?;
        let (seed, id) = rest.split_first_chunk::<20>()?;
        Some(Self {
            id: AuthenticatorId(String::from_utf8(id.to_vec()).ok()?),
            seed: Seed::from_bytes(seed)?,
            expires_at: Time(i64::from_be_bytes(*expires_at)),
        })
    }
}

fn place(account: &AccountId) -> Aad<'_> {
    Aad {
        table: "authenticators",
        row: account.as_str(),
        column: "enrolment",
    }
}

/// New recovery codes of an account, which are shown once.
#[derive(Clone, Debug)]
pub struct RecoveryCodes(Vec<HumanCode>);

impl RecoveryCodes {
    /// No new codes.
    pub(super) const NONE: Self = Self(Vec::new());

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The codes as text.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(HumanCode::as_str)
    }
}

/// Adds an authenticator app to the actor's own account, if the code that it shows is right, and ends their other
/// sessions. Yields new recovery codes if it is the first second factor.
pub struct AddAuthenticator {
    enrolment: Enrolment,
    sealed_seed: Vec<u8>,
    name: String,
    code: String,
}

impl AddAuthenticator {
    /// Adds the authenticator app that shows this code; its name may be empty.
    #[must_use]
    pub fn new(master: &MasterKey, enrolment: Enrolment, name: String, code: String) -> Self {
        Self {
            sealed_seed: seal_seed(master, &enrolment.id, &enrolment.seed),
            enrolment,
            name,
            code,
        }
    }
}

/// An authenticator app that was added.
pub struct AddedAuthenticator {
    /// New recovery codes, if it is the first second factor.
    pub codes: RecoveryCodes,
    /// The proof by its first code.
    pub proven: ProvenFactor,
}

impl Change for AddAuthenticator {
    type Output = AddedAuthenticator;

    async fn run(self, context: &mut ChangeContext<'_>) -> Result<AddedAuthenticator, Failure> {
        let account = context.own_account_for_change().await?;
        if context.settings.second_factor_kinds == SecondFactorKinds::Passkeys {
            return Err(Code::PasskeysOnly.into());
        }
        let held = second_factors::authenticators(context.tx(), &account.id).await?;
        if held.len() >= MAX_AUTHENTICATORS {
            let max = MAX_AUTHENTICATORS.to_string();
            return Err(Code::TooManyAuthenticators.at("code").with("max", max).into());
        }
        let (tx, now) = context.tx_now();
        let step = self.enrolment.seed.step_of(&self.code, now);
        let step = step.ok_or(Code::CodeWrong.at("code"))?;
        let proven = use_step(tx, &account.id, step, now).await?;
        let proven = proven.ok_or(Code::CodeWrong.at("code"))?;
        let authenticator = Authenticator {
            id: self.enrolment.id,
            name: name_or(self.name, DEFAULT_NAME)?,
            created_at: now,
            last_used_at: None,
        };
        if !second_factors::add_authenticator(tx, &account.id, &authenticator, &self.sealed_seed).await? {
            return Err(Code::AuthenticatorExists.into());
        }
        let codes = first_recovery_codes(context, &account).await?;
        let name = authenticator.name;
        let event = Event::SecondFactorAdded { name: name.clone() };
        changed(context, &account, Action::SecondFactorAdd, &name, event).await?;
        Ok(AddedAuthenticator { codes, proven })
    }
}

/// The name of an authenticator app whose owner gives it none.
const DEFAULT_NAME: &str = "Authenticator app";

/// The name of a second factor, or `default` for an empty one.
pub(super) fn name_or(name: String, default: &str) -> Result<String, Failure> {
    if name.is_empty() {
        return Ok(default.to_owned());
    }
    names::validate_line("name", &name)?;
    if name.chars().count() > MAX_NAME {
        return Err(Code::TooLong.at("name").with("max", MAX_NAME.to_string()).into());
    }
    Ok(name)
}

operation! {
    /// Renames an authenticator app of the actor's own account.
    change RenameAuthenticator { id: AuthenticatorId, name: String } -> ();
}

impl RenameAuthenticator {
    async fn perform(self, context: &mut ChangeContext<'_>) -> Result<(), Failure> {
        let account = context.own_account_for_change().await?;
        let name = name_or(self.name, DEFAULT_NAME)?;
        if !second_factors::rename_authenticator(context.tx(), &account.id, &self.id, &name).await? {
            return Err(Code::AuthenticatorNotFound.into());
        }
        let detail = json!({ "name": name });
        context
            .record(Action::SecondFactorRename, account.id.as_str(), &detail)
            .await
    }
}

operation! {
    /// Removes an authenticator app of the actor's own account and ends their other sessions. The recovery codes go
    /// with the last second factor.
    change RemoveAuthenticator { id: AuthenticatorId } -> ();
}

impl RemoveAuthenticator {
    async fn perform(self, context: &mut ChangeContext<'_>) -> Result<(), Failure> {
        let account = context.own_account_for_change().await?;
        let held = second_factors::authenticators(context.tx(), &account.id).await?;
        let removed = held.iter().find(|one| one.id == self.id);
        let name = removed.ok_or(Code::AuthenticatorNotFound)?.name.clone();
        second_factors::remove_authenticator(context.tx(), &account.id, &self.id).await?;
        require_another(context, &account).await?;
        let event = Event::SecondFactorRemoved { name: name.clone() };
        changed(context, &account, Action::SecondFactorRemove, &name, event).await
    }
}

operation! {
    /// Replaces the recovery codes of the actor's own account; yields the new ones.
    change ReplaceRecoveryCodes -> RecoveryCodes;
}

impl ReplaceRecoveryCodes {
    async fn perform(self, context: &mut ChangeContext<'_>) -> Result<RecoveryCodes, Failure> {
        let account = context.own_account_for_change().await?;
        if !account.has_second_factor {
            return Err(Code::NoSecondFactor.into());
        }
        let codes = replace_recovery_codes(context, &account).await?;
        context
            .record(Action::RecoveryCodesReplace, account.id.as_str(), &json!({}))
            .await?;
        Ok(codes)
    }
}

operation! {
    /// Removes every second factor of somebody who has lost theirs. Their password alone then signs in.
    change RemoveSecondFactors { id: AccountId } -> (), requires AccountResetSecondFactor;
}

impl RemoveSecondFactors {
    async fn perform(self, context: &mut ChangeContext<'_>) -> Result<(), Failure> {
        if context.actor.is(&self.id) {
            // Their own security page requires a recent sign-in; this operation does not.
            return Err(Code::SecondFactorOwn.into());
        }
        let account = context.account_for_change(&self.id).await?;
        if !account.has_second_factor {
            return Err(Code::NoSecondFactor.into());
        }
        let (tx, now) = context.tx_now();
        second_factors::remove_all(tx, &account.id).await?;
        devices::distrust_all(tx, &account.id).await?;
        emit(tx, &account, Event::SecondFactorsReset, now).await?;
        context
            .record(Action::SecondFactorReset, account.id.as_str(), &json!({}))
            .await
    }
}

/// New recovery codes for an account, if this is its first second factor.
pub(super) async fn first_recovery_codes(
    context: &mut ChangeContext<'_>,
    account: &Account,
) -> Result<RecoveryCodes, Failure> {
    if account.has_second_factor {
        return Ok(RecoveryCodes::NONE);
    }
    replace_recovery_codes(context, account).await
}

async fn replace_recovery_codes(
    context: &mut ChangeContext<'_>,
    account: &Account,
) -> Result<RecoveryCodes, Failure> {
    let tx = context.tx();
    second_factors::remove_recovery_codes(tx, &account.id).await?;
    devices::distrust_all(tx, &account.id).await?;
    let mut codes = Vec::with_capacity(RECOVERY_CODES);
    for _ in 0..RECOVERY_CODES {
        let code = HumanCode::long();
        let hash = HumanCode::hash_of(code.as_str());
        second_factors::add_recovery_code(tx, &account.id, &hash).await?;
        codes.push(code);
    }
    Ok(RecoveryCodes(codes))
}

/// Requires that a second factor of the right kind is left after a removal, if the policy requires one.
pub(super) async fn require_another(
    context: &mut ChangeContext<'_>,
    account: &Account,
) -> Result<(), Failure> {
    let left = accounts::by_id(context.tx(), &account.id).await?;
    let is_any_left = left.is_some_and(|left| left.has_second_factor);
    let (scheme, settings, now) = (context.scheme.clone(), context.settings.clone(), context.now);
    match required_in(context.tx(), &scheme, &settings, &account.id, now).await? {
        Required::SecondFactor if !is_any_left => Err(Code::SecondFactorRequired.into()),
        Required::Passkey { held: false } => Err(Code::SecondFactorRequired.into()),
        _ => Ok(()),
    }
}

/// After a second factor with this name was added or removed: ends the actor's other sessions, which began with the old
/// factors, and tells the owner.
pub(super) async fn changed(
    context: &mut ChangeContext<'_>,
    account: &Account,
    action: Action,
    name: &str,
    event: Event,
) -> Result<(), Failure> {
    if let Some(kept) = context.actor.session().cloned() {
        let why = EndReason::SecondFactorChanged;
        revocation::end_other_sessions(context.tx_now(), &account.id, &kept, why).await?;
    }
    let (tx, now) = context.tx_now();
    emit(tx, account, event, now).await?;
    let detail = json!({ "name": name });
    context.record(action, account.id.as_str(), &detail).await
}
