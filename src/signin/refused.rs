//! Why a sign-in was refused, and the response to it.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;

use crate::auth::throttle::Decision;
use crate::clock::Time;
use crate::oidc::session_start::NoSession;
use crate::web::page::FieldError;
use crate::words;

/// Why the user was not signed in.
pub(super) enum Refused {
    WrongPassword,
    WrongCode,
    WrongPasskey,
    WrongResetCode,
    Wait(Time),
    Disabled,
    /// The password is right, but the account cannot be used now.
    NoSession(NoSession),
}

impl Refused {
    /// The refusal of a throttled attempt, for which the password is not checked.
    pub(super) const fn of(decision: Decision) -> Option<Self> {
        match decision {
            Decision::Allow => None,
            Decision::Wait(until) => Some(Self::Wait(until)),
            Decision::Disabled => Some(Self::Disabled),
        }
    }

    /// The page with the form again, which `show` renders with a status and a message.
    pub(super) fn respond(
        &self,
        now: Time,
        show: impl FnOnce(StatusCode, FieldError) -> Response,
    ) -> Response {
        let (status, error, wait) = self.parts(now);
        let mut response = show(status, error);
        if let Some(seconds) = wait {
            let headers = response.headers_mut();
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }

    /// The status of the page, the message, and the number of seconds to wait.
    fn parts(&self, now: Time) -> (StatusCode, FieldError, Option<u64>) {
        match self {
            Self::WrongPassword => {
                let error = FieldError::at("password", words::SIGN_IN_WRONG);
                (StatusCode::UNPROCESSABLE_ENTITY, error, None)
            }
            Self::WrongCode => {
                let error = FieldError::at("code", words::SECOND_FACTOR_WRONG);
                (StatusCode::UNPROCESSABLE_ENTITY, error, None)
            }
            Self::WrongResetCode => {
                let error = FieldError::at("code", words::RESET_CODE_WRONG);
                (StatusCode::UNPROCESSABLE_ENTITY, error, None)
            }
            Self::WrongPasskey => {
                let error = FieldError::form(words::PASSKEY_WRONG);
                (StatusCode::UNPROCESSABLE_ENTITY, error, None)
            }
            Self::Wait(until) => {
                let seconds = until.since(now).as_secs() + 1;
                let error = FieldError::form(words::sign_in_throttled(seconds));
                (StatusCode::TOO_MANY_REQUESTS, error, Some(seconds))
            }
            Self::NoSession(why) => {
                let error = FieldError::form(no_session(*why));
                (StatusCode::FORBIDDEN, error, None)
            }
            Self::Disabled => {
                let error = FieldError::form(words::SIGN_IN_LOCKED);
                (StatusCode::FORBIDDEN, error, None)
            }
        }
    }
}

/// Why somebody who typed the right password was not signed in.
fn no_session(why: NoSession) -> String {
    let sentence = match why {
        NoSession::Pending => words::SIGN_IN_PENDING,
        NoSession::Suspended => words::SIGN_IN_SUSPENDED,
        NoSession::Expired => words::SIGN_IN_EXPIRED,
        NoSession::Upcoming(from) => return words::sign_in_upcoming(from),
        NoSession::ResetPending => words::SIGN_IN_RESET,
        NoSession::PasswordExpired => words::SIGN_IN_PASSWORD_EXPIRED,
        NoSession::Unusable | NoSession::Missing(_) => words::SIGN_IN_WRONG,
    };
    sentence.to_owned()
}
