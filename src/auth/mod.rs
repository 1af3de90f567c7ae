//! User authentication: password rules, password hashing, second factors, and throttling of guesses.
//!
//! This module finds no accounts and knows no pages; callers pass in what it verifies.

mod common;
pub mod device;
pub mod passkey;
pub mod password;
pub mod policy;
pub mod pool;
pub mod pool_size;
pub mod proof;
pub mod second_factor;
pub mod throttle;
pub mod totp;

use crate::model::acr::{ACR_TWO_FACTORS, ACR_VALUES};
use crate::model::client::Client;
use crate::model::settings::SecondFactorKinds;
use crate::model::{Amr, text_enum};

text_enum! {
    /// An authentication method, by its registered name (RFC 8176 section 2).
    Method {
        /// A password.
        Password = "pwd",
        /// A code of an authenticator app.
        OneTimeCode = "otp",
        /// A key that never leaves its device, according to the device.
        HardwareKey = "hwk",
        /// A key that its owner's devices share.
        SoftwareKey = "swk",
        /// Somebody was present at the device.
        Presence = "user",
        /// Two factors, whichever they were.
        TwoFactors = "mfa",
    }
}

/// The authentication contexts that these methods reach together, the highest last, which is the `acr` of a session.
#[must_use]
pub fn acrs_for(methods: &Amr) -> &'static [&'static str] {
    let used = |method: Method| methods.contains(method.as_str());
    let one = [Method::Password, Method::HardwareKey, Method::SoftwareKey];
    match (one.into_iter().any(used), used(Method::TwoFactors)) {
        (true, true) => ACR_VALUES,
        (true, false) => ACR_VALUES.split_at(1).0,
        (false, _) => &[],
    }
}

/// The highest authentication context that these methods reach together; `None` if they reach none.
#[must_use]
pub fn acr_for(methods: &Amr) -> Option<&'static str> {
    acrs_for(methods).last().copied()
}

/// Whether these methods are enough for an app, which may require a second factor. Where only passkeys count, a code of
/// an authenticator app is not enough, but a recovery code is, for users who have lost their passkeys.
#[must_use]
pub fn factors_suffice_for(app: &Client, kinds: SecondFactorKinds, methods: &Amr) -> bool {
    let is_code = methods.contains(Method::OneTimeCode.as_str());
    !app.settings.access.second_factor
        || (acrs_for(methods).contains(&ACR_TWO_FACTORS)
            && !(kinds == SecondFactorKinds::Passkeys && is_code))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::acr::ACR_PASSWORD;

    #[test]
    fn a_password_reaches_the_lowest_published_acr() {
        assert_eq!(acr_for(&Amr::parse("pwd")), ACR_VALUES.first().copied());
        assert_eq!(acr_for(&Amr::parse("face pwd")), ACR_VALUES.first().copied());
        assert_eq!(acr_for(&Amr::parse("face")), None);
        assert_eq!(acr_for(&Amr::parse("mfa")), None);
    }

    #[test]
    fn two_factors_reach_the_highest_published_acr_and_those_below() {
        let methods = Amr::parse("pwd otp mfa");
        assert_eq!(acr_for(&methods), Some(ACR_TWO_FACTORS));
        assert_eq!(acrs_for(&methods), ACR_VALUES);
        assert_eq!(acrs_for(&Amr::parse("pwd otp")), [ACR_PASSWORD]);
        assert_eq!(acrs_for(&Amr::parse("swk user mfa")), ACR_VALUES);
    }
}
