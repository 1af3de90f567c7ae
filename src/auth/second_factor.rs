//! Verifies what somebody types as their second factor: a code of an authenticator app or a recovery code.

use std::time::Duration;

use super::proof::ProvenFactor;
use super::totp::{Seed, Step};
use crate::clock::Time;
use crate::crypto::{Aad, HumanCode, MasterKey, TokenHash};
use crate::model::{AccountId, AuthenticatorId};
use crate::store::{Conn, Error, Tx, second_factors, seen_once};

/// How long a used step is remembered. Its code is valid for a minute, and for longer after the clock was set back.
const STEPS_KEPT: Duration = Duration::from_hours(24);

/// What was typed, if it is worth a transaction: only [`Self::spend`] tells whether it was used before.
pub enum Candidate {
    /// The code of this step of an authenticator app.
    Code(AccountId, AuthenticatorId, Step),
    /// A recovery code, by its hash.
    RecoveryCode(AccountId, TokenHash),
}

impl Candidate {
    /// Compares a typed code with the authenticator apps of an account; `None` if it cannot be right.
    pub async fn find(
        conn: &mut Conn,
        master: &MasterKey,
        account: &AccountId,
        typed: &str,
        now: Time,
    ) -> Result<Option<Self>, Error> {
        if typed.chars().any(char::is_alphabetic) {
            return Ok(Some(Self::RecoveryCode(
                account.clone(),
                HumanCode::hash_of(typed),
            )));
        }
        let seeds = second_factors::seeds(conn, account).await?;
        let matching = seeds.into_iter().find_map(|(id, sealed)| {
            let step = open_seed(master, &id, &sealed)?.step_of(typed, now)?;
            Some(Self::Code(account.clone(), id, step))
        });
        Ok(matching)
    }

    /// Whether it may be a recovery code, and not the code of an authenticator app.
    #[must_use]
    pub const fn is_recovery_code(&self) -> bool {
        matches!(self, Self::RecoveryCode(..))
    }

    /// Uses the code; `None` if it was used before or is no longer valid. One call succeeds for each code, and one for
    /// each step of an account (D2).
    pub async fn spend(self, tx: &mut Tx, now: Time) -> Result<Option<ProvenFactor>, Error> {
        match self {
            Self::Code(account, id, step) => {
                let Some(proven) = use_step(tx, &account, step, now).await? else {
                    return Ok(None);
                };
                let is_valid = second_factors::mark_used(tx, &id, now).await?;
                Ok(is_valid.then_some(proven))
            }
            Self::RecoveryCode(account, code) => {
                let spent = second_factors::spend_recovery_code(tx, &account, &code, now).await?;
                Ok(spent.then_some(ProvenFactor::RECOVERY_CODE))
            }
        }
    }
}

/// Uses a step of an account, whichever authenticator app showed its code; yields the proof the first time.
pub async fn use_step(
    tx: &mut Tx,
    account: &AccountId,
    step: Step,
    now: Time,
) -> Result<Option<ProvenFactor>, Error> {
    let value = format!("{account} {}", step.number());
    let is_first = seen_once::first_use(tx, "totp", &value, now + STEPS_KEPT).await?;
    Ok(is_first.then_some(ProvenFactor::CODE))
}

/// Seals the seed of an authenticator app for storing.
#[must_use]
pub fn seal_seed(master: &MasterKey, id: &AuthenticatorId, seed: &Seed) -> Vec<u8> {
    master.seal(seed.as_bytes(), place(id))
}

/// Opens a stored seed; `None` if it was not sealed by [`seal_seed`] for this authenticator app.
#[must_use]
pub fn open_seed(master: &MasterKey, id: &AuthenticatorId, sealed: &[u8]) -> Option<Seed> {
    Seed::from_bytes(master.open(sealed, place(id)).ok()?.expose())
}

fn place(id: &AuthenticatorId) -> Aad<'_> {
    Aad {
        table: "authenticators",
        row: id.as_str(),
        column: "seed",
    }
}
