//! Proof of authentication, which every new session requires.

use super::Method;
use super::password::Verdict;
use crate::model::{AccountId, Amr, PasswordVersion};

/// Proof that a user has authenticated, with the version of the password that was verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    account: AccountId,
    methods: Amr,
    version: PasswordVersion,
}

impl Proof {
    /// The proof by a password; `None` if the password was wrong.
    #[must_use]
    pub fn password(verdict: Verdict, account: AccountId, version: PasswordVersion) -> Option<Self> {
        (verdict != Verdict::Wrong).then(|| Self::password_just_set(account, version))
    }

    /// The proof by a password that the user has just set in the same request.
    #[must_use]
    pub fn password_just_set(account: AccountId, version: PasswordVersion) -> Self {
        Self {
            account,
            methods: [Method::Password.as_str()].into_iter().collect(),
            version,
        }
    }

    /// The user's account.
    #[must_use]
    pub const fn account(&self) -> &AccountId {
        &self.account
    }

    /// The authentication methods, for the session's `amr`.
    #[must_use]
    pub const fn methods(&self) -> &Amr {
        &self.methods
    }

    /// The version of the verified password.
    #[must_use]
    pub const fn version(&self) -> PasswordVersion {
        self.version
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_password_proves_nothing() {
        let proof = |verdict| {
            Proof::password(verdict, AccountId("ann".into()), PasswordVersion(3)).map(|p| p.version())
        };
        assert_eq!(proof(Verdict::Wrong), None);
        assert_eq!(proof(Verdict::Right), Some(PasswordVersion(3)));
        assert_eq!(proof(Verdict::RightButOld), Some(PasswordVersion(3)));
    }
}
