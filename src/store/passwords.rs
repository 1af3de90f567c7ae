//! Password hashes.

use super::{Conn, Error, Tx};
use crate::clock::Time;
use crate::model::{AccountId, PasswordVersion};

/// The hash of an account's password as a PHC string, and the version of the password.
pub async fn of_account(
    conn: &mut Conn,
    account: &AccountId,
) -> Result<Option<(String, PasswordVersion)>, Error> {
    query_opt!(
        conn,
        (String, PasswordVersion),
        "SELECT phc, version FROM passwords WHERE account_id = $1",
        account
    )
}

/// Sets an account's password hash. With `temporary_until`, somebody else chose the password: until then, it signs in,
/// but only to choose another one.
///
/// Incrementing the account's version first serializes this with sign-ins: a session created before is
/// visible to this transaction, which can end it; a sign-in that comes later finds another password version
/// than it verified, and fails.
pub async fn set(
    tx: &mut Tx,
    account: &AccountId,
    phc: &str,
    temporary_until: Option<Time>,
    now: Time,
) -> Result<(), Error> {
    execute!(
        tx,
        "UPDATE accounts SET version = version + 1, temporary_password_until = $2 WHERE id = $1",
        account,
        temporary_until
    )?;
    execute!(
        tx,
        "INSERT INTO passwords (account_id, phc, changed_at) VALUES ($1, $2, $3) ON CONFLICT (account_id) \
         DO UPDATE SET phc = excluded.phc, changed_at = excluded.changed_at, version = passwords.version + 1",
        account,
        phc,
        now
    )
}

/// Replaces an account's password hash, unless the password has another version by now; yields whether it did.
pub async fn replace(
    tx: &mut Tx,
    account: &AccountId,
    version: PasswordVersion,
    phc: &str,
    now: Time,
) -> Result<bool, Error> {
    execute!(
        tx,
        "UPDATE accounts SET version = version + 1, temporary_password_until = NULL WHERE id = $1",
        account
    )?;
    any_affected!(
        tx,
        "UPDATE passwords SET phc = $3, changed_at = $4, version = version + 1 \
         WHERE account_id = $1 AND version = $2",
        account,
        version,
        phc,
        now
    )
}

/// Replaces the hash of an unchanged password with one that has the current parameters, unless the password has changed
/// meanwhile.
pub async fn replace_hash(tx: &mut Tx, account: &AccountId, old: &str, new: &str) -> Result<(), Error> {
    execute!(
        tx,
        "UPDATE passwords SET phc = $3 WHERE account_id = $1 AND phc = $2",
        account,
        old,
        new
    )
}
