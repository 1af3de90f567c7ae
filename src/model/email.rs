//! E-mail addresses of accounts.

/// One address of one account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Email {
    /// As typed.
    pub address: String,
    /// Whether the person has shown that it is theirs.
    pub verified: bool,
    /// Whether it is the one that apps receive.
    pub is_primary: bool,
}
