//! User authentication: password rules, password hashing, and throttling of guesses.
//!
//! This module finds no accounts and knows no pages; callers pass in what has to be verified.

mod common;
pub mod password;
pub mod policy;
pub mod pool;
pub mod pool_size;
pub mod proof;
pub mod throttle;

use crate::model::{Amr, text_enum};

/// The `acr` of a password alone, which every sign-in reaches.
pub const ACR_PASSWORD: &str = "urn:doorward:acr:password";

/// The published `acr_values_supported`, the lowest first.
pub const ACR_VALUES: &[&str] = &[ACR_PASSWORD];

text_enum! {
    /// An authentication method, by its registered name (RFC 8176 section 2).
    Method {
        /// A password.
        Password = "pwd",
    }
}

/// The authentication context that these methods reach together; `None` if they reach none.
#[must_use]
pub fn acr_for(methods: &Amr) -> Option<&'static str> {
    methods
        .contains(Method::Password.as_str())
        .then_some(ACR_PASSWORD)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_reaches_the_lowest_published_acr() {
        assert_eq!(acr_for(&Amr::parse("pwd")), ACR_VALUES.first().copied());
        assert_eq!(acr_for(&Amr::parse("face pwd")), ACR_VALUES.first().copied());
        assert_eq!(acr_for(&Amr::parse("face")), None);
    }
}
