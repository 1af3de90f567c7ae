//! A refused operation, as a page shows it.

use axum::http::StatusCode;

use super::error::PageError;
use super::page::{FieldError, Notice, PageState, Tone};
use crate::directory::Failure;
use crate::model::refusal::Kind;
use crate::words;

/// A refusal, as the page with the submitted form shows it.
#[derive(Clone, Debug)]
pub struct Rejection {
    /// The status of the page.
    pub status: StatusCode,
    /// The mistakes at the fields, and why the whole form was refused.
    pub state: PageState,
}

impl Rejection {
    /// The refusal of an operation.
    ///
    /// # Errors
    /// Failures that are shown on an error page, since submitting the form again would not help.
    pub fn of(failure: impl Into<Failure>) -> Result<Self, PageError> {
        let failure = failure.into();
        let status = status_of(&failure);
        let reasons = match failure {
            Failure::Refused(reasons)
                if !reasons
                    .iter()
                    .any(|reason| matches!(reason.code.kind(), Kind::NotFound | Kind::Busy)) =>
            {
                reasons
            }
            other => return Err(other.into()),
        };
        let mut state = PageState::default();
        for reason in reasons {
            let sentence = words::refusal(&reason);
            match reason.field {
                Some(field) => state.errors.push(FieldError::at(field, sentence)),
                None => state.notice = Some(Notice::new(Tone::Danger, sentence)),
            }
        }
        Ok(Self { status, state })
    }

    /// The status, and all reasons as mistakes in the form, for a page without a notice.
    #[must_use]
    pub fn into_errors(self) -> (StatusCode, Vec<FieldError>) {
        let mut errors = self.state.errors;
        errors.extend(self.state.notice.map(|notice| FieldError::form(notice.text)));
        (self.status, errors)
    }
}

fn status_of(failure: &Failure) -> StatusCode {
    match failure {
        Failure::Refused(reasons) => match reasons.first().map(|reason| reason.code.kind()) {
            Some(Kind::Invalid) => StatusCode::UNPROCESSABLE_ENTITY,
            Some(Kind::Forbidden) => StatusCode::FORBIDDEN,
            Some(Kind::NotFound) => StatusCode::NOT_FOUND,
            Some(Kind::Busy) => StatusCode::SERVICE_UNAVAILABLE,
            Some(Kind::Conflict) | None => StatusCode::CONFLICT,
        },
        Failure::Database(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}
