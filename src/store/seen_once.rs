//! Identifiers that may be used only once on all nodes together, such as the `jti` of a client assertion.

use super::{Error, Tx};
use crate::clock::Time;

/// Stores an identifier until `expires_at`; yields true the first time.
pub async fn first_use(tx: &mut Tx, purpose: &str, value: &str, expires_at: Time) -> Result<bool, Error> {
    any_affected!(
        tx,
        "INSERT INTO seen_once (purpose, value, expires_at) VALUES ($1, $2, $3) \
         ON CONFLICT (purpose, value) DO NOTHING",
        purpose,
        value,
        expires_at
    )
}
