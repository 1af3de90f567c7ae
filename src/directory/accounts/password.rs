//! New passwords of accounts: checking, hashing and storing one.

use crate::auth::password::PhcString;
use crate::auth::policy::{Class, PasswordFault, PasswordPolicy};
use crate::clock::Time;
use crate::crypto::{HumanCode, Secret};
use crate::directory::context::TxNow;
use crate::directory::{Caller, ChangeContext, Failure, Preparation};
use crate::model::account::Account;
use crate::model::refusal::{Code, Refusal};
use crate::model::scheme::{PasswordPreset, Scheme};
use crate::model::{AccountId, PasswordVersion};
use crate::store::{Error, passwords, resets};

/// The rules for new passwords under a scheme.
#[must_use]
pub fn password_policy(scheme: &Scheme) -> PasswordPolicy {
    match scheme.passwords {
        PasswordPreset::Default => PasswordPolicy::default(),
        PasswordPreset::Harbor => PasswordPolicy::harbor(),
    }
}

/// A new password, which is hashed before the transaction that stores it.
#[derive(Clone, Debug)]
pub enum NewPassword {
    /// As entered.
    Typed(Secret<String>),
    /// Generated at random for somebody else, who must replace it.
    Generated(Secret<String>),
    /// Hashed, ready to store.
    Hashed {
        /// The hash.
        phc: PhcString,
        /// Whether it was generated for somebody else, who must replace it.
        generated: bool,
    },
}

impl From<String> for NewPassword {
    fn from(typed: String) -> Self {
        Self::Typed(typed.into())
    }
}

impl From<&str> for NewPassword {
    fn from(typed: &str) -> Self {
        typed.to_owned().into()
    }
}

impl NewPassword {
    /// A new random password for somebody else, who must replace it; yields it too, to hand it over.
    #[must_use]
    pub fn generate() -> (Self, Secret<String>) {
        let generated = Secret::new(HumanCode::random().as_str().to_owned());
        (Self::Generated(generated.clone()), generated)
    }

    /// Requires the right to choose it for somebody else.
    pub(super) fn require_right(&self, caller: &Caller) -> Result<(), Failure> {
        match self {
            Self::Generated(_) | Self::Hashed { generated: true, .. } => Ok(()),
            Self::Typed(_) | Self::Hashed { generated: false, .. } => require_chosen_passwords(caller),
        }
    }

    /// Every rule of the scheme that it breaks; `own_words` are the person's names and addresses.
    pub(in crate::directory) fn refusals(&self, scheme: &Scheme, own_words: &[&str]) -> Vec<Refusal> {
        let Self::Typed(typed) = self else {
            return Vec::new();
        };
        let own: Vec<&str> = own_words.iter().copied().chain(["doorward"]).collect();
        let faults = password_policy(scheme).check(typed.expose(), &own);
        faults.err().iter().flatten().map(refusal).collect()
    }

    /// Requires a password that the scheme allows for an account, and hashes it.
    pub(in crate::directory) async fn prepare_for(
        &mut self,
        account: &Account,
        scheme: &Scheme,
        preparation: &Preparation<'_>,
    ) -> Result<(), Failure> {
        let own_words = [account.username.as_str(), &account.name];
        Failure::if_any(self.refusals(scheme, &own_words))?;
        self.hash(preparation).await
    }

    /// Hashes it.
    pub(in crate::directory) async fn hash(&mut self, preparation: &Preparation<'_>) -> Result<(), Failure> {
        let (password, generated) = match self {
            Self::Typed(password) => (password, false),
            Self::Generated(password) => (password, true),
            Self::Hashed { .. } => return Ok(()),
        };
        let phc = preparation.hash(password.expose()).await?;
        *self = Self::Hashed { phc, generated };
        Ok(())
    }

    /// Stores the hash. The password works for good, or until its owner must have replaced it.
    pub(in crate::directory) async fn store(
        &self,
        context: &mut ChangeContext<'_>,
        account: &AccountId,
    ) -> Result<(), Failure> {
        let until = match self {
            Self::Hashed { generated: true, .. } => {
                Some(context.now + context.scheme.temporary_password_lifetime())
            }
            Self::Hashed { generated: false, .. } | Self::Typed(_) | Self::Generated(_) => {
                temporary_until(context)
            }
        };
        let (tx, now) = context.tx_now();
        passwords::set(tx, account, self.hashed()?.as_str(), until, now).await?;
        Ok(resets::end_all_of(tx, account, now).await?)
    }

    /// Stores the hash in place of the password that was verified.
    ///
    /// # Errors
    /// [`Code::PasswordWrong`] if the password has changed since.
    pub(in crate::directory) async fn replace(
        &self,
        (tx, now): TxNow<'_>,
        account: &AccountId,
        verified: PasswordVersion,
    ) -> Result<(), Failure> {
        if passwords::replace(tx, account, verified, self.hashed()?.as_str(), now).await? {
            return Ok(resets::end_all_of(tx, account, now).await?);
        }
        Err(Code::PasswordWrong.at("current").into())
    }

    fn hashed(&self) -> Result<&PhcString, Failure> {
        match self {
            Self::Hashed { phc, .. } => Ok(phc),
            Self::Typed(_) | Self::Generated(_) => {
                Err(Error::Decode("a password was not hashed before its transaction".into()).into())
            }
        }
    }
}

fn refusal(fault: &PasswordFault) -> Refusal {
    let at = |code: Code| code.at("password");
    match fault {
        PasswordFault::TooShort { min } => at(Code::TooShort).with("min", min.to_string()),
        PasswordFault::TooLong { max } => at(Code::TooLong).with("max", max.to_string()),
        PasswordFault::Missing(Class::Lower) => at(Code::PasswordNeedsLowerCase),
        PasswordFault::Missing(Class::Upper) => at(Code::PasswordNeedsUpperCase),
        PasswordFault::Missing(Class::Digit) => at(Code::PasswordNeedsDigit),
        PasswordFault::Common => at(Code::PasswordCommon),
        PasswordFault::OwnWords => at(Code::PasswordPersonal),
        PasswordFault::Guessable(None) => at(Code::PasswordGuessable),
        PasswordFault::Guessable(Some(why)) => at(Code::PasswordPattern).with("why", why.to_string()),
    }
}

/// Requires a scheme in which administrators set passwords for others; commands on the host always may.
pub(in crate::directory) fn require_chosen_passwords(caller: &Caller) -> Result<(), Failure> {
    if caller.actor.account_id().is_none() || caller.scheme.admins_set_passwords {
        return Ok(());
    }
    Err(Code::PasswordChosenByOwner.at("password").into())
}

/// Until when a password that the actor types for somebody else works; `None` for good.
fn temporary_until(caller: &Caller) -> Option<Time> {
    let scheme = &caller.scheme;
    let by_person = caller.actor.account_id().is_some();
    (by_person && scheme.typed_passwords_are_temporary)
        .then(|| caller.now + scheme.temporary_password_lifetime())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_that_was_not_hashed_is_a_fault_of_the_server() {
        let hashed = NewPassword::from("correct horse battery").hashed().map(|_| ());
        assert!(matches!(hashed, Err(Failure::Database(_))), "{hashed:?}");
    }
}
