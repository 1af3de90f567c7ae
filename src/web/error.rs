//! Error responses: a page for people, JSON for apps. Causes are logged once, here.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::error_pages::{ErrorPage, Fact};
use super::page::Link;
use super::params::ParamsError;
use crate::crypto::reference_number;
use crate::directory::Failure;
use crate::model::ClientId;
use crate::model::refusal::Kind;
use crate::oidc::error::OAuthError;
use crate::words;
use crate::words::error_pages::{self, ErrorText};

/// An error that is shown as a page.
#[derive(Clone, Debug)]
pub struct PageError {
    pub(super) status: StatusCode,
    pub(super) page: Box<ErrorPage>,
    /// The app whose request it is about, for the log.
    pub(super) client: Option<ClientId>,
}

impl PageError {
    /// An error with this status and text.
    #[must_use]
    pub fn new(status: StatusCode, text: &ErrorText<'_>) -> Self {
        let page = ErrorPage {
            heading: text.heading.into(),
            status: status.as_u16(),
            sentence: text.sentence.into(),
            next: text.next.into(),
            facts: Vec::new(),
            reference: reference_number(),
            person: None,
            link: None,
        };
        Self {
            status,
            page: Box::new(page),
            client: None,
        }
    }

    /// Names the app whose request it is about, for the log.
    #[must_use]
    pub fn about(mut self, client: &ClientId) -> Self {
        self.client = Some(client.clone());
        self
    }

    /// Adds a fact for the app's developer.
    #[must_use]
    pub fn with_fact(mut self, name: &str, value: impl Into<String>) -> Self {
        self.page.facts.push(Fact::new(name, value));
        self
    }

    /// Adds a link to continue with.
    #[must_use]
    pub fn with_link(mut self, link: Link) -> Self {
        self.page.link = Some(link);
        self
    }

    /// Whether the error has a link of its own to continue with.
    #[must_use]
    pub fn has_link(&self) -> bool {
        self.page.link.is_some()
    }

    /// 404: nothing is at this path, or the user may not know of it.
    #[must_use]
    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, &error_pages::PAGE_NOT_FOUND)
    }

    /// 403: the user may not see the page or submit the form.
    #[must_use]
    pub fn forbidden() -> Self {
        Self::new(StatusCode::FORBIDDEN, &error_pages::FORBIDDEN)
    }

    /// 500: the server failed; the cause is logged.
    #[must_use]
    pub fn internal(cause: &dyn std::fmt::Display) -> Self {
        let error = Self::new(StatusCode::INTERNAL_SERVER_ERROR, &error_pages::INTERNAL);
        tracing::error!(%cause, reference = error.page.reference, "a request for a page failed");
        error
    }

    /// 503: the server is busy, and the same request may succeed later.
    #[must_use]
    pub fn busy() -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, &error_pages::BUSY)
    }
}

impl From<crate::store::Error> for PageError {
    fn from(error: crate::store::Error) -> Self {
        if crate::store::is_transient(&error) {
            tracing::warn!(cause = %error, "the database did not respond");
            return Self::busy();
        }
        Self::internal(&error)
    }
}

impl From<Failure> for PageError {
    fn from(failure: Failure) -> Self {
        let reasons = match failure {
            Failure::Database(error) => return error.into(),
            Failure::Refused(reasons) => reasons,
        };
        let kind = reasons
            .first()
            .map_or(Kind::Conflict, |reason| reason.code.kind());
        let (status, heading, next) = match kind {
            Kind::NotFound => return Self::not_found(),
            Kind::Busy => return Self::busy(),
            Kind::Forbidden => (
                StatusCode::FORBIDDEN,
                error_pages::NOT_ALLOWED,
                error_pages::ASK_AN_ADMINISTRATOR,
            ),
            Kind::Conflict => (
                StatusCode::CONFLICT,
                error_pages::NOT_POSSIBLE,
                error_pages::GO_BACK,
            ),
            Kind::Invalid => (
                StatusCode::UNPROCESSABLE_ENTITY,
                error_pages::CORRECT_THE_FORM,
                error_pages::GO_BACK,
            ),
        };
        let text = ErrorText {
            heading,
            sentence: &words::refusals(&reasons),
            next,
        };
        Self::new(status, &text)
    }
}

