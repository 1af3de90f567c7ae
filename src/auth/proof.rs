//! What a person has proven: the only thing that a session begins with.

use super::Amr;
use super::password::Verdict;
use crate::model::{AccountId, PasswordVersion};

/// Proof that somebody is the owner of an account, with what it was checked against.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    account: AccountId,
    method: Amr,
    version: PasswordVersion,
}

impl Proof {
    /// A password of an account, unless the verdict on it is that it is wrong.
    #[must_use]
    pub fn password(verdict: Verdict, account: AccountId, version: PasswordVersion) -> Option<Self> {
        (verdict != Verdict::Wrong).then(|| Self::password_just_set(account, version))
    }

    /// The password that the person has set for their account in this very request.
    #[must_use]
    pub const fn password_just_set(account: AccountId, version: PasswordVersion) -> Self {
        Self {
            account,
            method: Amr::Password,
            version,
        }
    }

    /// Whose account it is.
    #[must_use]
    pub const fn account(&self) -> &AccountId {
        &self.account
    }

    /// How it was proven.
    #[must_use]
    pub const fn method(&self) -> Amr {
        self.method
    }

    /// Which of the account's passwords was checked.
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
