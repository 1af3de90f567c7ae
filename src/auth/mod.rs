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

/// The `acr` of a password alone, which every sign-in reaches.
pub const ACR_PASSWORD: &str = "urn:doorward:acr:password";

/// The published `acr_values_supported`, the lowest first.
pub const ACR_VALUES: &[&str] = &[ACR_PASSWORD];

/// An authentication method (RFC 8176).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Amr {
    /// A password.
    Password,
}

impl Amr {
    /// The registered name (RFC 8176 section 2) for tokens and the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Password => "pwd",
        }
    }

    /// The method with this name, if we support it.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Password].into_iter().find(|amr| amr.as_str() == name)
    }
}

/// The authentication context that these methods reach together; `None` if they reach none.
#[must_use]
pub fn acr_for<'a>(names: impl Iterator<Item = &'a str>) -> Option<&'static str> {
    names
        .filter_map(Amr::parse)
        .any(|amr| amr == Amr::Password)
        .then_some(ACR_PASSWORD)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_reaches_the_lowest_published_acr() {
        assert_eq!(acr_for(["pwd"].into_iter()), ACR_VALUES.first().copied());
        assert_eq!(acr_for(["face"].into_iter()), None);
    }

    #[test]
    fn an_amr_is_read_back_from_its_name() {
        assert_eq!(Amr::parse(Amr::Password.as_str()), Some(Amr::Password));
        assert_eq!(Amr::parse("face"), None);
    }
}