impl From<ParamsError> for PageError {
    fn from(error: ParamsError) -> Self {
        let status = match error {
            ParamsError::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            ParamsError::TooSlow => StatusCode::REQUEST_TIMEOUT,
            ParamsError::WrongType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            ParamsError::Repeated(_) | ParamsError::Malformed => StatusCode::BAD_REQUEST,
        };
        Self::new(status, &error_pages::MALFORMED_REQUEST).with_fact("Cause", error.to_string())
    }
}

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// An error that an app receives as JSON (RFC 6749 section 5.2).
#[derive(Clone, Debug)]
pub struct ApiError {
    status: StatusCode,
    error: OAuthError,
    challenge: Option<&'static str>,
    /// `Retry-After`, in seconds.
    retry_after: Option<u64>,
}

impl ApiError {
    /// 400: the app must change the request.
    #[must_use]
    pub const fn bad_request(error: OAuthError) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            error,
            challenge: None,
            retry_after: None,
        }
    }
    /// 401 with a challenge: the app's authentication failed (RFC 6749 section 5.2).
    #[must_use]
    pub fn unauthorized(error: OAuthError) -> Self {
        Self {
            status: StatusCode::UNAUTHORIZED,
            error,
            challenge: Some("Basic realm=\"doorward\""),
            retry_after: None,
        }
    }
    /// 401 with a challenge: the access token is missing or invalid (RFC 6750 section 3).
    #[must_use]
    pub fn invalid_token() -> Self {
        Self {
            status: StatusCode::UNAUTHORIZED,
            error: OAuthError::new(
                "invalid_token",
                "the access token is missing, invalid, expired or revoked",
            ),
            challenge: Some("Bearer realm=\"doorward\", error=\"invalid_token\""),
            retry_after: None,
        }
    }
    /// 403 with a challenge: the access token does not have the required scope (RFC 6750 section 3.1).
    #[must_use]
    pub fn insufficient_scope() -> Self {
        Self {
            status: StatusCode::FORBIDDEN,
            error: OAuthError::new("insufficient_scope", "the access token needs the scope openid"),
            challenge: Some("Bearer realm=\"doorward\", error=\"insufficient_scope\", scope=\"openid\""),
            retry_after: None,
        }
    }
    /// 429: the app's network sends too many requests.
    #[must_use]
    pub fn too_many_requests(seconds: u64) -> Self {
        let wait = words::counted(seconds, "second");
        let why = format!("there were too many requests from this network; try again in {wait}");
        Self {
            status: StatusCode::TOO_MANY_REQUESTS,
            error: OAuthError::new("temporarily_unavailable", why),
            challenge: None,
            retry_after: Some(seconds),
        }
    }
    /// What the app did wrong; `None` if the server failed.
    #[must_use]
    pub fn fault_of_app(&self) -> Option<&OAuthError> {
        self.status.is_client_error().then_some(&self.error)
    }
    /// 500: the server failed; the cause is logged.
    #[must_use]
    pub fn internal(cause: &dyn std::fmt::Display) -> Self {
        let reference = reference_number();
        tracing::error!(%cause, reference, "a request from an app failed");
        Self {
            status: StatusCode::INTERNAL_SERVER_ERROR,
            error: OAuthError::new("server_error", format!("reference {reference}")),
            challenge: None,
            retry_after: None,
        }
    }
}

impl From<crate::store::Error> for ApiError {
    fn from(error: crate::store::Error) -> Self {
        if crate::store::is_transient(&error) {
            tracing::warn!(cause = %error, "the database did not respond");
            return Self {
                status: StatusCode::SERVICE_UNAVAILABLE,
                error: OAuthError::new("temporarily_unavailable", "try again in a few seconds"),
                challenge: None,
                retry_after: Some(5),
            };
        }
        Self::internal(&error)
    }
}

impl From<ParamsError> for ApiError {
    fn from(error: ParamsError) -> Self {
        Self::bad_request(OAuthError::invalid_request(error.to_string()))
    }
}

impl From<OAuthError> for ApiError {
    fn from(error: OAuthError) -> Self {
        Self::bad_request(error)
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let body = json!({ "error": self.error.code, "error_description": self.error.description });
        let mut response = (self.status, Json(body)).into_response();
        if let Some(challenge) = self.challenge {
            response
                .headers_mut()
                .insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}
