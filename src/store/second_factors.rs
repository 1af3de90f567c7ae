//! Authenticator apps and recovery codes, and whether an account has a second factor.

use super::{Conn, Error, Tx};
use crate::clock::Time;
use crate::crypto::TokenHash;
use crate::model::second_factor::Authenticator;
use crate::model::{AccountId, AuthenticatorId};

/// The authenticator apps of an account, the oldest first.
pub async fn authenticators(conn: &mut Conn, account: &AccountId) -> Result<Vec<Authenticator>, Error> {
    query_all!(
        conn,
        Authenticator,
        select!(
            authenticator_columns,
            "FROM authenticators o WHERE o.account_id = $1 ORDER BY o.id"
        ),
        account
    )
}

/// The sealed seeds of an account's authenticator apps.
pub async fn seeds(conn: &mut Conn, account: &AccountId) -> Result<Vec<(AuthenticatorId, Vec<u8>)>, Error> {
    query_all!(
        conn,
        (AuthenticatorId, Vec<u8>),
        "SELECT id, seed FROM authenticators WHERE account_id = $1",
        account
    )
}

/// How many recovery codes of an account are not used yet.
pub async fn recovery_codes_left(conn: &mut Conn, account: &AccountId) -> Result<i64, Error> {
    let (left,) = query_one!(
        conn,
        (i64,),
        "SELECT COUNT(*) FROM recovery_codes WHERE account_id = $1 AND used_at IS NULL",
        account
    )?;
    Ok(left)
}

/// Stores an authenticator app with its sealed seed; yields false if there is one with this id.
pub async fn add_authenticator(
    tx: &mut Tx,
    account: &AccountId,
    authenticator: &Authenticator,
    seed: &[u8],
) -> Result<bool, Error> {
    let added = any_affected!(
        tx,
        "INSERT INTO authenticators (id, account_id, name, seed, created_at) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (id) DO NOTHING",
        &authenticator.id,
        account,
        &authenticator.name,
        seed,
        authenticator.created_at
    )?;
    refresh(tx, account).await?;
    Ok(added)
}

/// Renames an authenticator app of an account; yields false if there is none with this id.
pub async fn rename_authenticator(
    tx: &mut Tx,
    account: &AccountId,
    id: &AuthenticatorId,
    name: &str,
) -> Result<bool, Error> {
    any_affected!(
        tx,
        "UPDATE authenticators SET name = $3 WHERE id = $1 AND account_id = $2",
        id,
        account,
        name
    )
}

/// Removes an authenticator app of an account; yields false if there is none with this id.
pub async fn remove_authenticator(
    tx: &mut Tx,
    account: &AccountId,
    id: &AuthenticatorId,
) -> Result<bool, Error> {
    let removed = any_affected!(
        tx,
        "DELETE FROM authenticators WHERE id = $1 AND account_id = $2",
        id,
        account
    )?;
    refresh(tx, account).await?;
    Ok(removed)
}

/// Removes every second factor of an account.
pub async fn remove_all(tx: &mut Tx, account: &AccountId) -> Result<(), Error> {
    execute!(tx, "DELETE FROM authenticators WHERE account_id = $1", account)?;
    execute!(tx, "DELETE FROM passkeys WHERE account_id = $1", account)?;
    refresh(tx, account).await
}

/// Removes the recovery codes of an account.
pub async fn remove_recovery_codes(tx: &mut Tx, account: &AccountId) -> Result<(), Error> {
    execute!(tx, "DELETE FROM recovery_codes WHERE account_id = $1", account)
}

/// Stores a recovery code of an account.
pub async fn add_recovery_code(tx: &mut Tx, account: &AccountId, code: &TokenHash) -> Result<(), Error> {
    execute!(
        tx,
        "INSERT INTO recovery_codes (account_id, code_hash) VALUES ($1, $2)",
        account,
        code
    )
}

/// Spends a recovery code; yields true for the one call that does.
pub async fn spend_recovery_code(
    tx: &mut Tx,
    account: &AccountId,
    code: &TokenHash,
    now: Time,
) -> Result<bool, Error> {
    any_affected!(
        tx,
        "UPDATE recovery_codes SET used_at = $3 WHERE account_id = $1 AND code_hash = $2 AND used_at IS NULL",
        account,
        code,
        now
    )
}

/// Records when a code of an authenticator app was used; yields false if the app was removed.
pub async fn mark_used(tx: &mut Tx, id: &AuthenticatorId, now: Time) -> Result<bool, Error> {
    any_affected!(
        tx,
        "UPDATE authenticators SET last_used_at = $2 WHERE id = $1",
        id,
        now
    )
}

/// Updates the column that says whether the account has a second factor, and removes the recovery codes if it has none.
pub(super) async fn refresh(tx: &mut Tx, account: &AccountId) -> Result<(), Error> {
    execute!(
        tx,
        "UPDATE accounts SET has_second_factor = EXISTS (SELECT 1 FROM authenticators o WHERE o.account_id = accounts.id) \
         OR EXISTS (SELECT 1 FROM passkeys k WHERE k.account_id = accounts.id) WHERE id = $1",
        account
    )?;
    execute!(
        tx,
        "DELETE FROM recovery_codes WHERE account_id = $1 \
         AND NOT EXISTS (SELECT 1 FROM accounts a WHERE a.id = $1 AND a.has_second_factor)",
        account
    )
}
