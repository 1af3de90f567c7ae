//! E-mail addresses of accounts.

/// One address of one account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Email {
    /// The address as entered.
    pub address: String,
    /// Whether it is verified.
    pub verified: bool,
    /// Whether it is the address that apps receive.
    pub is_primary: bool,
}
