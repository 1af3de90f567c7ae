//! E-mail addresses of accounts.

use super::{Conn, Error, Tx};
use crate::clock::Time;
use crate::model::AccountId;
use crate::model::email::Email;

/// An account's addresses, the primary one first.
pub async fn of_account(conn: &mut Conn, account: &AccountId) -> Result<Vec<Email>, Error> {
    query_all!(
        conn,
        Email,
        select!(
            email_columns,
            "FROM emails e WHERE e.account_id = $1 ORDER BY e.is_primary DESC, e.created_at"
        ),
        account
    )
}

/// Adds an address; yields false if the account has it already or, for a verified address, if another account has it
/// verified.
pub async fn insert(
    tx: &mut Tx,
    account: &AccountId,
    email: &Email,
    address_key: &str,
    now: Time,
) -> Result<bool, Error> {
    any_affected!(
        tx,
        "INSERT INTO emails (address_key, account_id, address, verified, is_primary, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
        address_key,
        account,
        &email.address,
        email.verified,
        email.is_primary,
        now
    )
}

/// Releases the addresses of an account that is being deleted.
pub async fn release_addresses(tx: &mut Tx, account: &AccountId) -> Result<(), Error> {
    execute!(
        tx,
        "UPDATE emails SET address_key = 'deleted ' || account_id || ' ' || address_key WHERE account_id = $1",
        account
    )
}

/// Restores the addresses of a deleted account; yields false if another account has meanwhile verified an address that
/// this one had verified.
pub async fn restore_addresses(tx: &mut Tx, account: &AccountId) -> Result<bool, Error> {
    let (taken,) = query_one!(
        tx,
        (i64,),
        "SELECT COUNT(*) FROM emails e WHERE e.account_id = $1 AND e.verified AND EXISTS (SELECT 1 FROM emails o \
         WHERE o.verified AND o.address_key = SUBSTR(e.address_key, LENGTH(e.account_id) + 10))",
        account
    )?;
    if taken > 0 {
        return Ok(false);
    }
    execute!(
        tx,
        "UPDATE emails SET address_key = SUBSTR(address_key, LENGTH(account_id) + 10) WHERE account_id = $1",
        account
    )?;
    Ok(true)
}

/// The account that has this folded address verified.
pub async fn verified_owner(conn: &mut Conn, address_key: &str) -> Result<Option<AccountId>, Error> {
    let found = query_opt!(
        conn,
        (AccountId,),
        "SELECT account_id FROM emails WHERE address_key = $1 AND verified",
        address_key
    )?;
    Ok(found.map(|(account,)| account))
}

/// Removes an address of an account.
pub async fn remove(tx: &mut Tx, account: &AccountId, address_key: &str) -> Result<(), Error> {
    execute!(
        tx,
        "DELETE FROM emails WHERE account_id = $1 AND address_key = $2",
        account,
        address_key
    )
}

/// Makes an address the primary one of its account.
pub async fn make_primary(tx: &mut Tx, account: &AccountId, address_key: &str) -> Result<(), Error> {
    execute!(
        tx,
        "UPDATE emails SET is_primary = (address_key = $2) WHERE account_id = $1",
        account,
        address_key
    )
}

/// Marks an address as verified; yields false if another account has it verified.
pub async fn verify(tx: &mut Tx, account: &AccountId, address_key: &str) -> Result<bool, Error> {
    any_affected!(
        tx,
        "UPDATE emails SET verified = TRUE WHERE account_id = $1 AND address_key = $2 AND NOT EXISTS (SELECT 1 \
         FROM emails o WHERE o.address_key = $2 AND o.verified AND o.account_id <> $1)",
        account,
        address_key
    )
}
