//! Proof of authentication, which every new session requires.

use super::Method;
use super::device::BrowserDevices;
use super::passkey::Signature;
use super::password::Verdict;
use crate::clock::Time;
use crate::model::{AccountId, Amr, DeviceId, PasswordVersion};

/// Proof that a user has authenticated, with the version of the password if one was verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    account: AccountId,
    methods: Amr,
    version: Option<PasswordVersion>,
    /// The trusted device that stands in for the second factor. It is no authentication method, so `methods` says
    /// nothing about it (B22).
    device: Option<DeviceId>,
}

/// A second factor that was proven, with its entries in `amr`. Only `auth` creates one, after it has spent the code.
#[derive(Clone, Copy, Debug)]
pub struct ProvenFactor(&'static [Method]);

impl ProvenFactor {
    /// A code of an authenticator app.
    pub(super) const CODE: Self = Self(&[Method::OneTimeCode, Method::TwoFactors]);

    /// A recovery code, which has no registered name of its own.
    pub(super) const RECOVERY_CODE: Self = Self(&[Method::TwoFactors]);
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
            version: Some(version),
            device: None,
        }
    }

    /// The proof by a passkey, which verifies its user too and so is two factors.
    #[must_use]
    pub fn passkey(account: AccountId, signature: &Signature) -> Self {
        let methods = [signature.key(), Method::Presence, Method::TwoFactors];
        Self {
            account,
            methods: methods.iter().map(|method| method.as_str()).collect(),
            version: None,
            device: None,
        }
    }

    /// The proof by a one-time secret, which is spent in the transaction that creates the session.
    #[must_use]
    pub fn one_time(account: AccountId) -> Self {
        Self {
            account,
            methods: [Method::OneTimeCode.as_str()].into_iter().collect(),
            version: None,
            device: None,
        }
    }

    /// The proof that a sign-in attempt has stored.
    #[must_use]
    pub const fn stored(account: AccountId, methods: Amr, version: Option<PasswordVersion>) -> Self {
        Self {
            account,
            methods,
            version,
            device: None,
        }
    }

    /// This proof in a browser, which stands in for the second factor if the owner of the account trusts it.
    #[must_use]
    pub fn in_browser(self, browser: &BrowserDevices, now: Time) -> Self {
        let device = browser.trusted_by(&self.account, now).cloned();
        Self { device, ..self }
    }

    /// This proof together with a second factor.
    #[must_use]
    pub fn with(self, second: ProvenFactor) -> Self {
        let added = second.0.iter().map(|method| method.as_str());
        let methods = self.methods.iter().chain(added).collect();
        Self {
            methods,
            device: None,
            ..self
        }
    }

    /// The trusted device that stands in for the second factor.
    #[must_use]
    pub const fn trusted_device(&self) -> Option<&DeviceId> {
        self.device.as_ref()
    }

    /// Whether two factors were proven.
    #[must_use]
    pub fn has_two_factors(&self) -> bool {
        self.methods.contains(Method::TwoFactors.as_str())
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
    pub const fn version(&self) -> Option<PasswordVersion> {
        self.version
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_password_proves_nothing() {
        let proof = |verdict| {
            Proof::password(verdict, AccountId("ann".into()), PasswordVersion(3)).and_then(|p| p.version())
        };
        assert_eq!(proof(Verdict::Wrong), None);
        assert_eq!(proof(Verdict::Right), Some(PasswordVersion(3)));
        assert_eq!(proof(Verdict::RightButOld), Some(PasswordVersion(3)));
    }

    #[test]
    fn b22_methods_are_those_that_were_used() {
        let password = || Proof::password_just_set(AccountId("ann".into()), PasswordVersion(3));
        assert!(!password().has_two_factors());
        for (second, expected) in [
            (ProvenFactor::CODE, "pwd otp mfa"),
            (ProvenFactor::RECOVERY_CODE, "pwd mfa"),
        ] {
            let proof = password().with(second);
            assert_eq!(proof.methods(), &Amr::parse(expected));
            assert!(proof.has_two_factors());
        }
    }
}
