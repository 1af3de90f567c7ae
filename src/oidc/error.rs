//! OAuth errors.

use std::borrow::Cow;

/// RFC 8628 section 3.5: the user has not answered yet, so the device polls again.
pub const AUTHORIZATION_PENDING: &str = "authorization_pending";

/// An error for an app. The description is static or quotes the caller's own input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OAuthError {
    /// The code of RFC 6749 sections 4.1.2.1 and 5.2, RFC 6750 section 3.1 or OIDC Core section 3.1.2.6.
    pub code: &'static str,
    /// `error_description`, for the app's developer.
    pub description: Cow<'static, str>,
}

impl OAuthError {
    /// An error with any registered code.
    #[must_use]
    pub fn new(code: &'static str, description: impl Into<Cow<'static, str>>) -> Self {
        Self {
            code,
            description: description.into(),
        }
    }
    /// RFC 6749: a parameter is missing, repeated or malformed.
    #[must_use]
    pub fn invalid_request(description: impl Into<Cow<'static, str>>) -> Self {
        Self::new("invalid_request", description)
    }
    /// RFC 6749 section 5.2: the code or refresh token is invalid, used, or was issued to another app.
    #[must_use]
    pub fn invalid_grant(description: impl Into<Cow<'static, str>>) -> Self {
        Self::new("invalid_grant", description)
    }
    /// RFC 6749 section 5.2: client authentication failed.
    #[must_use]
    pub fn invalid_client(description: impl Into<Cow<'static, str>>) -> Self {
        Self::new("invalid_client", description)
    }
}
