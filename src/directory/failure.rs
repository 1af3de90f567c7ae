//! The error of operations.

use crate::model::refusal::{Code, Kind, Refusal};
use crate::store::Error as StoreError;

/// Why an operation failed. A failed operation has changed nothing.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// It was refused, for at least one reason; there are several only if each concerns a field.
    #[error("{}", codes(.0))]
    Refused(Vec<Refusal>),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] StoreError),
}

impl Failure {
    /// Whether it was refused with this code.
    #[must_use]
    pub fn is(&self, code: Code) -> bool {
        matches!(self, Self::Refused(reasons) if reasons.iter().any(|reason| reason.code == code))
    }

    /// The kind of the first reason, if it was refused.
    #[must_use]
    pub fn kind(&self) -> Option<Kind> {
        match self {
            Self::Refused(reasons) => reasons.first().map(|reason| reason.code.kind()),
            Self::Database(_) => None,
        }
    }

    /// Refuses for these reasons, if there are any.
    ///
    /// # Errors
    /// [`Failure::Refused`] with all reasons.
    pub fn if_any(reasons: Vec<Refusal>) -> Result<(), Self> {
        if reasons.is_empty() {
            Ok(())
        } else {
            Err(Self::Refused(reasons))
        }
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(vec![refusal])
    }
}

impl From<Code> for Failure {
    fn from(code: Code) -> Self {
        Refusal::from(code).into()
    }
}

fn codes(reasons: &[Refusal]) -> String {
    let named = reasons.iter().map(|reason| match reason.field {
        Some(field) => format!("{field}: {}", reason.code.as_str()),
        None => reason.code.as_str().to_owned(),
    });
    named.collect::<Vec<_>>().join(", ")
}
