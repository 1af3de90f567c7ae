//! Why a step of the relying party failed: the provider is away, refuses, or is not believed.

use openidconnect::core::CoreErrorResponseType;
use openidconnect::{
    ConfigurationError, DiscoveryError, RequestTokenError, StandardErrorResponse, UserInfoError,
};

use super::fetch::HttpError;

/// The provider's refusal as JSON (RFC 6749 section 5.2).
pub type OAuthError = StandardErrorResponse<CoreErrorResponseType>;

/// Why a step failed.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The provider could not be reached, or answered with something that is no answer.
    #[error("{0}")]
    Unreachable(String),
    /// The provider refused, in the words of RFC 6749 sections 4.1.2.1 and 5.2.
    #[error("{error}")]
    Refused {
        /// The code, such as `invalid_grant`.
        error: String,
        /// What the provider says about it.
        description: Option<String>,
    },
    /// What came back did not pass this app's checks.
    #[error("{0}")]
    Distrusted(String),
}

/// The error with everything behind it, in one line.
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
        Self::Unreachable(format!("The provider's metadata is not enough: {error}."))
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
            RequestTokenError::ServerResponse(answer) => Self::Refused {
                error: answer.error().as_ref().to_owned(),
                description: answer.error_description().cloned(),
            },
            other => Self::Unreachable(with_causes(&other)),
        }
    }
}

impl From<UserInfoError<HttpError>> for Failure {
    fn from(error: UserInfoError<HttpError>) -> Self {
        match error {
            UserInfoError::ClaimsVerification(error) => Self::Distrusted(with_causes(&error)),
            UserInfoError::Response(status, _, message) => {
                Self::Distrusted(format!("Userinfo answered {status}: {message}."))
            }
            other => Self::Unreachable(with_causes(&other)),
        }
    }
}
