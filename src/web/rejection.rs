//! What a page shows of an operation that was refused.

use axum::http::StatusCode;

use super::error::PageError;
use super::page::{FieldError, Notice, PageState, Tone};
use crate::directory::Failure;
use crate::model::refusal::Kind;
use crate::words;

/// A refusal as the page shows it from which the form came.
#[derive(Clone, Debug)]
pub struct Rejection {
    /// The status of the page.
    pub status: StatusCode,
    /// What is wrong at its fields, and why it was refused as a whole.
    pub state: PageState,
}

impl Rejection {
    /// What the page shows.
    ///
    /// # Errors
    /// A page of its own for what another try does not mend.
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

    /// All of it as mistakes of the form, for a page that shows no notice.
    #[must_use]
    pub fn into_errors(self) -> Vec<FieldError> {
        let mut errors = self.state.errors;
        errors.extend(self.state.notice.map(|notice| FieldError::form(notice.text)));
        errors
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
