//! What a page shows of an operation that was refused.

use axum::http::StatusCode;

use super::error::PageError;
use super::page::{FieldError, Notice, Tone};
use crate::directory::Failure;
use crate::model::refusal::Kind;
use crate::words;

/// A refusal as the page shows it from which the form came.
#[derive(Clone, Debug)]
pub struct Rejection {
    /// The status of the page.
    pub status: StatusCode,
    /// What is wrong at its fields.
    pub errors: Vec<FieldError>,
    /// Why it was refused as a whole.
    pub notice: Option<Notice>,
}

impl Rejection {
    /// What the page shows.
    ///
    /// # Errors
    /// A page of its own for what another try does not mend.
    pub fn of(failure: impl Into<Failure>) -> Result<Self, PageError> {
        let failure = failure.into();
        let status = status_of_failure(&failure);
        let (errors, notice) = refused(failure)?;
        Ok(Self {
            status,
            errors,
            notice,
        })
    }
}

/// Mistakes at their fields, or a notice.
///
/// # Errors
/// A page of its own for what another try does not mend.
pub fn refused(failure: Failure) -> Result<(Vec<FieldError>, Option<Notice>), PageError> {
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
    let (mut errors, mut notice) = (Vec::new(), None);
    for reason in reasons {
        let sentence = words::refusal(&reason);
        match reason.field {
            Some(field) => errors.push(FieldError::at(field, sentence)),
            None => notice = Some(Notice::new(Tone::Danger, sentence)),
        }
    }
    Ok((errors, notice))
}

/// The status of a page that shows such a refusal.
#[must_use]
pub fn status_of_failure(failure: &Failure) -> StatusCode {
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
