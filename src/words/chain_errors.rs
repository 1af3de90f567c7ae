//! Faults in the chain of the audit log.

use crate::model::audit::ChainError;

/// The description of a fault.
#[must_use]
pub const fn chain_error(error: ChainError) -> &'static str {
    match error {
        ChainError::Changed => "the entry was changed or moved after it was sealed",
        ChainError::Missing => "the entry is missing",
        ChainError::Inserted => "the entry was inserted",
        ChainError::NoSeal => "the entry is in the chain, but no seal covers it",
        ChainError::SealWrong => {
            "the seal over the entries up to here is wrong, so one of them may be forged"
        }
        ChainError::CutOff => {
            "the log is cut off: all entries from here on are missing, although they were sealed"
        }
        ChainError::OtherHead => "the hash here differs from the given head",
    }
}
