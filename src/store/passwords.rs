//! Password hashes.

use super::{Conn, Error, Tx};
use crate::clock::Time;
use crate::model::AccountId;

/// The hash of an account's password as a PHC string.
///
/// # Errors
/// When the database fails.
pub async fn of_account(conn: &mut Conn, account: &AccountId) -> Result<Option<String>, Error> {
    Ok(query_opt!(
        conn,
        (String,),
        "SELECT phc FROM passwords WHERE account_id = $1",
        account
    )?
    .map(|(phc,)| phc))
}

/// Sets an account's password hash.
///
/// # Errors
/// When the database fails.
pub async fn set(tx: &mut Tx, account: &AccountId, phc: &str, now: Time) -> Result<(), Error> {
    execute!(
        tx,
        "INSERT INTO passwords (account_id, phc, changed_at) VALUES ($1, $2, $3) \
         ON CONFLICT (account_id) DO UPDATE SET phc = excluded.phc, changed_at = excluded.changed_at",
        account,
        phc,
        now
    )
    .map(|_| ())
}

/// Puts a new hash in the place of an old one of the same password, unless the password has changed meanwhile.
///
/// # Errors
/// When the database fails.
pub async fn renew(tx: &mut Tx, account: &AccountId, old: &str, new: &str) -> Result<(), Error> {
    execute!(
        tx,
        "UPDATE passwords SET phc = $3 WHERE account_id = $1 AND phc = $2",
        account,
        old,
        new
    )
    .map(|_| ())
}
