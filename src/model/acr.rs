//! Authentication contexts: how strongly a sign-in has authenticated its user.

/// The `acr` of a password alone, which every sign-in reaches.
pub const ACR_PASSWORD: &str = "urn:doorward:acr:password";

/// The `acr` of two factors.
pub const ACR_TWO_FACTORS: &str = "urn:doorward:acr:2fa";

/// The published `acr_values_supported`, the lowest first. Each includes those before it.
pub const ACR_VALUES: &[&str] = &[ACR_PASSWORD, ACR_TWO_FACTORS];
