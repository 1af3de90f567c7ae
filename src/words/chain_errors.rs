//! What is wrong with an audit log, in words.

use crate::model::audit::ChainError;

/// What a check of the audit log says about the first entry that is not as it was sealed.
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
        ChainError::CutOff => "the log is cut off: entries from here on were sealed and are missing",
        ChainError::OtherHead => "the chain has another hash here than the head that was noted",
    }
}
