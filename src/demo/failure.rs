//! Why a step of the relying party failed.

use openidconnect::core::CoreErrorResponseType;
use openidconnect::{
    ConfigurationError, DiscoveryError, RequestTokenError, StandardErrorResponse, UserInfoError,
};

use super::fetch::HttpError;

/// The provider's error response (RFC 6749 section 5.2).
pub type OAuthError = StandardErrorResponse<CoreErrorResponseType>;

/// Why a step failed.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The provider could not be reached, or its response was invalid.
    #[error("{0}")]
    Unreachable(String),
    /// The provider responded with an error (RFC 6749 sections 4.1.2.1 and 5.2).
    #[error("{error}")]
    Refused {
        /// The code, such as `invalid_grant`.
        error: String,
        /// The description.
        description: Option<String>,
    },
    /// The response did not pass the checks of this app.
    #[error("{0}")]
    Invalid(String),
}

/// The error with all its causes, in one line.
pub fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

impl From<ConfigurationError> for Failure {
    fn from(error: ConfigurationError) -> Self {
        Self::Unreachable(format!("The provider's metadata is incomplete: {error}."))
    }
}

impl From<DiscoveryError<HttpError>> for Failure {
    fn from(error: DiscoveryError<HttpError>) -> Self {
        Self::Unreachable(with_causes(&error))
    }
}

impl From<RequestTokenError<HttpError, OAuthError>> for Failure {
    fn from(error: RequestTokenError<HttpError, OAuthError>) -> Self {
        match error {
            RequestTokenError::ServerResponse(response) => Self::Refused {
                error: response.error().as_ref().to_owned(),
                description: response.error_description().cloned(),
            },
            other => Self::Unreachable(with_causes(&other)),
        }
    }
}

impl From<UserInfoError<HttpError>> for Failure {
    fn from(error: UserInfoError<HttpError>) -> Self {
        match error {
            UserInfoError::ClaimsVerification(error) => Self::Invalid(with_causes(&error)),
            UserInfoError::Response(status, _, message) => Self::Invalid(format!(
                "The userinfo endpoint responded with {status}: {message}."
            )),
            other => Self::Unreachable(with_causes(&other)),
        }
    }
}
