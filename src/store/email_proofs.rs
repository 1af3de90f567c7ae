//! Links that prove an address, each of which works once.

use super::{Conn, Error, Tx};
use crate::clock::Time;
use crate::model::AccountId;

read_row! {
    /// A link that was mailed to an address.
    #[derive(Clone, Debug, PartialEq, Eq)]
    EmailProof {
        /// The account that has the address.
        account_id: AccountId,
        /// The folded address.
        address_key: String,
    }
}

read_row! {
    /// How many links an account has asked for.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    RequestedLinks {
        /// For one address, lately.
        lately: i64,
        /// For any address, over a longer time.
        by_account: i64,
    }
}

/// Adds a link.
pub async fn insert(
    tx: &mut Tx,
    id: &str,
    proof: &EmailProof,
    created_at: Time,
    expires_at: Time,
) -> Result<(), Error> {
    execute!(
        tx,
        "INSERT INTO email_proofs (id, account_id, address_key, created_at, expires_at) VALUES ($1, $2, $3, $4, $5)",
        id,
        &proof.account_id,
        &proof.address_key,
        created_at,
        expires_at
    )
}

/// The link with this id, unless it was used or has expired.
pub async fn pending(conn: &mut Conn, id: &str, now: Time) -> Result<Option<EmailProof>, Error> {
    query_opt!(
        conn,
        EmailProof,
        "SELECT account_id, address_key FROM email_proofs WHERE id = $1 AND ended_at IS NULL AND expires_at > $2",
        id,
        now
    )
}

/// Uses a link; yields false if it was used or has expired.
pub async fn end(tx: &mut Tx, id: &str, now: Time) -> Result<bool, Error> {
    any_affected!(
        tx,
        "UPDATE email_proofs SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL AND expires_at > $2",
        id,
        now
    )
}

/// How many links the account of `proof` has asked for: since `lately` for its address, and since `since` for any.
pub async fn asked_for(
    conn: &mut Conn,
    proof: &EmailProof,
    lately: Time,
    since: Time,
) -> Result<RequestedLinks, Error> {
    query_one!(
        conn,
        RequestedLinks,
        "SELECT COUNT(CASE WHEN address_key = $2 AND created_at > $3 THEN 1 END) AS lately, \
         COUNT(*) AS by_account FROM email_proofs WHERE account_id = $1 AND created_at > $4",
        &proof.account_id,
        &proof.address_key,
        lately,
        since
    )
}
